//! Workflow runs, and the question that a deployment protection rule is asked.

use serde_json::{Value, json};

use super::{commits, node_id};
use crate::sandbox::clock::stamp;
use crate::sandbox::world::workflows::WorkflowRun;
use crate::sandbox::world::{Repo, World};

/// The one workflow that every run is of.
const WORKFLOW: u64 = 4_711;

impl World {
    /// `workflow-run`.
    pub fn workflow_run_json(&self, repo: &Repo, run: &WorkflowRun, with_pulls: bool) -> Value {
        let url = format!("{}/actions/runs/{}", self.repo_url(repo), run.id);
        let workflow_url = format!("{}/actions/workflows/{WORKFLOW}", self.repo_url(repo));
        let pulls = match with_pulls {
            true => self.pulls_of_head_json(repo, &run.head_sha),
            false => Vec::new(),
        };
        json!({
            "id": run.id, "name": "Deploy", "node_id": node_id("WFR", run.id), "check_suite_id": run.suite,
            "check_suite_node_id": node_id("CS", run.suite), "head_branch": run.head_branch, "head_sha": run.head_sha,
            "path": ".github/workflows/deploy.yml", "run_number": 1, "run_attempt": run.attempt, "event": run.event,
            "display_title": "Deploy", "status": run.status, "conclusion": run.conclusion, "workflow_id": WORKFLOW, "url": url,
            "html_url": format!("{}/actions/runs/{}", self.repo_page(repo), run.id), "pull_requests": pulls,
            "created_at": stamp(run.created_at), "updated_at": stamp(run.updated_at), "run_started_at": stamp(run.created_at),
            "actor": self.user_json(run.actor), "triggering_actor": self.user_json(run.actor), "jobs_url": format!("{url}/jobs"),
            "logs_url": format!("{url}/logs"), "check_suite_url": format!("{}/check-suites/{}", self.repo_url(repo), run.suite),
            "artifacts_url": format!("{url}/artifacts"), "cancel_url": format!("{url}/cancel"), "rerun_url": format!("{url}/rerun"),
            "previous_attempt_url": null, "workflow_url": workflow_url, "referenced_workflows": [],
            "head_commit": commits::head_commit_json(repo, &run.head_sha), "repository": self.minimal_repo_json(repo),
            "head_repository": self.minimal_repo_json(repo),
        })
    }

    /// The list of `pending-deployment`: one for the environment whose rules are not all met.
    pub fn pending_deployments_json(&self, repo: &Repo, run: &WorkflowRun) -> Value {
        if !run.job.waits_for_app && !run.job.waits_for_person {
            return json!([]);
        }
        let name = &run.job.environment;
        json!([{
            "environment": {
                "id": 161_088_068, "node_id": node_id("EN", 161_088_068), "name": name,
                "url": format!("{}/environments/{name}", self.repo_url(repo)),
                "html_url": format!("{}/deployments/activity_log?environments_filter={name}", self.repo_page(repo)),
            },
            "wait_timer": 0, "wait_timer_started_at": null, "current_user_can_approve": false, "reviewers": [],
        }])
    }

    /// `deployment_protection_rule`. The run is named only by the address for answers.
    pub fn protection_rule_json(&self, repo: &Repo, run: &WorkflowRun) -> Value {
        let callback = format!(
            "{}/actions/runs/{}/deployment_protection_rule",
            self.repo_url(repo),
            run.id
        );
        json!({
            "action": "requested", "environment": run.job.environment, "event": run.event, "deployment_callback_url": callback,
            "deployment": self.deployment_json(repo, &repo.deployments[&run.job.deployment], true), "pull_requests": [],
        })
    }
}
