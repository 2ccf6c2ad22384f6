//! Connects so that a commit is on the server's disk when it returns, or says what the operator has to change.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgPool, SqlSafeStr};
use tokio::time::{Instant, sleep, timeout};

use super::super::StoreError;
use super::OrFailed;

/// Connections for looks, the board and health. Looks that run side by side mostly wait for GitHub, and each needs the
/// database for some milliseconds; with the two below a replica holds at most ten of the server's (100 by default).
const WORK_MAX: u32 = 8;

/// One for deliveries, which never wait behind looks: they share commits, so one is enough.
const INBOX_MAX: u32 = 1;

/// One that listens.
const BELL_MAX: u32 = 1;

/// How long to wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// What every connection is told. A statement, and a wait for a row, ends before GitHub loses patience; a transaction whose
/// replica froze in the middle (`SIGSTOP`, a paused machine) lets go of its rows soon. Whoever set `synchronous_commit` to
/// something stronger than `on` keeps it; `off` would lose what was acknowledged.
const SESSION: &str = "
    SET statement_timeout = '7s';
    SET lock_timeout = '3s';
    SET idle_in_transaction_session_timeout = '10s';
    SET default_transaction_isolation = 'read committed';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
";

/// How long a server that cannot be reached is waited for at the start: it may be starting too.
const PATIENCE: Duration = Duration::from_secs(30);

/// One attempt to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait for another replica that brings the schema up to date.
const MIGRATION_TIMEOUT: Duration = Duration::from_secs(120);

/// PostgreSQL 13 and later have all that the statements need; older ones get no repairs any more.
const VERSION_MIN: i32 = 130_000;

/// The connections of a store.
pub struct Pools {
    pub work: PgPool,
    pub inbox: PgPool,
    pub bell: PgPool,
}

impl Pools {
    pub async fn close(&self) {
        self.bell.close().await;
        self.inbox.close().await;
        self.work.close().await;
    }
}

pub async fn open(url: &SecretString) -> Result<Pools, StoreError> {
    let options = options(url)?;
    let mut first = connect(&options).await?;
    assert_usable(&mut first).await?;
    // Whether it closes in good order changes nothing any more.
    drop(first.close().await);
    migrate(&options).await?;
    Ok(Pools {
        work: pool(&options, WORK_MAX),
        inbox: pool(&options, INBOX_MAX),
        bell: pool(&options, BELL_MAX),
    })
}

/// The cause is left out on purpose: it may repeat parts of the URL, and that holds a password.
fn options(url: &SecretString) -> Result<PgConnectOptions, StoreError> {
    match PgConnectOptions::from_str(url.expose_secret()) {
        Ok(options) => Ok(options.application_name("greenlight")),
        Err(_) => Err(StoreError::Unusable {
            what: "DATABASE_URL is not a PostgreSQL URL".to_owned(),
            remedy: "write it like postgres://USER:PASSWORD@HOST/DATABASE",
            source: None,
        }),
    }
}

fn pool(options: &PgConnectOptions, connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(SESSION).execute(connection).await?;
                Ok(())
            })
        })
        .after_release(|connection, _| Box::pin(answers(connection)))
        .connect_lazy_with(options.clone())
}

/// A connection whose server went silent must not be waited for without end: it would keep its place in the pool.
async fn answers(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    match timeout(ACQUIRE_TIMEOUT, connection.ping()).await {
        Ok(pinged) => pinged.map(|()| true),
        Err(_) => Err(sqlx::Error::PoolTimedOut),
    }
}

/// Waits for a server that is not up yet.
async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let began = Instant::now();
    let mut told = false;
    loop {
        let error = match timeout(CONNECT_TIMEOUT, options.connect()).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error)) => error,
            Err(_) => sqlx::Error::PoolTimedOut,
        };
        if !is_not_up(&error) || began.elapsed() > PATIENCE {
            return Err(explain(options, error));
        }
        if !told {
            told = true;
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the database cannot be reached yet; trying again for {} s",
                PATIENCE.as_secs()
            );
        }
        sleep(Duration::from_millis(250)).await;
    }
}

