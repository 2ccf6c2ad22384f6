//! Turns needs into facts: what GitHub says now about one repository, and nothing that it did not say.

mod checks;
mod comment;
mod deployment;
mod files;
mod issue;
mod label;
mod person;
mod pull;
mod range;
mod release;
mod repository;
mod road;
mod soundness;
mod surroundings;
mod workflow;

use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::stream;
use jiff::Timestamp;
use serde::Deserialize;

use super::address::of_repo;
use super::budget::Scope;
use super::error::GithubError;
use super::reading::{Pages, Reading};
use super::report::CONFIGURATION_RUN;
use super::{Address, Inner};
use crate::rules::checks::{Checks, Required};
use crate::rules::deployment::{Listed, Status};
use crate::rules::id::{
    BranchName, CommentId, DeliveryId, DeploymentId, EnvironmentName, IssueNumber, Login, Person, PullNumber,
    RequestId, ReviewId, RunId, Sha, TeamName, UserId, WorkflowRunId,
};
use crate::rules::memory::Origin;
use crate::rules::snapshot::{
    Click, Comment, ConfigFile, Deployment, Files, Found, Issue, Labelled, Membership, Need, ParsedFile, Published,
    Pull, Range, Read, Review, Role, Snapshot, WorkflowRun,
};
use crate::rules::soundness::Answer;
use crate::rules::welcome::Surroundings;

/// Reads of one look that are under way at once; GitHub asks not to be stormed, and a look has about ten of them.
const READS_AT_ONCE: usize = 4;

/// Pages of an ordinary list: 2,000 items.
const PAGES_MAX: usize = 20;

/// One look at one repository.
#[derive(Clone, Copy)]
struct Look<'a> {
    github: &'a Inner,
    at: &'a Address,
}

impl Inner {
    /// The number of the account that has this login now; `None` for who cannot see the repository.
    pub(super) async fn number_of(&self, at: &Address, login: &str) -> Result<Option<UserId>, GithubError> {
        Look { github: self, at }.number(login).await
    }
}

/// What one need was answered with.
enum Fact {
    Config(ConfigFile),
    Comment(CommentId, Option<Comment>),
    Review((PullNumber, ReviewId), Option<Review>),
    Click(DeliveryId, Option<Click>),
    ButtonRun((PullNumber, Sha), Option<RunId>),
    Pull(PullNumber, Option<Pull>),
    PullFiles(PullNumber, Files),
    OpenPulls(BranchName, Vec<Pull>),
    PullsOf(Sha, Vec<Pull>),
    LastWord((PullNumber, Timestamp), Option<Timestamp>),
    Labeller((PullNumber, String), Option<Labelled>),
    Card(PullNumber, Option<CommentId>),
    Role(UserId, Role),
    Member((TeamName, UserId), Membership),
    Soundness(Answer),
    PromotionPull((BranchName, BranchName), Option<Pull>),
    Range((BranchName, BranchName), Range),
    Origins(Vec<(Sha, Origin)>),
    Contains((Sha, Sha), bool),
    WaitingRuns(Found<Vec<WorkflowRunId>>),
    WorkflowRun(WorkflowRunId, Found<WorkflowRun>),
    WaitingFor(WorkflowRunId, Found<Vec<EnvironmentName>>),
    Deployment(DeploymentId, Found<Deployment>),
    Releases(Found<Vec<Published>>),
    Tags(String, Vec<(String, Sha)>),
    Issues(Timestamp, Found<Vec<(String, IssueNumber)>>),
    Issue(IssueNumber, Found<Issue>),
    WelcomePull(Option<Pull>),
    Surroundings(BranchName, Option<Surroundings>),
    Rules(BranchName, Vec<Required>),
    Reply(RequestId, Option<CommentId>),
    ConfigAt(Sha, Option<ParsedFile>),
    ConfigurationRun(Sha, bool),
    Deployments((String, Option<Sha>), Listed),
    DeploymentStatus(DeploymentId, Option<Status>),
    Checks(Sha, Read<Checks>),
    Head(BranchName, Read<Option<Sha>>),
}

