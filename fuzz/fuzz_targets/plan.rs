//! The plan, with arbitrary facts: several looks one after the other, whose answers need not fit each other.
//!
//! Whatever GitHub says: it does not panic; the same look gives the same plan; and no branch moves without the facts that allow
//! it. That a look comes to its end cannot be asked for here, since these facts never hold still.

#![no_main]

#[path = "plan/facts.rs"]
mod facts;

use std::collections::BTreeSet;

use jiff::SignedDuration;

use facts::{ANNA, Chance};
use greenlight_fuzz::rules::checks::{Checks, Conclusion, RunStatus, StatusState};
use greenlight_fuzz::rules::config::Config;
use greenlight_fuzz::rules::effect::{Effect, Outcome};
use greenlight_fuzz::rules::id::{BranchName, EnvironmentName, Sha, UserId};
use greenlight_fuzz::rules::interpret::Heard;
use greenlight_fuzz::rules::learn::learn;
use greenlight_fuzz::rules::memory::Memory;
use greenlight_fuzz::rules::plan::{Look, Plan, plan};
use greenlight_fuzz::rules::snapshot::{ConfigFile, Range, Snapshot};

libfuzzer_sys::fuzz_target!(|data: &[u8]| check(data));

const LOOKS_MAX: usize = 6;
const STEPS_MAX: usize = 60;

fn check(data: &[u8]) {
    let mut chance = Chance::new(data);
    let mut memory = Memory::default();
    let mut spoke = BTreeSet::new();
    for _ in 0..LOOKS_MAX {
        let heard = chance.heard();
        look(&mut chance, &mut memory, &heard, &mut spoke);
        if chance.is_spent() {
            return;
        }
        let later = [0, 1, 10, 61, 60 * 25][chance.number(5)];
        chance.now += SignedDuration::from_mins(later);
    }
}

fn look(chance: &mut Chance<'_>, memory: &mut Memory, heard: &Heard, spoke: &mut BTreeSet<UserId>) {
    let mut snapshot = Snapshot::default();
    for _ in 0..STEPS_MAX {
        let look = Look {
            snapshot: &snapshot,
            memory,
            heard,
            now: chance.now,
            welcomes: true,
        };
        let next = plan(&look);
        assert_eq!(next, plan(&look), "the same look, another plan");
        judge(&next, &look, spoke);
        if next.is_finished() {
            return;
        }
        next.changes.iter().for_each(|change| memory.apply(change));
        let mut outdated = next.outdated;
        for effect in &next.effects {
            let outcome = chance.outcome(effect);
            learn(effect, &outcome, memory)
                .iter()
                .for_each(|change| memory.apply(change));
            snapshot.after(effect, &outcome);
            outdated |= outcome == Outcome::Outdated;
            if outdated {
                break;
            }
        }
        if outdated {
            snapshot = Snapshot::default();
        } else if next.effects.is_empty() {
            read(chance, &next, heard, &mut snapshot, spoke);
        }
        chance.now += SignedDuration::from_millis(50);
    }
}

/// As `reconcile` reads: what decides is read again whenever it is asked for.
fn read(chance: &mut Chance<'_>, next: &Plan, heard: &Heard, snapshot: &mut Snapshot, spoke: &mut BTreeSet<UserId>) {
    if next.needs.iter().any(|need| !need.is_last_look()) {
        snapshot.facts_at = Some(chance.now);
    }
    for need in &next.needs {
        chance.answer(need, heard, snapshot);
    }
    let comments = snapshot.comments.values().flatten();
    let comments = comments
        .filter(|said| said.by_hand)
        .filter_map(|said| said.author.as_ref());
    let reviews = snapshot.reviews.values().flatten();
    let reviews = reviews
        .filter(|said| said.by_hand)
        .filter_map(|said| said.author.as_ref());
    let clicks = snapshot.clicks.values().flatten();
    let clicks = clicks.filter(|said| said.by_hand).filter_map(|said| said.by.as_ref());
    spoke.extend(comments.chain(reviews).chain(clicks).map(|person| person.id));
    // Without a file the owners are whoever maintains the repository.
    if let Some(ConfigFile::Absent { .. }) = snapshot.config {
        spoke.insert(ANNA);
    }
}

