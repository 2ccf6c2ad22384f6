//! What developers are told of a rollback, and what its answer says of that.

use greenlight::rules::developers::{Standing, Telling};
use greenlight::rules::effect::Refusal;
use greenlight::rules::id::{EnvironmentName, IssueNumber, PullNumber};
use greenlight::rules::rollback::Failure;
use greenlight::rules::words::developers::{self, Told};

use crate::rollbacks::{a_rollback, held};
use crate::sample::{Sample, at};
use crate::{Entry, entry};

fn telling(sample: &Sample) -> Telling {
    let rollback = a_rollback(sample);
    Telling {
        bad: rollback.from,
        back_to: rollback.to,
        at: at("2026-11-23T15:00:00Z"),
        by: rollback.by,
        by_itself: false,
        failure: None,
        taken_away: rollback.taken_away,
        request: rollback.request,
        command: 0,
        said_on: Some(PullNumber(45)),
        standing: Standing::Wanted,
        told: false,
    }
}

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let (staging, config, place) = (EnvironmentName::from("staging"), sample.config(), sample.staging());
    let told = |telling: &Telling, hold| {
        let told = Told {
            environment: &staging,
            place: Some(&place),
            telling,
            hold,
            repository: "https://github.example/harbour/shop",
            config: &config,
        };
        format!("{}\n\n{}", developers::title(&told), developers::body(&told))
    };
    let failure = Some(Failure {
        log: Some(sample.line("https://ci.example.com/7")),
    });
    let by_hand = telling(sample);
    let after_failure = Telling {
        failure: failure.clone(),
        said_on: None,
        ..telling(sample)
    };
    let by_itself = Telling {
        failure,
        by_itself: true,
        ..telling(sample)
    };
    let own = held(sample, &a_rollback(sample));
    let mut entries = vec![
        entry("The title and the text of the issue", told(&by_hand, Some(&own))),
        entry(
            "The same, where the deployment had failed, and somebody holds staging for longer",
            told(&after_failure, Some(&sample.hold())),
        ),
        entry(
            "The same, where it went back by itself, and nothing holds it any more",
            told(&by_itself, None),
        ),
        entry(
            "What the issue says once all of it is back",
            developers::all_back("What it said before.", &staging),
        ),
        entry("In the answer to the rollback", developers::told_in(IssueNumber(47))),
    ];
    let not_told = |(when, refusal): (&str, Refusal)| {
        entry(
            format!("In the answer to the rollback, where GitHub did not take the issue: {when}"),
            developers::not_told(&refusal),
        )
    };
    entries.extend(sample.refusals().into_iter().map(not_told));
    entries
}
