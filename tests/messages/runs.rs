//! What is said to workflow runs that ask whether they may deploy.

use greenlight::rules::gate::Reason;
use greenlight::rules::id::EnvironmentName;
use greenlight::rules::protection::{Because, Place};
use greenlight::rules::words::protection;

use crate::configuration::mistakes;
use crate::sample::{Sample, nothing_reported};
use crate::{Entry, entry};

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let (config, staging) = (sample.config(), EnvironmentName::from("staging"));
    let elsewhere = EnvironmentName(sample.word.clone());
    let mut entries = vec![entry(
        "It deploys what was promoted, and nothing stands in the way",
        protection::approved(&staging),
    )];
    let refused = [
        (
            "Its environment is not in the pipeline",
            &elsewhere,
            Because::UnknownEnvironment,
        ),
        ("It runs for a pull request", &staging, Because::ForPull),
        (
            "The environment's branch is not there",
            &staging,
            Because::BranchMissing(sample.branch()),
        ),
        ("It would go back", &staging, Because::NotThere(Place::Passed)),
        (
            "It deploys what nobody merged",
            &staging,
            Because::NotThere(Place::Elsewhere {
                mainline: sample.main(),
            }),
        ),
    ];
    entries.extend(
        refused.map(|(when, environment, because)| entry(when, protection::rejected(environment, &because, &config))),
    );
    let on_stage_before = |asked_by| {
        Because::NotThere(Place::OnStageBefore {
            from: sample.main(),
            asked_by,
        })
    };
    let waits = [
        ("Nobody has promoted it yet", on_stage_before(None)),
        ("A promotion of it is armed", on_stage_before(Some(sample.anna()))),
        (
            "It has to be promoted to the stage before first",
            Because::NotThere(Place::InMainline { from: sample.branch() }),
        ),
        (
            "The environment is on hold",
            Because::Gate(Reason::OnHold(sample.hold())),
        ),
        ("A check turned red", Because::Gate(Reason::Checks(sample.failed()))),
        ("A check still runs", Because::Gate(Reason::Checks(sample.running()))),
        (
            "No check has reported",
            Because::Gate(Reason::Checks(nothing_reported())),
        ),
        ("The branch was set back by hand", Because::SetBack),
        ("Too much lies between the stages", Because::TooFarApart),
        ("The configuration is broken", Because::Broken(mistakes(sample))),
        (
            "A permission is missing",
            Because::Unreadable("actions=read".to_owned()),
        ),
    ];
    entries.extend(waits.map(|(when, because)| entry(when, protection::waits(&staging, &because, Some(&config)))));
    entries
}
