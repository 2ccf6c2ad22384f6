//! What is remembered once for each environment: one table for each kind, all of one shape.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Db, Row, Statement, StoreError};
use crate::rules::id::{EnvironmentName, RepoId};
use crate::rules::memory::{Armed, Gap, Hold, Soaking};
use crate::rules::outside::Outside;
use crate::rules::rollback::WayBack;
use crate::rules::sighting::Sighting;
use crate::rules::stay::Stays;

pub const ARMED: Table<Armed> = Table::new("armed", "armed_json");
pub const HOLDS: Table<Hold> = Table::new("hold", "hold_json");
pub const SOAKING: Table<Soaking> = Table::new("soaking", "soaking_json");
pub const GAPS: Table<Gap> = Table::new("gap", "gap_json");
pub const OUTSIDE: Table<Outside> = Table::new("outside", "outside_json");
pub const STAYS: Table<Stays> = Table::new("stay", "stays_json");
pub const WAYS_BACK: Table<WayBack> = Table::new("way_back", "way_back_json");
pub const SIGHTINGS: Table<Sighting> = Table::new("sighting", "sighting_json");

/// A table with the columns `repo_id`, `environment`, and one with the whole as JSON.
pub struct Table<T> {
    name: &'static str,
    column: &'static str,
    kind: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> Table<T> {
    /// The names become part of statements, so they are only ever those above.
    const fn new(name: &'static str, column: &'static str) -> Self {
        Self {
            name,
            column,
            kind: PhantomData,
        }
    }

    /// Asks for it of several repositories.
    pub fn of_many(&self, repos: &[RepoId]) -> Statement {
        let repos: Vec<String> = repos.iter().map(RepoId::to_string).collect();
        let (name, column) = (self.name, self.column);
        let sql = format!(
            "SELECT repo_id, {column} FROM {name} WHERE repo_id IN ({})",
            repos.join(", ")
        );
        Statement::composed("read what is remembered of environments", sql)
    }

    /// Reads what [`Self::of_many`] found.
    pub fn read_many(&self, rows: &[Row]) -> Result<Vec<(RepoId, T)>, StoreError> {
        rows.iter()
            .map(|row| Ok((RepoId(row.number(0)?), row.json(1)?)))
            .collect()
    }

    /// Writes it in place of what was there.
    pub async fn put(
        &self,
        db: Db<'_>,
        repo: RepoId,
        environment: &EnvironmentName,
        one: &T,
    ) -> Result<(), StoreError> {
        let (name, column) = (self.name, self.column);
        let sql = format!(
            "INSERT INTO {name} (repo_id, environment, {column}) VALUES ($1, $2, $3)
             ON CONFLICT (repo_id, environment) DO UPDATE SET {column} = excluded.{column}"
        );
        Statement::composed("write what is remembered of an environment", sql)
            .with(repo.0)
            .with(environment.0.as_str())
            .with_json(one)?
            .run(db)
            .await
    }

    pub async fn remove(&self, db: Db<'_>, repo: RepoId, environment: &EnvironmentName) -> Result<(), StoreError> {
        let sql = format!("DELETE FROM {} WHERE repo_id = $1 AND environment = $2", self.name);
        Statement::composed("forget something of an environment", sql)
            .with(repo.0)
            .with(environment.0.as_str())
            .run(db)
            .await
    }
}
