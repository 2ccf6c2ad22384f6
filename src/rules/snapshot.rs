//! What GitHub says now about one repository: the facts that a plan is made from, and the needs by which a plan asks for more.
//!
//! A fact that is not in the snapshot was not read. It is never taken for "no" or for "yes": a plan that lacks one names it
//! in its needs and decides nothing that hangs on it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::checks::{Checks, Required};
use super::config::{self, Config, MergeMethod, Mistake};
use super::deployment::{self, Listed};
use super::id::{
    BranchName, CommentId, DeliveryId, DeploymentId, EnvironmentName, InstallationId, IssueNumber, Login, Person,
    PullNumber, RepoId, RepoName, RequestId, ReviewId, RunId, Sha, TeamName, UserId, WorkflowRunId,
};
use super::memory::Origin;
use super::soundness;
use super::welcome::Surroundings;

/// One thing to be read from GitHub. Ordered so that a set of needs is read in a stable order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The repository itself: its name today, its default branch.
    Repository,
    /// `.github/greenlight.yml` on the default branch; needs nothing else.
    Config,
    Comment(CommentId),
    /// A review of this pull request.
    Review(PullNumber, ReviewId),
    /// GitHub's own copy of a delivery that tells of a button.
    Click(DeliveryId),
    /// Our own check run with the buttons of this feature, on this commit.
    ButtonRun(PullNumber, Sha),
    Pull(PullNumber),
    /// The files that a pull request changes.
    PullFiles(PullNumber),
    /// The open pull requests into this branch.
    OpenPulls(BranchName),
    /// The pull requests that have this commit, as GitHub lists them: open ones, and merged ones.
    PullsOf(Sha),
    /// When a person last wrote a comment on this pull request, if after that time.
    LastWord(PullNumber, Timestamp),
    /// Who put this label on, the last time that somebody did.
    Labeller(PullNumber, String),
    /// Our own card on a pull request, searched by its marker.
    Card(PullNumber),
    /// What this person may do in the repository.
    Role(UserId, String),
    /// Whether this person is an active member of the team.
    Member(TeamName, UserId, String),
    /// For those who maintain the repository: whether it is set up as it has to be.
    Soundness(soundness::Part),
    /// The open pull request from `head` into `base`, both of this repository.
    PromotionPull {
        head: BranchName,
        base: BranchName,
    },
    /// `base...head`: both tips, and the commits between them.
    Range {
        base: BranchName,
        head: BranchName,
    },
    /// Which pull requests brought these commits of mainline.
    Origins(BranchName, Vec<Sha>),
    /// Whether `ancestor` can be reached from `descendant`.
    Contains {
        ancestor: Sha,
        descendant: Sha,
    },
    /// The workflow runs of which something waits.
    WaitingRuns,
    /// A workflow run of GitHub Actions.
    WorkflowRun(WorkflowRunId),
    /// For which environments the jobs of this run wait.
    WaitingFor(WorkflowRunId),
    /// A deployment that a question of GitHub's named.
    Deployment(DeploymentId),
    /// The newest releases.
    Releases,
    /// The tags whose names begin like this.
    Tags(String),
    /// Our own issues that were made or changed since, with a hidden mark.
    Issues(Timestamp),
    /// An issue.
    Issue(IssueNumber),
    /// The newest pull request from the branch of the welcome, open or not.
    WelcomePull,
    /// What a repository with this default branch looks like, for the welcome.
    Surroundings(BranchName),
    /// The contexts that the rules of this branch require.
    Rules(BranchName),
    /// Our own reply to a request, searched by its marker among the comments written since.
    Reply {
        request: RequestId,
        pull: PullNumber,
        since: Timestamp,
    },
    /// `.github/greenlight.yml` as this commit has it.
    ConfigAt(Sha),
    /// Whether our own report on the configuration is on this commit.
    ConfigurationRun(Sha),
    /// The deployments of an environment, or of a preview: those of this commit, or the newest.
    Deployments {
        environment: String,
        commit: Option<Sha>,
    },
    /// How this deployment stands.
    DeploymentStatus(DeploymentId),
    /// Last, because they are what decides: every status and check run of a commit …
    Checks(Sha),
    /// … and where the branch is that will be moved.
    Head(BranchName),
}

