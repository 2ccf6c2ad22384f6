//! Check suites and check runs, the newer of the two stores of what CI says of a commit.

use crate::sandbox::history::What;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::statuses::State;
use super::{Refusal, Repo, RepoId, World};
use crate::sandbox::graph::Sha;
use crate::sandbox::installations::Level;
use crate::sandbox::people::{Kind, UserId};

/// An App other than ours that reports checks.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct ReportingApp {
    pub id: u64,
    pub slug: String,
    pub name: String,
    pub owner: UserId,
}

pub(in crate::sandbox) struct CheckSuite {
    pub id: u64,
    /// The slug of the App that reports in it.
    pub app: String,
    pub head_sha: Sha,
    pub head_branch: Option<String>,
    pub status: String,
    pub conclusion: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Clone)]
pub(in crate::sandbox) struct CheckRun {
    pub id: u64,
    pub suite: u64,
    pub app: String,
    pub name: String,
    pub head_sha: Sha,
    pub status: String,
    pub conclusion: Option<String>,
    pub external_id: String,
    pub details_url: Option<String>,
    pub started_at: Timestamp,
    pub completed_at: Option<Timestamp>,
    pub output: Output,
    pub actions: Vec<Action>,
}

/// A button, which GitHub shows on the run's page once the run is completed.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    pub label: String,
    pub description: String,
    pub identifier: String,
}

#[derive(Clone, Default)]
pub(in crate::sandbox) struct Output {
    pub title: Option<String>,
    pub summary: Option<String>,
    pub text: Option<String>,
    pub annotations: usize,
}

/// What is to be new about a check run; `None` leaves a field as it is.
#[derive(Default)]
pub(in crate::sandbox) struct RunEdit {
    pub name: Option<String>,
    pub status: Option<String>,
    pub conclusion: Option<String>,
    pub external_id: Option<String>,
    pub details_url: Option<String>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub output: Option<Output>,
    pub actions: Option<Vec<Action>>,
}

/// In which suite a check run is made.
#[derive(Clone, Copy)]
pub(in crate::sandbox) enum InSuite {
    /// The one that the App has for the commit already, or its first.
    OfApp,
    New,
    This(u64),
}

/// The conclusions with which a required check passes.
const PASSING: [&str; 3] = ["success", "neutral", "skipped"];

impl World {
    /// The App of this slug, registered on first mention; never ours.
    pub fn reporting_app(&mut self, slug: &str) -> ReportingApp {
        if let Some(app) = self.other_apps.get(slug) {
            return app.clone();
        }
        let owner = self.account(slug.split('-').next().unwrap_or(slug), Kind::Organization);
        let known = BTreeMap::from([
            ("github-actions", (15_368, "GitHub Actions")),
            ("circleci-checks", (18_001, "CircleCI Checks")),
        ]);
        let (id, name) = known.get(slug).copied().unwrap_or((0, slug));
        let id = if id == 0 {
            self.next_id() % 1_000_000 + 100_000
        } else {
            id
        };
        let app = ReportingApp {
            id,
            slug: slug.to_owned(),
            name: name.to_owned(),
            owner,
        };
        self.other_apps.insert(slug.to_owned(), app.clone());
        app
    }

    /// Makes the empty suite that GitHub gives every App with write access to checks, for each commit that is pushed.
    pub fn request_suite(&mut self, repo: RepoId, sha: &Sha, branch: &str, by: UserId) {
        let writes = |installation: &crate::sandbox::installations::Installation| {
            installation.permissions.get("checks") == Some(&Level::Write) && installation.suspended.is_none()
        };
        let slug = self.app.slug.clone();
        if !self.installation_on(repo).is_some_and(writes) || self.repo(repo).suite_of(&slug, sha).is_some() {
            return;
        }
        let suite = self.create_suite(repo, &slug, sha, Some(branch));
        self.tell_suite(repo, "requested", suite, by);
    }

    fn create_suite(&mut self, repo: RepoId, app: &str, sha: &Sha, branch: Option<&str>) -> u64 {
        let (id, now) = (self.next_id(), self.now());
        let (app, head_sha, head_branch) = (app.to_owned(), sha.clone(), branch.map(str::to_owned));
        let (status, conclusion) = ("queued".to_owned(), None);
        let suite = CheckSuite {
            id,
            app,
            head_sha,
            head_branch,
            status,
            conclusion,
            created_at: now,
            updated_at: now,
        };
        self.repo_mut(repo).suites.insert(id, suite);
        id
    }

