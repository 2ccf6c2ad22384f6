//! Keeps the write-ahead log short without keeping a delivery waiting for it.
//!
//! SQLite would move the log into the database file inside the commit that makes it too long. Here a connection of its own
//! moves it while others write. The log only begins again at its start when all of it was moved while nobody wrote; so
//! once it is long, the rest (short by then) is moved while the writing connection is held.

use std::time::Duration;

use sqlx::{Row, SqlitePool};

/// How often the log is moved. Short, so that each time is short.
const EVERY: Duration = Duration::from_millis(250);

/// Pages of the log at which it is made to begin again: 128 MiB of 4 KiB pages.
const PAGES_MAX: i64 = 32_768;

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
    if move_log(checkpointer).await? > PAGES_MAX {
        let _nobody_writes = writer.acquire().await?;
        move_log(checkpointer).await?;
    }
    Ok(())
}

/// Moves what can be moved without waiting for anybody, and returns the log's length in pages.
async fn move_log(checkpointer: &SqlitePool) -> Result<i64, sqlx::Error> {
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
        .fetch_one(checkpointer)
        .await?
        .try_get("log")
}