impl Need {
    /// Whether this is read again as the last thing before a move, after every pause for pacing.
    pub fn is_last_look(&self) -> bool {
        matches!(self, Self::Checks(_) | Self::Head(_))
    }

    /// Whether it tells who may, by which configuration, and that the word still stands.
    pub fn is_of_authority(&self) -> bool {
        matches!(
            self,
            Self::Config | Self::Role(..) | Self::Member(..) | Self::Comment(_) | Self::Review(..)
        )
    }
}

/// Facts of one repository, each read from GitHub in this look.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub repository: Option<Repository>,
    pub config: Option<ConfigFile>,
    /// `None` inside: GitHub says there is no such comment.
    pub comments: BTreeMap<CommentId, Option<Comment>>,
    pub reviews: BTreeMap<(PullNumber, ReviewId), Option<Review>>,
    /// `None` inside: GitHub lists no such delivery, or it tells of no button of ours.
    pub clicks: BTreeMap<DeliveryId, Option<Click>>,
    pub button_runs: BTreeMap<(PullNumber, Sha), Option<RunId>>,
    pub pulls: BTreeMap<PullNumber, Option<Pull>>,
    pub pull_files: BTreeMap<PullNumber, Files>,
    pub open_pulls: BTreeMap<BranchName, Vec<Pull>>,
    pub pulls_of: BTreeMap<Sha, Vec<Pull>>,
    pub last_words: BTreeMap<(PullNumber, Timestamp), Option<Timestamp>>,
    /// By pull request and label; `None` inside: nobody did, as far as GitHub tells.
    pub labellers: BTreeMap<(PullNumber, String), Option<Labelled>>,
    pub cards: BTreeMap<PullNumber, Option<CommentId>>,
    pub roles: BTreeMap<UserId, Role>,
    pub members: BTreeMap<(TeamName, UserId), Membership>,
    pub soundness: soundness::Seen,
    pub promotion_pulls: BTreeMap<(BranchName, BranchName), Option<Pull>>,
    pub ranges: BTreeMap<(BranchName, BranchName), Range>,
    pub origins: BTreeMap<Sha, Origin>,
    pub contains: BTreeMap<(Sha, Sha), bool>,
    pub waiting_runs: Option<Found<Vec<WorkflowRunId>>>,
    pub workflow_runs: BTreeMap<WorkflowRunId, Found<WorkflowRun>>,
    pub waiting_for: BTreeMap<WorkflowRunId, Found<Vec<EnvironmentName>>>,
    pub deployments_by_id: BTreeMap<DeploymentId, Found<Deployment>>,
    pub releases: Option<Found<Vec<Published>>>,
    pub tags: BTreeMap<String, Vec<(String, Sha)>>,
    /// By what they were asked for; each with its mark.
    pub issues: BTreeMap<Timestamp, Found<Vec<(String, IssueNumber)>>>,
    pub issue: BTreeMap<IssueNumber, Found<Issue>>,
    /// `None` inside: there was none.
    pub welcome_pull: Option<Option<Pull>>,
    /// `None` inside: the App is not installed there.
    pub surroundings: BTreeMap<BranchName, Option<Surroundings>>,
    pub rules: BTreeMap<BranchName, Vec<Required>>,
    pub replies: BTreeMap<RequestId, Option<CommentId>>,
    /// `None` inside: the commit has no such file.
    pub configs_at: BTreeMap<Sha, Option<ParsedFile>>,
    pub configuration_runs: BTreeMap<Sha, bool>,
    pub deployments: BTreeMap<(String, Option<Sha>), Listed>,
    /// `None` inside: nothing has been reported on it, or GitHub does not tell.
    pub deployment_statuses: BTreeMap<DeploymentId, Option<deployment::Status>>,
    pub checks: BTreeMap<Sha, Read<Checks>>,
    pub heads: BTreeMap<BranchName, Read<Option<Sha>>>,
    /// When the newest of the other facts were asked for: checks and heads read before that are not the last look.
    pub facts_at: Option<Timestamp>,
    /// Branches that this look has moved itself.
    pub moved: BTreeSet<BranchName>,
    /// Why GitHub does not answer a need of this look, when asking again soon is of no use.
    pub withheld: Option<Withheld>,
    /// Keys of effects that GitHub refused in this look: trying them again at once would change nothing.
    pub refused: BTreeSet<String>,
}

