//! What came to an environment by another road than a promotion.

use greenlight::rules::authority::Why;
use greenlight::rules::checks::Verdict;
use greenlight::rules::config::{Environment, Strategy};
use greenlight::rules::gate::{Own, Reason};
use greenlight::rules::id::{Login, PullNumber};
use greenlight::rules::outside::{Held, Hotfix, Merged, Standing};
use greenlight::rules::sighting::Found;
use greenlight::rules::stretch::Item;
use greenlight::rules::words::{outside, promotion, standing};

use jiff::Timestamp;

use crate::sample::{Sample, green};
use crate::{Entry, entry};

fn hotfix(sample: &Sample) -> Hotfix {
    let commits = sample.between(0).commits;
    let by_dora = commits.into_iter().map(|mut commit| {
        commit.author = Some(Login(sample.dora.clone()));
        commit
    });
    Hotfix {
        commits: by_dora.collect(),
        pull: Some(PullNumber(53)),
        ours: true,
        closed: false,
        refused: false,
        held: true,
    }
}

fn merged(sample: &Sample) -> Merged {
    Merged {
        by: Some(sample.dora()),
        pull: PullNumber(51),
    }
}

fn merging(environment: Environment) -> Environment {
    Environment {
        strategy: Strategy::Merge,
        ..environment
    }
}

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let mut entries = by_hand(sample);
    entries.extend(standings(sample));
    entries.extend(hotfixes(sample));
    entries.extend(shut(sample));
    entries
}

fn by_hand(sample: &Sample) -> Vec<Entry> {
    let (staging, production, cargo) = (sample.staging(), sample.production(), sample.cargo());
    let (from, anna) = (sample.main(), sample.anna());
    let told_of = |environment: &Environment, refused: Option<&Why>, copied, checks: &Verdict, again: &[Item]| {
        outside::merged_by_hand(&outside::MergedByHand {
            again,
            environment,
            from: &from,
            by: Some(&anna),
            refused,
            copied,
            brought: Some(&cargo),
            checks,
        })
    };
    let told = |environment: &Environment, refused: Option<&Why>, copied, checks: &Verdict| {
        told_of(environment, refused, copied, checks, &[])
    };
    let joined = merging(staging.clone());
    let (_, why) = sample.whys().remove(0);
    let running = sample.running();
    vec![
        entry(
            "An owner merged the promotion pull request with GitHub's button",
            told(&joined, None, false, &green()),
        ),
        entry(
            "The same, and some of it was taken back before",
            told_of(&joined, None, false, &green(), &cargo.items),
        ),
        entry(
            "The same, where environments are moved forward",
            told(&staging, None, false, &green()),
        ),
        entry(
            "The same, before its checks had passed",
            told(&joined, None, false, &running),
        ),
        entry(
            "Somebody merged it who may not",
            told(&joined, Some(&why), false, &green()),
        ),
        entry("Below that, once it runs", outside::look_at(&joined, Some(&production))),
        entry("It was squashed or rebased", told(&joined, None, true, &green())),
        entry(
            "It was squashed or rebased, where environments are moved forward",
            told(&staging, None, true, &green()),
        ),
        // A commit message is no Markdown, so nothing can be escaped in it; a login holds nothing that acts.
        entry(
            "The message of the commit by which a promotion is merged",
            promotion::merge_message(&Sample::ordinary().armed()),
        ),
    ]
}