impl Inner {
    pub(super) async fn observe(
        &self,
        at: &mut Address,
        needs: &BTreeSet<Need>,
        snapshot: &mut Snapshot,
    ) -> Result<(), GithubError> {
        let missing: Vec<&Need> = needs.iter().filter(|need| !is_known(need, snapshot)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let repository = match snapshot.repository.take() {
            Some(known) => known,
            None => self.repository(at).await?,
        };
        at.name = repository.name.clone();
        snapshot.repository = Some(repository);
        let look = Look { github: self, at };
        let (last, first) = missing.into_iter().partition(|need| need.is_last_look());
        look.read_all(first, snapshot).await?;
        look.read_all(last, snapshot).await
    }

    /// Where a branch is now; `None` when there is no such branch.
    pub(super) async fn branch_head(&self, at: &Address, branch: &BranchName) -> Result<Option<Sha>, GithubError> {
        Look { github: self, at }.head(branch).await
    }
}

impl<'a> Look<'a> {
    async fn read_all(self, needs: Vec<&'a Need>, snapshot: &mut Snapshot) -> Result<(), GithubError> {
        let reads: Vec<_> = needs.into_iter().map(|need| self.read(need)).collect();
        let mut facts = stream::iter(reads).buffer_unordered(READS_AT_ONCE);
        while let Some(fact) = facts.next().await {
            if let Some(fact) = fact? {
                fact.put_into(snapshot);
            }
        }
        Ok(())
    }

    async fn read(self, need: &Need) -> Result<Option<Fact>, GithubError> {
        let fact = match need {
            // Read before everything else.
            Need::Repository => return Ok(None),
            Need::Config => Fact::Config(self.config().await?),
            Need::Comment(id) => Fact::Comment(*id, self.comment(*id).await?),
            Need::Review(pull, id) => Fact::Review((*pull, *id), self.review(*pull, *id).await?),
            Need::Click(id) => Fact::Click(*id, self.click(*id).await?),
            Need::ButtonRun(pull, sha) => Fact::ButtonRun((*pull, sha.clone()), self.button_run(*pull, sha).await?),
            Need::Pull(number) => Fact::Pull(*number, self.pull(*number).await?),
            Need::PullFiles(number) => Fact::PullFiles(*number, self.pull_files(*number).await?),
            Need::OpenPulls(base) => Fact::OpenPulls(base.clone(), self.open_pulls(base).await?),
            Need::LastWord(pull, since) => Fact::LastWord((*pull, *since), self.last_word(*pull, *since).await?),
            Need::PullsOf(commit) => Fact::PullsOf(commit.clone(), self.pulls_of(commit).await?),
            Need::Labeller(number, label) => {
                Fact::Labeller((*number, label.clone()), self.labeller(*number, label).await?)
            }
            Need::Card(number) => Fact::Card(*number, self.card(*number).await?),
            Need::Role(id, login) => Fact::Role(*id, self.role(*id, login).await?),
            Need::Member(team, id, login) => Fact::Member((team.clone(), *id), self.member(team, login).await?),
            Need::Soundness(part) => Fact::Soundness(self.soundness(part).await?),
            Need::PromotionPull { head, base } => {
                Fact::PromotionPull((head.clone(), base.clone()), self.promotion_pull(head, base).await?)
            }
            Need::Range { base, head } => Fact::Range((base.clone(), head.clone()), self.range(base, head).await?),
            Need::Origins(mainline, shas) => Fact::Origins(self.origins(mainline, shas).await?),
            Need::Contains { ancestor, descendant } => Fact::Contains(
                (ancestor.clone(), descendant.clone()),
                self.contains(ancestor, descendant).await?,
            ),
            Need::WaitingRuns => Fact::WaitingRuns(self.waiting_runs().await?),
            Need::WorkflowRun(run) => Fact::WorkflowRun(*run, self.workflow_run(*run).await?),
            Need::WaitingFor(run) => Fact::WaitingFor(*run, self.waiting_for(*run).await?),
            Need::Deployment(id) => Fact::Deployment(*id, self.deployment(*id).await?),
            Need::Releases => Fact::Releases(self.releases().await?),
            Need::Tags(prefix) => Fact::Tags(prefix.clone(), self.tags(prefix).await?),
            Need::Issues(since) => Fact::Issues(*since, self.issues(*since).await?),
            Need::Issue(number) => Fact::Issue(*number, self.issue(*number).await?),
            Need::WelcomePull => Fact::WelcomePull(self.welcome_pull().await?),
            Need::Surroundings(mainline) => Fact::Surroundings(mainline.clone(), self.surroundings(mainline).await?),
            Need::Rules(branch) => Fact::Rules(branch.clone(), self.rules(branch).await?),
            Need::Reply { request, pull, since } => Fact::Reply(*request, self.reply(*request, *pull, *since).await?),
            Need::ConfigAt(sha) => Fact::ConfigAt(sha.clone(), self.config_at(sha).await?),
            Need::ConfigurationRun(sha) => {
                Fact::ConfigurationRun(sha.clone(), self.has_run(sha, CONFIGURATION_RUN).await?)
            }
            Need::Deployments { environment, commit } => Fact::Deployments(
                (environment.clone(), commit.clone()),
                self.deployments(environment, commit.as_ref()).await?,
            ),
            Need::DeploymentStatus(id) => Fact::DeploymentStatus(*id, self.deployment_status(*id).await?),
            Need::Checks(sha) => Fact::Checks(sha.clone(), self.dated(self.checks(sha)).await?),
            Need::Head(branch) => Fact::Head(branch.clone(), self.dated(self.head(branch)).await?),
        };
        Ok(Some(fact))
    }