impl Snapshot {
    /// Lets go of what answers this need, where that is of authority, so that it is read anew.
    pub fn forget(&mut self, need: &Need) {
        match need {
            Need::Config => self.config = None,
            Need::Role(id, _) => drop(self.roles.remove(id)),
            Need::Member(team, id, _) => drop(self.members.remove(&(team.clone(), *id))),
            Need::Comment(id) => drop(self.comments.remove(id)),
            Need::Review(pull, id) => drop(self.reviews.remove(&(*pull, *id))),
            _ => {}
        }
    }
}

/// Why a fact cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// The App lacks this permission.
    Permission(String),
    /// Time and again GitHub has given an answer that we can do nothing with.
    Unclear,
}

/// A fact with the time at which it was read, for those that must be fresh.
#[derive(Clone, Debug, PartialEq)]
pub struct Read<T> {
    pub value: T,
    pub at: Timestamp,
}

/// A thing that may not be there, or that the App may not read: neither ends a look.
#[derive(Clone, Debug, PartialEq)]
pub enum Found<T> {
    It(T),
    Missing,
    /// For want of this permission.
    Unreadable(String),
}

impl<T> Found<T> {
    /// The same of another thing.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Found<U> {
        match self {
            Self::It(it) => Found::It(change(it)),
            Self::Missing => Found::Missing,
            Self::Unreadable(permission) => Found::Unreadable(permission),
        }
    }
}

/// A workflow run of GitHub Actions.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkflowRun {
    /// What it runs on.
    pub commit: Sha,
    /// What started it: `push`, `workflow_dispatch` …
    pub event: String,
    /// 1, and one more each time that it is run again.
    pub attempt: i64,
    /// The check suite that holds its jobs.
    pub suite: Option<i64>,
    pub completed: bool,
}

/// A deployment, as far as a question of GitHub's needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    pub commit: Sha,
    pub environment: EnvironmentName,
}

/// A release as GitHub lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    pub tag: String,
    /// Its page.
    pub url: String,
    /// The commit that our marker in it names.
    pub of: Option<Sha>,
}

/// An issue that is no pull request.
#[derive(Clone, Debug, PartialEq)]
pub struct Issue {
    pub open: bool,
    /// With whatever anybody has written into it since.
    pub body: String,
}

/// The repository as GitHub describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Repository {
    pub id: RepoId,
    pub installation: InstallationId,
    pub name: RepoName,
    /// Mainline.
    pub default_branch: BranchName,
    pub archived: bool,
    pub fork: bool,
    /// `https://github.com/owner/name`, for links.
    pub html_url: String,
    /// The App's numeric id: its own check runs are not counted.
    pub app_id: i64,
    /// How pull requests may be merged here. Empty where GitHub does not tell.
    pub merge_methods: Vec<MergeMethod>,
}

/// A label was put on.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// `None` when the account is gone.
    pub by: Option<Person>,
    pub at: Timestamp,
}

/// A configuration file, or every mistake in it.
pub type ParsedFile = Result<Box<Config>, Vec<Mistake>>;

/// The configuration on the default branch.
#[derive(Clone, Debug, PartialEq)]
pub enum ConfigFile {
    /// There is none: the defaults hold, for those of these branches that exist.
    Absent {
        branches: Vec<BranchName>,
    },
    /// `branches`: as for `Absent`, where the file describes no environments; else empty, for nobody asked.
    Valid {
        config: Box<Config>,
        branches: Vec<BranchName>,
    },
    Broken(Vec<Mistake>),
}

/// A comment as GitHub has it now.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    pub id: CommentId,
    /// The pull request (or issue) it was written on.
    pub pull: PullNumber,
    /// `None` when the account is gone or hidden (`ghost`).
    pub author: Option<Person>,
    /// Whether a person wrote it with their own hands: a `User`, and not by way of an App.
    pub by_hand: bool,
    pub body: String,
    pub created_at: Timestamp,
    /// Later than `created_at` once somebody edited it.
    pub updated_at: Timestamp,
}

/// A submitted review as GitHub has it now. GitHub does not tell whether it was edited, nor whether an App wrote it for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    pub id: ReviewId,
    pub pull: PullNumber,
    /// `None` when the account is gone or hidden.
    pub author: Option<Person>,
    pub by_hand: bool,
    /// Its summary.
    pub body: String,
    pub submitted_at: Timestamp,
    /// The commit that was looked at; `None` once GitHub does not know it any more.
    pub commit: Option<Sha>,
}

