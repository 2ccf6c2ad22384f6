//! What follows for the previews: how a branch was left, and what became of a deployment.

use super::super::effect::{Outcome, Receipt};
use super::super::id::{BranchName, DeploymentId};
use super::super::memory::{Change, Memory};
use super::super::preview::{Ground, Notice, Wish};

/// The feature whose instance this deployment would be of.
pub(super) fn of_mark<'m>(memory: &'m Memory, mark: &str) -> Option<&'m Wish> {
    let shows = |wish: &&Wish| wish.has.as_ref()?.shows.as_ref().map(|shows| shows.mark() == mark);
    memory.previews.values().find(|wish| shows(wish) == Some(true))
}

pub(super) fn is_deployment(memory: &Memory, id: DeploymentId) -> bool {
    let is_over = |ground: &Ground| ground.over.iter().any(|(_, over)| *over == id);
    memory.grounds.values().any(is_over) || memory.previews.values().any(|wish| wish.has_deployment(id))
}

pub(super) fn deployed(memory: &Memory, mark: &str, outcome: &Outcome) -> Vec<Change> {
    let notice = match outcome {
        Outcome::Done(Receipt::Deployment { id }) => Notice::Ours { id: *id, told: false },
        Outcome::Refused(_) => Notice::Refused,
        _ => return Vec::new(),
    };
    let wish = of_mark(memory, mark);
    wish.map(|wish| Change::Preview(wish.with_notice(notice)))
        .into_iter()
        .collect()
}

/// Done or refused: it is not said again.
pub(super) fn reported(memory: &Memory, id: DeploymentId) -> Vec<Change> {
    let mut changes = Vec::new();
    for ground in memory.grounds.values() {
        let mut left = ground.clone();
        left.over.retain(|(_, over)| *over != id);
        if left != *ground {
            changes.push(Change::Ground(left));
        }
    }
    let shown = memory.previews.values().filter(|wish| wish.has_deployment(id));
    changes.extend(shown.map(|wish| Change::Preview(wish.with_notice(Notice::Ours { id, told: true }))));
    changes
}

/// Where the branch is an instance's: how it was left, and that the card of whoever has it does not tell yet.
pub(super) fn ground(memory: &Memory, branch: &BranchName, change: impl FnOnce(&mut Ground)) -> Vec<Change> {
    let Some(mut ground) = memory.grounds.get(branch).cloned() else {
        return Vec::new();
    };
    change(&mut ground);
    let is_there = |wish: &&Wish| wish.has.as_ref().is_some_and(|held| held.branch == *branch);
    let wishes = memory.previews.values().filter(is_there).map(|wish| {
        Change::Preview(Wish {
            to_tell: true,
            ..wish.clone()
        })
    });
    wishes.chain([Change::Ground(ground)]).collect()
}
