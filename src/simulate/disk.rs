//! The store as one replica sees it: the real one, with a gate before each call, and a disk that has bad days.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::gate::{Gate, Point};
use super::sky::{Disk, Sky};
use crate::rules::effect::{Effect, Outcome};
use crate::rules::id::{InstallationId, RepoId, RepoName, RequestId};
use crate::rules::memory::{Change, Entry, Memory};
use crate::store::{
    Claim, Delivery, Engine, Fate, LogMark, Received, Row, SqliteStore, Statement, Status, Store, StoreError,
    StoredDelivery,
};

/// A store with a gate and weather.
pub struct FaultyStore {
    pub inner: Arc<SqliteStore>,
    pub sky: Sky,
    /// `None`: what is called is not stopped, as where a webhook is received.
    pub gate: Option<Gate>,
}

/// Calls after which the same is due as before.
const READS: [&str; 7] = [
    "deliveries",
    "heard_to",
    "lacking",
    "ledger",
    "log_mark",
    "memory",
    "status",
];

fn failed() -> StoreError {
    StoreError::Failed {
        action: "write to disk",
        source: Arc::new(io::Error::other("no space is left on the device")),
    }
}

impl FaultyStore {
    async fn enter(&self, call: &'static str) -> Result<Disk, StoreError> {
        if let Some(gate) = &self.gate {
            gate.stop(Point::Store(call)).await;
        }
        if !READS.contains(&call) {
            self.sky.changes_due();
        }
        match self.sky.of_disk() {
            Disk::Fails => Err(failed()),
            fate => Ok(fate),
        }
    }

    fn leave<T>(&self, fate: Disk, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(result, Err(StoreError::LeaseLost)) {
            self.sky.lease_lost();
        }
        match fate {
            Disk::FailsAfter => result.and(Err(failed())),
            _ => result,
        }
    }
}

/// What the board reads and writes goes by statements of its own.
#[async_trait]
impl Engine for FaultyStore {
    async fn look_up(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        let fate = self.enter("look_up").await?;
        let _working = self.gate.as_ref().map(Gate::begin);
        self.leave(fate, self.inner.look_up(statements).await)
    }

    async fn write_down(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        let fate = self.enter("write_down").await?;
        let _working = self.gate.as_ref().map(Gate::begin);
        self.leave(fate, self.inner.write_down(statements).await)
    }
}

/// Calls of the real store, each with its gate and its weather.
macro_rules! stopped {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl Store for FaultyStore {
            $(async fn $name(&self, $($arg: $kind),*) -> Result<$answer, StoreError> {
                let fate = self.enter(stringify!($name)).await?;
                let _working = self.gate.as_ref().map(Gate::begin);
                self.leave(fate, self.inner.$name($($arg),*).await)
            })*

            async fn close(&self) {
                self.inner.close().await;
            }
        }
    };
}

stopped! {
    receive(delivery: Delivery, due_at: Timestamp) -> Received;
    claim(owner: &str, now: Timestamp, lease: SignedDuration) -> Option<Claim>;
    renew(claim: &Claim, now: Timestamp, lease: SignedDuration) -> Timestamp;
    next_due(now: Timestamp) -> Option<Timestamp>;
    deliveries(claim: &Claim, limit: u32) -> Vec<StoredDelivery>;
    lacking(guids: &[String]) -> BTreeSet<String>;
    log_mark() -> Option<LogMark>;
    note_log(claim: &Claim, mark: &LogMark, now: Timestamp) -> ();
    heard_to(repo: RepoId) -> Option<Timestamp>;
    note_heard(claim: &Claim, to: Timestamp, now: Timestamp) -> ();
    prune(settled_before: Timestamp, dead_before: Timestamp) -> u64;
    rest(claim: &Claim, until: Timestamp, now: Timestamp) -> ();
    memory(repo: RepoId, spoken_of: &[RequestId]) -> Memory;
    remember(claim: &Claim, changes: &[Change], intended: &[Effect], now: Timestamp) -> ();
    sending(claim: &Claim, key: &str, now: Timestamp) -> ();
    record(claim: &Claim, key: &str, outcome: &Outcome, changes: &[Change], now: Timestamp) -> ();
    settle(claim: Claim, fates: &[(String, Fate)], look_again: Option<Timestamp>, name: Option<&RepoName>, now: Timestamp) -> ();
    postpone(claim: Claim, until: Timestamp, counted: bool, error: &str, now: Timestamp) -> ();
    give_up(claim: Claim, error: &str, now: Timestamp) -> ();
    release(claim: Claim, now: Timestamp) -> ();
    schedule(repo: RepoId, installation: Option<InstallationId>, name: Option<&RepoName>, due: Timestamp) -> ();
    retire(repo: RepoId, reason: &str, now: Timestamp) -> ();
    of_installation(installation: InstallationId) -> Vec<RepoId>;
    status(now: Timestamp) -> Status;
    ledger(repo: RepoId, limit: u32) -> Vec<(Timestamp, Entry)>;
    check(now: Timestamp) -> ();
}
