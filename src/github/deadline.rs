//! Until when this process may still write to a repository.
//!
//! A process that was stopped for a while (a paused machine, SIGSTOP) goes on in the middle of whatever it did, when somebody
//! else holds its repository already. The store refuses what it writes then; GitHub would not. So the last thing before a write
//! is sent is a look at the clock. What is left is the time between that look and the wire; effects are idempotent.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

/// The end of a lease, which moves on as the lease is renewed; clones share it.
#[derive(Clone, Debug)]
pub struct Deadline(Arc<Mutex<Timestamp>>);

tokio::task_local! {
    /// Of the effect that is being performed. Beside the arguments, since all that it meets on its way is the same for a
    /// client that nobody told of a lease.
    static DEADLINE: Option<Deadline>;
    /// Until when what the effect rests upon is new enough for it.
    static FRESH_UNTIL: Option<Timestamp>;
}

impl Deadline {
    pub fn new(until: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(until)))
    }

    pub fn set(&self, until: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Performs something that may only be sent before the deadline.
pub(super) async fn before<T>(
    deadline: Option<Deadline>,
    fresh_until: Option<Timestamp>,
    performing: impl Future<Output = T>,
) -> T {
    DEADLINE
        .scope(deadline, FRESH_UNTIL.scope(fresh_until, performing))
        .await
}

/// Whether too much time passed since the last look for a write that rests upon it: waiting for a new token takes some.
pub(super) fn is_stale(now: Timestamp) -> bool {
    let stale = |until: &Option<Timestamp>| until.is_some_and(|until| now > until);
    FRESH_UNTIL.try_with(stale).unwrap_or(false)
}

/// Whether what is being performed comes too late.
pub(super) fn is_over(now: Timestamp) -> bool {
    let over = |deadline: &Option<Deadline>| deadline.as_ref().is_some_and(|deadline| deadline.is_over(now));
    DEADLINE.try_with(over).unwrap_or(false)
}
