//! Workflow runs of Actions, as far as a deployment protection rule sees them: a job that deploys into an environment waits
//! until every rule of that environment lets it through.
//!
//! Of Actions itself nothing is here: no file is read and nothing runs. A run is one job, `deploy`, which waits, then runs, and
//! ends as somebody says.

use jiff::Timestamp;
use serde_json::json;

use super::checks::{InSuite, Output, RunEdit};
use super::deployments::{Deployed, DeploymentStatus, NewDeployment};
use super::{Refusal, RepoId, World};
use crate::sandbox::graph::Sha;
use crate::sandbox::people::UserId;

/// The App under which Actions reports.
const ACTIONS: &str = "github-actions";

/// GitHub takes so many reports from one rule on one waiting job.
const REPORTS_MAX: usize = 10;

/// GitHub takes so many characters of Markdown with an answer or a report.
const COMMENT_CHARS_MAX: usize = 1024;

pub(in crate::sandbox) struct WorkflowRun {
    pub id: u64,
    pub attempt: u64,
    pub event: String,
    pub head_sha: Sha,
    pub head_branch: Option<String>,
    pub suite: u64,
    pub status: String,
    pub conclusion: Option<String>,
    pub actor: UserId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub job: Job,
    /// What our App said, in order; kept over attempts.
    pub said: Vec<RunAnswer>,
}

/// The job that deploys.
pub(in crate::sandbox) struct Job {
    pub environment: String,
    pub check_run: u64,
    pub deployment: u64,
    /// Whether it waits for our App, and for a person.
    pub waits_for_app: bool,
    pub waits_for_person: bool,
}

/// What our App said of a waiting job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunAnswer {
    pub environment: String,
    /// `approved`, `rejected`, or `None` for a report.
    pub state: Option<String>,
    pub comment: String,
}

impl World {
    /// Starts a run on this commit, whose only job deploys into `environment`. `person` says whether somebody has to approve it
    /// as well.
    pub fn start_run(
        &mut self,
        repo: RepoId,
        event: &str,
        sha: &str,
        environment: &str,
        person: bool,
        by: UserId,
    ) -> Result<u64, Refusal> {
        let id = self.next_id();
        let job = self.start_job(repo, sha, environment, person, InSuite::New)?;
        let now = self.now();
        let at = self.repo(repo);
        let suite = at.runs[&job.check_run].suite;
        let head_branch = at
            .branches
            .iter()
            .find(|(_, tip)| *tip == sha)
            .map(|(name, _)| name.clone());
        let run = WorkflowRun {
            id,
            attempt: 1,
            event: event.to_owned(),
            head_sha: sha.to_owned(),
            head_branch,
            suite,
            status: if job.waits_for_app || job.waits_for_person {
                "waiting"
            } else {
                "in_progress"
            }
            .to_owned(),
            conclusion: None,
            actor: by,
            created_at: now,
            updated_at: now,
            job,
            said: Vec::new(),
        };
        self.repo_mut(repo).workflow_runs.insert(id, run);
        self.ask_app(repo, id, by);
        Ok(id)
    }

    /// Runs it once more, under the same number.
    pub fn run_again(&mut self, repo: RepoId, id: u64, by: UserId) -> Result<(), Refusal> {
        let run = self.repo(repo).workflow_runs.get(&id).ok_or_else(Refusal::not_found)?;
        // However often it runs, its jobs are in one suite.
        let (sha, environment, suite) = (run.head_sha.clone(), run.job.environment.clone(), run.suite);
        let job = self.start_job(repo, &sha, &environment, false, InSuite::This(suite))?;
        let now = self.now();
        if let Some(run) = self.repo_mut(repo).workflow_runs.get_mut(&id) {
            run.attempt += 1;
            (run.job, run.updated_at) = (job, now);
            (run.status, run.conclusion) = ("waiting".to_owned(), None);
        }
        self.ask_app(repo, id, by);
        Ok(())
    }

    /// Another job of the run has come to the environment.
    pub fn next_job(&mut self, repo: RepoId, id: u64, by: UserId) -> Result<(), Refusal> {
        let run = self.repo(repo).workflow_runs.get(&id).ok_or_else(Refusal::not_found)?;
        // However often it runs, its jobs are in one suite.
        let (sha, environment, suite) = (run.head_sha.clone(), run.job.environment.clone(), run.suite);
        let job = self.start_job(repo, &sha, &environment, false, InSuite::This(suite))?;
        if let Some(run) = self.repo_mut(repo).workflow_runs.get_mut(&id) {
            (run.job, run.status) = (job, "waiting".to_owned());
        }
        self.ask_app(repo, id, by);
        Ok(())
    }

