//! Commit statuses, check suites and check runs.

use serde_json::{Value, json};

use super::{commits, node_id};
use crate::sandbox::clock::stamp;
use crate::sandbox::graph::Sha;
use crate::sandbox::world::checks::{CheckRun, CheckSuite};
use crate::sandbox::world::statuses::Status;
use crate::sandbox::world::{Repo, World};

impl World {
    /// `status`.
    pub fn status_json(&self, repo: &Repo, status: &Status) -> Value {
        let mut json = self.simple_status_json(repo, status);
        json["creator"] = self.user_json(status.creator);
        json
    }

    /// `simple-commit-status`.
    pub fn simple_status_json(&self, repo: &Repo, status: &Status) -> Value {
        let moment = stamp(status.created_at);
        json!({
            "url": format!("{}/statuses/{}", self.repo_url(repo), status.sha),
            "avatar_url": format!("{}/avatars/u/{}", self.url, status.creator), "id": status.id, "node_id": node_id("SC", status.id),
            "state": status.state.name(), "description": status.description, "target_url": status.target_url,
            "context": status.context, "created_at": moment, "updated_at": moment,
        })
    }

    /// `combined-commit-status` with one page of its statuses.
    pub fn combined_status_json(&self, repo: &Repo, sha: &Sha, page: &[&Status], total: usize) -> Value {
        let url = self.repo_url(repo);
        json!({
            "state": repo.combined_state(sha).name(), "sha": sha, "total_count": total,
            "statuses": page.iter().map(|status| self.simple_status_json(repo, status)).collect::<Vec<_>>(),
            "repository": self.minimal_repo_json(repo), "commit_url": format!("{url}/commits/{sha}"),
            "url": format!("{url}/commits/{sha}/status"),
        })
    }

    /// `check-run`.
    pub fn run_json(&self, repo: &Repo, run: &CheckRun, hook: bool) -> Value {
        let url = format!("{}/check-runs/{}", self.repo_url(repo), run.id);
        let page = format!("{}/runs/{}", self.repo_page(repo), run.id);
        json!({
            "id": run.id, "head_sha": run.head_sha, "node_id": node_id("CR", run.id), "external_id": run.external_id, "url": url,
            "html_url": page, "details_url": run.details_url.as_ref().unwrap_or(&page), "status": run.status,
            "conclusion": run.conclusion, "started_at": stamp(run.started_at), "completed_at": run.completed_at.map(stamp),
            "output": {
                "title": run.output.title, "summary": run.output.summary, "text": run.output.text,
                "annotations_count": run.output.annotations, "annotations_url": format!("{url}/annotations"),
            },
            "name": run.name, "check_suite": { "id": run.suite }, "app": self.app_json(&run.app, hook),
            "pull_requests": self.pulls_of_head_json(repo, &run.head_sha),
        })
    }

    /// `check_run` of webhooks, which tells more of the suite.
    pub fn hook_run_json(&self, repo: &Repo, run: &CheckRun) -> Value {
        let mut json = self.run_json(repo, run, true);
        // GitHub's description of its webhooks knows nothing between queued and in progress; a read tells of waiting.
        if run.status == "waiting" {
            json["status"] = "queued".into();
        }
        if let Some(suite) = repo.suites.get(&run.suite) {
            json["check_suite"] = self.suite_core_json(repo, suite, true);
        }
        json
    }

    /// `check-suite`.
    pub fn suite_json(&self, repo: &Repo, suite: &CheckSuite) -> Value {
        let mut json = self.suite_detail_json(repo, suite, false);
        json["repository"] = self.minimal_repo_json(repo);
        json
    }

    /// `check_suite` of webhooks.
    pub fn hook_suite_json(&self, repo: &Repo, suite: &CheckSuite) -> Value {
        self.suite_detail_json(repo, suite, true)
    }

    fn suite_detail_json(&self, repo: &Repo, suite: &CheckSuite, hook: bool) -> Value {
        let mut json = self.suite_core_json(repo, suite, hook);
        json["latest_check_runs_count"] = repo
            .latest_runs(&suite.head_sha)
            .filter(|run| run.suite == suite.id)
            .count()
            .into();
        json["check_runs_url"] = format!("{}/check-suites/{}/check-runs", self.repo_url(repo), suite.id).into();
        json["head_commit"] = commits::head_commit_json(repo, &suite.head_sha);
        json["rerequestable"] = true.into();
        json["runs_rerequestable"] = true.into();
        json
    }

    fn suite_core_json(&self, repo: &Repo, suite: &CheckSuite, hook: bool) -> Value {
        let parent = repo
            .graph
            .get(&suite.head_sha)
            .and_then(|commit| commit.parents.first());
        json!({
            "id": suite.id, "node_id": node_id("CS", suite.id), "head_branch": suite.head_branch, "head_sha": suite.head_sha,
            "status": suite.status, "conclusion": suite.conclusion,
            "url": format!("{}/check-suites/{}", self.repo_url(repo), suite.id), "before": parent, "after": suite.head_sha,
            "pull_requests": self.pulls_of_head_json(repo, &suite.head_sha), "app": self.app_json(&suite.app, hook),
            "created_at": stamp(suite.created_at), "updated_at": stamp(suite.updated_at),
        })
    }
}
