//! What `/status` tells those who maintain the repository besides, and what the doctor says of a repository.

use greenlight::rules::snapshot::Found;
use greenlight::rules::soundness::{Finding, Grant, Known, OwnerSeen, RepositoryFacts, RuleSeen, StageFacts};
use greenlight::rules::words::soundness;

use crate::sample::Sample;
use crate::{Entry, entry};

pub fn entries(sample: &Sample) -> Vec<Entry> {
    vec![
        entry(
            "You said `/status`, and you maintain the repository; below where everything stands",
            soundness::section(&[Finding::fine("configuration", "The configuration is in order.")]),
        ),
        entry(
            "The same, where something is amiss",
            soundness::section(&amiss(sample, &Ok(Grant::default()), &Err(refused()))),
        ),
        entry(
            "The same, where little can be read",
            soundness::section(&amiss(sample, &Err(refused()), &Ok(Vec::new()))),
        ),
    ]
}

fn refused() -> String {
    let refused: Found<()> = Found::Unreadable("members=read".to_owned());
    soundness::unread(&refused).expect("it is not there")
}

fn untold() -> String {
    let untold: Found<()> = Found::Missing;
    soundness::unread(&untold).expect("it is not there")
}

fn amiss(sample: &Sample, grant: &Known<Grant>, rules: &Known<Vec<RuleSeen>>) -> Vec<Finding> {
    let word = &sample.word;
    let owner = |is_team, is_known| OwnerSeen {
        name: word.clone(),
        is_team,
        is_known,
    };
    let stage = |exists, rules: &Known<Vec<RuleSeen>>, never_seen| StageFacts {
        name: word.clone(),
        branch: word.clone(),
        exists,
        rules: rules.clone(),
        never_seen,
    };
    let update = |may_bypass| {
        Ok(vec![RuleSeen {
            kind: "update".to_owned(),
            may_bypass,
        }])
    };
    let facts = RepositoryFacts {
        name: word.clone(),
        is_installed: true,
        is_archived: true,
        configuration: Ok(false),
        owners: vec![
            owner(false, Ok(false)),
            owner(true, Ok(false)),
            owner(true, Err(refused())),
        ],
        stages: vec![
            stage(false, rules, Ok(Vec::new())),
            stage(true, rules, Err(soundness::too_far_apart())),
            stage(true, &update(Some(false)), Ok(vec![word.clone()])),
            stage(true, &update(Some(true)), Ok(Vec::new())),
            stage(true, rules, Err(untold())),
        ],
        merge_methods: ["squash"].into(),
        merge_method: Some("merge"),
    };
    let mut found = soundness::of_grant(grant, word);
    found.extend(soundness::of_repository(&facts));
    found.push(soundness::too_many_owners(20));
    found
}
