//! Everything the simulated GitHub knows, in one value behind one lock: accounts, the App and its installations, repositories, and
//! what is under way (limits, faults, deliveries, things that happen late).
//!
//! The submodules hold what can happen to it, one subject each; the REST side and the people of the driving side both go through
//! them, so both have the same effects and send the same webhooks.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::chance::Chance;
use super::clock::{Clock, to_the_second};
use super::deliveries::Outbox;
use super::faults::Faults;
use super::graph::{Graph, Sha};
use super::history::{Event, What};
use super::installations::{App, Installation, Token};
use super::limits::Limits;
use super::log::ExchangeLog;
use super::people::{Grant, Organization, Role, User, UserId};
use super::registering::Registrations;
use super::rules::Rule;
use super::sign_in::SignIns;
use checks::{CheckRun, CheckSuite, ReportingApp};
use deployments::Deployment;
use issues::{Comment, Issue, Label};
use releases::Release;
use statuses::Status;
pub use unusual::Unusual;
use workflows::WorkflowRun;

pub(super) mod checks;
pub(super) mod deployments;
pub(super) mod following;
pub(super) mod issues;
pub(super) mod merges;
pub(super) mod pulls;
pub(super) mod refs;
pub(super) mod releases;
pub(super) mod statuses;
mod unusual;
pub(super) mod workflows;

/// The numeric id of a repository.
pub(super) type RepoId = u64;

pub(super) struct World {
    pub clock: Clock,
    /// Where people would look: `http://127.0.0.1:PORT`, without a slash at the end.
    pub url: String,
    pub users: BTreeMap<UserId, User>,
    pub logins: HashMap<String, UserId>,
    pub organizations: BTreeMap<UserId, Organization>,
    pub app: App,
    /// The Apps that report checks beside ours, by slug: GitHub Actions, CircleCI …
    pub other_apps: BTreeMap<String, ReportingApp>,
    pub installations: BTreeMap<u64, Installation>,
    pub tokens: HashMap<String, Token>,
    pub sign_ins: SignIns,
    pub registrations: Registrations,
    pub repos: BTreeMap<RepoId, Repo>,
    /// Full names, in lower case; a renamed repository keeps its former ones until somebody else takes them.
    pub repo_names: HashMap<String, RepoId>,
    pub limits: Limits,
    pub faults: Faults,
    pub outbox: Outbox,
    pub log: ExchangeLog,
    pub history: Vec<Event>,
    pub page_max: usize,
    /// Where tokens and delivery GUIDs come from; another sequence in each sandbox.
    pub chance: Chance,
    /// How long after its head became reachable a pull request turns merged; `None` for never.
    pub merges_seen_after: Option<SignedDuration>,
    late_merges: BTreeMap<(Timestamp, u64), (RepoId, u64)>,
    last_id: u64,
}

pub(super) struct Repo {
    pub id: RepoId,
    pub owner: UserId,
    pub full_name: String,
    pub name: String,
    pub private: bool,
    pub description: Option<String>,
    pub default_branch: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub pushed_at: Timestamp,
    pub collaborators: BTreeMap<UserId, Grant>,
    pub team_roles: BTreeMap<String, Role>,
    /// Read-only, by its owner's will.
    pub archived: bool,
    /// Deleted by its owner: nobody finds it any more.
    pub deleted: bool,
    /// Somebody's copy of another repository.
    pub fork: bool,
    /// Whether issues are switched on.
    pub has_issues: bool,
    pub merge_methods: BTreeSet<Method>,
    pub graph: Graph,
    pub branches: BTreeMap<String, Sha>,
    pub ref_moves: Vec<RefMove>,
    pub rules: Vec<Rule>,
    /// Issues and pull requests share their numbers, and most of what can be done with them.
    pub issues: BTreeMap<u64, Issue>,
    pub comments: BTreeMap<u64, Comment>,
    pub labels: Vec<Label>,
    pub statuses: Vec<Status>,
    pub suites: BTreeMap<u64, CheckSuite>,
    pub runs: BTreeMap<u64, CheckRun>,
    pub deployments: BTreeMap<u64, Deployment>,
    pub tags: BTreeMap<String, Sha>,
    pub releases: BTreeMap<u64, Release>,
    /// Environments of which our App is a deployment protection rule.
    pub protected: BTreeSet<String>,
    pub workflow_runs: BTreeMap<u64, WorkflowRun>,
    /// By path, whatever the commit: what stands there in place of a text file.
    pub unusual: BTreeMap<String, Unusual>,
}

