//! The store in one SQLite file: the default, for one process on one machine.
//!
//! One connection writes, a few read, one moves the write-ahead log into the database file. A lock file keeps a second
//! process out, which is why every lease found at the start belongs to a process that is gone.

mod backup;
mod checkpoint;
mod inbox;
mod open;
mod work;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Row as _, Sqlite, SqlitePool, Transaction, TypeInfo, ValueRef};
use tokio_util::task::AbortOnDropHandle;

pub use backup::{Copied, backup};
pub(super) use open::BUSY_TIMEOUT;

use super::error::failed;
use super::group::Group;
use super::statement::{Connection, Engine, Row, Statement, Value, in_turn};
use super::{Claim, Delivery, Fate, LogMark, Received, Status, Store, StoreError, StoredDelivery, memory, missed};
use crate::rules::effect::{Effect, Outcome};
use crate::rules::id::{InstallationId, RepoId, RepoName, RequestId};
use crate::rules::memory::{Change, Entry, Memory};

/// The engine; cheap to share behind an `Arc`.
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    group: Group,
    checkpoints: AbortOnDropHandle<()>,
    /// Held while we live; the system lets go of it however we end.
    _lock: File,
}

impl SqliteStore {
    /// Opens or creates the database file, brings it to the present schema and releases the leases of the process before.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] with what to do about it: no such folder, no permission, read-only, not a database,
    /// in use by another process, written by a newer Greenlight.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let open::Opened {
            writer,
            readers,
            checkpointer,
            lock,
        } = open::open(path).await?;
        work::release_all(&writer).await?;
        let checkpoints = tokio::spawn(checkpoint::keep_short(checkpointer.clone(), writer.clone()));
        Ok(Self {
            group: Group::start(inbox::Inbox::new(writer.clone(), checkpointer)),
            checkpoints: AbortOnDropHandle::new(checkpoints),
            writer,
            readers,
            _lock: lock,
        })
    }

    /// A transaction that holds the write lock from its first statement, so that what it reads stays so.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .or_failed("begin to write")
    }

    /// A write transaction that is only given to the present holder of the repository.
    async fn write_as(&self, claim: &Claim, now: Timestamp) -> Result<Transaction<'static, Sqlite>, StoreError> {
        let mut tx = self.write().await?;
        work::fence(&mut tx, claim, now).await?;
        Ok(tx)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn receive(&self, delivery: Delivery, due_at: Timestamp) -> Result<Received, StoreError> {
        self.group.receive(delivery, due_at).await
    }

    async fn claim(&self, owner: &str, now: Timestamp, lease: SignedDuration) -> Result<Option<Claim>, StoreError> {
        // Asked often and mostly in vain, so without holding up who writes.
        if work::next_due(&self.readers).await?.is_none_or(|due| due > now) {
            return Ok(None);
        }
        let mut tx = self.write().await?;
        let claim = work::claim(&mut tx, owner, now, now + lease).await?;
        commit(tx).await?;
        Ok(claim)
    }

    async fn renew(&self, claim: &Claim, now: Timestamp, lease: SignedDuration) -> Result<Timestamp, StoreError> {
        let mut tx = self.write_as(claim, now).await?;
        work::renew(&mut tx, claim, now + lease).await?;
        commit(tx).await?;
        Ok(now + lease)
    }

    async fn next_due(&self, _now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        work::next_due(&self.readers).await
    }

    async fn deliveries(&self, claim: &Claim, limit: u32) -> Result<Vec<StoredDelivery>, StoreError> {
        work::deliveries(&self.readers, claim, limit).await
    }

    async fn lacking(&self, guids: &[String]) -> Result<BTreeSet<String>, StoreError> {
        let mut db = self.readers.acquire().await.or_failed("begin to read")?;
        missed::lacking(&mut *db, guids).await
    }

    async fn log_mark(&self) -> Result<Option<LogMark>, StoreError> {
        let mut db = self.readers.acquire().await.or_failed("begin to read")?;
        missed::mark(&mut *db).await
    }

    async fn note_log(&self, claim: &Claim, mark: &LogMark, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write_as(claim, now).await?;
        missed::note(&mut *tx, mark).await?;
        commit(tx).await
    }

    async fn heard_to(&self, repo: RepoId) -> Result<Option<Timestamp>, StoreError> {
        let mut db = self.readers.acquire().await.or_failed("begin to read")?;
        missed::heard_to(&mut *db, repo).await
    }

    async fn note_heard(&self, claim: &Claim, to: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write_as(claim, now).await?;
        missed::note_heard(&mut *tx, claim.repo, to).await?;
        commit(tx).await
    }

    async fn prune(&self, settled_before: Timestamp, dead_before: Timestamp) -> Result<u64, StoreError> {
        let mut db = self.writer.acquire().await.or_failed("begin to write")?;
        missed::prune(&mut *db, settled_before, dead_before).await
    }

    async fn memory(&self, repo: RepoId, spoken_of: &[RequestId]) -> Result<Memory, StoreError> {
        let mut reader = self.readers.acquire().await.or_failed("begin to read")?;
        memory::load(&mut *reader, repo, spoken_of).await
    }

    async fn remember(
        &self,
        claim: &Claim,
        changes: &[Change],
        intended: &[Effect],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write_as(claim, now).await?;
        memory::apply(&mut *tx, claim.repo, changes, now).await?;
        for effect in intended {
            memory::intend(&mut *tx, claim.repo, effect, now).await?;
        }
        commit(tx).await
    }

    async fn sending(&self, claim: &Claim, key: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write_as(claim, now).await?;
        memory::sending(&mut *tx, claim.repo, key, now).await?;
        commit(tx).await
    }

    async fn record(
        &self,
        claim: &Claim,
        key: &str,
        outcome: &Outcome,
        changes: &[Change],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write_as(claim, now).await?;
        memory::confirm(&mut *tx, claim.repo, key, outcome, now).await?;
        memory::apply(&mut *tx, claim.repo, changes, now).await?;
        commit(tx).await
    }

    async fn rest(&self, claim: &Claim, until: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write_as(claim, now).await?;
        missed::rest(&mut *tx, claim.repo, until).await?;
        commit(tx).await
    }

    async fn settle(
        &self,
        claim: Claim,
        fates: &[(String, Fate)],
        look_again: Option<Timestamp>,
        name: Option<&RepoName>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write_as(&claim, now).await?;
        work::seal(&mut tx, claim.repo, fates, now).await?;
        work::settle(&mut tx, claim.repo, look_again, name, now).await?;
        commit(tx).await
    }

    async fn postpone(
        &self,
        claim: Claim,
        until: Timestamp,
        counted: bool,
        error: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write_as(&claim, now).await?;
        work::postpone(&mut tx, claim.repo, until, counted, error).await?;
        commit(tx).await
    }

    async fn give_up(&self, claim: Claim, error: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write_as(&claim, now).await?;
        work::give_up(&mut tx, &claim, error, now).await?;
        commit(tx).await
    }

    async fn release(&self, claim: Claim, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write_as(&claim, now).await?;
        work::release(&mut tx, claim.repo, now).await?;
        commit(tx).await
    }

    async fn schedule(
        &self,
        repo: RepoId,
        installation: Option<InstallationId>,
        name: Option<&RepoName>,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        work::schedule(&self.writer, repo, installation, name, due).await
    }

    async fn retire(&self, repo: RepoId, reason: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        work::retire(&mut tx, repo, reason, now).await?;
        commit(tx).await
    }

    async fn of_installation(&self, installation: InstallationId) -> Result<Vec<RepoId>, StoreError> {
        work::of_installation(&self.readers, installation).await
    }

    async fn status(&self, now: Timestamp) -> Result<Status, StoreError> {
        work::status(&self.readers, now).await
    }

    async fn ledger(&self, repo: RepoId, limit: u32) -> Result<Vec<(Timestamp, Entry)>, StoreError> {
        let mut reader = self.readers.acquire().await.or_failed("read the ledger")?;
        memory::ledger::newest(&mut *reader, repo, limit).await
    }

    async fn check(&self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO pulse (id, at) VALUES (1, ?1) ON CONFLICT DO UPDATE SET at = excluded.at")
            .bind(now.as_millisecond())
            .execute(&self.writer)
            .await
            .or_failed("write to the database")?;
        Ok(())
    }

    async fn close(&self) {
        self.checkpoints.abort();
        self.readers.close().await;
        self.writer.close().await;
    }
}

