//! A database, read by a command that stands beside the program that uses it: what is remembered, and single deliveries. The one
//! thing that is written is that a delivery is to be read once more, which the program finds like any other.

use std::path::Path;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection as _};

use super::StoreError;
use super::error::failed;
use super::memory;
use super::pages::{named, read_named};
use super::sqlite::BUSY_TIMEOUT;
use super::statement::{Connection, Row, Statement};
use crate::rules::id::{InstallationId, RepoId, RepoName, RequestId};
use crate::rules::memory::Memory;

const OPEN: &str = "open the database";

/// A connection of its own.
pub struct Aside {
    connection: Engine,
}

enum Engine {
    Sqlite(SqliteConnection),
    Postgres(Box<PgConnection>),
}

/// A delivery as it lies in the inbox.
pub struct Kept {
    pub event: String,
    pub repo: RepoId,
    /// `None` where no delivery named the repository yet, or it is about the App itself.
    pub at: Option<(InstallationId, RepoName)>,
    pub received_at: Option<Timestamp>,
    /// `new`, `done`, `ignored` or `dead`.
    pub state: String,
    pub reason: Option<String>,
    /// `None` once it was let go of.
    pub body: Option<String>,
}

impl Aside {
    /// # Errors
    /// There is no such file, or it cannot be read.
    pub async fn sqlite(file: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().filename(file).busy_timeout(BUSY_TIMEOUT);
        let shell = options.connect().await.map_err(|error| failed(OPEN, error))?;
        Ok(Self {
            connection: Engine::Sqlite(shell),
        })
    }

    /// # Errors
    /// The server does not answer.
    pub async fn postgres(url: &SecretString) -> Result<Self, StoreError> {
        let connected = PgConnection::connect(url.expose_secret()).await;
        let shell = connected.map_err(|error| failed(OPEN, error))?;
        Ok(Self {
            connection: Engine::Postgres(Box::new(shell)),
        })
    }

    fn db(&mut self) -> &mut dyn Connection {
        match &mut self.connection {
            Engine::Sqlite(shell) => shell,
            Engine::Postgres(shell) => shell.as_mut(),
        }
    }

    /// The repository that has this name, and through which installation it is reached.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn repository_named(&mut self, name: &RepoName) -> Result<Option<(RepoId, InstallationId)>, StoreError> {
        read_named(&self.db().rows(named(name)).await?)
    }

    /// What a look at the repository would begin with.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn memory(&mut self, repo: RepoId, spoken_of: &[RequestId]) -> Result<Memory, StoreError> {
        memory::load(self.db(), repo, spoken_of).await
    }

    /// The delivery of this GUID.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn delivery(&mut self, guid: &str) -> Result<Option<Kept>, StoreError> {
        let body = match &self.connection {
            Engine::Sqlite(_) => "CAST(payload.body AS TEXT)",
            Engine::Postgres(_) => "convert_from(payload.body, 'UTF8')",
        };
        let sql = format!(
            "SELECT inbox.event, inbox.repo_id, work.installation_id, work.repo_name, inbox.received_at, inbox.state, inbox.reason, {body}
             FROM inbox LEFT JOIN payload ON payload.seq = inbox.seq LEFT JOIN work ON work.repo_id = inbox.repo_id
             WHERE inbox.guid = $1"
        );
        let asked = Statement::composed("read a delivery", sql).with(guid);
        let found = asked.all(self.db(), read).await?;
        Ok(found.into_iter().next())
    }

    /// Has the delivery read once more by the program that uses the database; `false` if its body is gone. What was asked for
    /// by it is not done twice: requests are remembered by their own numbers.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing was changed then.
    pub async fn once_more(&mut self, guid: &str, now: Timestamp) -> Result<bool, StoreError> {
        let action = "have a delivery read once more";
        match &mut self.connection {
            Engine::Sqlite(shell) => {
                let mut tx = shell.begin().await.map_err(|error| failed(action, error))?;
                let is_there = renew(&mut *tx, guid, now).await?;
                tx.commit().await.map_err(|error| failed(action, error))?;
                Ok(is_there)
            }
            Engine::Postgres(shell) => {
                let mut tx = shell.begin().await.map_err(|error| failed(action, error))?;
                let is_there = renew(&mut *tx, guid, now).await?;
                tx.commit().await.map_err(|error| failed(action, error))?;
                Ok(is_there)
            }
        }
    }
}

fn read(row: &Row) -> Result<Kept, StoreError> {
    let installation = row.optional_number(2)?.map(InstallationId);
    let name = row.optional_text(3)?.and_then(RepoName::parse);
    Ok(Kept {
        event: row.text(0)?.to_owned(),
        repo: RepoId(row.number(1)?),
        at: installation.zip(name),
        received_at: row.time(4)?,
        state: row.text(5)?.to_owned(),
        reason: row.optional_text(6)?.map(str::to_owned),
        body: row.optional_text(7)?.map(str::to_owned),
    })
}

async fn renew(db: &mut dyn Connection, guid: &str, now: Timestamp) -> Result<bool, StoreError> {
    let renewed = Statement::new(
        "make a delivery new",
        "UPDATE inbox SET state = 'new', reason = NULL, settled_at = NULL
         WHERE guid = $1 AND seq IN (SELECT seq FROM payload)",
    );
    if db.met(renewed.with(guid)).await? == 0 {
        return Ok(false);
    }
    let due = Statement::new(
        "make its repository due",
        "INSERT INTO work (repo_id, installation_id, due_at)
         SELECT repo_id, CASE WHEN repo_id <> 0 THEN installation_id END, CAST($2 AS BIGINT) FROM inbox WHERE guid = $1
         ON CONFLICT (repo_id) DO UPDATE SET
            due_at = CASE WHEN work.state = 'postponed' THEN work.due_at ELSE excluded.due_at END,
            attempts = CASE WHEN work.state IN ('parked', 'retired') THEN 0 ELSE work.attempts END,
            state = CASE WHEN work.state IN ('parked', 'retired') THEN 'active' ELSE work.state END",
    );
    due.with(guid).with(now).run(db).await?;
    Ok(true)
}
