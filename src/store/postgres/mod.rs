//! The store in PostgreSQL: for as many replicas as wanted, on as many machines.
//!
//! Who looks at a repository is decided by its row in `work`: a claim takes it with `FOR UPDATE SKIP LOCKED`, every write of a
//! holder locks it and asks whether the claim still is the present one, so that nobody can take over between the question and
//! the commit. Transactions are short; none is open while GitHub is asked. `READ COMMITTED` is enough, because that row is
//! locked first by everybody: by deliveries that come in, by claims, and by what a holder writes.
//!
//! Leases end by the database's time, which is the same for all; what a caller takes for the present moment is only recorded,
//! and decides when work is due that was put off until then.

mod bell;
mod inbox;
mod open;
mod transaction;
mod work;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::{PgPool, Postgres, Row as _, TypeInfo, ValueRef};
use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

use super::error::failed;
use super::group::Group;
use super::statement::{Connection, Engine, Row, Statement, Value, in_turn};
use super::{Claim, Delivery, Fate, LogMark, Received, Status, Store, StoreError, StoredDelivery, memory, missed};
use crate::rules::effect::{Effect, Outcome};
use crate::rules::id::{InstallationId, RepoId, RepoName, RequestId};
use crate::rules::memory::{Change, Entry, Memory};
use transaction::Tx;

/// Whatever is asked of the database has an answer within this. GitHub waits ten seconds for its own.
const WITHIN: Duration = Duration::from_secs(8);

/// The engine; cheap to share behind an `Arc`.
pub struct PostgresStore {
    pools: open::Pools,
    group: Group,
    bell: AbortOnDropHandle<()>,
}

impl PostgresStore {
    /// Connects, brings the database to the present schema, and from then on rings `wake` whenever any replica made work due.
    /// A server that is not up yet is waited for, for half a minute.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] with what to do about it: no server, no such database, no access, a schema written by a newer
    /// Greenlight, a server that would not keep what it acknowledged.
    pub async fn open(url: &SecretString, wake: Arc<Notify>) -> Result<Self, StoreError> {
        let pools = open::open(url).await?;
        let bell = tokio::spawn(bell::listen(pools.bell.clone(), wake));
        Ok(Self {
            group: Group::start(inbox::Inbox::new(pools.inbox.clone())),
            bell: AbortOnDropHandle::new(bell),
            pools,
        })
    }

    fn pool(&self) -> &PgPool {
        &self.pools.work
    }

    /// A transaction that is only given to the present holder of the repository, and keeps it the holder until its end.
    async fn write_as(&self, claim: &Claim, now: Timestamp) -> Result<Tx, StoreError> {
        let mut tx = Tx::begin(self.pool()).await?;
        work::fence(&mut tx, claim, now).await?;
        Ok(tx)
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn receive(&self, delivery: Delivery, due_at: Timestamp) -> Result<Received, StoreError> {
        within(self.group.receive(delivery, due_at)).await
    }

    async fn claim(&self, owner: &str, now: Timestamp, lease: SignedDuration) -> Result<Option<Claim>, StoreError> {
        within(async {
            let mut tx = Tx::begin(self.pool()).await?;
            let claim = work::claim(&mut tx, owner, now, lease).await?;
            tx.commit().await?;
            Ok(claim)
        })
        .await
    }

    async fn renew(&self, claim: &Claim, now: Timestamp, lease: SignedDuration) -> Result<Timestamp, StoreError> {
        within(async {
            let mut tx = self.write_as(claim, now).await?;
            work::renew(&mut tx, claim, now, lease).await?;
            tx.commit().await?;
            Ok(now + lease)
        })
        .await
    }

    async fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        within(work::next_due(self.pool(), now)).await
    }

    async fn deliveries(&self, claim: &Claim, limit: u32) -> Result<Vec<StoredDelivery>, StoreError> {
        within(work::deliveries(self.pool(), claim, limit)).await
    }

    async fn lacking(&self, guids: &[String]) -> Result<BTreeSet<String>, StoreError> {
        within(async {
            let mut tx = Tx::begin_to_read(self.pool()).await?;
            missed::lacking(&mut *tx, guids).await
        })
        .await
    }

