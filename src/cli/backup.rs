//! `greenlight backup`: a copy of the database while Greenlight runs, checked before it is called a backup.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::settings::{Database, SettingsError, database};
use crate::store::{StoreError, sqlite};

/// How the copy is asked for on the command line.
#[derive(clap::Args, Clone, Debug)]
pub struct Backup {
    /// The file to write; there must be none of that name.
    pub file: PathBuf,
    /// The database that `greenlight serve` uses.
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        default_value = "",
        hide_env_values = true,
        hide_default_value = true
    )]
    pub database_url: String,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "the database is a PostgreSQL one, which has a better tool of its own; run\n  pg_dump --format=custom --file=FILE \"$DATABASE_URL\""
    )]
    Postgres,
    #[error("could not say that it is done")]
    Output(#[from] io::Error),
}

/// Writes the copy, and says what it holds.
///
/// # Errors
/// See [`BackupError`]; there is no file then.
pub async fn run(backup: &Backup, out: &mut impl Write) -> Result<(), BackupError> {
    let Database::Sqlite(from) = database(&backup.database_url.as_str().into())? else {
        return Err(BackupError::Postgres);
    };
    let copied = sqlite::backup(&from, &backup.file).await?;
    writeln!(
        out,
        "{} is whole: {} deliveries and {} lines of the ledger, {} KB.",
        backup.file.display(),
        copied.deliveries,
        copied.ledger_lines,
        copied.bytes.div_ceil(1_000)
    )?;
    Ok(())
}