fn is_not_up(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut)
        || matches!(code(error).as_deref(), Some("57P01" | "57P02" | "57P03" | "53300"))
}

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// What the rest of the store takes for granted.
async fn assert_usable(connection: &mut PgConnection) -> Result<(), StoreError> {
    let (version, encoding, standby, fsync): (i32, String, bool, String) = sqlx::query_as(
        "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), pg_is_in_recovery(),
            current_setting('fsync')",
    )
    .fetch_one(connection)
    .await
    .or_failed("read how the database is set")?;
    if fsync == "off" {
        tracing::warn!("the database server has fsync switched off: a power cut can lose what was acknowledged");
    }
    let wrong = if version < VERSION_MIN {
        Some((
            format!("PostgreSQL {} is too old", version / 10_000),
            "use PostgreSQL 13 or later",
        ))
    } else if encoding != "UTF8" {
        Some((
            format!("the database's encoding is {encoding}"),
            "create it with the encoding UTF8",
        ))
    } else if standby {
        Some((
            "the database is a standby, which can only be read".to_owned(),
            "let DATABASE_URL name the primary server",
        ))
    } else {
        None
    };
    match wrong {
        Some((what, remedy)) => Err(StoreError::Unusable {
            what,
            remedy,
            source: None,
        }),
        None => Ok(()),
    }
}

/// Replicas that start together take turns: the migrator holds an advisory lock.
/// A connection of its own, without the short timeouts of the others.
async fn migrate(options: &PgConnectOptions) -> Result<(), StoreError> {
    let patient = PgPoolOptions::new()
        .max_connections(1)
        .connect_lazy_with(options.clone());
    let migrator = Migrator::with_migrations(migrations());
    let migrated = timeout(MIGRATION_TIMEOUT, migrator.run(&patient)).await;
    patient.close().await;
    match migrated {
        Ok(done) => done.map_err(not_migrated),
        Err(_) => Err(StoreError::Unusable {
            what: "another process has been changing the schema for two minutes".to_owned(),
            remedy: "see what holds an advisory lock in pg_locks, and start again",
            source: None,
        }),
    }
}

/// Numbered as those of SQLite, so that one change of what is remembered is one number; the first holds what they had by then.
fn migrations() -> Vec<Migration> {
    let steps = [
        ("first", include_str!("../../../migrations/postgres/0012_first.sql")),
        ("missed", include_str!("../../../migrations/postgres/0014_missed.sql")),
        (
            "sighting",
            include_str!("../../../migrations/postgres/0015_sighting.sql"),
        ),
    ];
    let session = ("session", include_str!("../../../migrations/postgres/0020_session.sql"));
    let scene = ("scene", include_str!("../../../migrations/postgres/0021_scene.sql"));
    let history = ("history", include_str!("../../../migrations/postgres/0023_history.sql"));
    let welcome = ("welcome", include_str!("../../../migrations/postgres/0024_welcome.sql"));
    let numbered = (12..).zip(steps);
    numbered
        .chain([(20, session), (21, scene), (23, history), (24, welcome)])
        .map(|(number, (name, sql))| {
            Migration::new(number, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect()
}

fn not_migrated(error: MigrateError) -> StoreError {
    let (what, remedy) = match &error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => (
            "the database was written by a newer Greenlight",
            "run that version, or restore the backup from before the upgrade",
        ),
        MigrateError::Execute(error) if code(error).as_deref() == Some("42501") => (
            "this user may not create tables in the database",
            "give it a database of its own, or grant it CREATE on its schema",
        ),
        _ => (
            "the database could not be brought to the present schema",
            "nothing was changed; keep it and report this",
        ),
    };
    StoreError::Unusable {
        what: what.to_owned(),
        remedy,
        source: Some(Arc::new(error)),
    }
}

/// Says what an error while connecting means. Source: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn explain(options: &PgConnectOptions, error: sqlx::Error) -> StoreError {
    let server = match options.get_socket() {
        Some(socket) => format!("{}", socket.display()),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    let user = options.get_username();
    let (what, remedy) = match code(&error).as_deref() {
        Some("28P01" | "28000") => (
            format!("the database server {server} does not let {user} in"),
            "correct user and password in DATABASE_URL; percent-encode what is special in a URL",
        ),
        Some("3D000") => (
            format!("there is no database {database} on {server}"),
            "create it, or correct DATABASE_URL",
        ),
        _ if matches!(error, sqlx::Error::Tls(_)) => (
            format!("no encrypted connection to the database server {server}"),
            "see the cause; sslmode and sslrootcert in DATABASE_URL say what is asked of the server",
        ),
        _ => (
            format!("cannot reach the database server {server}"),
            "see that it runs and that DATABASE_URL names it, and start again",
        ),
    };
    StoreError::Unusable {
        what,
        remedy,
        source: Some(Arc::new(error)),
    }
}
