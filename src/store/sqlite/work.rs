//! Who looks at which repository until when, and what becomes of its deliveries.
//!
//! `due_at` of a leased row means "asked for since the claim"; so a look never forgets what was scheduled during it.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqlitePool, Transaction};

use super::super::{Claim, Fate, Status, StoreError, StoredDelivery};
use super::{OrFailed, millis, time};
use crate::fault::{Fault, planted};
use crate::rules::id::{InstallationId, RepoId, RepoName};

type Tx = Transaction<'static, Sqlite>;

/// Bytes of bodies in one answer of `deliveries`, unless a single one is larger.
const BODIES_MAX: i64 = 8 << 20;

/// Lets a transaction go on only for the present holder.
pub async fn fence(tx: &mut Tx, claim: &Claim, now: Timestamp) -> Result<(), StoreError> {
    if planted(Fault::DropTheFence) {
        return Ok(());
    }
    let held = sqlx::query("SELECT 1 FROM work WHERE repo_id = ?1 AND fence = ?2 AND lease_until > ?3")
        .bind(claim.repo.0)
        .bind(claim.fence)
        .bind(millis(now))
        .fetch_optional(&mut **tx)
        .await
        .or_failed("look at a lease")?;
    held.map(|_| ()).ok_or(StoreError::LeaseLost)
}

pub async fn claim(tx: &mut Tx, owner: &str, now: Timestamp, until: Timestamp) -> Result<Option<Claim>, StoreError> {
    let next = sqlx::query(
        "SELECT repo_id, lease_until IS NOT NULL AS taken_over FROM work
         WHERE (lease_until IS NULL AND due_at <= ?1) OR lease_until <= ?1
         ORDER BY coalesce(lease_until, due_at) LIMIT 1",
    )
    .bind(millis(now))
    .fetch_optional(&mut **tx)
    .await
    .or_failed("look for what can be claimed")?;
    let Some(next) = next else {
        return Ok(None);
    };
    let claimed = sqlx::query(
        "UPDATE work SET lease_owner = ?1, lease_until = ?2, fence = fence + 1, due_at = NULL, state = 'active',
            everything = min(everything, 1)
         WHERE repo_id = ?3
         RETURNING repo_id, installation_id, repo_name, fence, attempts, everything,
            (SELECT coalesce(max(seq), 0) FROM inbox) AS newest, ?4 AS taken_over",
    )
    .bind(owner)
    .bind(millis(until))
    .bind(next.get::<i64, _>("repo_id"))
    .bind(next.get::<bool, _>("taken_over"))
    .fetch_one(&mut **tx)
    .await
    .or_failed("claim a repository")?;
    read_claim(&claimed, until).map(Some).or_failed("claim a repository")
}

fn read_claim(row: &SqliteRow, lease_until: Timestamp) -> Result<Claim, sqlx::Error> {
    let name: Option<String> = row.try_get("repo_name")?;
    Ok(Claim {
        repo: RepoId(row.try_get("repo_id")?),
        installation: row.try_get::<Option<i64>, _>("installation_id")?.map(InstallationId),
        name: name.as_deref().and_then(RepoName::parse),
        fence: row.try_get("fence")?,
        attempts: row.try_get("attempts")?,
        everything: row.try_get("everything")?,
        lease_until,
        newest: row.try_get("newest")?,
        taken_over: row.try_get("taken_over")?,
    })
}

pub async fn renew(tx: &mut Tx, claim: &Claim, until: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE work SET lease_until = ?2 WHERE repo_id = ?1")
        .bind(claim.repo.0)
        .bind(millis(until))
        .execute(&mut **tx)
        .await
        .or_failed("renew a lease")?;
    Ok(())
}

pub async fn next_due(readers: &SqlitePool) -> Result<Option<Timestamp>, StoreError> {
    let row = sqlx::query(
        "SELECT min(at) AS at FROM (
            SELECT min(due_at) AS at FROM work WHERE lease_until IS NULL AND due_at IS NOT NULL
            UNION ALL SELECT min(lease_until) FROM work WHERE lease_until IS NOT NULL)",
    )
    .fetch_one(readers)
    .await
    .or_failed("look for what is due")?;
    time(&row, "at")
}

pub async fn deliveries(readers: &SqlitePool, claim: &Claim, limit: u32) -> Result<Vec<StoredDelivery>, StoreError> {
    // `length` of a blob does not read it, so what is over the limit costs nothing.
    let rows = sqlx::query(
        "WITH piled AS (
            SELECT inbox.*, sum(length(body)) OVER (ORDER BY inbox.seq) - length(body) AS bytes_before
            FROM inbox JOIN payload ON payload.seq = inbox.seq
            WHERE repo_id = ?1 AND state = 'new' ORDER BY inbox.seq LIMIT ?2)
         SELECT guid, event, action, installation_id, received_at, body
         FROM piled JOIN payload ON payload.seq = piled.seq WHERE bytes_before < ?3 ORDER BY piled.seq",
    )
    .bind(claim.repo.0)
    .bind(limit)
    .bind(BODIES_MAX)
    .fetch_all(readers)
    .await
    .or_failed("read deliveries")?;
    rows.iter().map(read_delivery).collect()
}

