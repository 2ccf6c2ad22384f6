//! The deployments of an environment, and how each stands. An App may be without the permission for them for ever, so what
//! cannot be read is a fact here and not a failure.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Look, PAGES_MAX};
use crate::fault::{Fault, planted};
use crate::github::address::encoded;
use crate::github::error::GithubError;
use crate::github::reading::PER_PAGE;
use crate::rules::deployment::{Deployment, Listed, NEWEST_LISTED, State, Status, mark_of};
use crate::rules::id::{DeploymentId, Sha};

#[derive(Deserialize)]
struct DeploymentBody {
    id: i64,
    sha: Sha,
    created_at: Timestamp,
    payload: Option<Value>,
}

#[derive(Deserialize)]
struct StatusBody {
    id: i64,
    state: State,
    log_url: Option<String>,
    target_url: Option<String>,
    created_at: Timestamp,
}

impl Look<'_> {
    /// The deployments of this commit, or the newest of all, in this environment.
    pub(super) async fn deployments(self, environment: &str, commit: Option<&Sha>) -> Result<Listed, GithubError> {
        let environment = encoded(environment);
        let (path, pages_max) = match commit {
            Some(sha) => (
                format!("/deployments?environment={environment}&sha={sha}&per_page={PER_PAGE}"),
                PAGES_MAX,
            ),
            None => (
                format!("/deployments?environment={environment}&per_page={NEWEST_LISTED}"),
                1,
            ),
        };
        let found = match self.list::<DeploymentBody>(&path, pages_max).await? {
            Ok(found) => found,
            Err(why) => return Ok(why),
        };
        let mut found: Vec<Deployment> = found.into_iter().map(DeploymentBody::into_deployment).collect();
        if planted(Fault::DeployAgain) {
            found.clear();
        }
        // GitHub promises no order; ids rise, and times may be the same.
        found.sort_by_key(|one| std::cmp::Reverse((one.created_at, one.id)));
        Ok(Listed::Deployments(found))
    }

    /// The newest status of this deployment.
    pub(super) async fn deployment_status(self, id: DeploymentId) -> Result<Option<Status>, GithubError> {
        let path = format!("/deployments/{id}/statuses?per_page={PER_PAGE}");
        let mut found = self.list::<StatusBody>(&path, PAGES_MAX).await?.unwrap_or_default();
        found.sort_by_key(|status| (status.created_at, status.id));
        let succeeded_at = found.iter().fold(None, |since, status| match status.state {
            State::Success => since.or(Some(status.created_at)),
            State::Failure | State::Error => None,
            _ => since,
        });
        Ok(found.pop().map(|status| Status {
            state: status.state,
            log_url: [status.log_url, status.target_url]
                .into_iter()
                .flatten()
                .find(|url| !url.is_empty()),
            at: status.created_at,
            succeeded_at,
        }))
    }

    /// A list, or why there is none: promotions do not hang on it, so that a look never fails by what it says.
    async fn list<T: DeserializeOwned>(
        self,
        path: &str,
        pages_max: usize,
    ) -> Result<Result<Vec<T>, Listed>, GithubError> {
        let pages = match self.get_pages(path, pages_max).await {
            Err(GithubError::Forbidden { .. }) | Ok(None) => return Ok(Err(Listed::Unreadable)),
            Err(error @ GithubError::Unexpected { .. }) => return Ok(Err(unclear(&error))),
            Err(error) => return Err(error),
            Ok(Some(pages)) => pages,
        };
        Ok(match pages.parsed::<Vec<T>>() {
            Ok(pages) => Ok(pages.into_iter().flatten().collect()),
            Err(error) => Err(unclear(&error)),
        })
    }
}

fn unclear(error: &GithubError) -> Listed {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "GitHub's deployments cannot be read"
    );
    Listed::Unclear
}

impl DeploymentBody {
    fn into_deployment(self) -> Deployment {
        Deployment {
            id: DeploymentId(self.id),
            commit: self.sha,
            created_at: self.created_at,
            mark: self.payload.as_ref().and_then(mark_of),
        }
    }
}