    async fn log_mark(&self) -> Result<Option<LogMark>, StoreError> {
        within(async {
            let mut tx = Tx::begin_to_read(self.pool()).await?;
            missed::mark(&mut *tx).await
        })
        .await
    }

    async fn note_log(&self, claim: &Claim, mark: &LogMark, now: Timestamp) -> Result<(), StoreError> {
        within(async {
            let mut tx = self.write_as(claim, now).await?;
            missed::note(&mut *tx, mark).await?;
            tx.commit().await
        })
        .await
    }

    async fn heard_to(&self, repo: RepoId) -> Result<Option<Timestamp>, StoreError> {
        within(async {
            let mut tx = Tx::begin_to_read(self.pool()).await?;
            missed::heard_to(&mut *tx, repo).await
        })
        .await
    }

    async fn note_heard(&self, claim: &Claim, to: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        within(async {
            let mut tx = self.write_as(claim, now).await?;
            missed::note_heard(&mut *tx, claim.repo, to).await?;
            tx.commit().await
        })
        .await
    }

    async fn prune(&self, settled_before: Timestamp, dead_before: Timestamp) -> Result<u64, StoreError> {
        within(async {
            let mut tx = Tx::begin(self.pool()).await?;
            let pruned = missed::prune(&mut *tx, settled_before, dead_before).await?;
            tx.commit().await?;
            Ok(pruned)
        })
        .await
    }

    async fn rest(&self, claim: &Claim, until: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        within(async {
            let mut tx = self.write_as(claim, now).await?;
            missed::rest(&mut *tx, claim.repo, until).await?;
            tx.commit().await
        })
        .await
    }

    async fn memory(&self, repo: RepoId, spoken_of: &[RequestId]) -> Result<Memory, StoreError> {
        within(async {
            let mut tx = Tx::begin_to_read(self.pool()).await?;
            let memory = memory::load(&mut *tx, repo, spoken_of).await?;
            tx.commit().await?;
            Ok(memory)
        })
        .await
    }

    async fn remember(
        &self,
        claim: &Claim,
        changes: &[Change],
        intended: &[Effect],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        within(async {
            let mut tx = self.write_as(claim, now).await?;
            memory::apply(&mut *tx, claim.repo, changes, now).await?;
            for effect in intended {
                memory::intend(&mut *tx, claim.repo, effect, now).await?;
            }
            tx.commit().await
        })
        .await
    }

    async fn sending(&self, claim: &Claim, key: &str, now: Timestamp) -> Result<(), StoreError> {
        within(async {
            let mut tx = self.write_as(claim, now).await?;
            memory::sending(&mut *tx, claim.repo, key, now).await?;
            tx.commit().await
        })
        .await
    }

    async fn record(
        &self,
        claim: &Claim,
        key: &str,
        outcome: &Outcome,
        changes: &[Change],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        within(async {
            let mut tx = self.write_as(claim, now).await?;
            memory::confirm(&mut *tx, claim.repo, key, outcome, now).await?;
            memory::apply(&mut *tx, claim.repo, changes, now).await?;
            tx.commit().await
        })
        .await
    }

    async fn settle(
        &self,
        claim: Claim,
        fates: &[(String, Fate)],
        look_again: Option<Timestamp>,
        name: Option<&RepoName>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        within(async {
            let mut tx = self.write_as(&claim, now).await?;
            work::seal(&mut tx, claim.repo, fates, now).await?;
            work::settle(&mut tx, claim.repo, look_again, name, now).await?;
            tx.commit().await
        })
        .await
    }

    async fn postpone(
        &self,
        claim: Claim,
        until: Timestamp,
        counted: bool,
        error: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        within(async {
            let mut tx = self.write_as(&claim, now).await?;
            work::postpone(&mut tx, claim.repo, until, counted, error).await?;
            tx.commit().await
        })
        .await
    }

    async fn give_up(&self, claim: Claim, error: &str, now: Timestamp) -> Result<(), StoreError> {
        within(async {
            let mut tx = self.write_as(&claim, now).await?;
            work::give_up(&mut tx, &claim, error, now).await?;
            tx.commit().await
        })
        .await
    }

    async fn release(&self, claim: Claim, now: Timestamp) -> Result<(), StoreError> {
        within(async {
            let mut tx = self.write_as(&claim, now).await?;
            work::release(&mut tx, claim.repo, now).await?;
            tx.commit().await
        })
        .await
    }