fn standings(sample: &Sample) -> Vec<Entry> {
    let (from, staging) = (sample.main(), sample.staging());
    let joined = merging(staging.clone());
    let hotfix = hotfix(sample);
    let cases = [
        (
            "Somebody put a change on an environment directly",
            &staging,
            Standing {
                hotfix: Some(hotfix.clone()),
                ..Standing::default()
            },
        ),
        (
            "The same, after an owner said `/unhold`",
            &staging,
            Standing {
                hotfix: Some(Hotfix {
                    held: false,
                    ..hotfix.clone()
                }),
                ..Standing::default()
            },
        ),
        (
            "The same, after its pull request was closed",
            &staging,
            Standing {
                hotfix: Some(Hotfix {
                    closed: true,
                    ..hotfix.clone()
                }),
                ..Standing::default()
            },
        ),
        (
            "The same, and GitHub would not open a pull request",
            &staging,
            Standing {
                hotfix: Some(Hotfix {
                    pull: None,
                    refused: true,
                    ..hotfix
                }),
                ..Standing::default()
            },
        ),
        (
            "Somebody merged it who may not",
            &staging,
            Standing {
                merged_by: Some(merged(sample)),
                ..Standing::default()
            },
        ),
        (
            "Nothing explains where its branch is",
            &staging,
            Standing {
                unexplained: Some(found()),
                ..Standing::default()
            },
        ),
        (
            "It has copies of what was to be joined",
            &staging,
            Standing {
                copies: Some(PullNumber(51)),
                ..Standing::default()
            },
        ),
        (
            "The same, where promotions are merged",
            &joined,
            Standing {
                copies: Some(PullNumber(51)),
                ..Standing::default()
            },
        ),
        (
            "Its branch was set back by hand",
            &staging,
            Standing {
                set_back: true,
                ..Standing::default()
            },
        ),
    ];
    let told = |(when, environment, found): (&str, &Environment, Standing)| {
        let said = outside::standing(environment, &from, &from, &found).expect("something is told");
        entry(
            format!("In `/status` and on the promotion pull request: {}", lower(when)),
            said,
        )
    };
    let mut entries: Vec<Entry> = cases.map(told).into();
    for (when, changes, mainline) in [
        ("its branch was merged into by hand", 0, sample.main()),
        ("its branch has changes of its own", 1, sample.main()),
        (
            "its branch has changes of its own, and is not the first",
            1,
            "trunk".into(),
        ),
    ] {
        let own = Own {
            strategy: Strategy::FastForward,
            mainline,
            changes,
            merges: 1,
            standing: Standing::default(),
        };
        let said = standing::in_the_way(&staging, &from, &own).expect("something is in the way");
        entries.push(entry(format!("On the promotion pull request, where {when}"), said));
    }
    entries
}

fn lower(text: &str) -> String {
    let (first, rest) = text.split_at(1);
    format!("{}{rest}", first.to_lowercase())
}

fn found() -> Found {
    Found {
        before: "1f0c53a".repeat(6),
        head: "9d2e7b4".repeat(6),
        at: Timestamp::UNIX_EPOCH,
    }
}

fn hotfixes(sample: &Sample) -> Vec<Entry> {
    let (staging, main, config) = (sample.staging(), sample.main(), sample.config());
    let joined = merging(staging.clone());
    let hotfix = hotfix(sample);
    vec![
        entry(
            "Title of the pull request that brings such a change back",
            outside::hotfix_title(&staging.name),
        ),
        entry(
            "Its description",
            outside::hotfix_body(&hotfix, &staging, &main, &config),
        ),
        entry(
            "Its description where promotions are merged",
            outside::hotfix_body(&hotfix, &joined, &main, &config),
        ),
        entry(
            "Its description afterwards",
            outside::hotfix_landed(&hotfix, &staging, &main),
        ),
        entry(
            "Its description after it was squashed or rebased",
            outside::hotfix_copied(&hotfix, &staging, &main, &sample.branch()),
        ),
        entry(
            "You said `/unhold`, and something has to land first",
            outside::opened_before_landing(&hotfix, &staging, &main),
        ),
    ]
}

fn shut(sample: &Sample) -> Vec<Entry> {
    let (staging, config) = (sample.staging(), sample.config());
    let (from, branch, mainline) = (sample.main(), sample.branch(), sample.main());
    let hotfix = hotfix(sample);
    let reasons = [
        (
            "a change was put there directly",
            Reason::HeldBack(Held::ByHotfix(hotfix.clone())),
        ),
        (
            "somebody merged it who may not",
            Reason::HeldBack(Held::ByMerge(merged(sample))),
        ),
        (
            "its branch is where nothing explains it",
            Reason::HeldBack(Held::ByChecker(found())),
        ),
        (
            "something has to come back first",
            Reason::HotfixFirst { hotfix, mainline },
        ),
        (
            "it has copies of what was to be joined",
            Reason::Copies {
                from: from.clone(),
                pull: PullNumber(51),
            },
        ),
        (
            "its branch was merged into by hand",
            Reason::OnlyMerges { branch, from },
        ),
    ];
    let told = |(when, reason): (&str, Reason)| {
        let said = promotion::shut(&staging, &reason, &config);
        entry(format!("It was not promoted, because {when}"), said)
    };
    reasons.map(told).into()
}
