//! What is said where something waits for a `/confirm`, and where a feature was to be left out.

use std::collections::BTreeMap;

use greenlight::rules::id::{CommentId, EnvironmentName, PullNumber};
use greenlight::rules::memory::Feature;
use greenlight::rules::offer::{Ended, Offer, Offered};
use greenlight::rules::stretch::Item;
use greenlight::rules::words::answer;
use greenlight::rules::words::offer::{self, Listed};
use greenlight::rules::words::without::{self, Later, NotPossible, Remark, Stuck};

use crate::sample::{Sample, at, request, sha};
use crate::{Entry, entry};

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let mut entries = lists(sample);
    entries.extend(confirmations(sample));
    entries.extend(ends(sample));
    entries.extend(left_out(sample));
    entries
}

fn lists(sample: &Sample) -> Vec<Entry> {
    let (staging, config) = (sample.staging(), sample.config());
    let (carrying, leaving) = (sample.cargo(), sample.later());
    let acceptances = BTreeMap::from([(PullNumber(42), Some(sample.anna().login))]);
    let listed = |acceptances, not_before, promotion| Listed {
        environment: &staging,
        carrying: &carrying,
        acceptances,
        not_before,
        promotion,
        config: &config,
    };
    let all = listed(Some(acceptances), None, Some(PullNumber(51)));
    let left = [PullNumber(44)];
    let later = [Remark::LandedLater(PullNumber(45))];
    vec![
        entry(
            "You said `/promote staging` on a merged feature, and others would go along",
            offer::riders(PullNumber(43), &all),
        ),
        entry(
            "The same with `at friday 7am`, where nobody has to accept and there is no promotion pull request",
            offer::riders(PullNumber(43), &listed(None, Some(at("2026-11-27T12:00:00Z")), None)),
        ),
        entry(
            "You said `/promote staging without #44`, and it is possible",
            offer::without(&left, &leaving, &[], &all),
        ),
        entry(
            "You said `/promote staging without #44 #45`, and one of them would not go anyway",
            offer::without(&left, &leaving, &later, &all),
        ),
        entry(
            "You said `/confirm`, and the environment has moved since: the list is made again",
            offer::again(&all),
        ),
    ]
}

fn confirmations(sample: &Sample) -> Vec<Entry> {
    let staging = EnvironmentName::from("staging");
    let anna = sample.anna();
    let mut entries = vec![
        entry("Somebody said `/confirm`; on your own command", offer::confirmed(&anna)),
        entry("You said `/confirm`, and nothing is listed", offer::nothing_offered()),
        entry(
            "You said `/confirm` before the list could be seen",
            offer::not_seen_yet(),
        ),
        entry(
            "It was confirmed, and more would go along now",
            offer::more_would_go(&sample.armed(), &sample.cargo()),
        ),
    ];
    let whys = sample.whys().into_iter();
    entries.extend(whys.map(|(when, why)| {
        entry(
            format!("You said `/confirm`, and may not promote: {when}"),
            offer::may_not_confirm(&staging, &why),
        )
    }));
    entries
}

fn ends(sample: &Sample) -> Vec<Entry> {
    let staging = EnvironmentName::from("staging");
    let anna = sample.anna();
    let by = || anna.clone();
    let mut entries = vec![
        entry("In `/status`", offer::standing(&an_offer(sample))),
        entry(
            "You said `/cancel` while a list waits for a `/confirm`",
            answer::cancel_done(&[], Some(&an_offer(sample)), false),
        ),
        entry(
            "Somebody said `/cancel`; on the command with the list",
            offer::cancelled(&staging, &anna),
        ),
        entry(
            "Somebody asked for something else; on the command with the list",
            offer::replaced(&staging, &anna),
        ),
        entry(
            "Nobody confirmed within the hour; on the command with the list",
            offer::expired(&staging),
        ),
        entry(
            "The environment has moved; on the command with the list",
            offer::outrun(&staging),
        ),
    ];
    let ends = [
        (
            "it was confirmed already",
            Ended::Confirmed {
                by: by(),
                request: request(),
            },
        ),
        ("it was cancelled", Ended::Cancelled { by: by() }),
        ("somebody asked for something else since", Ended::Replaced { by: by() }),
        (
            "the environment was taken back since",
            Ended::RolledBack { by: Some(by()) },
        ),
        ("the hour is over", Ended::Expired),
        ("the command with the list was changed", Ended::CommentChanged),
        ("the list is no longer right", Ended::Outrun),
    ];
    entries.extend(ends.map(|(when, ended)| {
        entry(
            format!("You said `/confirm`, and {when}"),
            offer::over(&staging, &ended),
        )
    }));
    entries
}

fn an_offer(sample: &Sample) -> Offer {
    Offer {
        pull: PullNumber(42),
        what: Offered::Promotion {
            environment: EnvironmentName::from("staging"),
            from: sha('a'),
            commit: sha('b'),
            not_before: None,
        },
        asked_by: sample.anna(),
        request: CommentId(1).into(),
        command: 0,
        made_at: at("2026-11-23T15:00:00Z"),
        shown: None,
        ended: None,
    }
}

fn left_out(sample: &Sample) -> Vec<Entry> {
    let (staging, main) = (sample.staging(), sample.main());
    let feature = |number, title: &str, author| Feature {
        number: PullNumber(number),
        title: sample.line(title),
        author,
        closes: Vec::new(),
    };
    let shop = sample.line("shop/basket.md");
    let shared = [Some(vec![shop, "shop/total.md".to_owned()]), Some(Vec::new()), None];
    let later = (43..).zip(shared).map(|(number, shared)| Later {
        item: Item::Feature(feature(number, "Gift cards", Some(sample.dora().login))),
        shared,
    });
    let stuck = [Stuck {
        feature: feature(42, "Faster checkout", Some(sample.dora().login)),
        later: later.collect(),
    }];
    let told = |instead| {
        without::stuck(&NotPossible {
            environment: &staging,
            mainline: &main,
            html_url: "https://github.com/harbour/shop",
            stuck: &stuck,
            instead,
            remarks: &[],
        })
    };
    let instead = [42, 43, 44, 45].map(PullNumber);
    let in_the_way = [
        Remark::NoFeature(PullNumber(46)),
        Remark::AlreadyThere(PullNumber(47)),
        Remark::Unclear(PullNumber(48)),
    ];
    let anyway = [
        Remark::NotMerged(PullNumber(46)),
        Remark::NotOnStageBefore(PullNumber(47), sample.branch()),
    ];
    vec![
        entry(
            "You said `/promote staging without #42`, and later features are on top of it",
            told(None),
        ),
        entry("The same, where they can stay behind together", told(Some(&instead))),
        entry(
            "You said `without` with numbers that cannot be left out",
            without::nothing_to_leave_out(&staging, &in_the_way, true),
        ),
        entry(
            "You said `without` with numbers that would not go anyway",
            without::nothing_to_leave_out(&staging, &anyway, true),
        ),
        entry(
            "The same, and nothing else would go either",
            without::nothing_to_leave_out(&staging, &anyway, false),
        ),
        entry(
            "You said `without` all that would go",
            without::nothing_would_be_left(&staging),
        ),
        entry(
            "You said `without` on a feature that is not merged",
            without::only_where_merged(&staging),
        ),
    ]
}
