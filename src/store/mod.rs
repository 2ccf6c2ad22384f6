//! What Greenlight keeps on disk, as one contract for every engine: deliveries received, work handed out, memory, ledger.
//!
//! S1 What [`Store::receive`] answered `Stored` for survives any crash, and is handed out until a worker settles it.
//! S2 One repository has at most one holder: every write of a worker names its claim, and a stale claim changes nothing.
//! S3 What belongs together (a decision and the effects it wishes for; an outcome and what follows from it) is one transaction.
//! S4 A second delivery with a known GUID changes nothing, unless the first one is dead: then it gets another life.
//! S5 The ledger only grows.
//! S6 Where several processes share a database, it is the database's own time that ends a lease. What a caller passes as
//!    `now` is recorded, and says whether work that was put off until a moment is due.
//!
//! Accepted race: a holder whose lease ran out may still be talking to GitHub when the next one begins; effects are idempotent.
//! Absent on purpose: a general job queue. What is handed out is "look at this repository", however much has piled up.

pub mod aside;
pub mod describe;
mod error;
mod group;
mod inbox;
mod log;
mod memory;
mod missed;
mod pages;
pub mod postgres;
mod session;
pub mod sqlite;
mod statement;
mod work;

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::rules::effect::{Effect, Outcome};
use crate::rules::id::{InstallationId, RepoId, RepoName, RequestId};
#[cfg(doc)]
use crate::rules::interpret::Urgency;
use crate::rules::memory::{Change, Entry, Memory};

pub use error::StoreError;
pub use inbox::{Delivery, Fate, Readable, Received, StoredDelivery};
pub use log::{LogMark, LongReading};
pub use pages::{Filter, Line, Names, Pages};
pub use postgres::PostgresStore;
pub use session::{Digest, Session, Sessions};
pub use sqlite::SqliteStore;
pub use statement::{Engine, Row, Statement};
pub use work::{Claim, Status};

/// The repository number under which the App itself is worked on: deliveries that name no repository, and the sweep.
pub const APP: RepoId = RepoId(0);

/// Every engine does exactly this; `tests/store_suite` holds them to it.
///
/// # Errors
/// Every method may answer [`StoreError::Busy`] or [`StoreError::Failed`]; then nothing was changed, unless the connection to a
/// server broke at the very end: then all of it was, or nothing. So whoever asked looks before going on.
/// Methods that take a [`Claim`] and write answer [`StoreError::LeaseLost`] when it is not the present one or has run out at `now`.
#[async_trait]
pub trait Store: Pages + Sessions + Send + Sync {
    /// Keeps a delivery and makes its repository due at `due_at`; on disk when it returns. Concurrent calls share one commit.
    /// What is [`Urgency::Patient`] is due when the repository has rested. Work that is postponed keeps its time, but for a
    /// [`Urgency::Word`], which brings it forward as far as GitHub lets us; work that was parked or retired begins anew.
    /// An unreadable delivery wakes nobody.
    async fn receive(&self, delivery: Delivery, due_at: Timestamp) -> Result<Received, StoreError>;

    /// Claims the repository that has been due longest, or whose holder's lease ran out, until `now + lease`.
    /// A lease that ran out does not count as an attempt: what stopped the process need not be what it worked on.
    async fn claim(&self, owner: &str, now: Timestamp, lease: SignedDuration) -> Result<Option<Claim>, StoreError>;

    /// Holds a claim until `now + lease`, which is returned.
    async fn renew(&self, claim: &Claim, now: Timestamp, lease: SignedDuration) -> Result<Timestamp, StoreError>;

    /// When the next claim can succeed, by the caller's clock: the earliest due time, or end of a lease. In the past when there
    /// is something now.
    async fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;

    /// The repository's new deliveries, oldest first, at most `limit` of them and no more than fits in memory (at least one).
    async fn deliveries(&self, claim: &Claim, limit: u32) -> Result<Vec<StoredDelivery>, StoreError>;

    /// Those of these GUIDs that no delivery had, however it ended.
    async fn lacking(&self, guids: &[String]) -> Result<BTreeSet<String>, StoreError>;

    /// How far GitHub's log of deliveries has been compared; `None` before the first time.
    async fn log_mark(&self) -> Result<Option<LogMark>, StoreError>;

    /// Notes how far the log has been compared, as the holder of the App itself.
    async fn note_log(&self, claim: &Claim, mark: &LogMark, now: Timestamp) -> Result<(), StoreError>;