async fn commit(tx: Transaction<'static, Sqlite>) -> Result<(), StoreError> {
    tx.commit().await.or_failed("commit to disk")
}

#[async_trait]
impl Engine for SqliteStore {
    async fn look_up(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        let mut tx = self.readers.begin().await.or_failed("begin to read")?;
        in_turn(&mut *tx, statements).await
    }

    async fn write_down(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        let mut tx = self.write().await?;
        let found = in_turn(&mut *tx, statements).await?;
        commit(tx).await?;
        Ok(found)
    }
}

#[async_trait]
impl Connection for SqliteConnection {
    async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let action = statement.action;
        let found = bound(statement).fetch_all(self).await.or_failed(action)?;
        found.iter().map(read_row).collect::<Result<_, _>>().or_failed(action)
    }

    async fn met(&mut self, statement: Statement) -> Result<u64, StoreError> {
        let action = statement.action;
        let done = bound(statement).execute(self).await.or_failed(action)?;
        Ok(done.rows_affected())
    }

    fn elements_of_second(&self) -> &'static str {
        "SELECT value FROM json_each($2)"
    }
}

fn bound(statement: Statement) -> sqlx::query::Query<'static, Sqlite, SqliteArguments> {
    let query = sqlx::query(statement.sql);
    statement.values.into_iter().fold(query, |query, value| match value {
        Value::Number(number) => query.bind(number),
        Value::Text(text) => query.bind(text),
    })
}