fn read_delivery(row: &SqliteRow) -> Result<StoredDelivery, StoreError> {
    let received_at = time(row, "received_at")?.unwrap_or(Timestamp::UNIX_EPOCH);
    let read = || -> Result<_, sqlx::Error> {
        Ok(StoredDelivery {
            guid: row.try_get("guid")?,
            event: row.try_get("event")?,
            action: row.try_get("action")?,
            installation: row.try_get::<Option<i64>, _>("installation_id")?.map(InstallationId),
            received_at,
            body: row.try_get("body")?,
        })
    };
    read().or_failed("read deliveries")
}

/// Gives deliveries their fates.
pub async fn seal(tx: &mut Tx, repo: RepoId, fates: &[(String, Fate)], now: Timestamp) -> Result<(), StoreError> {
    #[derive(Serialize)]
    struct Row<'a>(&'a str, &'static str, Option<&'a str>);
    let rows: Vec<Row> = fates
        .iter()
        .map(|(guid, fate)| match fate {
            Fate::Done => Row(guid, "done", None),
            Fate::Ignored(why) => Row(guid, "ignored", Some(why)),
            Fate::Dead(why) => Row(guid, "dead", Some(why)),
        })
        .collect();
    sqlx::query(
        "UPDATE inbox SET state = fate.value ->> 1, reason = fate.value ->> 2, settled_at = ?3
         FROM json_each(?2) AS fate
         WHERE inbox.guid = fate.value ->> 0 AND inbox.repo_id = ?1 AND inbox.state = 'new'",
    )
    .bind(repo.0)
    .bind(serde_json::to_string(&rows).or_failed("write fates as JSON")?)
    .bind(millis(now))
    .execute(&mut **tx)
    .await
    .or_failed("settle deliveries")?;
    if planted(Fault::SettleUnread) {
        let unread = sqlx::query("UPDATE inbox SET state = 'done' WHERE repo_id = ?1 AND state = 'new'");
        unread
            .bind(repo.0)
            .execute(&mut **tx)
            .await
            .or_failed("settle deliveries")?;
    }
    Ok(())
}

pub async fn settle(
    tx: &mut Tx,
    repo: RepoId,
    look_again: Option<Timestamp>,
    name: Option<&RepoName>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE work SET lease_owner = NULL, lease_until = NULL, attempts = 0, last_error = NULL, state = 'active',
            everything = CASE everything WHEN 1 THEN 0 ELSE everything END,
            repo_name = coalesce(?3, repo_name),
            due_at = CASE WHEN EXISTS (SELECT 1 FROM inbox WHERE repo_id = ?1 AND state = 'new' AND urgency > 0)
                          THEN min(coalesce(due_at, ?4), ?4)
                          WHEN EXISTS (SELECT 1 FROM inbox WHERE repo_id = ?1 AND state = 'new')
                          THEN min(coalesce(due_at, ?2, max(?4, coalesce(rest_until, 0))),
                                   coalesce(?2, max(?4, coalesce(rest_until, 0))), max(?4, coalesce(rest_until, 0)))
                          ELSE min(coalesce(due_at, ?2), coalesce(?2, due_at)) END
         WHERE repo_id = ?1",
    )
    .bind(repo.0)
    .bind(look_again.map(millis))
    .bind(name.map(ToString::to_string))
    .bind(millis(now))
    .execute(&mut **tx)
    .await
    .or_failed("settle a look")?;
    Ok(())
}

pub async fn postpone(
    tx: &mut Tx,
    repo: RepoId,
    until: Timestamp,
    counted: bool,
    error: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE work SET lease_owner = NULL, lease_until = NULL, due_at = ?2, attempts = attempts + ?3, last_error = ?4,
            state = 'postponed', not_before = iif(?3, not_before, ?2)
         WHERE repo_id = ?1",
    )
    .bind(repo.0)
    .bind(millis(until))
    .bind(counted)
    .bind(error)
    .execute(&mut **tx)
    .await
    .or_failed("postpone a look")?;
    Ok(())
}

pub async fn give_up(tx: &mut Tx, claim: &Claim, error: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE inbox SET state = 'dead', reason = ?3, settled_at = ?4
         WHERE repo_id = ?1 AND state = 'new' AND seq <= ?2",
    )
    .bind(claim.repo.0)
    .bind(claim.newest)
    .bind(error)
    .bind(millis(now))
    .execute(&mut **tx)
    .await
    .or_failed("give up deliveries")?;
    sqlx::query(
        "WITH later AS (SELECT EXISTS (SELECT 1 FROM inbox WHERE repo_id = ?1 AND state = 'new') AS came)
         UPDATE work SET lease_owner = NULL, lease_until = NULL, attempts = 0, last_error = ?2,
            due_at = CASE WHEN (SELECT came FROM later) THEN ?3 ELSE due_at END,
            state = CASE WHEN due_at IS NULL AND NOT (SELECT came FROM later) THEN 'parked' ELSE 'active' END
         WHERE repo_id = ?1",
    )
    .bind(claim.repo.0)
    .bind(error)
    .bind(millis(now))
    .execute(&mut **tx)
    .await
    .or_failed("park a repository")?;
    Ok(())
}

