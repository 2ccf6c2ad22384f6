//! What CI services report on commits: statuses, check runs and deployments; and people's clicks on check runs.

use super::Repository;
use crate::sandbox::world::Refusal;
use crate::sandbox::world::checks::{InSuite, Output, RunEdit};
use crate::sandbox::world::deployments::{Deployed, DeploymentStatus, NewDeployment};
use crate::sandbox::world::statuses::{State, Status};

impl Repository {
    /// Reports a commit status, as a CI service does whose account is `login`.
    pub fn status_by(
        &self,
        login: &str,
        sha: &str,
        context: &str,
        state: State,
        description: &str,
    ) -> Result<u64, Refusal> {
        self.by(login, |world, repo, creator| {
            let (context, description) = (context.to_owned(), Some(description.to_owned()));
            let target_url = Some(format!("https://ci.example.com/{}", world.next_id()));
            let (sha, created_at) = (sha.to_owned(), world.now());
            world.set_status(
                repo,
                Status {
                    id: 0,
                    sha,
                    context,
                    state,
                    description,
                    target_url,
                    creator,
                    created_at,
                },
            )
        })
    }

    /// Reports a commit status, as some CI service.
    pub fn status(&self, sha: &str, context: &str, state: State, description: &str) -> Result<u64, Refusal> {
        self.status_by("ci-bot", sha, context, state, description)
    }

    /// Reports a check run of the App `app`: `queued`, `in_progress`, or completed with a conclusion (`success`, `failure` …). A run
    /// of that name whose newest is not completed is updated; otherwise there is a new run, as when a job is run again.
    pub fn check_run(&self, app: &str, sha: &str, name: &str, outcome: &str) -> Result<u64, Refusal> {
        self.report_run(app, sha, name, outcome, false)
    }

    /// The same in a suite of its own, as when another workflow has a job of that name.
    pub fn check_run_in_new_suite(&self, app: &str, sha: &str, name: &str, outcome: &str) -> Result<u64, Refusal> {
        self.report_run(app, sha, name, outcome, true)
    }

    fn report_run(&self, app: &str, sha: &str, name: &str, outcome: &str, new_suite: bool) -> Result<u64, Refusal> {
        let mut world = self.github.world();
        let slug = world.reporting_app(app).slug;
        let by = world.person(&format!("{slug}[bot]"));
        let running = matches!(outcome, "queued" | "in_progress" | "waiting" | "requested" | "pending");
        let status = if running { outcome } else { "completed" };
        let conclusion = (!running).then(|| outcome.to_owned());
        let output = Some(Output::default());
        let edit = RunEdit {
            name: Some(name.to_owned()),
            status: Some(status.to_owned()),
            conclusion,
            output,
            ..RunEdit::default()
        };
        let newest = world
            .repo(self.id)
            .latest_runs(sha)
            .find(|run| run.app == slug && run.name == name);
        match newest
            .filter(|run| run.status != "completed" && !new_suite)
            .map(|run| run.id)
        {
            Some(id) => world.update_run(self.id, id, edit, by).map(|()| id),
            None => {
                let into = if new_suite { InSuite::New } else { InSuite::OfApp };
                world.create_run(self.id, &slug, sha, edit, into, by)
            }
        }
    }

    /// Clicks one of the App's own buttons on a check run.
    ///
    /// # Errors
    /// Where the run shows no such button.
    pub fn click(&self, login: &str, run: u64, identifier: &str) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| world.click(repo, run, identifier, user))
    }

    /// Clicks "Re-run" on one of the App's own check runs.
    pub fn rerequest(&self, login: &str, run: u64) {
        self.by(login, |world, repo, user| world.rerequest_run(repo, run, user));
    }

    /// Starts a deployment as a CI service or a person, without waiting for checks; gives its id.
    pub fn deploy(&self, login: &str, reference: &str, environment: &str) -> Result<u64, Refusal> {
        let new = NewDeployment {
            reference: reference.to_owned(),
            task: "deploy".into(),
            auto_merge: false,
            required_contexts: Some(Vec::new()),
            payload: serde_json::json!({}),
            environment: environment.to_owned(),
            description: None,
            transient: false,
            production: environment == "production",
        };
        match self.by(login, |world, repo, user| world.deploy(repo, new, user))? {
            Deployed::Created(id) => Ok(id),
            Deployed::Merged(message) => Err(Refusal::new(202, message)),
        }
    }

    /// Reports on a deployment: `in_progress`, `success`, `failure` …
    pub fn deployment_status(&self, login: &str, deployment: u64, state: &str) -> Result<(), Refusal> {
        self.deployment_status_at(login, deployment, state, None)
    }

    /// The same, with the address of a log.
    pub fn deployment_status_at(
        &self,
        login: &str,
        deployment: u64,
        state: &str,
        log_url: Option<&str>,
    ) -> Result<(), Refusal> {
        self.by(login, |world, repo, creator| {
            let (state, created_at) = (state.to_owned(), world.now());
            let (description, environment_url) = (String::new(), None);
            let log_url = log_url.map(str::to_owned);
            let status = DeploymentStatus {
                id: 0,
                state,
                description,
                environment_url,
                log_url,
                creator,
                created_at,
            };
            world.set_deployment_status(repo, deployment, status, true).map(drop)
        })
    }
}