/// A button was pressed, by GitHub's own copy of the delivery that told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Click {
    pub id: DeliveryId,
    /// The feature whose run it is, as we wrote it there.
    pub pull: PullNumber,
    /// `None` when GitHub does not name who it was.
    pub by: Option<Person>,
    /// Whether it was a person.
    pub by_hand: bool,
    /// The commit whose run showed the button.
    pub head: Sha,
    /// Which button.
    pub identifier: String,
    /// When GitHub sent the delivery.
    pub at: Timestamp,
}

/// A pull request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pull {
    pub number: PullNumber,
    pub title: String,
    pub body: String,
    pub author: Option<Person>,
    /// Whether this App opened it.
    pub ours: bool,
    pub open: bool,
    pub merged: bool,
    /// Only after the merge: the commit by which it is in its base.
    pub merge_commit: Option<Sha>,
    /// Who merged it; `None` in lists, before the merge, and when the account is gone.
    #[serde(default)]
    pub merged_by: Option<Person>,
    pub head: BranchName,
    pub head_sha: Sha,
    /// The head's repository; `None` when the fork is gone.
    pub head_repo: Option<RepoId>,
    pub base: BranchName,
    /// `None` where that was not asked for, or was kept before it was.
    #[serde(default)]
    pub opened_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    pub draft: bool,
    pub labels: Vec<String>,
    /// Whether it can be merged without a conflict; `None` while GitHub works that out, and in lists.
    pub mergeable: Option<bool>,
}

impl Pull {
    /// Whether it carries this label; to GitHub upper and lower case are the same.
    pub fn has_label(&self, name: &str) -> bool {
        self.labels
            .iter()
            .any(|label| label.to_lowercase() == name.to_lowercase())
    }
}

/// The files that a pull request changes, under their old and new names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    pub names: BTreeSet<String>,
    /// GitHub lists 3,000 and no more; without this the names are only some of them.
    pub complete: bool,
}

impl Files {
    /// The files that both change; `None` where that is not known.
    pub fn shared_with(&self, other: &Self) -> Option<Vec<String>> {
        let is_known = self.complete && other.complete;
        is_known.then(|| self.names.intersection(&other.names).cloned().collect())
    }
}

/// What a person may do in the repository, by GitHub's booleans, which hold for custom roles too.
/// Source: `GET /repos/{owner}/{repo}/collaborators/{username}/permission`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    #[default]
    None,
    Read,
    Triage,
    Write,
    Maintain,
    Admin,
}

impl From<config::Role> for Role {
    fn from(named: config::Role) -> Self {
        match named {
            config::Role::Write => Self::Write,
            config::Role::Maintain => Self::Maintain,
            config::Role::Admin => Self::Admin,
        }
    }
}

impl Role {
    /// GitHub's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }
}

/// Whether somebody belongs to a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    Active,
    /// Not a member, invited only, or no such team: GitHub answers all three alike.
    No,
    /// The App may not read the organisation's teams: nobody is let in by way of this one.
    Unreadable,
}

/// What lies between two branches, `base...head`.
#[derive(Clone, Debug, PartialEq)]
pub enum Range {
    /// One of the two branches is not there.
    Missing {
        branch: BranchName,
    },
    /// Too many commits lie between the two to be read and shown; half of them would be none.
    TooLong {
        commits: usize,
    },
    Between(Between),
}

/// The commits that `head` has and `base` has not, and how far `base` has gone its own way.
#[derive(Clone, Debug, PartialEq)]
pub struct Between {
    pub base_at: Sha,
    pub head_at: Sha,
    /// Ancestors before descendants.
    pub commits: Vec<Commit>,
    /// Commits that `base` has and `head` has not; above 0 the two have diverged.
    pub behind_by: u64,
}

/// A commit, without its dates: whoever pushes chooses those.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Commit {
    pub sha: Sha,
    pub parents: Vec<Sha>,
    /// First line of the message.
    pub title: String,
    pub author: Option<Login>,
    /// The commit that it undoes, if its message says so in git's own words.
    #[serde(default)]
    pub reverts: Option<Sha>,
}