pub async fn release(tx: &mut Tx, repo: RepoId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE work SET lease_owner = NULL, lease_until = NULL, due_at = ?2 WHERE repo_id = ?1")
        .bind(repo.0)
        .bind(millis(now))
        .execute(&mut **tx)
        .await
        .or_failed("give a lease back")?;
    Ok(())
}

/// Makes due at once whatever a process held that is gone.
pub async fn release_all(writer: &SqlitePool) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE work SET lease_owner = NULL, due_at = min(coalesce(due_at, 0), 0), lease_until = NULL
         WHERE lease_until IS NOT NULL",
    )
    .execute(writer)
    .await
    .or_failed("release the leases of the process before")?;
    Ok(())
}

pub async fn schedule(
    writer: &SqlitePool,
    repo: RepoId,
    installation: Option<InstallationId>,
    name: Option<&RepoName>,
    due: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO work (repo_id, installation_id, repo_name, due_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (repo_id) DO UPDATE SET
            installation_id = coalesce(excluded.installation_id, installation_id),
            repo_name = coalesce(excluded.repo_name, repo_name),
            due_at = CASE WHEN state = 'postponed' THEN due_at
                          ELSE min(coalesce(due_at, excluded.due_at), excluded.due_at) END,
            attempts = CASE WHEN state IN ('parked', 'retired') THEN 0 ELSE attempts END,
            everything = 2,
            state = CASE WHEN state IN ('parked', 'retired') THEN 'active' ELSE state END",
    )
    .bind(repo.0)
    .bind(installation.map(|id| id.0))
    .bind(name.map(ToString::to_string))
    .bind(millis(due))
    .execute(writer)
    .await
    .or_failed("schedule a look")?;
    Ok(())
}

/// The repositories that an installation has.
pub async fn of_installation(readers: &SqlitePool, installation: InstallationId) -> Result<Vec<RepoId>, StoreError> {
    let ids: Vec<i64> = sqlx::query_scalar("SELECT repo_id FROM work WHERE installation_id = ?1 AND repo_id <> 0")
        .bind(installation.0)
        .fetch_all(readers)
        .await
        .or_failed("list an installation's repositories")?;
    Ok(ids.into_iter().map(RepoId).collect())
}

pub async fn retire(tx: &mut Tx, repo: RepoId, reason: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE inbox SET state = 'ignored', reason = ?2, settled_at = ?3 WHERE repo_id = ?1 AND state = 'new'",
    )
    .bind(repo.0)
    .bind(reason)
    .bind(millis(now))
    .execute(&mut **tx)
    .await
    .or_failed("ignore deliveries")?;
    sqlx::query(
        "UPDATE work SET lease_owner = NULL, lease_until = NULL, fence = fence + 1, due_at = NULL, attempts = 0,
            last_error = ?2, state = 'retired'
         WHERE repo_id = ?1",
    )
    .bind(repo.0)
    .bind(reason)
    .execute(&mut **tx)
    .await
    .or_failed("retire a repository")?;
    Ok(())
}

pub async fn status(readers: &SqlitePool, now: Timestamp) -> Result<Status, StoreError> {
    let row = sqlx::query(
        "SELECT
            (SELECT count(*) FROM inbox WHERE state = 'new') AS new,
            (SELECT min(received_at) FROM inbox WHERE state = 'new') AS oldest_new_at,
            (SELECT count(*) FROM inbox WHERE state = 'dead') AS dead,
            (SELECT count(*) FROM work WHERE (lease_until IS NULL AND due_at <= ?1) OR lease_until <= ?1) AS due,
            (SELECT count(*) FROM work WHERE lease_until > ?1) AS leased,
            (SELECT count(*) FROM work WHERE state = 'postponed') AS postponed,
            (SELECT count(*) FROM work WHERE state = 'parked') AS parked",
    )
    .bind(millis(now))
    .fetch_one(readers)
    .await
    .or_failed("count deliveries and work")?;
    let count = |column: &str| {
        row.try_get::<i64, _>(column)
            .map(i64::unsigned_abs)
            .or_failed("count deliveries and work")
    };
    Ok(Status {
        new: count("new")?,
        dead: count("dead")?,
        due: count("due")?,
        leased: count("leased")?,
        postponed: count("postponed")?,
        parked: count("parked")?,
        oldest_new_at: time(&row, "oldest_new_at")?,
    })
}
