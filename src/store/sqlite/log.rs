//! How far GitHub's log of deliveries has been compared, and which of its GUIDs the inbox lacks.

use std::collections::BTreeSet;

use sqlx::{Sqlite, SqlitePool, Transaction};

use super::super::{LogMark, StoreError};
use super::OrFailed;

pub async fn lacking(readers: &SqlitePool, guids: &[String]) -> Result<BTreeSet<String>, StoreError> {
    let lacking: Vec<String> = sqlx::query_scalar(
        "SELECT value FROM json_each(?1) WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.guid = value)",
    )
    .bind(serde_json::to_string(guids).or_failed("write GUIDs as JSON")?)
    .fetch_all(readers)
    .await
    .or_failed("look for GUIDs")?;
    Ok(lacking.into_iter().collect())
}

pub async fn mark(readers: &SqlitePool) -> Result<Option<LogMark>, StoreError> {
    let json: Option<String> = sqlx::query_scalar("SELECT mark_json FROM delivery_log")
        .fetch_optional(readers)
        .await
        .or_failed("read how far the log was compared")?;
    json.map(|json| serde_json::from_str(&json).or_failed("read how far the log was compared"))
        .transpose()
}

pub async fn note(tx: &mut Transaction<'static, Sqlite>, mark: &LogMark) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO delivery_log (id, mark_json) VALUES (1, ?1)
         ON CONFLICT (id) DO UPDATE SET mark_json = excluded.mark_json",
    )
    .bind(serde_json::to_string(mark).or_failed("note how far the log was compared")?)
    .execute(&mut **tx)
    .await
    .or_failed("note how far the log was compared")?;
    Ok(())
}
