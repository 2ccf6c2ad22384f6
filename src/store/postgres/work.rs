//! Who looks at which repository until when, and what becomes of its deliveries.
//!
//! `due_at` of a leased row means "asked for since the claim"; so a look never forgets what was scheduled during it.
//! `lease_until` is by the database's time, `greenlight_now`. `due_at` is by the clock of whoever put the work off, and so it
//! is by one's own clock that one takes it up again: with the database's, a replica whose clock is behind would look again and
//! again until its own says that the time has come. Only new deliveries are due by whichever of the two is later.

use jiff::{SignedDuration, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};

use super::super::{Claim, Fate, Status, StoreError, StoredDelivery};
use super::bell::ring_at_commit;
use super::transaction::Tx;
use super::{OrFailed, millis, plain, time};
use crate::rules::id::{InstallationId, RepoId, RepoName};

/// Bytes of bodies in one answer of `deliveries`, unless a single one is larger.
const BODIES_MAX: i64 = 8 << 20;

/// What can be claimed, of `work` and `clock`; the first value is what the caller takes for the present moment.
macro_rules! claimable {
    () => {
        "(lease_until <= clock.at OR (lease_until IS NULL AND (due_at <= $1 OR (due_at <= clock.at AND EXISTS (
            SELECT 1 FROM inbox WHERE inbox.repo_id = work.repo_id AND inbox.state = 'new')))))"
    };
}

/// Lets a transaction go on only for the present holder, and keeps others from claiming the repository until its end.
pub async fn fence(tx: &mut Tx, claim: &Claim, now: Timestamp) -> Result<(), StoreError> {
    let held = sqlx::query(
        "SELECT 1 FROM work WHERE repo_id = $1 AND fence = $2 AND lease_until > greenlight_now($3) FOR UPDATE",
    )
    .bind(claim.repo.0)
    .bind(claim.fence)
    .bind(millis(now))
    .fetch_optional(&mut **tx)
    .await
    .or_failed("look at a lease")?;
    held.map(|_| ()).ok_or(StoreError::LeaseLost)
}

/// Rows that somebody else is just taking or writing are passed over: when they are free, they are rung for or polled.
pub async fn claim(
    tx: &mut Tx,
    owner: &str,
    now: Timestamp,
    lease: SignedDuration,
) -> Result<Option<Claim>, StoreError> {
    let claimed = sqlx::query(concat!(
        "WITH clock AS MATERIALIZED (SELECT greenlight_now($1) AS at),
         next AS MATERIALIZED (
            SELECT repo_id, lease_until IS NOT NULL AS taken_over FROM work, clock WHERE ",
        claimable!(),
        " ORDER BY coalesce(lease_until, due_at) LIMIT 1 FOR UPDATE OF work SKIP LOCKED)
         UPDATE work SET lease_owner = $2, lease_until = (SELECT at FROM clock) + $3, fence = fence + 1, due_at = NULL,
            state = 'active', everything = least(everything, 1)
         FROM next WHERE work.repo_id = next.repo_id
         RETURNING work.repo_id, installation_id, repo_name, fence, attempts, everything = 1 AS everything, next.taken_over,
            (SELECT coalesce(max(seq), 0) FROM inbox WHERE inbox.repo_id = work.repo_id AND inbox.state = 'new') AS newest"
    ))
    .bind(millis(now))
    .bind(plain(owner))
    .bind(lease_ms(lease))
    .fetch_optional(&mut **tx)
    .await
    .or_failed("claim a repository")?;
    claimed
        .map(|row| read_claim(&row, now + lease))
        .transpose()
        .or_failed("claim a repository")
}

fn lease_ms(lease: SignedDuration) -> i64 {
    i64::try_from(lease.as_millis()).unwrap_or(i64::MAX / 4)
}

fn read_claim(row: &PgRow, lease_until: Timestamp) -> Result<Claim, sqlx::Error> {
    let name: Option<String> = row.try_get("repo_name")?;
    let attempts: i32 = row.try_get("attempts")?;
    Ok(Claim {
        repo: RepoId(row.try_get("repo_id")?),
        installation: row.try_get::<Option<i64>, _>("installation_id")?.map(InstallationId),
        name: name.as_deref().and_then(RepoName::parse),
        fence: row.try_get("fence")?,
        attempts: attempts.unsigned_abs(),
        everything: row.try_get("everything")?,
        lease_until,
        newest: row.try_get("newest")?,
        taken_over: row.try_get("taken_over")?,
    })
}

pub async fn renew(tx: &mut Tx, claim: &Claim, now: Timestamp, lease: SignedDuration) -> Result<(), StoreError> {
    sqlx::query("UPDATE work SET lease_until = greenlight_now($2) + $3 WHERE repo_id = $1")
        .bind(claim.repo.0)
        .bind(millis(now))
        .bind(lease_ms(lease))
        .execute(&mut **tx)
        .await
        .or_failed("renew a lease")?;
    Ok(())
}

/// By the caller's clock.
pub async fn next_due(pool: &PgPool, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let row = sqlx::query(
        "WITH clock AS MATERIALIZED (SELECT greenlight_now($1) AS at)
         SELECT min(CASE
            WHEN lease_until IS NOT NULL THEN lease_until - clock.at + $1
            WHEN due_at > $1 AND clock.at > $1
                AND EXISTS (SELECT 1 FROM inbox WHERE inbox.repo_id = work.repo_id AND inbox.state = 'new')
            THEN due_at - clock.at + $1
            ELSE due_at END) AS at
         FROM work, clock WHERE lease_until IS NOT NULL OR due_at IS NOT NULL",
    )
    .bind(millis(now))
    .fetch_one(pool)
    .await
    .or_failed("look for what is due")?;
    time(&row, "at")
}

pub async fn deliveries(pool: &PgPool, claim: &Claim, limit: u32) -> Result<Vec<StoredDelivery>, StoreError> {
    // `octet_length` does not read a body, so what is over the limit costs nothing.
    let rows = sqlx::query(
        "WITH piled AS (
            SELECT inbox.*, sum(octet_length(body)) OVER (ORDER BY inbox.seq) - octet_length(body) AS bytes_before
            FROM inbox JOIN payload ON payload.seq = inbox.seq
            WHERE repo_id = $1 AND state = 'new' ORDER BY inbox.seq LIMIT $2)
         SELECT guid, event, action, installation_id, received_at, body
         FROM piled JOIN payload ON payload.seq = piled.seq WHERE bytes_before < $3 ORDER BY piled.seq",
    )
    .bind(claim.repo.0)
    .bind(i64::from(limit))
    .bind(BODIES_MAX)
    .fetch_all(pool)
    .await
    .or_failed("read deliveries")?;
    rows.iter().map(read_delivery).collect()
}