fn judge(next: &Plan, look: &Look<'_>, spoke: &BTreeSet<UserId>) {
    for effect in &next.effects {
        match effect {
            Effect::MoveBranch {
                environment,
                branch,
                from,
                to,
                ..
            } => {
                let config = moves(look, environment, branch, from, spoke);
                may_go(look, config.as_ref(), environment, to);
                assert!(is_ahead(look.snapshot, branch, to), "{to} is not ahead of {branch}");
            }
            Effect::MergeBranch {
                environment,
                branch,
                from,
                commit,
                ..
            } => {
                let config = moves(look, environment, branch, from, spoke);
                may_go(look, config.as_ref(), environment, commit);
            }
            Effect::RollBack {
                environment,
                branch,
                from,
                to,
                ..
            } => {
                moves(look, environment, branch, from, spoke);
                assert_ne!(from, to);
            }
            Effect::MergePull { pull, head, base, .. } => {
                let found = look.snapshot.pulls.get(pull).and_then(Option::as_ref);
                let found = found.expect("a pull request that was read");
                assert!(
                    found.open && !found.merged && found.head_sha == *head && found.base == *base,
                    "{found:?}"
                );
                let read = &look.snapshot.checks.get(head).expect("checks that were read").value;
                assert!(is_not_red(read), "{read:?}");
            }
            _ => {}
        }
    }
}

/// What every move of an environment needs: a usable configuration that has it, its branch where it was read, and an owner's word.
fn moves(
    look: &Look<'_>,
    environment: &EnvironmentName,
    branch: &BranchName,
    from: &Sha,
    spoke: &BTreeSet<UserId>,
) -> Option<Config> {
    let head = look.snapshot.heads.get(branch).expect("a branch that was read");
    assert_eq!(head.value.as_ref(), Some(from));
    let config = match look.snapshot.config.as_ref().expect("a configuration that was read") {
        ConfigFile::Broken(_) => panic!("moved by a broken configuration"),
        ConfigFile::Absent { .. } => None,
        ConfigFile::Valid { config, .. } => Some(config.as_ref().clone()),
    };
    let found = config.as_ref().and_then(|config| config.environment(environment));
    assert!(config.is_none() || found.is_some_and(|found| found.branch == *branch));
    let by_itself = found.is_some_and(|found| format!("{:?}", found.rollback).contains("Automatic"));
    assert!(
        by_itself || spoke.contains(&ANNA),
        "moved although no owner ever said anything"
    );
    config
}

/// What is promoted: not into a hold, and green.
fn may_go(look: &Look<'_>, config: Option<&Config>, environment: &EnvironmentName, commit: &Sha) {
    let held = look
        .memory
        .holds
        .get(environment)
        .is_some_and(|hold| hold.until > look.now);
    assert!(!held, "moved while on hold");
    let read = &look.snapshot.checks.get(commit).expect("checks that were read").value;
    assert!(read.complete, "moved although not every check was read");
    let required = look.snapshot.rules.values().any(|required| !required.is_empty());
    let named = config.and_then(|config| config.environment(environment));
    let by_name = named.is_some_and(|found| !format!("{:?}", found.checks).starts_with("Auto"));
    if required || by_name {
        assert!(some_pass(read), "{read:?}");
    } else {
        assert!(some_pass(read) && is_not_red(read), "{read:?}");
    }
}

/// By what was read of the stretch before it.
fn is_ahead(snapshot: &Snapshot, branch: &BranchName, to: &Sha) -> bool {
    let stretches = snapshot.ranges.iter().filter(|((base, _), _)| base == branch);
    stretches.into_iter().any(|(_, range)| match range {
        Range::Between(between) => between.behind_by == 0 && between.commits.iter().any(|commit| commit.sha == *to),
        _ => false,
    })
}

/// Nothing of another's that failed for sure. Of several reports of one name the newest counts, so a name that has a pass passes.
fn is_not_red(checks: &Checks) -> bool {
    let failed = checks.statuses.iter().filter(|one| one.state != StatusState::Success);
    failed.into_iter().all(|one| {
        checks
            .statuses
            .iter()
            .any(|other| other.context == one.context && other.state == StatusState::Success)
    }) && checks
        .runs
        .iter()
        .filter(|run| run.app_id != Some(99) && !passes(run))
        .all(|run| {
            let is_newer =
                |other: &&greenlight_fuzz::rules::checks::CheckRun| other.name == run.name && other.id >= run.id;
            checks.runs.iter().filter(is_newer).any(passes)
        })
}

fn some_pass(checks: &Checks) -> bool {
    checks.statuses.iter().any(|one| one.state == StatusState::Success) || checks.runs.iter().any(passes)
}

fn passes(run: &greenlight_fuzz::rules::checks::CheckRun) -> bool {
    let ended_well = matches!(
        run.conclusion,
        Some(Conclusion::Success | Conclusion::Neutral | Conclusion::Skipped)
    );
    run.status == RunStatus::Completed && ended_well && run.app_id != Some(99)
}
