//! Looks every two minutes whether the ledger explains where each environment's branch is, whatever else goes wrong.
//!
//! It reads the branches, the newest lines of the ledger and what is known to be under way, and judges by itself: it shares
//! no code with what moves branches, so that a mistake there is not made here a second time. What it finds is on disk; the
//! next look at the repository holds the environment and tells it.
//!
//! The checks of a repository are work of its own beside the looks at it, so that one replica at a time does them, and neither
//! keeps the other waiting.

mod judgement;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::github::{Address, GithubError};
use crate::reconcile::Bot;
use crate::rules::effect::Effect;
use crate::rules::id::{EnvironmentName, RepoId};
use crate::rules::memory::{Change, Entry, EntryKind, Memory, Progress};
use crate::rules::sighting::Sighting;
use crate::store::{Claim, StoreError};
use judgement::{Seen, judge};

/// How often a repository is checked. Twice this and [`judgement::PATIENCE`] are the five minutes in which it is told.
const EVERY: SignedDuration = SignedDuration::from_secs(90);

/// Lines of the ledger that are read. What explains a branch that has moved since the last check is among the newest.
const LINES_MAX: u32 = 500;

/// Under which number the checks of a repository are worked on: GitHub's numbers are positive.
pub fn checks_of(repo: RepoId) -> RepoId {
    RepoId(-repo.0)
}

/// Which repository is checked under this number; `None` if none is.
pub fn checked_by(work: RepoId) -> Option<RepoId> {
    (work.0 < 0).then_some(RepoId(-work.0))
}

/// Checks one repository, and says when to do so again; `None` once GitHub does not let us reach it. What GitHub does not tell
/// now is asked for the next time.
///
/// # Errors
/// The store's. Then nothing was found.
pub async fn check(bot: &Bot, claim: &Claim, repo: RepoId) -> Result<Option<Timestamp>, StoreError> {
    let again = bot.clock.now() + EVERY;
    let (Some(installation), Some(name)) = (claim.installation, claim.name.clone()) else {
        return Ok(Some(again));
    };
    let at = Address {
        repo,
        installation,
        name,
    };
    let memory = bot.store.memory(repo, &[]).await?;
    let branches: Vec<_> = memory.gaps.values().map(|gap| gap.base.clone()).collect();
    if branches.is_empty() {
        return Ok(Some(again));
    }
    match bot.github.heads(&at, &branches).await {
        Ok(heads) => judge_all(bot, claim, repo, &memory, &heads).await?,
        Err(GithubError::RateLimited { retry_at }) => return Ok(Some(again.max(retry_at))),
        // Whoever takes the repository up again begins the checks anew.
        Err(GithubError::Gone { .. }) => return Ok(None),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "could not check where the environments are"
            );
        }
    }
    Ok(Some(again))
}

async fn judge_all(
    bot: &Bot,
    claim: &Claim,
    repo: RepoId,
    memory: &Memory,
    heads: &BTreeMap<String, Option<String>>,
) -> Result<(), StoreError> {
    // Read after the branches, so that the line of a move that was seen is there or late, never overlooked.
    let lines = bot.store.ledger(repo, LINES_MAX).await?;
    let known = bot.store.memory(claim.repo, &[]).await?.sightings;
    let now = bot.clock.now();
    let mut changes = Vec::new();
    let mut is_found = false;
    for gap in memory.gaps.values() {
        let (environment, branch) = (&gap.environment, gap.base.as_str());
        let Some(head) = heads.get(branch) else { continue };
        let seen = Seen {
            branch,
            head: head.as_deref(),
            last_told: last_told(&lines, environment),
            is_moving: is_moving(memory, environment),
        };
        let before = known.get(environment);
        let sighting = judge(before, environment, seen, now);
        if before == Some(&sighting) {
            continue;
        }
        if let Some(found) = sighting.found.as_ref().filter(|_| !was_found(before, &sighting)) {
            tracing::error!(%environment, before = found.before, head = found.head, "nothing explains where an environment is");
            is_found = true;
        }
        changes.push(Change::Sighting(Box::new(sighting)));
    }
    if !changes.is_empty() {
        bot.store.remember(claim, &changes, &[], now).await?;
    }
    if is_found {
        bot.store.schedule(repo, None, None, now).await?;
    }
    Ok(())
}

fn was_found(before: Option<&Sighting>, sighting: &Sighting) -> bool {
    before.is_some_and(|before| before.found == sighting.found)
}

/// Where the newest line that tells of a move of this environment says that it went.
fn last_told<'l>(lines: &'l [(Timestamp, Entry)], environment: &EnvironmentName) -> Option<&'l str> {
    let tells = |entry: &&Entry| {
        let of_a_move = matches!(
            entry.kind,
            EntryKind::Promoted | EntryKind::RolledBack | EntryKind::PushedDirectly
        );
        of_a_move && entry.environment.as_ref() == Some(environment)
    };
    let newest = lines.iter().rev().map(|(_, entry)| entry).find(tells)?;
    newest.after.as_ref().map(|after| after.as_str())
}

/// A move was sent whose end is not known, or is still to be told.
fn is_moving(memory: &Memory, environment: &EnvironmentName) -> bool {
    let sent = memory.unconfirmed.values().any(|begun| {
        let of = match &begun.effect {
            Effect::MoveBranch { environment, .. }
            | Effect::MergeBranch { environment, .. }
            | Effect::RollBack { environment, .. } => Some(environment),
            _ => None,
        };
        begun.sent_at.is_some() && of == Some(environment)
    });
    let armed = memory.armed.get(environment);
    sent || armed.is_some_and(|armed| matches!(armed.progress, Progress::Moved { .. }))
}