    /// Makes a check run.
    pub fn create_run(
        &mut self,
        repo: RepoId,
        app: &str,
        sha: &str,
        edit: RunEdit,
        into: InSuite,
        by: UserId,
    ) -> Result<u64, Refusal> {
        let at = self.repo(repo);
        let sha = at
            .graph
            .get(sha)
            .ok_or_else(|| Refusal::new(422, format!("No commit found for SHA: {sha}")))?
            .sha
            .clone();
        let branch = at
            .branches
            .iter()
            .find(|(_, tip)| **tip == sha)
            .map(|(name, _)| name.clone());
        let suite = match into {
            InSuite::This(suite) => Some(suite),
            InSuite::OfApp => at.suite_of(app, &sha),
            InSuite::New => None,
        };
        let suite = suite.unwrap_or_else(|| self.create_suite(repo, app, &sha, branch.as_deref()));
        let (id, now) = (self.next_id(), self.now());
        let run = CheckRun {
            id,
            suite,
            app: app.to_owned(),
            name: String::new(),
            head_sha: sha,
            status: "queued".into(),
            conclusion: None,
            external_id: String::new(),
            details_url: None,
            started_at: now,
            completed_at: None,
            output: Output::default(),
            actions: Vec::new(),
        };
        self.repo_mut(repo).runs.insert(id, run);
        self.apply(repo, id, edit)?;
        self.tell_run(repo, "created", id, by, json!({}));
        self.after_run(repo, id, false, by);
        Ok(id)
    }

    pub fn update_run(&mut self, repo: RepoId, id: u64, edit: RunEdit, by: UserId) -> Result<(), Refusal> {
        let was_completed = self.repo(repo).runs.get(&id).ok_or_else(Refusal::not_found)?.status == "completed";
        self.apply(repo, id, edit)?;
        self.after_run(repo, id, was_completed, by);
        Ok(())
    }

    fn apply(&mut self, repo: RepoId, id: u64, edit: RunEdit) -> Result<(), Refusal> {
        let now = self.now();
        let run = self.repo_mut(repo).runs.get_mut(&id).ok_or_else(Refusal::not_found)?;
        run.name = edit.name.unwrap_or(std::mem::take(&mut run.name));
        run.external_id = edit.external_id.unwrap_or(std::mem::take(&mut run.external_id));
        run.details_url = edit.details_url.or(run.details_url.take());
        run.started_at = edit.started_at.unwrap_or(run.started_at);
        run.output = edit.output.unwrap_or(std::mem::take(&mut run.output));
        run.actions = edit.actions.unwrap_or(std::mem::take(&mut run.actions));
        if let Some(status) = edit.status {
            run.status = status;
        }
        if edit.conclusion.is_some() {
            (run.conclusion, run.status) = (edit.conclusion, "completed".into());
        }
        if run.status == "completed" {
            run.completed_at = edit.completed_at.or(run.completed_at).or(Some(now));
        } else {
            (run.conclusion, run.completed_at) = (None, None);
        }
        Ok(())
    }

    fn after_run(&mut self, repo: RepoId, id: u64, was_completed: bool, by: UserId) {
        let Some(run) = self.repo(repo).runs.get(&id).cloned() else {
            return;
        };
        let checked = What::Checked {
            sha: run.head_sha.clone(),
            name: run.name.clone(),
            suite: run.suite,
            run: id,
            outcome: run.conclusion.clone().unwrap_or_else(|| run.status.clone()),
            by: self.login(by).to_owned(),
        };
        self.happened(repo, checked);
        if run.status == "completed" && !was_completed {
            self.tell_run(repo, "completed", id, by, json!({}));
        }
        let runs: Vec<&CheckRun> = self
            .repo(repo)
            .latest_runs(&run.head_sha)
            .filter(|other| other.suite == run.suite)
            .collect();
        let all_done = runs.iter().all(|run| run.status == "completed");
        let worst = runs
            .iter()
            .filter_map(|run| run.conclusion.clone())
            .max_by_key(|conclusion| severity(conclusion));
        let now = self.now();
        let Some(suite) = self.repo_mut(repo).suites.get_mut(&run.suite) else {
            return;
        };
        let before = suite.status.clone();
        suite.status = if all_done { "completed" } else { "in_progress" }.into();
        suite.conclusion = worst.filter(|_| all_done);
        suite.updated_at = now;
        if all_done && (before != "completed" || !was_completed) {
            self.tell_suite(repo, "completed", run.suite, by);
        }
    }

