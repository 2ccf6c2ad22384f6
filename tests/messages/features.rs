//! A feature's card, and the answers to an owner's word on it.

use greenlight::rules::authority::Why;
use greenlight::rules::checks::Verdict;
use greenlight::rules::config;
use greenlight::rules::effect::Refusal;
use greenlight::rules::feature::{Card, Ended, NotReady, Ready, Rejection, Stand, WhyEnded};
use greenlight::rules::id::EnvironmentName;
use greenlight::rules::stay::UnderWay;
use greenlight::rules::words::{card, feature};

use crate::sample::{Sample, at, green, sha};
use crate::{Entry, entry};

/// What a card shows: the feature as it is remembered, and how it stands.
struct Shown<'s> {
    sample: &'s Sample,
    entries: Vec<Entry>,
}

impl Shown<'_> {
    fn add(&mut self, when: impl Into<String>, card: Card, stand: Stand) {
        let (config, mainline, pull) = (self.sample.config(), self.sample.main(), self.sample.pull());
        let facts = card::Facts {
            taken_back: &[],
            config: &config,
            mainline: &mainline,
            pull: &pull,
            card: &card,
            stand: &stand,
            preview: None,
        };
        self.entries.push(entry(when, card::text(&facts)));
    }
}

pub fn cards(sample: &Sample) -> Vec<Entry> {
    let mut shown = Shown {
        sample,
        entries: Vec::new(),
    };
    let plain = || sample.card();
    let ready = |checks: Verdict| Stand::Ready(sample.ready(checks));
    let accepted = || Card {
        acceptance: Some(sample.acceptance()),
        ..sample.card()
    };
    shown.add("It is ready, and its checks are green", plain(), ready(green()));
    shown.add(
        "It is ready, and its checks still run",
        plain(),
        ready(sample.running()),
    );
    shown.add("It is ready, and a check failed", plain(), ready(sample.failed()));
    let hindered = Ready {
        draft: true,
        conflict: true,
        fork: true,
        ..sample.ready(green())
    };
    shown.add(
        "It is ready, and is a draft, in conflict, and from a fork",
        plain(),
        Stand::Ready(hindered),
    );
    shown.add(
        "It is accepted, and its checks still run",
        accepted(),
        ready(sample.running()),
    );
    shown.add("It is accepted, and a check failed", accepted(), ready(sample.failed()));
    let on_its_way = Card {
        acceptance: Some(greenlight::rules::feature::Acceptance {
            then: Some(EnvironmentName::from("staging")),
            ..sample.acceptance()
        }),
        ..sample.card()
    };
    shown.add(
        "It is accepted by `/promote staging`",
        on_its_way,
        ready(sample.running()),
    );
    for (why, refusal) in merge_refusals(sample) {
        let refused = Card {
            merge_refused: Some((sha('b'), refusal)),
            ..accepted()
        };
        shown.add(
            format!("It is accepted, and GitHub does not merge it: {why}"),
            refused,
            ready(green()),
        );
    }
    for (why, ended) in endings(sample) {
        let ended = Card {
            ended: Some(Ended {
                accepted_by: sample.anna(),
                why: ended,
            }),
            ..sample.card()
        };
        shown.add(
            format!("It was accepted, and is not any more: {why}"),
            ended,
            ready(green()),
        );
    }
    shown.add("Its label is off", plain(), Stand::InProgress(NotReady::NoLabel));
    let nobody = NotReady::LabelledBy { who: None, why: None };
    shown.add(
        "GitHub does not say who put its label on",
        plain(),
        Stand::InProgress(nobody),
    );
    let below = NotReady::LabelledBy {
        who: Some(sample.dora()),
        why: Some(Why::BelowTriage),
    };
    shown.add("Who put its label on may not", plain(), Stand::InProgress(below));
    let rejected = Card {
        rejection: Some(Rejection {
            by: sample.anna(),
            why: sample.reason.clone(),
            at: at("2026-11-23T15:00:00Z"),
        }),
        ..sample.card()
    };
    shown.add("It was sent back", rejected, Stand::InProgress(NotReady::SentBack));
    let reached = |count: usize| Stand::InMainline {
        reached: ["staging", "production"][..count]
            .iter()
            .map(|name| EnvironmentName::from(*name))
            .collect(),
        under_way: None,
    };
    shown.add("It is merged", accepted(), reached(0));
    shown.add("It was merged by hand, without an acceptance", plain(), reached(0));
    shown.add("It is on staging", accepted(), reached(1));
    shown.add("It is live", accepted(), reached(2));
    for (when, how) in sample.ways_not_to_run() {
        let under_way = Some(UnderWay {
            environment: EnvironmentName::from("staging"),
            how,
        });
        let reached = Vec::new();
        let stand = Stand::InMainline { reached, under_way };
        shown.add(format!("It was moved to staging: {when}"), accepted(), stand);
    }
    shown.add("It was closed", plain(), Stand::Closed);
    shown.add("It leads into another branch now", plain(), Stand::Elsewhere);
    shown.entries
}

fn merge_refusals(sample: &Sample) -> Vec<(&'static str, Refusal)> {
    sample
        .refusals()
        .into_iter()
        .filter(|(_, refusal)| !matches!(refusal, Refusal::NotFastForward))
        .collect()
}

