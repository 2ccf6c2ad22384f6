//! Workflow runs of GitHub Actions that ask whether they may deploy. What the App may not read is a fact here, and ends no look.

use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Look;
use crate::github::error::GithubError;
use crate::rules::id::{DeploymentId, EnvironmentName, Sha, WorkflowRunId};
use crate::rules::snapshot::{Deployment, Found, WorkflowRun};

#[derive(Deserialize)]
struct RunBody {
    head_sha: Sha,
    event: Option<String>,
    run_attempt: Option<i64>,
    status: Option<String>,
    check_suite_id: Option<i64>,
    check_suite_url: Option<String>,
}

#[derive(Deserialize)]
struct RunsBody {
    workflow_runs: Vec<ListedBody>,
}

#[derive(Deserialize)]
struct ListedBody {
    id: i64,
}

#[derive(Deserialize)]
struct PendingBody {
    environment: EnvironmentBody,
}

#[derive(Deserialize)]
struct EnvironmentBody {
    name: Option<String>,
}

#[derive(Deserialize)]
struct DeploymentBody {
    sha: Sha,
    environment: String,
}

/// More than these do not wait at once; GitHub lists the newest first.
const WAITING_MAX: usize = 30;

impl Look<'_> {
    pub(super) async fn waiting_runs(self) -> Result<Found<Vec<WorkflowRunId>>, GithubError> {
        let path = format!("/actions/runs?status=waiting&exclude_pull_requests=true&per_page={WAITING_MAX}");
        let found = self.found::<RunsBody>(&path).await?;
        Ok(found.map(|body| body.workflow_runs.iter().map(|run| WorkflowRunId(run.id)).collect()))
    }

    pub(super) async fn workflow_run(self, run: WorkflowRunId) -> Result<Found<WorkflowRun>, GithubError> {
        let path = format!("/actions/runs/{run}?exclude_pull_requests=true");
        let found = self.found::<RunBody>(&path).await?;
        Ok(found.map(|body| WorkflowRun {
            suite: body.suite(),
            commit: body.head_sha,
            event: body.event.unwrap_or_default(),
            attempt: body.run_attempt.unwrap_or(1),
            completed: body.status.as_deref() == Some("completed"),
        }))
    }

    /// For which environments jobs of the run wait, whichever of their rules it is that they wait for.
    pub(super) async fn waiting_for(self, run: WorkflowRunId) -> Result<Found<Vec<EnvironmentName>>, GithubError> {
        let path = format!("/actions/runs/{run}/pending_deployments");
        let found = self.found::<Vec<PendingBody>>(&path).await?;
        Ok(found.map(|pending| {
            let names = pending.into_iter().filter_map(|one| one.environment.name);
            names.map(EnvironmentName).collect()
        }))
    }

    pub(super) async fn deployment(self, deployment: DeploymentId) -> Result<Found<Deployment>, GithubError> {
        let found = self
            .found::<DeploymentBody>(&format!("/deployments/{deployment}"))
            .await?;
        Ok(found.map(|body| Deployment {
            commit: body.sha,
            environment: EnvironmentName(body.environment),
        }))
    }

    pub(super) async fn found<T: DeserializeOwned>(self, path: &str) -> Result<Found<T>, GithubError> {
        let reading = match self.get(path).await {
            Ok(reading) => reading,
            Err(GithubError::Forbidden { permission, .. }) => return Ok(Found::Unreadable(permission)),
            Err(error) => return Err(error),
        };
        // An id that no run or deployment can have is refused instead of not found.
        if reading.answer.status == StatusCode::UNPROCESSABLE_ENTITY {
            return Ok(Found::Missing);
        }
        Ok(reading.found_or_none::<T>()?.map_or(Found::Missing, Found::It))
    }
}

impl RunBody {
    /// GitHub promises the address of the suite, and its number only mostly.
    fn suite(&self) -> Option<i64> {
        let in_address = || self.check_suite_url.as_ref()?.rsplit('/').next()?.parse().ok();
        self.check_suite_id.or_else(in_address)
    }
}
