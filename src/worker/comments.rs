//! Hears commands that no delivery told of: each look at everything reads the comments that were written since the last one.
//!
//! M1 What was there before Greenlight is never taken up: the first reading only notes where GitHub's list ends.
//! M2 Only a comment that was written since counts; one that was merely edited does not. (One that was written and edited
//!    since is heard, and answered as what it is.)
//! M3 A comment that is known as a request is not heard again, so how often it is read makes no difference.
//!
//! Not read back: the summaries of reviews, which GitHub lists for each pull request apart. They are found in its log.

use jiff::{SignedDuration, Timestamp};

use super::Worker;
use crate::github::{Address, GithubError, Spoken};
use crate::reconcile::ReconcileError;
use crate::rules::command::mentions_command;
use crate::rules::id::RequestId;
use crate::rules::interpret::{Heard, News};
use crate::store::Claim;

/// GitHub does not promise whether the second that it is asked from is part of its answer.
const OVERLAP: SignedDuration = SignedDuration::from_secs(2);

/// What is older is history, and is not even read.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(72);

impl Worker {
    /// Adds to what was heard, and gives the time up to which comments have been heard then, if that has changed.
    pub(super) async fn hear_comments(
        &self,
        claim: &Claim,
        at: &Address,
        heard: &mut Heard,
    ) -> Result<Option<Timestamp>, ReconcileError> {
        let known = self.bot.store.heard_to(claim.repo).await?;
        match self.unheard(at, known, heard).await {
            Ok(newest) => Ok(newest.filter(|newest| known.is_none_or(|known| *newest > known))),
            Err(ReconcileError::Github(error @ GithubError::RateLimited { .. })) => Err(error.into()),
            Err(ReconcileError::Github(error)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "could not read what was written lately"
                );
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn unheard(
        &self,
        at: &Address,
        known: Option<Timestamp>,
        heard: &mut Heard,
    ) -> Result<Option<Timestamp>, ReconcileError> {
        let Some(known) = known else {
            let newest = self.bot.github.spoken(at, None).await?;
            let newest = newest.iter().map(|spoken| spoken.updated_at).max();
            return Ok(Some(newest.unwrap_or(Timestamp::UNIX_EPOCH)));
        };
        let oldest = self.bot.clock.now() - AGE_MAX;
        let since = if known == Timestamp::UNIX_EPOCH {
            known
        } else {
            (known - OVERLAP).max(oldest)
        };
        let spoken = self.bot.github.spoken(at, Some(since)).await?;
        let newest = spoken.iter().map(|spoken| spoken.updated_at).max();
        // Not within the overlap: what was there at the first reading lies in it.
        let is_new = |one: &Spoken| one.created_at > known && one.created_at >= oldest;
        let new = spoken.into_iter().filter(is_new).collect();
        for one in self.new_commands(at, new, heard).await? {
            tracing::warn!(comment = %one.comment, "found a command that no delivery told of");
            heard.add(News::Comment {
                comment: one.comment,
                body: one.body,
            });
        }
        Ok(newest)
    }

    /// M3.
    async fn new_commands(
        &self,
        at: &Address,
        mut new: Vec<Spoken>,
        heard: &Heard,
    ) -> Result<Vec<Spoken>, ReconcileError> {
        new.retain(|one| !one.by_bot && mentions_command(&one.body) && !heard.comments.contains_key(&one.comment));
        if new.is_empty() {
            return Ok(new);
        }
        let ids: Vec<RequestId> = new.iter().map(|one| RequestId::Comment(one.comment)).collect();
        let memory = self.bot.store.memory(at.repo, &ids).await?;
        new.retain(|one| !memory.requests.contains_key(&RequestId::Comment(one.comment)));
        let mut on_pulls = Vec::new();
        for one in new {
            if self.bot.github.is_pull(at, one.number).await? {
                on_pulls.push(one);
            }
        }
        Ok(on_pulls)
    }
}
