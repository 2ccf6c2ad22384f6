//! Opens the database file so that a commit is on disk when it returns, or says what the operator has to change.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqlSafeStr, SqlitePool};

use super::super::StoreError;
use super::OrFailed;

/// How long a statement, and who waits for a connection, waits for the others.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Looks, the board and health read side by side; each connection costs about 2 MB of cache.
const READERS_MAX: u32 = 3;

/// Bytes of a page. Only for new files: small pages keep scattered index entries from filling the log.
const PAGE_SIZE: u32 = 4096;

/// The first SQLite without the WAL-reset bug, which could lose commits when a checkpoint and a write met.
const SQLITE_MIN: [u32; 3] = [3, 51, 3];

/// The connections of an open database, and the lock that keeps others out.
pub struct Opened {
    pub writer: SqlitePool,
    pub readers: SqlitePool,
    pub checkpointer: SqlitePool,
    pub lock: File,
}

pub async fn open(path: &Path) -> Result<Opened, StoreError> {
    let lock = lock(path)?;
    let explain = |error| explain(path, error);
    let writer = pool(path, 1).await.map_err(explain)?;
    Migrator::with_migrations(migrations())
        .run(&writer)
        .await
        .map_err(|error| not_migrated(path, error))?;
    assert_durable(&writer).await?;
    let readers = pool(path, READERS_MAX).await.map_err(explain)?;
    let checkpointer = pool(path, 1).await.map_err(explain)?;
    Ok(Opened {
        writer,
        readers,
        checkpointer,
        lock,
    })
}

fn migrations() -> Vec<Migration> {
    let steps = [
        ("first", include_str!("../../../migrations/sqlite/0001_first.sql")),
        ("hold", include_str!("../../../migrations/sqlite/0002_hold.sql")),
        ("card", include_str!("../../../migrations/sqlite/0003_card.sql")),
        ("request", include_str!("../../../migrations/sqlite/0004_request.sql")),
        ("turn", include_str!("../../../migrations/sqlite/0005_turn.sql")),
        ("merges", include_str!("../../../migrations/sqlite/0006_merges.sql")),
        ("offer", include_str!("../../../migrations/sqlite/0007_offer.sql")),
        ("stay", include_str!("../../../migrations/sqlite/0008_stay.sql")),
        ("question", include_str!("../../../migrations/sqlite/0009_question.sql")),
        ("preview", include_str!("../../../migrations/sqlite/0010_preview.sql")),
        ("release", include_str!("../../../migrations/sqlite/0011_release.sql")),
        ("rollback", include_str!("../../../migrations/sqlite/0012_rollback.sql")),
        ("missed", include_str!("../../../migrations/sqlite/0014_missed.sql")),
        ("sighting", include_str!("../../../migrations/sqlite/0015_sighting.sql")),
    ];
    let session = ("session", include_str!("../../../migrations/sqlite/0020_session.sql"));
    let scene = ("scene", include_str!("../../../migrations/sqlite/0021_scene.sql"));
    let history = ("history", include_str!("../../../migrations/sqlite/0023_history.sql"));
    let welcome = ("welcome", include_str!("../../../migrations/sqlite/0024_welcome.sql"));
    let numbered = (1..).zip(steps);
    numbered
        .chain([(20, session), (21, scene), (23, history), (24, welcome)])
        .map(|(number, (name, sql))| {
            Migration::new(number, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect()
}

async fn pool(path: &Path, connections: u32) -> Result<SqlitePool, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .page_size(PAGE_SIZE)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        // Checkpoints are `checkpoint`'s business: inside a commit they would keep deliveries waiting.
        .pragma("wal_autocheckpoint", "0")
        .pragma("mmap_size", "0")
        // What a statement would need to undo itself; in memory, for a group would open a file for it.
        .pragma("temp_store", "MEMORY");
    SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(BUSY_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options)
        .await
}

/// Keeps a second process out, by a file beside the database that only the system's lock gives a meaning.
fn lock(path: &Path) -> Result<File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&name).map_err(|error| {
        StoreError::Unusable {
            what: format!("cannot create {} beside the database", name.display()),
            remedy: "make sure that its folder exists and that this user may write to it, or set DATABASE_URL to another place",
            source: Some(Arc::new(error)),
        }
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Unusable {
            what: format!("the database {} is in use by another Greenlight", path.display()),
            remedy: "stop the other one first; a SQLite database serves one process",
            source: None,
        }),
        Err(TryLockError::Error(error)) => Err(StoreError::Unusable {
            what: format!("cannot lock {}", name.display()),
            remedy: "keep the database on a local disk, where files can be locked",
            source: Some(Arc::new(error)),
        }),
    }
}

