//! Commit statuses, the older of the two stores of what CI says of a commit.

use crate::sandbox::history::What;
use jiff::Timestamp;

use super::{Refusal, Repo, RepoId, World};
use crate::sandbox::graph::Sha;
use crate::sandbox::people::UserId;

pub(in crate::sandbox) struct Status {
    pub id: u64,
    pub sha: Sha,
    pub context: String,
    pub state: State,
    pub description: Option<String>,
    pub target_url: Option<String>,
    pub creator: UserId,
    pub created_at: Timestamp,
}

/// The state of a commit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Pending,
    Success,
    Failure,
    Error,
}

impl State {
    pub(in crate::sandbox) fn named(name: &str) -> Option<State> {
        [State::Pending, State::Success, State::Failure, State::Error]
            .into_iter()
            .find(|state| state.name() == name)
    }

    pub(in crate::sandbox) fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Success => "success",
            State::Failure => "failure",
            State::Error => "error",
        }
    }
}

/// The longest description of a commit status, in characters.
const DESCRIPTION_MAX: usize = 140;

impl World {
    pub fn set_status(&mut self, repo: RepoId, status: Status) -> Result<u64, Refusal> {
        if status
            .description
            .as_ref()
            .is_some_and(|text| text.chars().count() > DESCRIPTION_MAX)
        {
            let message = format!("description is too long (maximum is {DESCRIPTION_MAX} characters)");
            return Err(Refusal::invalid("Status", "description", "custom", Some(&message)));
        }
        if self.repo(repo).graph.get(&status.sha).is_none() {
            return Err(Refusal::new(422, format!("No commit found for SHA: {}", status.sha)));
        }
        let (id, creator, sha) = (self.next_id(), status.creator, status.sha.clone());
        let checked = What::Checked {
            sha: sha.clone(),
            name: status.context.clone(),
            suite: 0,
            run: 0,
            outcome: status.state.name().to_owned(),
            by: self.login(creator).to_owned(),
        };
        self.happened(repo, checked);
        self.repo_mut(repo).statuses.push(Status { id, ..status });
        self.tell(repo, "status", creator, |world, repo| {
            world.status_event_json(repo, &sha)
        });
        Ok(id)
    }
}

impl Repo {
    /// All statuses of a commit, newest first.
    pub fn statuses_of(&self, sha: &str) -> impl Iterator<Item = &Status> {
        self.statuses.iter().rev().filter(move |status| status.sha == sha)
    }

    /// The newest status of each context, whatever its case, oldest context first.
    pub fn latest_statuses(&self, sha: &str) -> Vec<&Status> {
        let mut latest: Vec<&Status> = Vec::new();
        for status in self.statuses_of(sha) {
            if !latest
                .iter()
                .any(|newer| newer.context.eq_ignore_ascii_case(&status.context))
            {
                latest.push(status);
            }
        }
        latest.reverse();
        latest
    }

    /// GitHub's sum of a commit's statuses: "pending" also where there are none.
    pub fn combined_state(&self, sha: &str) -> State {
        let latest = self.latest_statuses(sha);
        let any = |states: &[State]| latest.iter().any(|status| states.contains(&status.state));
        match () {
            () if any(&[State::Failure, State::Error]) => State::Failure,
            () if latest.is_empty() || any(&[State::Pending]) => State::Pending,
            () => State::Success,
        }
    }
}
