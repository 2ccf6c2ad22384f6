//! GitHub's own gates: where Greenlight is a deployment protection rule of a GitHub environment, GitHub asks before a workflow
//! run deploys into it. This is what is remembered of such a question, and which answer the gates amount to.
//!
//! R1 A run is let through only with the very commit that its environment's branch was brought to on an owner's word.
//! R2 A question comes to one final answer; until then each reason to wait is reported once.
//! R3 What was not read, or is not known, never lets a run through.
//!
//! To be on the branch is the word of an owner: whoever put something there past her is found by [`super::outside`], which
//! holds the environment. So the gates `owner`, `order`, `soak` and `history` have been passed by what is there, and those that
//! can close again are asked once more: `hold`, `window`, `checks`.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::checks::{self, Checks, RunStatus, Verdict, Wanted};
use super::config::Mistake;
use super::gate::{self, Clock, Reason};
use super::id::{BranchName, DeploymentId, EnvironmentName, Person, Sha, WorkflowRunId};
use super::memory::{Entry, EntryKind};

/// GitHub takes ten reports on one question; the final answer is not one of them, and one is kept in hand.
pub const REPORTS_MAX: usize = 9;

/// GitHub's question whether a workflow run may deploy into an environment: one row for ever.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    pub run: WorkflowRunId,
    /// As GitHub spells it.
    pub environment: EnvironmentName,
    /// Counts the times that the run came to this environment: it can be run again, and two of its jobs may deploy there.
    pub round: u32,
    /// The run's attempt, as GitHub counts them.
    pub attempt: i64,
    /// The deployments that were named when it was asked. A hint: they tell a new question from one delivered twice.
    pub deployments: BTreeSet<DeploymentId>,
    pub asked_at: Timestamp,
    /// What the run would deploy; `None` while GitHub does not let us read that.
    pub commit: Option<Sha>,
    /// The check suite of the run.
    pub suite: Option<i64>,
    /// The reasons to wait that were reported, by their keys.
    pub reported: Vec<String>,
    /// When the clock gives a reason to look again.
    pub look_at: Option<Timestamp>,
    /// Since when GitHub does not list it among what waits.
    pub unseen_since: Option<Timestamp>,
    /// The permission that GitHub said is missing to answer it.
    pub lacking: Option<String>,
    pub standing: Standing,
}

/// How far a question has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Open,
    Approved,
    Rejected,
    /// Nobody waits for an answer any more.
    Ended,
}

impl Question {
    pub fn is_open(&self) -> bool {
        self.standing == Standing::Open
    }

    /// Asked anew: the run was started again, or another of its jobs has come to the environment.
    pub fn asked_again(&mut self, now: Timestamp) {
        self.round += 1;
        self.asked_at = now;
        self.reported.clear();
        (self.look_at, self.unseen_since, self.lacking) = (None, None, None);
        self.standing = Standing::Open;
    }
}

/// By what a question is found: its run, and its environment. To GitHub upper and lower case are the same.
pub fn key(run: WorkflowRunId, environment: &EnvironmentName) -> (WorkflowRunId, String) {
    (run, environment.as_str().to_lowercase())
}

/// Where the commit of a run lies, seen from its environment.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// It is what the environment's branch was brought to.
    There,
    /// The environment has gone on to a later version, which has it.
    Passed,
    /// On the stage before; `asked_by` asked for it to be promoted.
    OnStageBefore { from: BranchName, asked_by: Option<Person> },
    /// In mainline, and not on the stage before yet.
    InMainline { from: BranchName },
    /// On neither.
    Elsewhere { mainline: BranchName },
}

/// What is said to a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Approve,
    Reject(Because),
    Wait(Because),
}

/// Why a run is not let through, or not yet.
#[derive(Clone, Debug, PartialEq)]
pub enum Because {
    /// The pipeline has no environment of this name.
    UnknownEnvironment,
    /// It runs for a pull request, so what it deploys is not what is on a branch.
    ForPull,
    BranchMissing(BranchName),
    NotThere(Place),
    /// The branch was set back by hand, on nobody's word.
    SetBack,
    TooFarApart,
    Gate(Reason),
    Broken(Vec<Mistake>),
    /// The App lacks this permission, and cannot look.
    Unreadable(String),
}

