//! What a database is, for whoever asks whether it will do: read, and nothing written.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use super::StoreError;
use super::error::failed;

const ACTION: &str = "read what the database is";

/// The file's engine and how it keeps what is written, in words. A file that is not there yet is made by the first start.
///
/// # Errors
/// It is there and cannot be read.
pub async fn sqlite(file: &Path) -> Result<String, StoreError> {
    let place = file.display();
    if !file.try_exists().unwrap_or(true) {
        return Ok(format!("{place} is not there yet; the first start makes it"));
    }
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let mut shell: SqliteConnection = options.connect().await.map_err(|error| failed(ACTION, error))?;
    let read = sqlx::query_as::<_, (String, String)>("SELECT sqlite_version(), journal_mode FROM pragma_journal_mode");
    let (version, journal) = read
        .fetch_one(&mut shell)
        .await
        .map_err(|error| failed(ACTION, error))?;
    Ok(format!(
        "{place} is SQLite {version} with the journal {journal}, written with synchronous = FULL"
    ))
}

/// The server and how it keeps what is written, in words.
///
/// # Errors
/// It does not answer.
pub async fn postgres(url: &SecretString) -> Result<String, StoreError> {
    let mut shell = PgConnection::connect(url.expose_secret())
        .await
        .map_err(|error| failed(ACTION, error))?;
    let read = sqlx::query_as::<_, (String, String, String)>(
        "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('full_page_writes')",
    );
    let (version, fsync, pages) = read
        .fetch_one(&mut shell)
        .await
        .map_err(|error| failed(ACTION, error))?;
    Ok(format!(
        "PostgreSQL {version} answers, with fsync {fsync} and full_page_writes {pages}"
    ))
}
