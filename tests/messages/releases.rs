//! Releases: their notes, and what the answer of a promotion says of them.

use greenlight::rules::closes::Issue;
use greenlight::rules::id::{EnvironmentName, RepoName};
use greenlight::rules::release::{Release, Standing};
use greenlight::rules::stretch::{Cargo, Item};
use greenlight::rules::words::release;

use crate::sample::{Sample, at, request, sha};
use crate::{Entry, entry};

fn closing(sample: &Sample) -> Cargo {
    let mut cargo = sample.cargo();
    let features = cargo.items.iter_mut().filter_map(|item| match item {
        Item::Feature(feature) => Some(feature),
        Item::Direct(_) => None,
    });
    for feature in features {
        feature.closes = vec![
            Issue {
                repository: None,
                number: 47,
            },
            Issue {
                repository: RepoName::parse("harbour/cellar"),
                number: 54,
            },
        ];
    }
    cargo
}

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let (production, cargo) = (sample.production(), closing(sample));
    let of = Release {
        commit: sha('b'),
        environment: EnvironmentName::from("production"),
        since: sha('a'),
        at: at("2026-11-23T15:12:00Z"),
        by: Some(sample.anna()),
        asked: Some((request(), 0)),
        tag: Some("2026-11-23.1".to_owned()),
        tagged: true,
        standing: Standing::Wanted,
        told: false,
    };
    let notes = |environment, brought| {
        release::body(&release::Notes {
            environment,
            release: &of,
            tag: "2026-11-23.1",
            brought,
            repository: "https://github.example/harbour/shop",
        })
    };
    let mut entries = vec![
        entry("The notes of a release", notes(Some(&production), Some(&cargo))),
        entry(
            "The same, where nothing is new",
            notes(Some(&production), Some(&Cargo::default())),
        ),
        entry("The same, where too much came to be listed", notes(None, None)),
        entry(
            "In the answer of the promotion",
            release::made(
                "2026-11-23.1",
                "https://github.example/harbour/shop/releases/tag/2026-11-23.1",
            ),
        ),
    ];
    let refusals = sample.refusals().into_iter();
    entries.extend(refusals.map(|(when, refusal)| {
        let when = format!("In the answer of the promotion, where GitHub refused the release: {when}");
        entry(when, release::refused(&refusal))
    }));
    entries
}
