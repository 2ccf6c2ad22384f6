//! What each person may see, as GitHub said at most five minutes ago.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Board;
use super::page::Trouble;
use super::session::Visitor;
use crate::github::sign_in::{Seen, SignInError};
use crate::store::Digest;

/// How old GitHub's word may be.
const HOLDS: SignedDuration = SignedDuration::from_mins(5);

/// Repositories remembered for all sessions together, some 100 bytes each; beyond, the oldest lists are asked for again.
const SEEN_MAX: usize = 200_000;

/// GitHub's newest word for each session.
#[derive(Default)]
pub struct SeenCache {
    known: Mutex<Known>,
}

/// When GitHub was asked, and what it said.
type Known = HashMap<Digest, (Timestamp, Arc<[Seen]>)>;

impl SeenCache {
    fn get(&self, session: &Digest, now: Timestamp) -> Option<Arc<[Seen]>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (asked_at, seen) = known.get(session)?;
        // A clock that was set back must not make old words last.
        let age = now.duration_since(*asked_at);
        (age < HOLDS && age >= SignedDuration::ZERO).then(|| seen.clone())
    }

    fn put(&self, session: Digest, asked_at: Timestamp, seen: Arc<[Seen]>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (at, _)| asked_at.duration_since(*at) < HOLDS);
        known.insert(session, (asked_at, seen));
        // One more for each list, so that empty ones count too.
        let weight = |known: &Known| known.values().map(|(_, seen)| seen.len() + 1).sum::<usize>();
        while known.len() > 1 && weight(&known) > SEEN_MAX {
            let oldest = known.iter().min_by_key(|(_, (at, _))| *at).map(|(session, _)| *session);
            oldest.and_then(|session| known.remove(&session));
        }
    }
}

impl Board {
    /// The repositories that this person may see, by name.
    ///
    /// # Errors
    /// [`Trouble::SignedOut`] if GitHub does not take her token any more, [`Trouble::GithubAway`] if it does not answer.
    pub async fn seen_by(&self, visitor: &Visitor) -> Result<Arc<[Seen]>, Trouble> {
        let open = self.open()?;
        let id = visitor.session.id;
        if let Some(seen) = open.seen.get(&id, self.inner.clock.now()) {
            return Ok(seen);
        }
        let access = self.access(visitor).await?;
        let _turn = open.turn_of(&id).await;
        // Somebody else may have asked while this one waited.
        if let Some(seen) = open.seen.get(&id, self.inner.clock.now()) {
            return Ok(seen);
        }
        let asked_at = self.inner.clock.now();
        let mut seen = match open.door.sign_in.may_see(&access).await {
            Ok(seen) => seen,
            Err(SignInError::NotAccepted) => return Err(self.signed_out(visitor).await),
            Err(error) => return Err(away(&error)),
        };
        seen.sort_by_cached_key(|one| (one.name.to_string().to_lowercase(), one.repo));
        let seen: Arc<[Seen]> = seen.into();
        open.seen.put(id, asked_at, seen.clone());
        Ok(seen)
    }
}

/// GitHub could not be asked.
pub fn away(error: &SignInError) -> Trouble {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "could not ask GitHub for a person"
    );
    match error {
        SignInError::Misconfigured { .. } => Trouble::AppRefused,
        _ => Trouble::GithubAway,
    }
}
