//! Previews as rows. That no instance is with two features, and no feature on two, the tables themselves hold.

use super::{Db, Statement, StoreError};
use crate::rules::id::{PullNumber, RepoId};
use crate::rules::preview::{Ground, Wish};

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