    /// The fact with the time before it was asked for: it was so then or later.
    async fn dated<T>(self, reading: impl Future<Output = Result<T, GithubError>>) -> Result<Read<T>, GithubError> {
        let at = self.now();
        Ok(Read {
            value: reading.await?,
            at,
        })
    }

    fn now(self) -> Timestamp {
        self.github.clock.now()
    }

    fn scope(self) -> Scope {
        Scope::Installation(self.at.installation)
    }

    /// Reads something of the repository; `rest` is the path below it.
    async fn get(self, rest: &str) -> Result<Reading, GithubError> {
        self.github.get(self.scope(), &of_repo(&self.at.name, rest)).await
    }

    /// The same for what was just told of: GitHub may tell before it shows, so what is missing is asked for a few times more.
    async fn get_new(self, rest: &str) -> Result<Reading, GithubError> {
        let mut reading = self.get(rest).await?;
        for wait in &self.github.fresh_retries {
            if !reading.is_missing() {
                break;
            }
            self.github.clock.sleep(*wait).await;
            reading = self.get(rest).await?;
        }
        Ok(reading)
    }

    async fn get_pages(self, rest: &str, pages_max: usize) -> Result<Option<Pages>, GithubError> {
        self.github
            .get_pages(self.scope(), &of_repo(&self.at.name, rest), pages_max)
            .await
    }
}

/// Whether the snapshot answers the need already.
fn is_known(need: &Need, snapshot: &Snapshot) -> bool {
    match need {
        Need::Repository => snapshot.repository.is_some(),
        Need::Config => snapshot.config.is_some(),
        Need::Comment(id) => snapshot.comments.contains_key(id),
        Need::Review(pull, id) => snapshot.reviews.contains_key(&(*pull, *id)),
        Need::Click(id) => snapshot.clicks.contains_key(id),
        Need::ButtonRun(pull, sha) => snapshot.button_runs.contains_key(&(*pull, sha.clone())),
        Need::Pull(number) => snapshot.pulls.contains_key(number),
        Need::PullFiles(number) => snapshot.pull_files.contains_key(number),
        Need::OpenPulls(base) => snapshot.open_pulls.contains_key(base),
        Need::LastWord(pull, since) => snapshot.last_words.contains_key(&(*pull, *since)),
        Need::PullsOf(commit) => snapshot.pulls_of.contains_key(commit),
        Need::Labeller(number, label) => snapshot.labellers.contains_key(&(*number, label.clone())),
        Need::Card(number) => snapshot.cards.contains_key(number),
        Need::Role(id, _) => snapshot.roles.contains_key(id),
        Need::Member(team, id, _) => snapshot.members.contains_key(&(team.clone(), *id)),
        Need::Soundness(part) => snapshot.soundness.knows(part),
        Need::PromotionPull { head, base } => snapshot.promotion_pulls.contains_key(&(head.clone(), base.clone())),
        Need::Range { base, head } => snapshot.ranges.contains_key(&(base.clone(), head.clone())),
        Need::Origins(_, shas) => shas.iter().all(|sha| snapshot.origins.contains_key(sha)),
        Need::Contains { ancestor, descendant } => {
            snapshot.contains.contains_key(&(ancestor.clone(), descendant.clone()))
        }
        Need::WaitingRuns => snapshot.waiting_runs.is_some(),
        Need::WorkflowRun(run) => snapshot.workflow_runs.contains_key(run),
        Need::WaitingFor(run) => snapshot.waiting_for.contains_key(run),
        Need::Deployment(id) => snapshot.deployments_by_id.contains_key(id),
        Need::Releases => snapshot.releases.is_some(),
        Need::Tags(prefix) => snapshot.tags.contains_key(prefix),
        Need::Issues(since) => snapshot.issues.contains_key(since),
        Need::Issue(number) => snapshot.issue.contains_key(number),
        Need::WelcomePull => snapshot.welcome_pull.is_some(),
        Need::Surroundings(mainline) => snapshot.surroundings.contains_key(mainline),
        Need::Rules(branch) => snapshot.rules.contains_key(branch),
        Need::Reply { request, .. } => snapshot.replies.contains_key(request),
        Need::ConfigAt(sha) => snapshot.configs_at.contains_key(sha),
        Need::ConfigurationRun(sha) => snapshot.configuration_runs.contains_key(sha),
        Need::Deployments { environment, commit } => snapshot
            .deployments
            .contains_key(&(environment.clone(), commit.clone())),
        Need::DeploymentStatus(id) => snapshot.deployment_statuses.contains_key(id),
        Need::Checks(sha) => snapshot.checks.contains_key(sha),
        Need::Head(branch) => snapshot.heads.contains_key(branch),
    }
}

impl Fact {
    fn put_into(self, snapshot: &mut Snapshot) {
        match self {
            Self::Config(config) => snapshot.config = Some(config),
            Self::Comment(id, comment) => drop(snapshot.comments.insert(id, comment)),
            Self::Review(which, review) => drop(snapshot.reviews.insert(which, review)),
            Self::Click(id, click) => drop(snapshot.clicks.insert(id, click)),
            Self::ButtonRun(which, run) => drop(snapshot.button_runs.insert(which, run)),
            Self::Pull(number, pull) => drop(snapshot.pulls.insert(number, pull)),
            Self::PullFiles(number, files) => drop(snapshot.pull_files.insert(number, files)),
            Self::OpenPulls(base, pulls) => drop(snapshot.open_pulls.insert(base, pulls)),
            Self::LastWord(which, at) => drop(snapshot.last_words.insert(which, at)),
            Self::PullsOf(commit, pulls) => drop(snapshot.pulls_of.insert(commit, pulls)),
            Self::Labeller(which, labelled) => drop(snapshot.labellers.insert(which, labelled)),
            Self::Card(number, card) => drop(snapshot.cards.insert(number, card)),
            Self::Role(id, role) => drop(snapshot.roles.insert(id, role)),
            Self::Member(who, membership) => drop(snapshot.members.insert(who, membership)),
            Self::Soundness(answer) => snapshot.soundness.put(answer),
            Self::PromotionPull(between, pull) => drop(snapshot.promotion_pulls.insert(between, pull)),
            Self::Range(between, range) => drop(snapshot.ranges.insert(between, range)),
            Self::Origins(origins) => snapshot.origins.extend(origins),
            Self::Contains(pair, contains) => drop(snapshot.contains.insert(pair, contains)),
            Self::WaitingRuns(found) => snapshot.waiting_runs = Some(found),
            Self::WorkflowRun(run, found) => drop(snapshot.workflow_runs.insert(run, found)),
            Self::WaitingFor(run, found) => drop(snapshot.waiting_for.insert(run, found)),
            Self::Deployment(id, found) => drop(snapshot.deployments_by_id.insert(id, found)),
            Self::Releases(releases) => snapshot.releases = Some(releases),
            Self::Tags(prefix, tags) => drop(snapshot.tags.insert(prefix, tags)),
            Self::Issues(since, issues) => drop(snapshot.issues.insert(since, issues)),
            Self::Issue(number, issue) => drop(snapshot.issue.insert(number, issue)),
            Self::WelcomePull(pull) => snapshot.welcome_pull = Some(pull),
            Self::Surroundings(mainline, found) => drop(snapshot.surroundings.insert(mainline, found)),
            Self::Rules(branch, required) => drop(snapshot.rules.insert(branch, required)),
            Self::Reply(request, reply) => drop(snapshot.replies.insert(request, reply)),
            Self::ConfigAt(sha, config) => drop(snapshot.configs_at.insert(sha, config)),
            Self::ConfigurationRun(sha, is_there) => drop(snapshot.configuration_runs.insert(sha, is_there)),
            Self::Deployments(which, listed) => drop(snapshot.deployments.insert(which, listed)),
            Self::DeploymentStatus(id, status) => drop(snapshot.deployment_statuses.insert(id, status)),
            Self::Checks(sha, checks) => drop(snapshot.checks.insert(sha, checks)),
            Self::Head(branch, head) => drop(snapshot.heads.insert(branch, head)),
        }
    }
}

/// A user or bot, as GitHub puts it into comments and pull requests.
#[derive(Deserialize)]
struct Account {
    id: i64,
    login: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Account {
    fn is_user(&self) -> bool {
        self.kind.as_deref() == Some("User")
    }

    fn is_bot(&self) -> bool {
        self.kind.as_deref() == Some("Bot")
    }

    /// `None` for `ghost`, GitHub's stand-in for deleted accounts and for those it will not name.
    fn person(&self) -> Option<Person> {
        let is_somebody = !self.login.eq_ignore_ascii_case("ghost");
        is_somebody.then(|| Person {
            id: UserId(self.id),
            login: Login(self.login.clone()),
        })
    }
}
