//! What CI said about a commit: GitHub keeps commit statuses and check runs apart, and both are read whole.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Look;
use crate::fault::{Fault, planted};
use crate::github::address::encoded;
use crate::github::error::GithubError;
use crate::github::reading::{PER_PAGE, Pages};
use crate::rules::checks::{CheckRun, Checks, CommitStatus, Conclusion, RunStatus, StatusState};
use crate::rules::id::Sha;

/// 3,000 statuses, or as many runs; GitHub itself stops at the runs of 1,000 suites.
const PAGES_MAX: usize = 30;

#[derive(Deserialize)]
struct StatusesBody {
    total_count: Option<usize>,
    statuses: Vec<StatusBody>,
}

#[derive(Deserialize)]
struct StatusBody {
    context: String,
    state: StatusState,
    description: Option<String>,
    target_url: Option<String>,
    avatar_url: Option<String>,
    updated_at: Timestamp,
}

#[derive(Deserialize)]
struct RunsBody {
    total_count: Option<usize>,
    check_runs: Vec<RunBody>,
}

#[derive(Deserialize)]
struct RunBody {
    id: i64,
    name: String,
    status: RunStatus,
    conclusion: Option<Conclusion>,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    html_url: Option<String>,
    details_url: Option<String>,
    app: Option<AppBody>,
    check_suite: Option<SuiteBody>,
}

#[derive(Deserialize)]
struct AppBody {
    id: Option<i64>,
    slug: Option<String>,
}

#[derive(Deserialize)]
struct SuiteBody {
    id: Option<i64>,
}

impl Look<'_> {
    /// Every status and check run of a commit. The combined `state` is not read: it is "pending" where nothing was reported.
    pub(super) async fn checks(self, sha: &Sha) -> Result<Checks, GithubError> {
        let statuses = format!("/commits/{sha}/status?per_page={PER_PAGE}");
        let runs = format!("/commits/{sha}/check-runs?filter=latest&per_page={PER_PAGE}");
        let (statuses, runs) = futures_util::try_join!(self.reports(&statuses), self.reports(&runs))?;
        let (status_pages, run_pages) = (read::<StatusesBody>(&statuses)?, read::<RunsBody>(&runs)?);

        let status_count = status_pages.iter().filter_map(|page| page.total_count).max();
        let run_count = run_pages.iter().filter_map(|page| page.total_count).max();
        // A report that moved to another page while we read appears twice, and another one not at all.
        let statuses_read: BTreeSet<&str> = status_pages
            .iter()
            .flat_map(|page| &page.statuses)
            .map(|status| status.context.as_str())
            .collect();
        let runs_read: BTreeSet<i64> = run_pages
            .iter()
            .flat_map(|page| &page.check_runs)
            .map(|run| run.id)
            .collect();
        let counts = !planted(Fault::ReadOnePage);
        let complete = statuses.complete
            && runs.complete
            && status_count.is_none_or(|count| !counts || statuses_read.len() >= count)
            && run_count.is_none_or(|count| !counts || runs_read.len() >= count);

        let mut named = BTreeSet::new();
        let mut counts = |run: &RunBody| !planted(Fault::CheckByNameOnly) || named.insert(run.name.clone());
        Ok(Checks {
            statuses: status_pages
                .into_iter()
                .flat_map(|page| page.statuses)
                .map(StatusBody::into_status)
                .collect(),
            runs: run_pages
                .into_iter()
                .flat_map(|page| page.check_runs)
                .filter(|run| counts(run))
                .map(RunBody::into_run)
                .collect(),
            complete,
        })
    }

    /// Whether a check run of our own with this name is on the commit.
    pub(super) async fn has_run(self, sha: &Sha, name: &str) -> Result<bool, GithubError> {
        let (name, app) = (encoded(name), self.github.app_id);
        let runs = format!("/commits/{sha}/check-runs?check_name={name}&app_id={app}&per_page={PER_PAGE}");
        let pages = read::<RunsBody>(&self.reports(&runs).await?)?;
        Ok(pages.iter().any(|page| !page.check_runs.is_empty()))
    }

    /// # Errors
    /// [`GithubError::Unexpected`] when GitHub does not know the commit: that is not the same as no reports.
    async fn reports(self, path: &str) -> Result<Pages, GithubError> {
        let pages = self.get_pages(path, PAGES_MAX).await?;
        pages.ok_or_else(|| GithubError::unexpected(&format!("GET {path}"), "GitHub does not know the commit"))
    }
}

fn read<T: DeserializeOwned>(pages: &Pages) -> Result<Vec<T>, GithubError> {
    pages.parsed()
}

impl StatusBody {
    fn into_status(self) -> CommitStatus {
        CommitStatus {
            app_id: self.avatar_url.as_deref().and_then(app_of_avatar),
            context: self.context,
            state: self.state,
            description: self.description,
            target_url: self.target_url.filter(|url| !url.is_empty()),
            updated_at: self.updated_at,
        }
    }
}

impl RunBody {
    fn into_run(mut self) -> CheckRun {
        if planted(Fault::PendingIsGreen) && self.status != RunStatus::Completed {
            (self.status, self.conclusion) = (RunStatus::Completed, Some(Conclusion::Success));
        }
        let (app_id, app_slug) = self.app.map_or((None, None), |app| (app.id, app.slug));
        CheckRun {
            id: self.id,
            name: self.name,
            app_id,
            app_slug,
            suite_id: self.check_suite.and_then(|suite| suite.id),
            status: self.status,
            conclusion: self.conclusion.map(taken),
            started_at: self.started_at,
            completed_at: self.completed_at,
            html_url: self.html_url,
            details_url: self.details_url,
        }
    }
}

/// The planted mistakes of reading how a check ended.
fn taken(conclusion: Conclusion) -> Conclusion {
    match conclusion {
        Conclusion::Failure if planted(Fault::IgnoreRed) => Conclusion::Success,
        Conclusion::Unknown(_) if planted(Fault::UnknownIsGreen) => Conclusion::Success,
        other => other,
    }
}

/// A status does not name the App that posted it, but its picture does: `https://avatars.githubusercontent.com/in/15368?v=4`.
fn app_of_avatar(url: &str) -> Option<i64> {
    let path = url.split('?').next()?;
    let (before, id) = path.rsplit_once('/')?;
    before.ends_with("/in").then(|| id.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::app_of_avatar;

    #[test]
    fn an_apps_picture_names_it_and_a_persons_does_not() {
        assert_eq!(
            app_of_avatar("https://avatars.githubusercontent.com/in/15368?v=4"),
            Some(15368)
        );
        assert_eq!(
            app_of_avatar("https://avatars.githubusercontent.com/u/1231870?v=4"),
            None
        );
        assert_eq!(app_of_avatar(""), None);
    }
}