fn read_delivery(row: &PgRow) -> Result<StoredDelivery, StoreError> {
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
    let guids: Vec<&str> = fates.iter().map(|(guid, _)| guid.as_str()).collect();
    let fates = fates.iter().map(|(_, fate)| match fate {
        Fate::Done => ("done", None),
        Fate::Ignored(why) => ("ignored", Some(plain(why))),
        Fate::Dead(why) => ("dead", Some(plain(why))),
    });
    let (states, reasons): (Vec<&str>, Vec<Option<String>>) = fates.unzip();
    sqlx::query(
        "UPDATE inbox SET state = fate.state, reason = fate.reason, settled_at = $5
         FROM unnest($2::text[], $3::text[], $4::text[]) AS fate (guid, state, reason)
         WHERE inbox.guid = fate.guid AND inbox.repo_id = $1 AND inbox.state = 'new'",
    )
    .bind(repo.0)
    .bind(guids)
    .bind(states)
    .bind(reasons)
    .bind(millis(now))
    .execute(&mut **tx)
    .await
    .or_failed("settle deliveries")?;
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
            repo_name = coalesce($3, repo_name),
            due_at = CASE WHEN EXISTS (SELECT 1 FROM inbox WHERE repo_id = $1 AND state = 'new' AND urgency > 0)
                          THEN least(due_at, $4, greenlight_now($4))
                          WHEN EXISTS (SELECT 1 FROM inbox WHERE repo_id = $1 AND state = 'new')
                          THEN least(due_at, $2, greatest(least($4, greenlight_now($4)), rest_until))
                          ELSE least(due_at, $2) END
         WHERE repo_id = $1",
    )
    .bind(repo.0)
    .bind(look_again.map(millis))
    .bind(name.map(|name| plain(&name.to_string())))
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
        "UPDATE work SET lease_owner = NULL, lease_until = NULL, due_at = $2, attempts = attempts + $3, last_error = $4,
            state = 'postponed', not_before = CASE $3 WHEN 0 THEN $2 ELSE not_before END
         WHERE repo_id = $1",
    )
    .bind(repo.0)
    .bind(millis(until))
    .bind(i32::from(counted))
    .bind(plain(error))
    .execute(&mut **tx)
    .await
    .or_failed("postpone a look")?;
    Ok(())
}

