//! What is remembered once for each environment: one table for each kind, all of one shape.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::AssertSqlSafe;

use super::{StoreError, Tx, all, from_json, json, run};
use crate::rules::id::{EnvironmentName, RepoId};
use crate::rules::memory::{Armed, Gap, Hold, Soaking};
use crate::rules::outside::Outside;
use crate::rules::rollback::WayBack;
use crate::rules::stay::Stays;

pub const ARMED: Table<Armed> = Table::new("armed", "armed_json");
pub const HOLDS: Table<Hold> = Table::new("hold", "hold_json");
pub const SOAKING: Table<Soaking> = Table::new("soaking", "soaking_json");
pub const GAPS: Table<Gap> = Table::new("gap", "gap_json");
pub const OUTSIDE: Table<Outside> = Table::new("outside", "outside_json");
pub const STAYS: Table<Stays> = Table::new("stay", "stays_json");
pub const WAYS_BACK: Table<WayBack> = Table::new("way_back", "way_back_json");

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

    pub async fn all(
        &self,
        tx: &mut Tx,
        repo: RepoId,
        of: impl Fn(&T) -> &EnvironmentName,
    ) -> Result<BTreeMap<EnvironmentName, T>, StoreError> {
        let (name, column) = (self.name, self.column);
        let text = format!("SELECT {column} FROM {name} WHERE repo_id = ?1");
        let query = sqlx::query(AssertSqlSafe(text)).bind(repo.0);
        let found = all(tx, query, "read what is remembered of environments", |row| {
            from_json(row, column)
        });
        let found: Vec<T> = found.await?;
        Ok(found.into_iter().map(|one| (of(&one).clone(), one)).collect())
    }

    /// Writes it in place of what was there.
    pub async fn put(
        &self,
        tx: &mut Tx,
        repo: RepoId,
        environment: &EnvironmentName,
        one: &T,
    ) -> Result<(), StoreError> {
        let (name, column) = (self.name, self.column);
        let text = format!(
            "INSERT INTO {name} (repo_id, environment, {column}) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET {column} = excluded.{column}"
        );
        let query = sqlx::query(AssertSqlSafe(text));
        let query = query.bind(repo.0).bind(environment.0.clone()).bind(json(one)?);
        run(tx, query, "write what is remembered of an environment").await
    }

    pub async fn remove(&self, tx: &mut Tx, repo: RepoId, environment: &EnvironmentName) -> Result<(), StoreError> {
        let text = format!("DELETE FROM {} WHERE repo_id = ?1 AND environment = ?2", self.name);
        let query = sqlx::query(AssertSqlSafe(text));
        let query = query.bind(repo.0).bind(environment.0.clone());
        run(tx, query, "forget something of an environment").await
    }
}
