//! What becomes of a promotion, from waiting to its end.

use greenlight::rules::effect::Refusal;
use greenlight::rules::gate::{Gate, Name, Reason, State};
use greenlight::rules::snapshot::Withheld;
use greenlight::rules::words::promotion;
use jiff::SignedDuration;

use crate::configuration::mistakes;
use crate::sample::{Sample, at, nothing_reported};
use crate::{Entry, entry};

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let (config, armed) = (sample.config(), sample.armed());
    let (staging, production) = (sample.staging(), sample.production());
    let mut alone = armed.clone();
    alone.environment = production.name.clone();
    alone.carrying = sample.later();
    alone.leaving = Default::default();
    let waiting = |gates: &[Gate]| promotion::waiting(&armed, &staging, gates, &config);
    let checks = |verdict| Gate {
        name: Name::Checks,
        state: State::Waiting(Reason::Checks(verdict)),
    };
    let mut entries = vec![
        entry("It went", promotion::moved(&armed, Some(&staging), Some(&production))),
        entry(
            "It went to the last environment",
            promotion::moved(&alone, Some(&production), None),
        ),
        entry(
            "You said when it goes",
            promotion::scheduled(&armed, at("2026-11-23T23:00:00Z"), &config),
        ),
        entry("Its checks still run", waiting(&[checks(sample.running())])),
        entry("No check has reported yet", waiting(&[checks(nothing_reported())])),
        entry("A check failed", waiting(&[checks(sample.failed())])),
        entry(
            "Each way in which a check can be not green",
            waiting(&[checks(sample.all_checks())]),
        ),
        entry(
            "Its checks still run, and the clock keeps it too",
            waiting(&[checks(sample.running()), window()]),
        ),
        entry("Everything else is green, and it is held", waiting(&[held(sample)])),
        entry(
            "It waits for the clock in several ways",
            waiting(&[held(sample), window(), soak(sample)]),
        ),
        entry("Its checks are being read", waiting(&[])),
        entry(
            "The configuration broke while it waited",
            promotion::waiting_for_configuration(&armed, &mistakes(sample)),
        ),
        entry(
            "GitHub stopped telling what has to be known",
            promotion::waiting_for_answers(&armed, &Withheld::Permission("checks=read".to_owned())),
        ),
        entry(
            "Greenlight cannot make sense of GitHub's answers",
            promotion::waiting_for_answers(&armed, &Withheld::Unclear),
        ),
        entry(
            "Its environment left the configuration",
            promotion::environment_gone(&armed),
        ),
        entry("It waited too long", promotion::expired(&armed)),
    ];
    for (when, reason) in reasons(sample) {
        entries.push(entry(
            format!("It was not promoted, because {when}"),
            promotion::shut(&staging, &reason, &config),
        ));
    }
    for (when, refusal) in sample.refusals() {
        let of_a_merge = matches!(refusal, Refusal::MethodNotAllowed | Refusal::MergeQueue);
        if !of_a_merge {
            entries.push(entry(
                format!("GitHub refused to move the branch: {when}"),
                promotion::refused_by_github(&armed, &refusal),
            ));
        }
    }
    entries.extend(forecasts(sample));
    entries
}

fn held(sample: &Sample) -> Gate {
    Gate {
        name: Name::Hold,
        state: State::Shut(Reason::OnHold(sample.hold())),
    }
}

fn window() -> Gate {
    let opens_at = at("2026-11-24T14:00:00Z");
    Gate {
        name: Name::Window,
        state: State::Waiting(Reason::OutsideWindows { opens_at }),
    }
}

fn soak(sample: &Sample) -> Gate {
    Gate {
        name: Name::Soak,
        state: State::Waiting(Reason::Soaking {
            from: sample.branch(),
            wanted: SignedDuration::from_mins(90),
            until: Some(at("2026-11-23T18:00:00Z")),
        }),
    }
}

fn reasons(sample: &Sample) -> Vec<(String, Reason)> {
    let (branch, from) = (sample.branch(), sample.main());
    let whys = sample.whys().into_iter();
    let mut reasons: Vec<(String, Reason)> = whys
        .map(|(when, why)| (format!("you lost the right: {when}"), Reason::NotAllowed(why)))
        .collect();
    reasons.extend([
        (
            "the stage before was rewritten".to_owned(),
            Reason::NotOnStageBefore { from: from.clone() },
        ),
        (
            "the environment has changes of its own".to_owned(),
            Reason::Diverged {
                branch: branch.clone(),
                mainline: from.clone(),
                from,
                own_commits: 2,
            },
        ),
        (
            "its branch cannot be moved straight there".to_owned(),
            Reason::NoStraightWay { branch },
        ),
    ]);
    reasons
}

fn forecasts(sample: &Sample) -> Vec<Entry> {
    let (staging, config) = (sample.staging(), sample.config());
    let (carrying, leaving) = (sample.cargo(), sample.later());
    let told = |gates: &[Gate], from| {
        promotion::forecast(&promotion::Forecast {
            environment: &staging,
            carrying: &carrying,
            leaving: &leaving,
            gates,
            from,
            without: &[],
            to_be_confirmed: false,
            config: &config,
        })
    };
    let open = |name| Gate {
        name,
        state: State::Open,
    };
    let shut = |name, reason| Gate {
        name,
        state: State::Shut(reason),
    };
    let all = [
        Name::Owner,
        Name::Order,
        Name::Hold,
        Name::Window,
        Name::Checks,
        Name::Deployed,
        Name::Soak,
        Name::History,
    ];
    let opens_at = Some(at("2026-11-24T14:00:00Z"));
    let (_, why) = sample.whys().remove(0);
    let mixed = [
        shut(Name::Owner, Reason::NotAllowed(why)),
        open(Name::Order),
        held(sample),
        window(),
        Gate {
            name: Name::Checks,
            state: State::Waiting(Reason::Checks(sample.running())),
        },
        open(Name::Deployed),
        soak(sample),
        open(Name::History),
    ];
    vec![
        entry("You said `--dry-run`, and it would go", told(&all.map(open), None)),
        entry(
            "You said `--dry-run`, and only the clock is in the way",
            told(&[open(Name::Owner), window()], opens_at),
        ),
        entry("You said `--dry-run`, and much is in the way", told(&mixed, opens_at)),
    ]
}
