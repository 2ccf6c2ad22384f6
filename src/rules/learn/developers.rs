//! What follows from telling developers of a rollback.

use super::super::developers::{Reverting, Standing, Telling};
use super::super::effect::{Outcome, Receipt};
use super::super::id::{EnvironmentName, IssueNumber, PullNumber};
use super::super::memory::{Change, Entry, EntryKind, Memory};

/// The issue is there, or GitHub would not take it.
pub(super) fn told(memory: &Memory, environment: &EnvironmentName, mark: &str, outcome: &Outcome) -> Vec<Change> {
    let standing = match outcome {
        Outcome::Done(Receipt::IssueOpened { issue }) => Standing::Opened { issue: *issue },
        Outcome::Refused(refusal) => Standing::Refused(refusal.clone()),
        _ => return Vec::new(),
    };
    let Some(way_back) = memory.ways_back.get(environment) else {
        return Vec::new();
    };
    let telling = way_back
        .tellings
        .iter()
        .find(|telling| telling.mark(environment) == mark);
    let Some(telling) = telling.cloned() else {
        return Vec::new();
    };
    let why = match &standing {
        Standing::Opened { issue } => format!("developers were told in #{issue}"),
        _ => "GitHub would not let us tell developers by an issue".to_owned(),
    };
    let told = Change::Ledger(entry(environment, &telling, why));
    vec![
        told,
        Change::WayBack(Box::new(way_back.with_telling(Telling { standing, ..telling }))),
    ]
}

/// The pull request that reverts this feature is there, or GitHub would not open it.
pub(super) fn reverted(
    memory: &Memory,
    environment: &EnvironmentName,
    mark: &str,
    feature: PullNumber,
    outcome: &Outcome,
) -> Vec<Change> {
    let (standing, why) = match outcome {
        Outcome::Done(Receipt::Reverted { pull }) => (
            Reverting::Opened { pull: *pull },
            format!("#{pull} was opened for the developers, which reverts it"),
        ),
        Outcome::Refused(refusal) => (
            Reverting::Refused(refusal.clone()),
            "GitHub would not open a pull request that reverts it".to_owned(),
        ),
        _ => return Vec::new(),
    };
    let Some(way_back) = memory.ways_back.get(environment) else {
        return Vec::new();
    };
    let is_it = |telling: &&Telling| telling.mark_of_revert(environment, feature) == mark;
    let Some(telling) = way_back.tellings.iter().find(is_it) else {
        return Vec::new();
    };
    let told = Change::Ledger(Entry {
        pull: Some(feature),
        ..entry(environment, telling, why)
    });
    let next = telling.with_revert(feature, standing);
    vec![told, Change::WayBack(Box::new(way_back.with_telling(next)))]
}

/// It was closed, or cannot be: nothing more is told of it.
pub(super) fn over(memory: &Memory, environment: &EnvironmentName, issue: IssueNumber) -> Vec<Change> {
    let Some(way_back) = memory.ways_back.get(environment) else {
        return Vec::new();
    };
    let is_it = |telling: &&Telling| telling.standing == Standing::Opened { issue };
    let telling = way_back.tellings.iter().find(is_it);
    let next = telling.map(|telling| way_back.without_telling(telling));
    next.map(|next| Change::WayBack(Box::new(next))).into_iter().collect()
}

fn entry(environment: &EnvironmentName, telling: &Telling, why: String) -> Entry {
    Entry {
        kind: EntryKind::DevelopersTold,
        who: None,
        pull: None,
        request: Some(telling.request),
        environment: Some(environment.clone()),
        before: Some(telling.bad.clone()),
        after: Some(telling.back_to.commit.clone()),
        why,
        gates: Vec::new(),
        features: Vec::new(),
    }
}