fn read_row(row: &SqliteRow) -> Result<Row, sqlx::Error> {
    let cells = (0..row.len()).map(|n| {
        let is_text = row.try_get_raw(n)?.type_info().name() == "TEXT";
        Ok(if is_text {
            Value::Text(row.try_get(n)?)
        } else {
            Value::Number(row.try_get(n)?)
        })
    });
    Ok(Row(cells.collect::<Result<_, sqlx::Error>>()?))
}

/// Names what was tried, and tells "try again later" from "failed".
trait OrFailed<T> {
    fn or_failed(self, action: &'static str) -> Result<T, StoreError>;
}

impl<T> OrFailed<T> for Result<T, sqlx::Error> {
    fn or_failed(self, action: &'static str) -> Result<T, StoreError> {
        self.map_err(|error| {
            if is_busy(&error) {
                return StoreError::Busy;
            }
            failed(action, error)
        })
    }
}

impl<T> OrFailed<T> for Result<T, serde_json::Error> {
    fn or_failed(self, action: &'static str) -> Result<T, StoreError> {
        self.map_err(|error| failed(action, error))
    }
}

/// `SQLITE_BUSY` and its extended codes share their low byte, 5. Source: <https://www.sqlite.org/rescode.html>.
fn is_busy(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::PoolTimedOut) || open::sqlite_code(error) == Some(5)
}

fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A column of milliseconds. Only our own `millis` is ever written there, so a value out of range is damage.
fn time(row: &SqliteRow, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
    let ms: Option<i64> = row.try_get(column).or_failed("read a time from the database")?;
    let at = ms.map(Timestamp::from_millisecond).transpose();
    at.map_err(|error| failed("read a time from the database", error))
}
