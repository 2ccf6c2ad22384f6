//! What people do with workflow runs that deploy, and what can be seen of them.

use super::Repository;
use crate::sandbox::world::Refusal;
use crate::sandbox::world::workflows::RunAnswer;

/// A workflow run, as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunView {
    /// `waiting`, `in_progress` or `completed`.
    pub status: String,
    pub conclusion: Option<String>,
    pub attempt: u64,
    /// What our App said, in order.
    pub said: Vec<RunAnswer>,
}

impl Repository {
    /// Makes our App a deployment protection rule of this environment.
    pub fn protect(&self, environment: &str) {
        let mut world = self.github.world();
        world.repo_mut(self.id).protected.insert(environment.to_owned());
    }

    /// Starts a workflow run on this commit, by this event; its job deploys into `environment`.
    pub fn workflow_run(&self, login: &str, event: &str, sha: &str, environment: &str) -> Result<u64, Refusal> {
        self.by(login, |world, repo, user| {
            world.start_run(repo, event, sha, environment, false, user)
        })
    }

    /// The same, where a person has to approve it as well.
    pub fn workflow_run_for_review(&self, login: &str, sha: &str, environment: &str) -> Result<u64, Refusal> {
        self.by(login, |world, repo, user| {
            world.start_run(repo, "push", sha, environment, true, user)
        })
    }

    pub fn approve_run(&self, login: &str, run: u64) -> Result<(), Refusal> {
        self.by(login, |world, repo, _| world.person_approves(repo, run))
    }

    /// Runs all of it once more.
    pub fn rerun(&self, login: &str, run: u64) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| world.run_again(repo, run, user))
    }

    /// The next job of the run deploys into the same environment.
    pub fn next_job(&self, login: &str, run: u64) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| world.next_job(repo, run, user))
    }

    /// The run ends: `success`, `failure`, `cancelled`.
    pub fn end_workflow_run(&self, run: u64, conclusion: &str) -> Result<(), Refusal> {
        self.github.world().end_run(self.id, run, conclusion)
    }

    pub fn workflow_run_view(&self, run: u64) -> Option<RunView> {
        let world = self.github.world();
        let run = world.repo(self.id).workflow_runs.get(&run)?;
        Some(RunView {
            status: run.status.clone(),
            conclusion: run.conclusion.clone(),
            attempt: run.attempt,
            said: run.said.clone(),
        })
    }
}