pub async fn give_up(tx: &mut Tx, claim: &Claim, error: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE inbox SET state = 'dead', reason = $3, settled_at = $4
         WHERE repo_id = $1 AND state = 'new' AND seq <= $2",
    )
    .bind(claim.repo.0)
    .bind(claim.newest)
    .bind(plain(error))
    .bind(millis(now))
    .execute(&mut **tx)
    .await
    .or_failed("give up deliveries")?;
    sqlx::query(
        "WITH later AS (SELECT EXISTS (SELECT 1 FROM inbox WHERE repo_id = $1 AND state = 'new') AS came)
         UPDATE work SET lease_owner = NULL, lease_until = NULL, attempts = 0, last_error = $2,
            due_at = CASE WHEN (SELECT came FROM later) THEN least($3, greenlight_now($3)) ELSE due_at END,
            state = CASE WHEN due_at IS NULL AND NOT (SELECT came FROM later) THEN 'parked' ELSE 'active' END
         WHERE repo_id = $1",
    )
    .bind(claim.repo.0)
    .bind(plain(error))
    .bind(millis(now))
    .execute(&mut **tx)
    .await
    .or_failed("park a repository")?;
    Ok(())
}

pub async fn release(tx: &mut Tx, repo: RepoId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE work SET lease_owner = NULL, lease_until = NULL, due_at = least($2, greenlight_now($2))
         WHERE repo_id = $1",
    )
    .bind(repo.0)
    .bind(millis(now))
    .execute(&mut **tx)
    .await
    .or_failed("give a lease back")?;
    ring_at_commit(tx).await
}

pub async fn schedule(
    tx: &mut Tx,
    repo: RepoId,
    installation: Option<InstallationId>,
    name: Option<&RepoName>,
    due: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO work AS known (repo_id, installation_id, repo_name, due_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (repo_id) DO UPDATE SET
            installation_id = coalesce(excluded.installation_id, known.installation_id),
            repo_name = coalesce(excluded.repo_name, known.repo_name),
            due_at = CASE WHEN known.state = 'postponed' THEN known.due_at
                          ELSE least(known.due_at, excluded.due_at) END,
            attempts = CASE WHEN known.state IN ('parked', 'retired') THEN 0 ELSE known.attempts END,
            everything = 2,
            state = CASE WHEN known.state IN ('parked', 'retired') THEN 'active' ELSE known.state END",
    )
    .bind(repo.0)
    .bind(installation.map(|id| id.0))
    .bind(name.map(|name| plain(&name.to_string())))
    .bind(millis(due))
    .execute(&mut **tx)
    .await
    .or_failed("schedule a look")?;
    ring_at_commit(tx).await
}

/// The repositories that an installation has.
pub async fn of_installation(pool: &PgPool, installation: InstallationId) -> Result<Vec<RepoId>, StoreError> {
    let ids: Vec<i64> = sqlx::query_scalar("SELECT repo_id FROM work WHERE installation_id = $1 AND repo_id <> 0")
        .bind(installation.0)
        .fetch_all(pool)
        .await
        .or_failed("list an installation's repositories")?;
    Ok(ids.into_iter().map(RepoId).collect())
}

/// The repository's row is taken first, as by everybody.
pub async fn retire(tx: &mut Tx, repo: RepoId, reason: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE work SET lease_owner = NULL, lease_until = NULL, fence = fence + 1, due_at = NULL, attempts = 0,
            last_error = $2, state = 'retired'
         WHERE repo_id = $1",
    )
    .bind(repo.0)
    .bind(plain(reason))
    .execute(&mut **tx)
    .await
    .or_failed("retire a repository")?;
    sqlx::query(
        "UPDATE inbox SET state = 'ignored', reason = $2, settled_at = $3 WHERE repo_id = $1 AND state = 'new'",
    )
    .bind(repo.0)
    .bind(plain(reason))
    .bind(millis(now))
    .execute(&mut **tx)
    .await
    .or_failed("ignore deliveries")?;
    Ok(())
}

pub async fn status(pool: &PgPool, now: Timestamp) -> Result<Status, StoreError> {
    let row = sqlx::query(concat!(
        "WITH clock AS MATERIALIZED (SELECT greenlight_now($1) AS at)
         SELECT
            (SELECT count(*) FROM inbox WHERE state = 'new') AS new,
            (SELECT min(received_at) FROM inbox WHERE state = 'new') AS oldest_new_at,
            (SELECT count(*) FROM inbox WHERE state = 'dead') AS dead,
            (SELECT count(*) FROM work, clock WHERE ",
        claimable!(),
        ") AS due,
            (SELECT count(*) FROM work, clock WHERE lease_until > clock.at) AS leased,
            (SELECT count(*) FROM work WHERE state = 'postponed') AS postponed,
            (SELECT count(*) FROM work WHERE state = 'parked') AS parked"
    ))
    .bind(millis(now))
    .fetch_one(pool)
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
