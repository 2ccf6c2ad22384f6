//! What pages for people read from the store, of several repositories at once and without all that a look needs.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::StoreError;
use super::memory::environments;
use super::statement::{Engine, Statement};
use crate::rules::id::{RepoId, RequestId};
use crate::rules::memory::Request;
use crate::rules::overview::Overview;

/// The part of the contract that pages read.
///
/// # Errors
/// Every method may answer [`StoreError::Busy`] or [`StoreError::Failed`].
#[async_trait]
pub trait Pages: Send + Sync {
    /// How the environments of these repositories stand. A repository that nothing is remembered of is absent.
    async fn overviews(&self, repos: &[RepoId]) -> Result<BTreeMap<RepoId, Overview>, StoreError>;

    /// What is remembered of a request, however long ago it was.
    async fn request(&self, repo: RepoId, id: RequestId) -> Result<Option<Request>, StoreError>;
}

#[async_trait]
impl<E: Engine> Pages for E {
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
    async fn request(&self, repo: RepoId, id: RequestId) -> Result<Option<Request>, StoreError> {
        let statement = Statement::new(
            "read a request",
            "SELECT request_json FROM request WHERE repo_id = $1 AND request_id = $2",
        );
        let statement = statement.with(repo.0).with(id.to_string());
        let found = self.look_up(vec![statement]).await?;
        found.iter().flatten().next().map(|row| row.json(0)).transpose()
    }
}