impl Because {
    /// The same reason has the same key, whatever is said of it in detail.
    pub fn key(&self) -> String {
        match self {
            Self::Gate(Reason::OnHold(hold)) => format!("hold:{}:{}", hold.request, hold.command),
            Self::Gate(Reason::HeldBack(_)) => "held-back".to_owned(),
            Self::Gate(Reason::OutsideWindows { opens_at }) => format!("window:{opens_at}"),
            Self::Gate(Reason::Checks(verdict)) if verdict.state == checks::State::Red => "checks:red".to_owned(),
            Self::Gate(_) => "checks:waiting".to_owned(),
            Self::NotThere(Place::OnStageBefore { asked_by: Some(_), .. }) => "armed".to_owned(),
            Self::NotThere(_) => "not-there".to_owned(),
            Self::SetBack => "set-back".to_owned(),
            Self::TooFarApart => "too-far-apart".to_owned(),
            Self::Broken(_) => "configuration".to_owned(),
            Self::Unreadable(permission) => format!("permission:{permission}"),
            Self::UnknownEnvironment => "unknown-environment".to_owned(),
            Self::ForPull => "pull".to_owned(),
            Self::BranchMissing(_) => "branch-missing".to_owned(),
        }
    }

    /// When the clock changes it.
    pub fn changes_at(&self) -> Option<Timestamp> {
        match self {
            Self::Gate(Reason::OnHold(hold)) => Some(hold.until),
            Self::Gate(Reason::OutsideWindows { opens_at }) => Some(*opens_at),
            _ => None,
        }
    }
}

/// What follows from where the commit lies, if that alone decides.
pub fn by_place(place: &Place) -> Option<Answer> {
    let because = || Because::NotThere(place.clone());
    match place {
        Place::There => None,
        Place::OnStageBefore { .. } | Place::InMainline { .. } => Some(Answer::Wait(because())),
        Place::Passed | Place::Elsewhere { .. } => Some(Answer::Reject(because())),
    }
}

/// What follows from the gates that can close again, for a commit that is there. All of them are open: approved.
pub fn by_gates(clock: &Clock, verdict: Option<&Verdict>) -> Answer {
    let states = [gate::hold(clock), gate::window(clock), gate::checks_gate(verdict)];
    let shut = states.into_iter().find_map(|state| match state {
        gate::State::Open => None,
        gate::State::Waiting(reason) | gate::State::Shut(reason) => Some(reason),
    });
    shut.map_or(Answer::Approve, |reason| Answer::Wait(Because::Gate(reason)))
}

/// Which check runs are left out because they wait for our own answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WaitForUs {
    /// Suites of runs that ask us: their jobs that wait for a deployment are no word on the commit.
    pub suites: BTreeSet<i64>,
    /// The suite of the run that is being answered: within it the workflow says by `needs` what comes before the deployment.
    pub own: Option<i64>,
}

impl WaitForUs {
    fn leaves_out(&self, run: &checks::CheckRun) -> bool {
        let Some(suite) = run.suite_id else { return false };
        let unfinished = run.status != RunStatus::Completed;
        unfinished && self.own == Some(suite) || run.status == RunStatus::Waiting && self.suites.contains(&suite)
    }

    /// The checks without those that wait for us, and what is wanted without what only they could report.
    pub fn without(&self, checks: &Checks, wanted: Wanted) -> (Checks, Wanted) {
        let (out, left): (Vec<_>, Vec<_>) = checks.runs.iter().cloned().partition(|run| self.leaves_out(run));
        if out.is_empty() {
            return (checks.clone(), wanted);
        }
        let reported = |matches: &dyn Fn(&str) -> bool| {
            left.iter().any(|run| matches(&run.name)) || checks.statuses.iter().any(|status| matches(&status.context))
        };
        let only_waits =
            |matches: &dyn Fn(&str) -> bool| out.iter().any(|run| matches(&run.name)) && !reported(matches);
        let wanted = match wanted {
            Wanted::Auto { mut required } => {
                required.retain(|one| !only_waits(&|name| name.to_lowercase() == one.context.to_lowercase()));
                Wanted::Auto { required }
            }
            Wanted::Named(mut patterns) => {
                patterns.retain(|pattern| !only_waits(&|name| pattern.matches(name)));
                match patterns.is_empty() {
                    true => Wanted::Nothing,
                    false => Wanted::Named(patterns),
                }
            }
            Wanted::Nothing => Wanted::Nothing,
        };
        let checks = Checks {
            runs: left,
            ..checks.clone()
        };
        (checks, wanted)
    }
}

/// A final answer, for the ledger.
pub fn entry(question: &Question, approved: bool) -> Entry {
    let (kind, why) = match approved {
        true => (
            EntryKind::RunApproved,
            "a workflow run may deploy: it has what was promoted",
        ),
        false => (EntryKind::RunRejected, "a workflow run may not deploy"),
    };
    Entry {
        kind,
        who: None,
        pull: None,
        request: None,
        environment: Some(question.environment.clone()),
        before: None,
        after: question.commit.clone(),
        why: why.to_owned(),
        gates: Vec::new(),
        features: Vec::new(),
    }
}
