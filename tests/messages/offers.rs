//! What rides along, and what cannot be left out.

use greenlight::rules::id::PullNumber;
use greenlight::rules::memory::Feature;
use greenlight::rules::offer::Ended;
use greenlight::rules::words::offer::{self, Listed};
use greenlight::rules::words::without::{self, Later, NotPossible, Remark, Stuck};

use crate::sample::{Sample, request};
use crate::{Entry, entry};

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let (staging, config, cargo, main) = (sample.staging(), sample.config(), sample.cargo(), sample.main());
    let (name, anna) = (&staging.name, sample.anna());
    let listed = Listed {
        environment: &staging,
        carrying: &cargo,
        acceptances: None,
        not_before: None,
        promotion: Some(PullNumber(51)),
        config: &config,
    };
    let remarks = [
        Remark::NoFeature(PullNumber(5)),
        Remark::NotMerged(PullNumber(5)),
        Remark::LandedLater(PullNumber(5)),
        Remark::AlreadyThere(PullNumber(5)),
        Remark::NotOnStageBefore(PullNumber(5), sample.branch()),
        Remark::Unclear(PullNumber(5)),
    ];
    let stuck = [Stuck {
        feature: Feature {
            number: PullNumber(42),
            title: sample.title.clone(),
            author: None,
        },
        later: vec![Later {
            item: sample.later().items.remove(0),
            shared: Some(vec![sample.word.clone()]),
        }],
    }];
    let not_possible = NotPossible {
        environment: &staging,
        mainline: &main,
        html_url: "https://github.example/harbour/shop",
        stuck: &stuck,
        instead: None,
        remarks: &[],
    };
    let mut entries = vec![
        entry("Other features would go along", offer::riders(PullNumber(42), &listed)),
        entry(
            "You said `without #43`, and it can stay behind",
            offer::without(&[PullNumber(43)], &sample.later(), &[], &listed),
        ),
        entry("What was listed has changed", offer::again(&listed)),
        entry("Somebody said `/confirm`", offer::confirmed(&anna)),
        entry("What was listed is not what would go now", offer::outrun(name)),
        entry("Somebody said `/cancel`", offer::cancelled(name, &anna)),
        entry("Somebody asked for something else", offer::replaced(name, &anna)),
        entry("Nobody said `/confirm` in time", offer::expired(name)),
        entry("You said `/confirm`, and nothing was listed", offer::nothing_offered()),
        entry("You said `/confirm` before the list was there", offer::not_seen_yet()),
        entry(
            "More would go than was listed",
            offer::more_would_go(&sample.armed(), &sample.later()),
        ),
        entry("It cannot be left out", without::stuck(&not_possible)),
        entry("Nothing would be left", without::nothing_would_be_left(&staging)),
        entry(
            "You said `without` on a feature that is not merged",
            without::only_where_merged(&staging),
        ),
        entry(
            "What you named would not go anyway",
            without::nothing_to_leave_out(&staging, &remarks[1..3], true),
        ),
        entry(
            "What you named cannot be left out",
            without::nothing_to_leave_out(&staging, &remarks, false),
        ),
    ];
    let confirmed = Ended::Confirmed {
        by: anna.clone(),
        request: request(),
    };
    let ends = [
        confirmed,
        Ended::Cancelled { by: anna.clone() },
        Ended::Replaced { by: anna },
        Ended::Expired,
        Ended::CommentChanged,
        Ended::Outrun,
    ];
    for ended in &ends {
        entries.push(entry(
            "You said `/confirm`, and the list does not count any more",
            offer::over(name, ended),
        ));
    }
    for (why_in_words, why) in sample.whys() {
        entries.push(entry(
            format!("You said `/confirm` and may not, because {why_in_words}"),
            offer::may_not_confirm(name, &why),
        ));
    }
    entries
}