    fn start_job(
        &mut self,
        repo: RepoId,
        sha: &str,
        environment: &str,
        person: bool,
        into: InSuite,
    ) -> Result<Job, Refusal> {
        self.reporting_app(ACTIONS);
        let actions = self.person(&format!("{ACTIONS}[bot]"));
        let waits_for_app = self.repo(repo).protected.contains(environment);
        let status = if waits_for_app || person {
            "waiting"
        } else {
            "in_progress"
        };
        let new = NewDeployment {
            reference: sha.to_owned(),
            task: "deploy".to_owned(),
            auto_merge: false,
            required_contexts: Some(Vec::new()),
            payload: json!({}),
            environment: environment.to_owned(),
            description: None,
            transient: false,
            production: false,
        };
        let deployment = match self.deploy(repo, new, actions)? {
            Deployed::Created(id) => id,
            Deployed::Merged(message) => return Err(Refusal::new(202, message)),
        };
        let edit = RunEdit {
            name: Some("deploy".to_owned()),
            status: Some(status.to_owned()),
            output: Some(Output::default()),
            ..RunEdit::default()
        };
        let check_run = self.create_run(repo, ACTIONS, sha, edit, into, actions)?;
        Ok(Job {
            environment: environment.to_owned(),
            check_run,
            deployment,
            waits_for_app,
            waits_for_person: person,
        })
    }

    fn ask_app(&mut self, repo: RepoId, id: u64, by: UserId) {
        let asked = self.repo(repo).workflow_runs.get(&id);
        if asked.is_some_and(|run| run.job.waits_for_app) {
            self.tell(repo, "deployment_protection_rule", by, |world, repo| {
                world.protection_rule_json(repo, &repo.workflow_runs[&id])
            });
        }
    }

    /// Our App's word on a waiting job: an answer, or a report where `state` is `None`.
    ///
    /// # Errors
    /// 404 for a run that is not there; 422 where nothing waits for the App, for a comment that is too long, one report too many.
    pub fn review_run(
        &mut self,
        repo: RepoId,
        id: u64,
        environment: &str,
        state: Option<&str>,
        comment: &str,
    ) -> Result<(), Refusal> {
        let run = self
            .repo_mut(repo)
            .workflow_runs
            .get_mut(&id)
            .ok_or_else(Refusal::not_found)?;
        let waits = run.job.waits_for_app && run.job.environment.eq_ignore_ascii_case(environment);
        if !waits || run.status == "completed" {
            let message = "There are no pending deployment protection rules to review for this environment.";
            return Err(Refusal::new(422, message));
        }
        if comment.chars().count() > COMMENT_CHARS_MAX {
            return Err(Refusal::new(
                422,
                "The comment is too long (maximum is 1024 characters).",
            ));
        }
        let reports = run.said.iter().filter(|said| said.state.is_none()).count();
        if state.is_none() && reports >= REPORTS_MAX {
            return Err(Refusal::new(422, "The maximum number of status reports was reached."));
        }
        run.said.push(RunAnswer {
            environment: environment.to_owned(),
            state: state.map(str::to_owned),
            comment: comment.to_owned(),
        });
        match state {
            None => Ok(()),
            Some("rejected") => {
                run.job.waits_for_app = false;
                self.end_run(repo, id, "failure")
            }
            Some(_) => {
                run.job.waits_for_app = false;
                self.go_on(repo, id)
            }
        }
    }

    /// A person approves it.
    pub fn person_approves(&mut self, repo: RepoId, id: u64) -> Result<(), Refusal> {
        let run = self
            .repo_mut(repo)
            .workflow_runs
            .get_mut(&id)
            .ok_or_else(Refusal::not_found)?;
        run.job.waits_for_person = false;
        self.go_on(repo, id)
    }

    fn go_on(&mut self, repo: RepoId, id: u64) -> Result<(), Refusal> {
        let actions = self.person(&format!("{ACTIONS}[bot]"));
        let run = self
            .repo_mut(repo)
            .workflow_runs
            .get_mut(&id)
            .ok_or_else(Refusal::not_found)?;
        if run.job.waits_for_app || run.job.waits_for_person {
            return Ok(());
        }
        run.status = "in_progress".to_owned();
        let check_run = run.job.check_run;
        let edit = RunEdit {
            status: Some("in_progress".to_owned()),
            ..RunEdit::default()
        };
        self.update_run(repo, check_run, edit, actions)
    }

    /// Its job has come to its end; the deployment with it.
    pub fn end_run(&mut self, repo: RepoId, id: u64, conclusion: &str) -> Result<(), Refusal> {
        let (actions, now) = (self.person(&format!("{ACTIONS}[bot]")), self.now());
        let run = self
            .repo_mut(repo)
            .workflow_runs
            .get_mut(&id)
            .ok_or_else(Refusal::not_found)?;
        (run.status, run.updated_at) = ("completed".to_owned(), now);
        run.conclusion = Some(conclusion.to_owned());
        (run.job.waits_for_app, run.job.waits_for_person) = (false, false);
        let (check_run, deployment) = (run.job.check_run, run.job.deployment);
        let edit = RunEdit {
            conclusion: Some(conclusion.to_owned()),
            ..RunEdit::default()
        };
        self.update_run(repo, check_run, edit, actions)?;
        let status = DeploymentStatus {
            id: 0,
            state: if conclusion == "success" { "success" } else { "failure" }.to_owned(),
            description: String::new(),
            environment_url: None,
            log_url: None,
            creator: actions,
            created_at: now,
        };
        self.set_deployment_status(repo, deployment, status, true).map(drop)
    }
}
