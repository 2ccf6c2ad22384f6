//! What the pages show of a repository: one row, with a version that rises with everything new.

use super::{Db, Row, Statement, StoreError};
use crate::rules::id::RepoId;
use crate::rules::scene::Scene;

pub async fn put(db: Db<'_>, repo: RepoId, scene: &Scene) -> Result<(), StoreError> {
    Statement::new(
        "write what pages show",
        "INSERT INTO scene (repo_id, version, scene_json) VALUES ($1, 1, $2)
         ON CONFLICT (repo_id) DO UPDATE SET version = scene.version + 1, scene_json = excluded.scene_json",
    )
    .with(repo.0)
    .with_json(scene)?
    .run(db)
    .await
}

/// Asks for the newest.
pub fn asked(repo: RepoId) -> Statement {
    Statement::new(
        "read what pages show",
        "SELECT version, scene_json FROM scene WHERE repo_id = $1",
    )
    .with(repo.0)
}

/// Reads what [`asked`] found.
pub fn read(rows: &[Row]) -> Result<Option<(i64, Scene)>, StoreError> {
    let Some(row) = rows.first() else { return Ok(None) };
    let version = row.number(0)?;
    Ok(row.json(1).ok().map(|scene| (version, scene)))
}

/// Asks for the versions of several.
pub fn versions_of(repos: &[RepoId]) -> Statement {
    let repos: Vec<String> = repos.iter().map(RepoId::to_string).collect();
    let sql = format!(
        "SELECT repo_id, version FROM scene WHERE repo_id IN ({})",
        repos.join(", ")
    );
    Statement::composed("read whether there is something new to see", sql)
}