    async fn schedule(
        &self,
        repo: RepoId,
        installation: Option<InstallationId>,
        name: Option<&RepoName>,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        within(async {
            let mut tx = Tx::begin(self.pool()).await?;
            work::schedule(&mut tx, repo, installation, name, due).await?;
            tx.commit().await
        })
        .await
    }

    async fn retire(&self, repo: RepoId, reason: &str, now: Timestamp) -> Result<(), StoreError> {
        within(async {
            let mut tx = Tx::begin(self.pool()).await?;
            work::retire(&mut tx, repo, reason, now).await?;
            tx.commit().await
        })
        .await
    }

    async fn of_installation(&self, installation: InstallationId) -> Result<Vec<RepoId>, StoreError> {
        within(work::of_installation(self.pool(), installation)).await
    }

    async fn status(&self, now: Timestamp) -> Result<Status, StoreError> {
        within(work::status(self.pool(), now)).await
    }

    async fn ledger(&self, repo: RepoId, limit: u32) -> Result<Vec<(Timestamp, Entry)>, StoreError> {
        within(async {
            let mut tx = Tx::begin_to_read(self.pool()).await?;
            let lines = memory::ledger::newest(&mut *tx, repo, limit).await?;
            tx.commit().await?;
            Ok(lines)
        })
        .await
    }

    async fn check(&self, now: Timestamp) -> Result<(), StoreError> {
        within(async {
            sqlx::query("INSERT INTO pulse (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at")
                .bind(millis(now))
                .execute(self.pool())
                .await
                .or_failed("write to the database")?;
            Ok(())
        })
        .await
    }

    async fn close(&self) {
        self.bell.abort();
        self.pools.close().await;
    }
}

/// The server may be gone without a word; then neither it nor our own side of the connection would ever tell.
async fn within<T>(asked: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    tokio::time::timeout(WITHIN, asked)
        .await
        .unwrap_or(Err(StoreError::Busy))
}

#[async_trait]
impl Engine for PostgresStore {
    async fn look_up(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        within(async {
            let mut tx = Tx::begin_to_read(self.pool()).await?;
            let found = in_turn(&mut *tx, statements).await?;
            tx.commit().await?;
            Ok(found)
        })
        .await
    }

    async fn write_down(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        within(async {
            let mut tx = Tx::begin(self.pool()).await?;
            let found = in_turn(&mut *tx, statements).await?;
            tx.commit().await?;
            Ok(found)
        })
        .await
    }
}

#[async_trait]
impl Connection for PgConnection {
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
        "SELECT jsonb_array_elements_text($2::jsonb)"
    }
}

fn bound(statement: Statement) -> sqlx::query::Query<'static, Postgres, PgArguments> {
    let query = sqlx::query(statement.sql);
    statement.values.into_iter().fold(query, |query, value| match value {
        Value::Number(number) => query.bind(number),
        Value::Text(text) => query.bind(text.as_deref().map(plain)),
    })
}

fn read_row(row: &PgRow) -> Result<Row, sqlx::Error> {
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

/// PostgreSQL keeps no U+0000 in a text. Whoever writes one shall not stop the others; in JSON it is written `\u0000` anyway.
fn plain(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Names what was tried, and tells "try again later" from "failed".
trait OrFailed<T> {
    fn or_failed(self, action: &'static str) -> Result<T, StoreError>;
}

impl<T> OrFailed<T> for Result<T, sqlx::Error> {
    fn or_failed(self, action: &'static str) -> Result<T, StoreError> {
        self.map_err(|error| {
            if is_busy(&error) {
                StoreError::Busy
            } else {
                failed(action, error)
            }
        })
    }
}

/// No connection within its time; too many connections; a statement or a lock that took longer than its time.
/// Source: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(error, sqlx::Error::PoolTimedOut) || matches!(code.as_deref(), Some("53300" | "57014" | "55P03"))
}

fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A column of milliseconds. Only our own `millis` is ever written there, so a value out of range is damage.
fn time(row: &PgRow, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
    let ms: Option<i64> = row.try_get(column).or_failed("read a time from the database")?;
    ms.map(Timestamp::from_millisecond)
        .transpose()
        .map_err(|error| failed("read a time from the database", error))
}
