//! Keeps the write-ahead log short without keeping a delivery waiting for it.
//!
//! SQLite would move the log into the database file inside the commit that makes it too long. Here a connection of its own
//! moves it while others write. The log only begins again at its start when all of it was moved while nobody wrote; so
//! once it is long, the rest (short by then) is moved while the writing connection is held. Who writes faster than this
//! disk moves waits for it with [`move_all`], so that a flood of large deliveries cannot fill the disk with its log.

use std::time::Duration;

use sqlx::{Row, SqlitePool};

/// How often the log is moved. Short, so that each time is short.
const EVERY: Duration = Duration::from_millis(250);

/// Bytes of the log at which it is made to begin again.
pub const BYTES_MAX: usize = 128 << 20;

/// Bytes of one page, SQLite's default.
const PAGE: usize = 4096;

/// Runs until it is aborted.
pub async fn keep_short(checkpointer: SqlitePool, writer: SqlitePool) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = shorten(&checkpointer, &writer).await {
            // Nothing is lost: the log is read like the file. It only grows until this works again.
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "could not move the write-ahead log into the database"
            );
        }
    }
}

async fn shorten(checkpointer: &SqlitePool, writer: &SqlitePool) -> Result<(), sqlx::Error> {
    let pages = move_log(checkpointer).await?;
    if usize::try_from(pages).is_ok_and(|pages| pages > BYTES_MAX / PAGE) {
        move_all(checkpointer, writer).await?;
    }
    Ok(())
}

/// Moves the whole log while nobody writes; the next commit begins it again, unless somebody is still reading from it.
///
/// # Errors
/// SQLite's; nothing is lost by them, the log only stays as long as it is.
pub async fn move_all(checkpointer: &SqlitePool, writer: &SqlitePool) -> Result<(), sqlx::Error> {
    let _nobody_writes = writer.acquire().await?;
    move_log(checkpointer).await?;
    Ok(())
}

/// Moves what can be moved without waiting for anybody, and returns the log's length in pages.
async fn move_log(checkpointer: &SqlitePool) -> Result<i64, sqlx::Error> {
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
        .fetch_one(checkpointer)
        .await?
        .try_get("log")
}
