//! Previews as rows. That no instance is with two features, and no feature on two, the tables themselves hold.

use std::collections::BTreeMap;

use super::{StoreError, Tx, all, from_json, json, run};
use crate::rules::id::{BranchName, PullNumber, RepoId};
use crate::rules::preview::{Ground, Wish};

pub async fn wishes(tx: &mut Tx, repo: RepoId) -> Result<BTreeMap<PullNumber, Wish>, StoreError> {
    let query = sqlx::query("SELECT preview_json FROM preview WHERE repo_id = ?1").bind(repo.0);
    let found: Vec<Wish> = all(tx, query, "read previews", |row| from_json(row, "preview_json")).await?;
    Ok(found.into_iter().map(|wish| (wish.pull, wish)).collect())
}

pub async fn grounds(tx: &mut Tx, repo: RepoId) -> Result<BTreeMap<BranchName, Ground>, StoreError> {
    let query = sqlx::query("SELECT ground_json FROM ground WHERE repo_id = ?1").bind(repo.0);
    let found: Vec<Ground> = all(tx, query, "read the branches of previews", |row| {
        from_json(row, "ground_json")
    })
    .await?;
    Ok(found
        .into_iter()
        .map(|ground| (ground.branch.clone(), ground))
        .collect())
}

/// The conflict that is taken for a newer state is that of the feature only: an instance with two features is an error.
pub async fn put(tx: &mut Tx, repo: RepoId, wish: &Wish) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO preview (repo_id, pull, instance, preview_json) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (repo_id, pull) DO UPDATE SET instance = excluded.instance, preview_json = excluded.preview_json",
    )
    .bind(repo.0)
    .bind(wish.pull.0)
    .bind(wish.has.as_ref().map(|held| held.instance.clone()))
    .bind(json(wish)?);
    run(tx, query, "write a preview").await
}

pub async fn remove(tx: &mut Tx, repo: RepoId, pull: PullNumber) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM preview WHERE repo_id = ?1 AND pull = ?2");
    run(tx, query.bind(repo.0).bind(pull.0), "end a preview").await
}

pub async fn put_ground(tx: &mut Tx, repo: RepoId, ground: &Ground) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO ground (repo_id, branch, ground_json) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET ground_json = excluded.ground_json",
    );
    let query = query.bind(repo.0).bind(ground.branch.0.clone()).bind(json(ground)?);
    run(tx, query, "write the branch of a preview").await
}