    /// Up to when (by GitHub's time) the comments of a repository have been read; `None` before the first time.
    async fn heard_to(&self, repo: RepoId) -> Result<Option<Timestamp>, StoreError>;

    /// Notes up to when they have been read.
    async fn note_heard(&self, claim: &Claim, to: Timestamp, now: Timestamp) -> Result<(), StoreError>;

    /// Lets go of the bodies of some hundred deliveries at most: settled ones that were received before one time, dead ones
    /// before another. Says how many; their GUIDs and fates stay.
    async fn prune(&self, settled_before: Timestamp, dead_before: Timestamp) -> Result<u64, StoreError>;

    /// Everything a look needs: requests that are open or spoken of, what is armed, gaps, effects without a known end,
    /// the newest showings of the newest promotion pull requests, and the newest origins (both bounded, see the engine).
    async fn memory(&self, repo: RepoId, spoken_of: &[RequestId]) -> Result<Memory, StoreError>;

    /// Commits a decision: its changes, and the effects it wishes for, which become intended.
    /// An effect that was sent before and whose end is unknown stays known as sent.
    async fn remember(
        &self,
        claim: &Claim,
        changes: &[Change],
        intended: &[Effect],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Notes that an intended effect is about to be sent: from here on GitHub may have seen it.
    ///
    /// # Errors
    /// [`StoreError::NotIntended`] if no unconfirmed effect has that key.
    async fn sending(&self, claim: &Claim, key: &str, now: Timestamp) -> Result<(), StoreError>;

    /// Commits what became of an effect together with what follows from it.
    ///
    /// # Errors
    /// [`StoreError::NotIntended`] if no unconfirmed effect has that key.
    async fn record(
        &self,
        claim: &Claim,
        key: &str,
        outcome: &Outcome,
        changes: &[Change],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Lets the repository rest: patient deliveries wait until then, the others do not.
    async fn rest(&self, claim: &Claim, until: Timestamp, now: Timestamp) -> Result<(), StoreError>;

    /// Ends a look that succeeded: its deliveries get their fates, attempts begin at 0 again, the lease is given back.
    /// Due next at `look_again` or at what was scheduled meanwhile; now, if there are deliveries that no fate was given to,
    /// or when it has rested, if all of those are patient.
    async fn settle(
        &self,
        claim: Claim,
        fates: &[(String, Fate)],
        look_again: Option<Timestamp>,
        name: Option<&RepoName>,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Ends a look that failed, to be tried again at `until` and not before, whatever is delivered meanwhile.
    /// `counted` is false for what is nobody's fault, a rate limit; that time is kept whoever asks.
    async fn postpone(
        &self,
        claim: Claim,
        until: Timestamp,
        counted: bool,
        error: &str,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Ends a look that failed for the last time: the deliveries that had arrived by the claim are dead, and the work is
    /// parked until something new is delivered or scheduled.
    async fn give_up(&self, claim: Claim, error: &str, now: Timestamp) -> Result<(), StoreError>;

    /// Gives a claim back untouched, at shutdown: due now.
    async fn release(&self, claim: Claim, now: Timestamp) -> Result<(), StoreError>;

    /// Makes a look at everything in a repository due at `due`, or leaves it due earlier. Postponed work keeps its time; parked or retired work begins anew.
    async fn schedule(
        &self,
        repo: RepoId,
        installation: Option<InstallationId>,
        name: Option<&RepoName>,
        due: Timestamp,
    ) -> Result<(), StoreError>;

    /// The App was removed from a repository: no more work, new deliveries are ignored with `reason`, any holder loses its lease.
    /// Memory and ledger stay. A later delivery or `schedule` begins anew.
    async fn retire(&self, repo: RepoId, reason: &str, now: Timestamp) -> Result<(), StoreError>;

    /// The repositories that an installation has, as far as deliveries and the sweep told.
    async fn of_installation(&self, installation: InstallationId) -> Result<Vec<RepoId>, StoreError>;

    /// Counts, for health, metrics and tests.
    async fn status(&self, now: Timestamp) -> Result<Status, StoreError>;

    /// The newest `limit` lines of a repository's ledger, oldest first.
    async fn ledger(&self, repo: RepoId, limit: u32) -> Result<Vec<(Timestamp, Entry)>, StoreError>;

    /// Writes a row to disk, to learn whether that is possible.
    async fn check(&self, now: Timestamp) -> Result<(), StoreError>;

    /// Waits for what was begun, and closes. Dropping a store without it is a crash, which it survives.
    async fn close(&self);
}