/// How a pull request is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    Merge,
    Squash,
    Rebase,
}

/// One value a branch had, and who gave it that value. `None` is "no such branch".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefMove {
    pub branch: String,
    pub before: Option<Sha>,
    pub after: Option<Sha>,
    pub by: String,
    pub at: Timestamp,
}

/// GitHub's "no" to a request: the status, the message, and the entries of `errors` where it gives any.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub status: u16,
    pub message: String,
    pub errors: Vec<Value>,
}

impl Refusal {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Refusal {
        Refusal {
            status,
            message: message.into(),
            errors: Vec::new(),
        }
    }

    pub(super) fn not_found() -> Refusal {
        Refusal::new(404, "Not Found")
    }

    /// 422 with one entry in `errors`, as GitHub writes them: a resource, a field, a code, and a message for `custom`.
    pub(super) fn invalid(resource: &str, field: &str, code: &str, message: Option<&str>) -> Refusal {
        let mut error = serde_json::json!({ "resource": resource, "field": field, "code": code });
        if let Some(message) = message {
            error["message"] = message.into();
        }
        Refusal {
            status: 422,
            message: "Validation Failed".into(),
            errors: vec![error],
        }
    }
}

impl World {
    pub fn new(clock: Clock, url: String, app: App, chance: Chance) -> World {
        World {
            clock,
            url,
            users: BTreeMap::new(),
            logins: HashMap::new(),
            organizations: BTreeMap::new(),
            app,
            other_apps: BTreeMap::new(),
            installations: BTreeMap::new(),
            tokens: HashMap::new(),
            sign_ins: SignIns::default(),
            registrations: Registrations::default(),
            repos: BTreeMap::new(),
            repo_names: HashMap::new(),
            limits: Limits::default(),
            faults: Faults::default(),
            outbox: Outbox::default(),
            log: ExchangeLog::default(),
            history: Vec::new(),
            page_max: 100,
            chance,
            merges_seen_after: None,
            late_merges: BTreeMap::new(),
            // Beyond 32 bits, as GitHub's comment and check run ids have long been.
            last_id: 5_000_000_000,
        }
    }

    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Writes down what just happened.
    pub fn happened(&mut self, repo: RepoId, what: What) {
        let at = self.clock.now();
        self.history.push(Event { at, repo, what });
    }

    /// Sandbox time as GitHub dates things: to the second.
    pub fn now(&self) -> Timestamp {
        to_the_second(self.clock.now())
    }

    pub fn repo(&self, id: RepoId) -> &Repo {
        self.repos
            .get(&id)
            .expect("a repository's id is only given out once it exists, and none is ever deleted")
    }

    pub fn repo_mut(&mut self, id: RepoId) -> &mut Repo {
        self.repos
            .get_mut(&id)
            .expect("a repository's id is only given out once it exists, and none is ever deleted")
    }

    pub fn login(&self, user: UserId) -> &str {
        self.users.get(&user).map_or("ghost", |user| user.login.as_str())
    }

    /// Lets happen what has fallen due by now. Called before anybody looks, so nobody sees a moment that is over.
    pub fn catch_up(&mut self) {
        let now = self.clock.now();
        while let Some(entry) = self.late_merges.first_entry().filter(|entry| entry.key().0 <= now) {
            let (repo, number) = entry.remove();
            self.notice_merge(repo, number);
        }
        self.outbox.release(now);
    }

    /// When the next thing falls due by itself.
    pub fn next_due(&self) -> Option<Timestamp> {
        let merge = self.late_merges.keys().next().map(|(due, _)| *due);
        merge.into_iter().chain(self.outbox.next_due()).min()
    }
}

impl Repo {
    pub fn short_names(&self) -> (&str, &str) {
        self.full_name.split_once('/').unwrap_or(("", &self.full_name))
    }
}
