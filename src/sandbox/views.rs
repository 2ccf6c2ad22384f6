//! What anybody could see of a repository, for tests to ask and for pages to show.

use jiff::Timestamp;

use super::acts::Repository;
use super::graph::{Commit, Sha};
use super::world::checks::Action;
use super::world::issues::{Comment, Issue};
use super::world::pulls::Pull;
use super::world::{RefMove, Repo, World};

/// A deployment, with the states that were reported on it, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentView {
    pub id: u64,
    pub sha: Sha,
    pub environment: String,
    pub creator: String,
    pub description: String,
    pub production: bool,
    pub transient: bool,
    pub states: Vec<String>,
    /// The last that was given.
    pub environment_url: Option<String>,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq)]
pub struct PullView {
    pub number: u64,
    pub title: String,
    pub body: String,
    pub author: String,
    pub head: String,
    pub head_sha: Sha,
    pub base: String,
    pub open: bool,
    pub draft: bool,
    pub merged: bool,
    pub merged_by: Option<String>,
    pub merge_commit: Option<Sha>,
    pub labels: Vec<String>,
    pub updated_at: Timestamp,
}

/// An issue that is no pull request.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueView {
    pub number: u64,
    pub title: String,
    pub body: String,
    pub author: String,
    pub open: bool,
    /// Why it was closed, or that it was opened again.
    pub state_reason: Option<String>,
}

/// A comment on a pull request or an issue.
#[derive(Debug, Clone, PartialEq)]
pub struct CommentView {
    pub id: u64,
    pub author: String,
    pub body: String,
    /// Who reacted with what: `("greenlight[bot]", "eyes")`.
    pub reactions: Vec<(String, String)>,
    /// How often it was edited.
    pub edits: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The newest result of one check on a commit, a status or a check run.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckView {
    /// The status's context or the check run's name.
    pub name: String,
    /// The login or the App's slug that reported it.
    pub reporter: String,
    /// A status's state, or a check run's conclusion or, before there is one, its status.
    pub outcome: String,
    /// A status's description, or a check run's title and summary.
    pub text: String,
    /// The check run's id; `None` for a status.
    pub run: Option<u64>,
    /// What can be clicked on it, which only our App's runs have.
    pub buttons: Vec<Action>,
}

/// A commit.
#[derive(Debug, Clone, PartialEq)]
pub struct CommitView {
    pub sha: Sha,
    pub parents: Vec<Sha>,
    pub message: String,
    pub author: String,
    pub time: Timestamp,
}

/// A branch as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Pushed {
    pub branch: String,
    pub head: Sha,
}

impl Repository {
    pub fn id(&self) -> u64 {
        self.id
    }

    /// `owner/name`, as it is now.
    pub fn full_name(&self) -> String {
        self.see(|repo| repo.full_name.clone())
    }

    pub fn default_branch(&self) -> String {
        self.see(|repo| repo.default_branch.clone())
    }

    /// The commit a branch is at.
    pub fn head(&self, branch: &str) -> Option<Sha> {
        self.see(|repo| repo.branches.get(branch).cloned())
    }

    pub fn branches(&self) -> Vec<Pushed> {
        let pushed = |(branch, head): (&String, &Sha)| Pushed {
            branch: branch.clone(),
            head: head.clone(),
        };
        self.see(|repo| repo.branches.iter().map(pushed).collect())
    }

    /// Every value a branch had since the repository was made, and who gave it that value, oldest first.
    pub fn moves(&self, branch: &str) -> Vec<RefMove> {
        self.see(|repo| {
            repo.ref_moves
                .iter()
                .filter(|moved| moved.branch == branch)
                .cloned()
                .collect()
        })
    }

    pub fn is_ancestor(&self, ancestor: &str, descendant: &str) -> bool {
        self.see(|repo| repo.graph.is_ancestor(ancestor, descendant))
    }

    pub fn commit_at(&self, sha: &str) -> Option<CommitView> {
        self.see(|repo| repo.graph.get(sha).map(|commit| commit_view(commit)))
    }

    /// The commits of `head` that `base` lacks, oldest first.
    pub fn commits_between(&self, base: &str, head: &str) -> Vec<CommitView> {
        self.see(|repo| {
            repo.graph
                .between(base, head)
                .iter()
                .map(|commit| commit_view(commit))
                .collect()
        })
    }

    /// A file's content at a branch or commit.
    pub fn file(&self, at: &str, path: &str) -> Option<String> {
        self.see(|repo| {
            repo.graph
                .tree(&repo.resolve(at)?)
                .get(path)
                .map(|content| content.to_string())
        })
    }

    pub fn pull(&self, number: u64) -> Option<PullView> {
        let world = self.github.world();
        let (issue, pull) = world.pull(self.id, number).ok()?;
        Some(pull_view(&world, world.repo(self.id), issue, pull))
    }

