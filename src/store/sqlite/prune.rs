//! Lets go of the bodies of deliveries that nobody needs any more. Their GUIDs stay, so that none counts twice; the ledger
//! keeps what followed from them.

use jiff::Timestamp;
use sqlx::SqlitePool;

use super::super::StoreError;
use super::{OrFailed, millis};

/// Bodies in one transaction: some milliseconds, so that no delivery waits for it.
const BATCH: i64 = 200;

/// Bodies looked through for those, oldest first.
const LOOKED_THROUGH_MAX: i64 = 2_000;

pub async fn prune(writer: &SqlitePool, settled_before: Timestamp, dead_before: Timestamp) -> Result<u64, StoreError> {
    let pruned = sqlx::query(
        "DELETE FROM payload WHERE seq IN (
            SELECT inbox.seq FROM (SELECT seq FROM payload ORDER BY seq LIMIT ?3) AS oldest
            JOIN inbox ON inbox.seq = oldest.seq
            WHERE (inbox.state IN ('done', 'ignored') AND inbox.received_at < ?1)
               OR (inbox.state = 'dead' AND inbox.received_at < ?2)
            LIMIT ?4)",
    )
    .bind(millis(settled_before))
    .bind(millis(dead_before))
    .bind(LOOKED_THROUGH_MAX)
    .bind(BATCH)
    .execute(writer)
    .await
    .or_failed("let go of old bodies")?;
    Ok(pruned.rows_affected())
}
