//! Previews as rows. That no instance is with two features, and no feature on two, the tables themselves hold.

use std::collections::BTreeMap;

use super::{Db, Statement, StoreError};
use crate::rules::id::{BranchName, PullNumber, RepoId};
use crate::rules::preview::{Ground, Wish};

pub async fn wishes(db: Db<'_>, repo: RepoId) -> Result<BTreeMap<PullNumber, Wish>, StoreError> {
    let query = Statement::new("read previews", "SELECT preview_json FROM preview WHERE repo_id = $1").with(repo.0);
    let found: Vec<Wish> = query.all(db, |row| row.json(0)).await?;
    Ok(found.into_iter().map(|wish| (wish.pull, wish)).collect())
}

pub async fn grounds(db: Db<'_>, repo: RepoId) -> Result<BTreeMap<BranchName, Ground>, StoreError> {
    let query = Statement::new(
        "read the branches of previews",
        "SELECT ground_json FROM ground WHERE repo_id = $1",
    );
    let found: Vec<Ground> = query.with(repo.0).all(db, |row| row.json(0)).await?;
    Ok(found
        .into_iter()
        .map(|ground| (ground.branch.clone(), ground))
        .collect())
}

/// The conflict that is taken for a newer state is that of the feature only: an instance with two features is an error.
pub async fn put(db: Db<'_>, repo: RepoId, wish: &Wish) -> Result<(), StoreError> {
    Statement::new(
        "write a preview",
        "INSERT INTO preview (repo_id, pull, instance, preview_json) VALUES ($1, $2, $3, $4)
         ON CONFLICT (repo_id, pull) DO UPDATE SET instance = excluded.instance, preview_json = excluded.preview_json",
    )
    .with(repo.0)
    .with(wish.pull.0)
    .with(wish.has.as_ref().map(|held| held.instance.clone()))
    .with_json(wish)?
    .run(db)
    .await
}

pub async fn remove(db: Db<'_>, repo: RepoId, pull: PullNumber) -> Result<(), StoreError> {
    let ended = Statement::new("end a preview", "DELETE FROM preview WHERE repo_id = $1 AND pull = $2");
    ended.with(repo.0).with(pull.0).run(db).await
}

pub async fn put_ground(db: Db<'_>, repo: RepoId, ground: &Ground) -> Result<(), StoreError> {
    Statement::new(
        "write the branch of a preview",
        "INSERT INTO ground (repo_id, branch, ground_json) VALUES ($1, $2, $3)
         ON CONFLICT (repo_id, branch) DO UPDATE SET ground_json = excluded.ground_json",
    )
    .with(repo.0)
    .with(ground.branch.0.as_str())
    .with_json(ground)?
    .run(db)
    .await
}
