//! Rulesets: what a branch asks of whoever moves it, and GitHub's words when it refuses.

use super::graph::Sha;
use super::world::{Repo, RepoId, World};

/// One rule on one branch.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub id: u64,
    pub branch: String,
    pub kind: RuleKind,
    /// Whether the App is on the ruleset's bypass list.
    pub app_may_bypass: bool,
}

/// The rules the sandbox knows, each by GitHub's name for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleKind {
    /// `required_status_checks`: a context and, where it matters, the id of the App that must report it.
    RequiredStatusChecks(Vec<(String, Option<u64>)>),
    /// `pull_request`: only a pull request may change the branch.
    PullRequest,
    /// `update`: nobody outside the bypass list may change the branch at all.
    Update,
    /// `required_linear_history`: no merge commits.
    RequiredLinearHistory,
    /// `non_fast_forward`: no force pushes.
    NonFastForward,
}

/// The road by which a branch is about to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Road {
    Ref { forced: bool },
    PullRequest,
}

/// A branch about to move: the commit it would be at, and the commit whose checks count (a pull request's head, if it is merged).
pub(super) struct Move<'a> {
    pub branch: &'a str,
    pub to: &'a Sha,
    pub checked: &'a Sha,
    pub road: Road,
    pub by_app: bool,
}

impl World {
    /// What the branch's rules say against a move: one sentence for each rule that is broken, none when it may go.
    pub fn rule_violations(&self, repo: RepoId, wanted: &Move) -> Vec<String> {
        let repo = self.repo(repo);
        let rules = repo
            .rules
            .iter()
            .filter(|rule| rule.branch == wanted.branch && !(wanted.by_app && rule.app_may_bypass));
        rules.flat_map(|rule| violations(repo, rule, wanted)).collect()
    }
}

fn violations(repo: &Repo, rule: &Rule, wanted: &Move) -> Vec<String> {
    let broken = match &rule.kind {
        RuleKind::RequiredStatusChecks(contexts) => {
            let missing = contexts
                .iter()
                .filter(|(context, app)| !repo.context_passes(wanted.checked, context, *app));
            return missing
                .map(|(context, _)| format!("Required status check \"{context}\" is expected."))
                .collect();
        }
        RuleKind::PullRequest if wanted.road != Road::PullRequest => "Changes must be made through a pull request.",
        RuleKind::Update => "Cannot update this protected ref.",
        RuleKind::RequiredLinearHistory if adds_merge_commit(repo, wanted) => {
            "This branch must not contain merge commits."
        }
        RuleKind::NonFastForward if wanted.road == (Road::Ref { forced: true }) => "Cannot force-push to this branch",
        _ => return Vec::new(),
    };
    vec![broken.to_owned()]
}

fn adds_merge_commit(repo: &Repo, wanted: &Move) -> bool {
    let tip = repo.branches.get(wanted.branch).map_or("", String::as_str);
    repo.graph
        .between(tip, wanted.to)
        .iter()
        .any(|commit| commit.parents.len() > 1)
}
