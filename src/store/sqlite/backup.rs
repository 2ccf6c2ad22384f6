//! A copy of the database while it is in use: whole, at one moment, opened and checked before anybody relies on it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Row, SqlitePool};

use super::super::StoreError;
use super::open::BUSY_TIMEOUT;
use super::{OrFailed, open};

/// What a copy holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    pub bytes: u64,
    pub deliveries: u64,
    pub ledger_lines: u64,
}

/// Copies the database at `from` to the new file `to`, whether a Greenlight is using it or not.
///
/// # Errors
/// [`StoreError::Unusable`] with what to do about it: there is a file already, there is no database, no room. Nothing is left
/// at `to` then.
pub async fn backup(from: &Path, to: &Path) -> Result<Copied, StoreError> {
    if to.try_exists().unwrap_or(true) {
        return Err(unusable(
            format!("there is already something at {}", to.display()),
            "name a new file; a backup never writes over an earlier one",
        ));
    }
    let mut unfinished = to.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    // What an earlier attempt left behind.
    std::fs::remove_file(&unfinished).ok();
    let copied = copy_and_check(from, &unfinished).await;
    let named = match copied {
        // A link, because renaming would write over a file that has appeared meanwhile.
        Ok(copied) => std::fs::hard_link(&unfinished, to)
            .map(|()| copied)
            .map_err(|error| StoreError::Unusable {
                what: format!("cannot write {}", to.display()),
                remedy: "name a new file in a folder that this user may write to",
                source: Some(Arc::new(error)),
            }),
        Err(error) => Err(error),
    };
    std::fs::remove_file(&unfinished).ok();
    named
}

async fn copy_and_check(from: &Path, to: &Path) -> Result<Copied, StoreError> {
    let explain = |error| open::explain(from, error);
    let source = connect(from).await.map_err(explain)?;
    // One read transaction: what is written meanwhile is not in the copy, and nobody waits for it.
    let done = sqlx::query("VACUUM INTO ?1")
        .bind(to.to_string_lossy().into_owned())
        .execute(&source)
        .await;
    source.close().await;
    done.map_err(|error| match open::sqlite_code(&error) {
        Some(13) => open::explain(to, error),
        _ => StoreError::Unusable {
            what: format!("could not copy {} to {}", from.display(), to.display()),
            remedy: "make sure that the folder exists, that this user may write to it, and that there is room",
            source: Some(Arc::new(error)),
        },
    })?;
    File::open(to)
        .and_then(|file| file.sync_all().and_then(|()| file.metadata()))
        .map_err(|error| StoreError::Failed {
            action: "bring the copy to disk",
            source: Arc::new(error),
        })?;
    check(to).await
}

/// The copy is a database, and a Greenlight's.
async fn check(copy: &Path) -> Result<Copied, StoreError> {
    let opened = connect(copy).await.map_err(|error| open::explain(copy, error))?;
    let found = sqlx::query(
        "SELECT (SELECT group_concat(integrity_check) FROM pragma_integrity_check) AS verdict,
            (SELECT count(*) FROM inbox) AS deliveries, (SELECT count(*) FROM ledger) AS ledger_lines",
    )
    .fetch_one(&opened)
    .await;
    opened.close().await;
    let row = found.or_failed("check the copy")?;
    let verdict: String = row.try_get("verdict").or_failed("check the copy")?;
    if verdict != "ok" {
        return Err(unusable(
            format!("the copy is damaged: {verdict}"),
            "check the disk, and the database itself, with `PRAGMA integrity_check`",
        ));
    }
    let count = |column| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
    Ok(Copied {
        bytes: std::fs::metadata(copy).map_or(0, |found| found.len()),
        deliveries: count("deliveries").or_failed("check the copy")?,
        ledger_lines: count("ledger_lines").or_failed("check the copy")?,
    })
}

async fn connect(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT);
    SqlitePoolOptions::new().max_connections(1).connect_with(options).await
}

fn unusable(what: String, remedy: &'static str) -> StoreError {
    StoreError::Unusable {
        what,
        remedy,
        source: None,
    }
}