/// What the rest of the store takes for granted.
async fn assert_durable(writer: &SqlitePool) -> Result<(), StoreError> {
    let version: String = pragma(writer, "SELECT sqlite_version()").await?;
    let numbers: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    if numbers.as_slice() < SQLITE_MIN.as_slice() {
        return Err(StoreError::Unusable {
            what: format!("SQLite {version} can lose commits (WAL-reset bug)"),
            remedy: "build Greenlight with its bundled SQLite, 3.51.3 or later",
            source: None,
        });
    }
    let journal: String = pragma(writer, "SELECT journal_mode FROM pragma_journal_mode").await?;
    let synchronous: i64 = pragma(writer, "SELECT synchronous FROM pragma_synchronous").await?;
    if journal != "wal" || synchronous != 2 {
        return Err(StoreError::Unusable {
            what: format!(
                "SQLite would not promise durable commits (journal_mode {journal}, synchronous {synchronous})"
            ),
            remedy: "keep the database on a local disk; network file systems cannot hold a write-ahead log",
            source: None,
        });
    }
    Ok(())
}

async fn pragma<T>(writer: &SqlitePool, sql: &'static str) -> Result<T, StoreError>
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    sqlx::query_scalar(sql)
        .fetch_one(writer)
        .await
        .or_failed("read how the database is set")
}

fn not_migrated(path: &Path, error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) => explain(path, error),
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => StoreError::Unusable {
            what: format!("the database {} was written by a newer Greenlight", path.display()),
            remedy: "run that version, or restore the backup from before the upgrade",
            source: Some(Arc::new(error)),
        },
        error => StoreError::Unusable {
            what: format!(
                "the database {} could not be brought to the present schema",
                path.display()
            ),
            remedy: "nothing was changed; keep the file and report this",
            source: Some(Arc::new(error)),
        },
    }
}

/// Says what an error while opening means, from SQLite's primary result code. Source: <https://www.sqlite.org/rescode.html>.
pub fn explain(path: &Path, error: sqlx::Error) -> StoreError {
    let path = path.display();
    let (what, remedy) = match sqlite_code(&error) {
        Some(5 | 6) => (
            format!("the database {path} is locked by another program"),
            "close what has it open (a database browser, a backup) and start again",
        ),
        Some(8) => (
            format!("the database {path} is read-only"),
            "let this user write to the file and its folder, or mount the volume for writing",
        ),
        Some(11 | 26) => (
            format!("{path} is not a SQLite database, or is damaged"),
            "set DATABASE_URL to another file, or restore this one from a backup",
        ),
        Some(13) => (
            format!("the disk that holds {path} is full"),
            "make room and start again",
        ),
        Some(14) => (
            format!("cannot open or create the database {path}"),
            "make sure that its folder exists, that this user may write to it, and that it names a file",
        ),
        _ => (format!("cannot open the database {path}"), "see the cause"),
    };
    StoreError::Unusable {
        what,
        remedy,
        source: Some(Arc::new(error)),
    }
}

/// SQLite's primary result code: the low byte of the extended one.
pub fn sqlite_code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}