fn endings(sample: &Sample) -> Vec<(&'static str, WhyEnded)> {
    vec![
        (
            "somebody pushed",
            WhyEnded::Pushed {
                by: Some(sample.dora().login),
            },
        ),
        ("nobody knows who pushed", WhyEnded::Pushed { by: None }),
        ("the label came off", WhyEnded::TakenBack),
        ("it was closed", WhyEnded::Closed),
        ("it was sent back", WhyEnded::SentBack { by: sample.anna() }),
        (
            "it was taken back by `/cancel`",
            WhyEnded::Cancelled { by: sample.anna() },
        ),
        ("the comment was changed", WhyEnded::CommentChanged),
        ("who accepted may not any more", WhyEnded::NotAllowed),
    ]
}

pub fn answers(sample: &Sample) -> Vec<Entry> {
    let (config, main, pull) = (sample.config(), sample.main(), sample.pull());
    let (staging, production) = (sample.staging(), sample.production());
    let acceptance = sample.acceptance();
    let accepted = |ready: &Ready, refusal| feature::accepted(&acceptance, ready, refusal, &main);
    let draft = Ready {
        draft: true,
        ..sample.ready(green())
    };
    let conflict = Ready {
        conflict: true,
        ..sample.ready(green())
    };
    let then = greenlight::rules::feature::Acceptance {
        then: Some(EnvironmentName::from("staging")),
        ..sample.acceptance()
    };
    let running = sample.ready(sample.running());
    let mut entries = vec![
        entry("You said `/accept`, and its checks still run", accepted(&running, None)),
        entry(
            "You said `/promote staging` on a feature that is ready",
            feature::accepted(&then, &running, None, &main),
        ),
        entry("You said `/accept`, and it is a draft", accepted(&draft, None)),
        entry("You said `/accept`, and it is in conflict", accepted(&conflict, None)),
        entry(
            "You said `/accept`, and all is green",
            accepted(&sample.ready(green()), None),
        ),
        entry("It is merged", feature::merged(&main, Some(&staging))),
        entry(
            "It is merged, where there are no environments",
            feature::merged(&main, None),
        ),
        entry(
            "Somebody accepted it after you; on your own command",
            feature::superseded(&sample.anna()),
        ),
        entry(
            "You said `/accept`, and it is accepted",
            feature::accepted_already(&acceptance),
        ),
        entry(
            "You said `/accept` on your own feature",
            feature::may_not_accept(&Why::OwnFeature),
        ),
        entry(
            "You said `/accept` where acceptance is off",
            feature::acceptance_is_off(&config),
        ),
        entry("You said `/accept` before it was ready", feature::not_ready(&config)),
        entry("You said `/accept` before the card was there", feature::not_shown_yet()),
        entry(
            "You said `/accept`, and somebody had pushed",
            feature::pushed_since(&sha('a'), &sha('b'), Some(&sample.dora().login)),
        ),
        entry(
            "You said `/accept`, and somebody had pushed and taken that back",
            feature::pushed_and_taken_back(&sha('a'), Some(&sample.dora().login)),
        ),
        entry(
            "You said `/accept` in a review, and nobody knows any more what it looked at",
            feature::looked_at_gone(),
        ),
        entry(
            "You said `/reject` and why",
            feature::sent_back(&pull, &sample.reason, &config),
        ),
        entry(
            "You said `/reject` before it was ready",
            feature::nothing_to_reject(&config),
        ),
        entry(
            "You said `/accept` or `/reject` elsewhere than on a feature",
            feature::no_feature(&main),
        ),
        entry(
            "You said `/accept` or `/reject` after the merge",
            feature::merged_already(&main),
        ),
        entry("You said `/accept` or `/reject` on a closed feature", feature::closed()),
        entry(
            "You said `/promote production` on a feature that is not merged",
            feature::first_comes(&production, &staging),
        ),
        entry(
            "You said `/promote staging --dry-run` on a feature that is ready",
            feature::whole_way(&staging, &main),
        ),
    ];
    for (why, refusal) in merge_refusals(sample) {
        let said = feature::why_not_merged(&refusal);
        let whole = feature::accepted(&acceptance, &sample.ready(green()), Some(&refusal), &main);
        assert!(whole.contains(&said), "{whole}");
        entries.push(entry(
            format!("It is accepted, and GitHub does not merge it: {why}"),
            whole,
        ));
    }
    for (why, ended) in endings(sample) {
        let earlier = greenlight::rules::feature::Acceptance {
            head: sha('a'),
            ..sample.acceptance()
        };
        entries.push(entry(
            format!("It was accepted, and is not any more: {why}"),
            feature::ended(&earlier, &ended, &pull, &config),
        ));
    }
    for (why_in_words, why) in sample.whys() {
        entries.push(entry(
            format!("You said `/accept` and may not, because {why_in_words}"),
            feature::may_not_accept(&why),
        ));
        entries.push(entry(
            format!("You said `/reject` and may not, because {why_in_words}"),
            feature::may_not_reject(&why),
        ));
    }
    entries.extend(without_acceptance(sample));
    entries
}

/// The cards where acceptance is switched off.
fn without_acceptance(sample: &Sample) -> Vec<Entry> {
    let mut config = sample.config();
    config.acceptance = Some(config::Acceptance::Off);
    let (mainline, pull, card) = (sample.main(), sample.pull(), sample.card());
    let stand = Stand::Ready(sample.ready(sample.running()));
    let facts = card::Facts {
        taken_back: &[],
        config: &config,
        mainline: &mainline,
        pull: &pull,
        card: &card,
        stand: &stand,
        preview: None,
    };
    vec![entry("The card where acceptance is off", card::text(&facts))]
}
