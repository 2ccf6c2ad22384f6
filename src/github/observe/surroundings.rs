//! What a repository looks like to somebody who sees it for the first time: its branches, its checks, its people.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Look, PAGES_MAX};
use crate::github::address::{encoded, of_repo};
use crate::github::budget::Scope;
use crate::github::error::GithubError;
use crate::github::reading::PER_PAGE;
use crate::rules::checks::Checks;
use crate::rules::id::{BranchName, Sha};
use crate::rules::welcome::{SeenCheck, Surroundings};

/// The newest commits whose checks are read: enough to tell what always runs from what ran once.
const COMMITS_MAX: usize = 5;

#[derive(Deserialize)]
struct InstallationBody {
    id: i64,
}

#[derive(Deserialize)]
struct BranchBody {
    name: String,
}

#[derive(Deserialize)]
struct CommitBody {
    sha: Sha,
}

impl Look<'_> {
    /// Whatever GitHub does not let us read is told as that, and the rest is read all the same; `None` where the App is not
    /// installed.
    pub(super) async fn surroundings(self, mainline: &BranchName) -> Result<Option<Surroundings>, GithubError> {
        if !self.is_installed().await? {
            return Ok(None);
        }
        let (branches, people, teams) = futures_util::try_join!(self.branches(), self.maintainers(), self.teams())?;
        let (checks, commits) = self.seen_checks(mainline).await?;
        Ok(Some(Surroundings {
            branches,
            checks,
            commits,
            people: Some(people),
            teams,
        }))
    }

    /// By GitHub's own word: a delivery may name any repository, and whoever has a token at all can read a public one.
    /// Source: <https://docs.github.com/en/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app>.
    async fn is_installed(self) -> Result<bool, GithubError> {
        let path = of_repo(&self.at.name, "/installation");
        let found: Option<InstallationBody> = self.github.get(Scope::App, &path).await?.found_or_none()?;
        Ok(found.is_some_and(|found| found.id == self.at.installation.0))
    }

    /// In a repository with more branches than are listed, the usual environments may be among the rest; then a person adds them.
    async fn branches(self) -> Result<Vec<BranchName>, GithubError> {
        let pages = self
            .get_pages(&format!("/branches?per_page={PER_PAGE}"), PAGES_MAX)
            .await?;
        let Some(pages) = pages else { return Ok(Vec::new()) };
        let listed = pages.parsed::<Vec<BranchBody>>()?.into_iter().flatten();
        Ok(listed.map(|branch| BranchName(branch.name)).collect())
    }

    /// By name, with the number of commits on which anything was reported.
    async fn seen_checks(self, mainline: &BranchName) -> Result<(Vec<SeenCheck>, usize), GithubError> {
        let path = format!("/commits?sha={}&per_page={COMMITS_MAX}", encoded(mainline.as_str()));
        let commits: Option<Vec<CommitBody>> = self.get(&path).await?.found_or_none()?;
        let (mut seen, mut reported) = (BTreeMap::<String, SeenCheck>::new(), 0);
        for commit in commits.unwrap_or_default().into_iter().take(COMMITS_MAX) {
            let names = match self.checks(&commit.sha).await {
                Ok(checks) => self.names(checks),
                Err(GithubError::Forbidden { .. }) => BTreeMap::new(),
                Err(error) => return Err(error),
            };
            reported += usize::from(!names.is_empty());
            for (name, app) in names {
                let new = SeenCheck {
                    name: name.clone(),
                    app: None,
                    on: 0,
                };
                let known = seen.entry(name).or_insert(new);
                known.on += 1;
                known.app = known.app.take().or(app);
            }
        }
        Ok((seen.into_values().collect(), reported))
    }

    /// The names of what others than we have reported on one commit.
    fn names(self, checks: Checks) -> BTreeMap<String, Option<String>> {
        let ours = Some(self.github.app_id);
        let runs = checks.runs.into_iter().filter(|run| run.app_id != ours);
        let statuses = checks.statuses.into_iter().filter(|status| status.app_id != ours);
        let mut names: BTreeMap<_, _> = statuses.map(|status| (status.context, None)).collect();
        names.extend(runs.map(|run| (run.name, run.app_slug)));
        names
    }
}
