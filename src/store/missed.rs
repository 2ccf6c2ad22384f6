//! How far GitHub was read for what never came, which deliveries the inbox lacks, and what it lets go of: in the words that
//! every engine speaks.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::statement::{Connection, Statement};
use super::{LogMark, StoreError};
use crate::rules::id::RepoId;

/// Bodies in one transaction: some milliseconds, so that no delivery waits for it.
const PRUNED_MAX: i64 = 200;

/// Bodies looked through for those, oldest first.
const LOOKED_THROUGH_MAX: i64 = 2_000;

/// Those of these GUIDs that no delivery had.
pub async fn lacking(db: &mut dyn Connection, guids: &[String]) -> Result<BTreeSet<String>, StoreError> {
    let sql = format!(
        "SELECT guid FROM inbox WHERE seq > $1 AND guid IN ({})",
        db.elements_of_second()
    );
    let known = Statement::composed("look for GUIDs", sql)
        .with(0_i64)
        .with_json(&guids)?
        .all(db, |row| row.text(0).map(str::to_owned))
        .await?;
    let known: BTreeSet<String> = known.into_iter().collect();
    Ok(guids.iter().filter(|guid| !known.contains(*guid)).cloned().collect())
}

pub async fn mark(db: &mut dyn Connection) -> Result<Option<LogMark>, StoreError> {
    let marks = Statement::new(
        "read how far the log was compared",
        "SELECT mark_json FROM delivery_log",
    )
    .all(db, |row| row.json(0))
    .await?;
    Ok(marks.into_iter().next())
}

pub async fn note(db: &mut dyn Connection, mark: &LogMark) -> Result<(), StoreError> {
    Statement::new(
        "note how far the log was compared",
        "INSERT INTO delivery_log (id, mark_json) VALUES (1, $1)
         ON CONFLICT (id) DO UPDATE SET mark_json = excluded.mark_json",
    )
    .with_json(mark)?
    .run(db)
    .await
}

pub async fn heard_to(db: &mut dyn Connection, repo: RepoId) -> Result<Option<Timestamp>, StoreError> {
    let found = Statement::new(
        "read up to when comments were read",
        "SELECT heard_to FROM work WHERE repo_id = $1",
    )
    .with(repo.0)
    .all(db, |row| row.time(0))
    .await?;
    Ok(found.into_iter().next().flatten())
}

pub async fn note_heard(db: &mut dyn Connection, repo: RepoId, to: Timestamp) -> Result<(), StoreError> {
    Statement::new(
        "note up to when comments were read",
        "UPDATE work SET heard_to = $2 WHERE repo_id = $1",
    )
    .with(repo.0)
    .with(to)
    .run(db)
    .await
}

/// Patient deliveries of the repository wait until then.
pub async fn rest(db: &mut dyn Connection, repo: RepoId, until: Timestamp) -> Result<(), StoreError> {
    Statement::new(
        "let a repository rest",
        "UPDATE work SET rest_until = $2 WHERE repo_id = $1",
    )
    .with(repo.0)
    .with(until)
    .run(db)
    .await
}

/// Lets go of the bodies of deliveries that nobody needs any more. Their GUIDs stay, so that none counts twice; the ledger
/// keeps what followed from them.
pub async fn prune(
    db: &mut dyn Connection,
    settled_before: Timestamp,
    dead_before: Timestamp,
) -> Result<u64, StoreError> {
    let pruned = Statement::new(
        "let go of old bodies",
        "DELETE FROM payload WHERE seq IN (
            SELECT inbox.seq FROM (SELECT seq FROM payload ORDER BY seq LIMIT $3) AS oldest
            JOIN inbox ON inbox.seq = oldest.seq
            WHERE (inbox.state IN ('done', 'ignored') AND inbox.received_at < $1)
               OR (inbox.state = 'dead' AND inbox.received_at < $2)
            LIMIT $4)",
    );
    let pruned = pruned.with(settled_before).with(dead_before);
    db.met(pruned.with(LOOKED_THROUGH_MAX).with(PRUNED_MAX)).await
}
