//! What pages for people read from the store, of several repositories at once and without all that a look needs.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::StoreError;
use super::memory::{environments, scene};
use super::statement::Engine;
use crate::rules::id::RepoId;
use crate::rules::overview::Overview;
use crate::rules::scene::Scene;

/// The part of the contract that pages read.
///
/// # Errors
/// Every method may answer [`StoreError::Busy`] or [`StoreError::Failed`].
#[async_trait]
pub trait Pages: Send + Sync {
    /// How the environments of these repositories stand. A repository that nothing is remembered of is absent.
    async fn overviews(&self, repos: &[RepoId]) -> Result<BTreeMap<RepoId, Overview>, StoreError>;

    /// What a repository looks like, with a version that rises with everything new. `None` before the first look at it.
    async fn scene(&self, repo: RepoId) -> Result<Option<(i64, Scene)>, StoreError>;

    /// The versions of several scenes. A repository that nobody has looked at is absent.
    async fn scene_versions(&self, repos: &[RepoId]) -> Result<BTreeMap<RepoId, i64>, StoreError>;
}

#[async_trait]
impl<E: Engine> Pages for E {
    async fn scene(&self, repo: RepoId) -> Result<Option<(i64, Scene)>, StoreError> {
        let found = self.look_up(vec![scene::asked(repo)]).await?;
        scene::read(found.first().map(Vec::as_slice).unwrap_or_default())
    }

    async fn scene_versions(&self, repos: &[RepoId]) -> Result<BTreeMap<RepoId, i64>, StoreError> {
        if repos.is_empty() {
            return Ok(BTreeMap::new());
        }
        let found = self.look_up(vec![scene::versions_of(repos)]).await?;
        let rows = found.iter().flatten();
        rows.map(|row| Ok((RepoId(row.number(0)?), row.number(1)?))).collect()
    }

    async fn overviews(&self, repos: &[RepoId]) -> Result<BTreeMap<RepoId, Overview>, StoreError> {
        let mut known: BTreeMap<RepoId, Overview> = BTreeMap::new();
        if repos.is_empty() {
            return Ok(known);
        }
        let (gaps, holds, armed, stays) = (
            environments::GAPS,
            environments::HOLDS,
            environments::ARMED,
            environments::STAYS,
        );
        let statements = vec![
            gaps.of_many(repos),
            holds.of_many(repos),
            armed.of_many(repos),
            stays.of_many(repos),
        ];
        let mut found = self.look_up(statements).await?.into_iter();
        let mut next = || found.next().unwrap_or_default();
        for (repo, gap) in gaps.read_many(&next())? {
            known.entry(repo).or_default().gaps.insert(gap.environment.clone(), gap);
        }
        for (repo, hold) in holds.read_many(&next())? {
            let holds = &mut known.entry(repo).or_default().holds;
            holds.insert(hold.environment.clone(), hold);
        }
        for (repo, one) in armed.read_many(&next())? {
            let armed = &mut known.entry(repo).or_default().armed;
            armed.insert(one.environment.clone(), one);
        }
        for (repo, one) in stays.read_many(&next())? {
            let stays = &mut known.entry(repo).or_default().stays;
            stays.insert(one.environment.clone(), one);
        }
        Ok(known)
    }
}