    /// Every pull request, oldest first.
    pub fn pulls(&self) -> Vec<PullView> {
        let world = self.github.world();
        let repo = world.repo(self.id);
        let pulls = repo
            .issues
            .values()
            .filter_map(|issue| Some((issue, issue.pull.as_ref()?)));
        pulls
            .map(|(issue, pull)| pull_view(&world, repo, issue, pull))
            .collect()
    }

    pub fn open_pulls(&self) -> Vec<PullView> {
        self.pulls().into_iter().filter(|pull| pull.open).collect()
    }

    /// Every issue that is no pull request, oldest first.
    pub fn issues(&self) -> Vec<IssueView> {
        let world = self.github.world();
        let issues = world.repo(self.id).issues.values();
        let view = |issue: &Issue| IssueView {
            number: issue.number,
            title: issue.title.clone(),
            body: issue.body.clone().unwrap_or_default(),
            author: world.login(issue.author).to_owned(),
            open: issue.open,
            state_reason: issue.state_reason.clone(),
        };
        issues.filter(|issue| issue.pull.is_none()).map(view).collect()
    }

    /// The comments of an issue or pull request, oldest first.
    pub fn comments(&self, number: u64) -> Vec<CommentView> {
        let world = self.github.world();
        world
            .repo(self.id)
            .comments_of(number)
            .map(|comment| comment_view(&world, comment))
            .collect()
    }

    /// The newest result of each check on a commit: statuses first, then check runs.
    pub fn checks(&self, sha: &str) -> Vec<CheckView> {
        let world = self.github.world();
        let repo = world.repo(self.id);
        let statuses = repo.latest_statuses(sha).into_iter().map(|status| CheckView {
            name: status.context.clone(),
            reporter: world.login(status.creator).to_owned(),
            outcome: status.state.name().to_owned(),
            text: status.description.clone().unwrap_or_default(),
            run: None,
            buttons: Vec::new(),
        });
        let runs = repo.latest_runs(sha).map(|run| CheckView {
            name: run.name.clone(),
            reporter: run.app.clone(),
            outcome: run.conclusion.clone().unwrap_or_else(|| run.status.clone()),
            text: [&run.output.title, &run.output.summary]
                .into_iter()
                .flatten()
                .cloned()
                .collect::<Vec<_>>()
                .join("\n\n"),
            run: Some(run.id),
            buttons: run.actions.clone(),
        });
        statuses.chain(runs).collect()
    }

    /// The deployments, oldest first.
    pub fn deployments(&self) -> Vec<DeploymentView> {
        let world = self.github.world();
        let deployments = world.repo(self.id).deployments.values();
        deployments
            .map(|one| DeploymentView {
                id: one.id,
                sha: one.sha.clone(),
                environment: one.environment.clone(),
                creator: world.login(one.creator).to_owned(),
                description: one.description.clone().unwrap_or_default(),
                production: one.production,
                transient: one.transient,
                states: one.statuses.iter().map(|status| status.state.clone()).collect(),
                environment_url: one
                    .statuses
                    .iter()
                    .rev()
                    .find_map(|status| status.environment_url.clone()),
            })
            .collect()
    }

    fn see<T>(&self, look: impl FnOnce(&Repo) -> T) -> T {
        look(self.github.world().repo(self.id))
    }
}

fn commit_view(commit: &Commit) -> CommitView {
    let author = commit
        .author
        .login
        .clone()
        .unwrap_or_else(|| commit.author.name.clone());
    let (sha, parents, message) = (commit.sha.clone(), commit.parents.clone(), commit.message.clone());
    CommitView {
        sha,
        parents,
        message,
        author,
        time: commit.time,
    }
}

fn comment_view(world: &World, comment: &Comment) -> CommentView {
    let reaction =
        |reaction: &super::world::issues::Reaction| (world.login(reaction.author).to_owned(), reaction.content.clone());
    CommentView {
        id: comment.id,
        author: world.login(comment.author).to_owned(),
        body: comment.body.clone(),
        reactions: comment.reactions.iter().map(reaction).collect(),
        edits: comment.edits,
        created_at: comment.created_at,
        updated_at: comment.updated_at,
    }
}

fn pull_view(world: &World, repo: &Repo, issue: &Issue, pull: &Pull) -> PullView {
    PullView {
        number: issue.number,
        title: issue.title.clone(),
        body: issue.body.clone().unwrap_or_default(),
        author: world.login(issue.author).to_owned(),
        head: pull.head.clone(),
        head_sha: pull.head_sha.clone(),
        base: pull.base.clone(),
        open: issue.open,
        draft: pull.draft,
        merged: pull.merged.is_some(),
        merged_by: pull.merged.as_ref().map(|merged| world.login(merged.by).to_owned()),
        merge_commit: pull.merged.as_ref().map(|merged| merged.commit.clone()),
        labels: repo
            .labels_of(issue)
            .into_iter()
            .map(|label| label.name.clone())
            .collect(),
        updated_at: issue.updated_at,
    }
}
