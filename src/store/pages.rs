//! What pages for people read from the store, of several repositories at once and without all that a look needs.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreError;
use super::memory::{environments, ledger, scene};
use super::statement::{Engine, Row, Statement};
use crate::rules::id::{EnvironmentName, InstallationId, Login, PullNumber, RepoId, RepoName, RequestId, UserId};
use crate::rules::memory::{Entry, EntryKind, Request};
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

    /// What is remembered of a request, however long ago it was.

    async fn request(&self, repo: RepoId, id: RequestId) -> Result<Option<Request>, StoreError>;

    /// What a repository looks like, with a version that rises with everything new. `None` before the first look at it.
    async fn scene(&self, repo: RepoId) -> Result<Option<(i64, Scene)>, StoreError>;

    /// The repository that was last found by this name and has the App, with its installation. Names are hints: whoever shows
    /// anything of it asks GitHub first.
    async fn repository_named(&self, name: &RepoName) -> Result<Option<(RepoId, InstallationId)>, StoreError>;

    /// The versions of several scenes. A repository that nobody has looked at is absent.
    async fn scene_versions(&self, repos: &[RepoId]) -> Result<BTreeMap<RepoId, i64>, StoreError>;

    /// The newest `limit` lines of the ledger that pass, newest first; of those before a position, where one is given.
    async fn history(
        &self,
        repo: RepoId,
        filter: &Filter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Line>, StoreError>;

    /// What the history can be filtered by.
    async fn history_names(&self, repo: RepoId) -> Result<Names, StoreError>;

    /// The titles of these features, of those that were made ready or seen on their way.
    async fn titles(&self, repo: RepoId, pulls: &[PullNumber]) -> Result<BTreeMap<PullNumber, String>, StoreError>;

    /// The lines of these kinds since a moment, oldest first.
    async fn told_since(&self, repo: RepoId, kinds: &[EntryKind], since: Timestamp) -> Result<Vec<Line>, StoreError>;
}

/// Which lines of a ledger are asked for; all that is given has to fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub environment: Option<EnvironmentName>,
    pub person: Option<UserId>,
    /// Of the pull request itself, and of what took it along.
    pub feature: Option<PullNumber>,
}

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Rises with each line; not by one.
    pub position: i64,
    pub at: Timestamp,
    pub entry: Entry,
}

/// Whom and what a ledger speaks of, in the order of the alphabet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names {
    pub environments: Vec<EnvironmentName>,
    pub people: Vec<(Login, UserId)>,
}

#[async_trait]
impl<E: Engine> Pages for E {
    async fn scene(&self, repo: RepoId) -> Result<Option<(i64, Scene)>, StoreError> {
        let found = self.look_up(vec![scene::asked(repo)]).await?;
        scene::read(found.first().map(Vec::as_slice).unwrap_or_default())
    }

    async fn repository_named(&self, name: &RepoName) -> Result<Option<(RepoId, InstallationId)>, StoreError> {
        let found = self.look_up(vec![named(name)]).await?;
        read_named(found.first().map(Vec::as_slice).unwrap_or_default())
    }

    async fn scene_versions(&self, repos: &[RepoId]) -> Result<BTreeMap<RepoId, i64>, StoreError> {
        if repos.is_empty() {
            return Ok(BTreeMap::new());
        }
        let found = self.look_up(vec![scene::versions_of(repos)]).await?;
        let rows = found.iter().flatten();
        rows.map(|row| Ok((RepoId(row.number(0)?), row.number(1)?))).collect()
    }

    async fn history(
        &self,
        repo: RepoId,
        filter: &Filter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Line>, StoreError> {
        let found = self.look_up(vec![ledger::page(repo, filter, before, limit)]).await?;
        ledger::lines(found.first().map(Vec::as_slice).unwrap_or_default())
    }

    async fn history_names(&self, repo: RepoId) -> Result<Names, StoreError> {
        let mut found = self.look_up(ledger::names(repo).into()).await?.into_iter();
        let mut next = || found.next().unwrap_or_default();
        ledger::read_names(&next(), &next())
    }

    async fn titles(&self, repo: RepoId, pulls: &[PullNumber]) -> Result<BTreeMap<PullNumber, String>, StoreError> {
        if pulls.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut found = self.look_up(ledger::titles_of(repo, pulls).into()).await?.into_iter();
        let mut next = || found.next().unwrap_or_default();
        ledger::read_titles(pulls, &next(), &next())
    }

    async fn told_since(&self, repo: RepoId, kinds: &[EntryKind], since: Timestamp) -> Result<Vec<Line>, StoreError> {
        let found = self.look_up(vec![ledger::of_kinds(repo, kinds, since)?]).await?;
        ledger::lines(found.first().map(Vec::as_slice).unwrap_or_default())
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

/// Asks which repository has this name, for [`read_named`].
pub(super) fn named(name: &RepoName) -> Statement {
    let asked = Statement::new(
        "read which repository has a name",
        "SELECT repo_id, installation_id FROM work
         WHERE lower(repo_name) = lower($1) AND installation_id IS NOT NULL AND repo_id > 0 AND state <> 'retired'
         ORDER BY repo_id DESC LIMIT 1",
    );
    asked.with(name.to_string())
}

pub(super) fn read_named(rows: &[Row]) -> Result<Option<(RepoId, InstallationId)>, StoreError> {
    let read = |row: &Row| Ok((RepoId(row.number(0)?), InstallationId(row.number(1)?)));
    rows.first().map(read).transpose()
}