    /// Somebody clicks "Re-run" on one of our App's runs: GitHub resets the suite, leaves the run alone and tells the App.
    pub fn rerequest_run(&mut self, repo: RepoId, id: u64, by: UserId) {
        self.tell_run(repo, "rerequested", id, by, json!({}));
        let Some(suite) = self.repo(repo).runs.get(&id).map(|run| run.suite) else {
            return;
        };
        if let Some(suite) = self.repo_mut(repo).suites.get_mut(&suite) {
            (suite.status, suite.conclusion) = ("queued".into(), None);
        }
    }

    /// Somebody clicks a button of one of our App's runs, which tells the App and nobody else.
    pub fn click(&mut self, repo: RepoId, id: u64, identifier: &str, by: UserId) -> Result<(), Refusal> {
        let run = self.repo(repo).runs.get(&id).ok_or_else(Refusal::not_found)?;
        let has_it = run.actions.iter().any(|action| action.identifier == identifier);
        if run.app != self.app.slug || run.status != "completed" || !has_it {
            return Err(Refusal::new(422, "There is no such button."));
        }
        let clicked = What::Clicked {
            run: id,
            sha: run.head_sha.clone(),
            identifier: identifier.to_owned(),
            by: self.login(by).to_owned(),
        };
        self.happened(repo, clicked);
        self.tell_run(
            repo,
            "requested_action",
            id,
            by,
            json!({ "requested_action": { "identifier": identifier } }),
        );
        Ok(())
    }

    fn tell_run(&mut self, repo: RepoId, action: &str, id: u64, by: UserId, more: Value) {
        self.tell(repo, "check_run", by, |world, repo| {
            let mut payload = json!({ "action": action, "check_run": world.hook_run_json(repo, &repo.runs[&id]) });
            super::issues::merge_into(&mut payload, more);
            payload
        });
    }

    fn tell_suite(&mut self, repo: RepoId, action: &str, id: u64, by: UserId) {
        self.tell(
            repo,
            "check_suite",
            by,
            |world, repo| json!({ "action": action, "check_suite": world.hook_suite_json(repo, &repo.suites[&id]) }),
        );
    }
}

/// How much a conclusion weighs when a suite sums up its runs.
fn severity(conclusion: &str) -> usize {
    let order = [
        "skipped",
        "neutral",
        "success",
        "stale",
        "cancelled",
        "action_required",
        "timed_out",
        "failure",
    ];
    order
        .iter()
        .position(|known| *known == conclusion)
        .unwrap_or(order.len())
}

impl Repo {
    fn suite_of(&self, app: &str, sha: &Sha) -> Option<u64> {
        self.suites
            .values()
            .find(|suite| suite.app == app && suite.head_sha == *sha)
            .map(|suite| suite.id)
    }

    /// The newest run of each name within its suite, newest first.
    pub fn latest_runs(&self, sha: &str) -> impl Iterator<Item = &CheckRun> {
        let of_sha = self.runs.values().rev().filter(move |run| run.head_sha == sha);
        let newer =
            |run: &CheckRun, other: &CheckRun| other.id > run.id && other.suite == run.suite && other.name == run.name;
        of_sha.filter(move |run| !self.runs.range(run.id..).any(|(_, other)| newer(run, other)))
    }

    /// Whether a required context is met, by a status, by check runs, or by both where both exist.
    pub fn context_passes(&self, sha: &str, context: &str, app: Option<u64>) -> bool {
        let statuses = self.latest_statuses(sha);
        let status = statuses
            .iter()
            .find(|status| status.context.eq_ignore_ascii_case(context) && app.is_none());
        let runs: Vec<&CheckRun> = self.latest_runs(sha).filter(|run| run.name == context).collect();
        let passing = |run: &&CheckRun| {
            run.conclusion
                .as_deref()
                .is_some_and(|conclusion| PASSING.contains(&conclusion))
        };
        let status_passes = status.map(|status| status.state == State::Success);
        let runs_pass = (!runs.is_empty()).then(|| runs.iter().all(passing));
        status_passes.or(runs_pass).is_some() && status_passes.unwrap_or(true) && runs_pass.unwrap_or(true)
    }
}
