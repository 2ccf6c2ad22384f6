//! How pull requests follow their branches, most of it in the background: a moved head, a deleted branch, the test merge, and the
//! merge that GitHub finds to have happened, late.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::pulls::{Pull, Tried};
use super::{RefMove, Repo, RepoId, World};
use crate::sandbox::graph::Sha;
use crate::sandbox::history::What;
use crate::sandbox::people::UserId;

/// The delay GitHub's background job usually has.
pub(in crate::sandbox) const MERGE_SEEN_AFTER: SignedDuration = SignedDuration::from_millis(300);

impl World {
    /// What a moved or deleted branch means for the open pull requests that start or end on it.
    pub fn pulls_follow(&mut self, repo: RepoId, branch: &str, before: Option<&Sha>, after: Option<&Sha>, by: UserId) {
        let numbers = |world: &World, of: fn(&Pull) -> Option<&str>| -> Vec<u64> {
            let open = world
                .repo(repo)
                .open_pulls()
                .filter(|(_, pull)| of(pull) == Some(branch));
            open.map(|(issue, _)| issue.number).collect()
        };
        for number in numbers(self, |pull| pull.fork.is_none().then_some(&pull.head)) {
            match (before, after) {
                (Some(before), Some(after)) => self.follow_head(repo, number, before, after, by),
                // A pull request whose branch is gone is closed; that it is open was just seen.
                _ => drop(self.close_pull(repo, number, by)),
            }
        }
        for number in numbers(self, |pull| Some(&pull.base)) {
            if after.is_none() {
                drop(self.close_pull(repo, number, by));
            } else if self.repo(repo).is_contained(number) {
                self.notice_merge_later(repo, number);
            }
        }
    }

    pub fn follow_head(&mut self, repo: RepoId, number: u64, before: &Sha, after: &Sha, by: UserId) {
        let base_tip = self
            .pull(repo, number)
            .ok()
            .and_then(|(_, pull)| self.repo(repo).branches.get(&pull.base).cloned());
        let Ok((issue, now)) = self.pull_mut(repo, number) else {
            return;
        };
        issue.updated_at = now;
        if let Some(pull) = issue.pull.as_mut() {
            pull.head_sha = after.clone();
            pull.base_sha = base_tip.unwrap_or_else(|| pull.base_sha.clone());
        }
        let moved = What::HeadMoved {
            pull: number,
            head_sha: after.clone(),
            by: self.login(by).to_owned(),
        };
        self.happened(repo, moved);
        self.tell_pull(
            repo,
            "synchronize",
            number,
            by,
            json!({ "before": before, "after": after }),
        );
        // A head that was moved back until nothing is left to merge ends the pull request, and not as merged.
        if self.repo(repo).is_contained(number) {
            drop(self.close_pull(repo, number, by));
        }
    }

    fn notice_merge_later(&mut self, repo: RepoId, number: u64) {
        let Some(delay) = self.merges_seen_after else {
            return;
        };
        let (due, id) = (
            self.clock.now().saturating_add(delay).unwrap_or(Timestamp::MAX),
            self.next_id(),
        );
        self.late_merges.insert((due, id), (repo, number));
        self.clock.nudge();
    }

    /// GitHub finds that a pull request's head has become part of its base, and marks it merged.
    pub(super) fn notice_merge(&mut self, repo: RepoId, number: u64) {
        let at = self.repo(repo);
        let Ok((_, pull)) = self.pull(repo, number) else {
            return;
        };
        if !at.issues[&number].open || !at.is_contained(number) {
            return;
        }
        let moves = at.ref_moves.iter().filter(|moved| moved.branch == pull.base);
        let arrived = |moved: &&RefMove| {
            moved
                .after
                .as_ref()
                .is_some_and(|after| at.graph.is_ancestor(&pull.head_sha, after))
        };
        let Some(moved) = moves.clone().find(arrived) else {
            return;
        };
        let before = moved.before.clone().unwrap_or_else(|| pull.base_sha.clone());
        let by = moved.by.clone();
        let brought: Vec<Sha> = at
            .graph
            .between(&before, &pull.head_sha)
            .iter()
            .map(|commit| commit.sha.clone())
            .collect();
        let commit = at.first_containing(&pull.base, &before, &pull.head_sha);
        let by = self.person(&by);
        self.mark_merged(repo, number, before, commit, brought, by);
    }

    /// Starts, or reads, the background test merge: `None` until it was asked for once with the present head and base.
    pub fn mergeability(&mut self, repo: RepoId, number: u64) -> Option<Tried> {
        let at = self.repo(repo);
        let (issue, pull) = self.pull(repo, number).ok()?;
        let base = at.branches.get(&pull.base)?.clone();
        let head = pull.head_sha.clone();
        if !issue.open {
            return None;
        }
        if let Some(tried) = pull
            .tried
            .as_ref()
            .filter(|tried| tried.head == head && tried.base == base)
        {
            return Some(tried.clone());
        }
        let message = format!("Merge {head} into {base}");
        let merge_commit = self.commit_merge(repo, &base, &head, message, issue.author).ok();
        let (issue, _) = self.pull_mut(repo, number).ok()?;
        issue.pull.as_mut()?.tried = Some(Tried {
            head,
            base,
            merge_commit,
        });
        None
    }
}

impl Repo {
    /// Whether the pull request's head is already part of its base.
    fn is_contained(&self, number: u64) -> bool {
        let (_, pull) = self.pull(number);
        self.branches
            .get(&pull.base)
            .is_some_and(|base| self.graph.is_ancestor(&pull.head_sha, base))
    }

    /// The first commit of the branch's own line, after `before`, that contains `head`.
    fn first_containing(&self, branch: &str, before: &str, head: &Sha) -> Sha {
        let mut found = head.clone();
        let mut at = self.branches.get(branch).cloned();
        while let Some(sha) = at.filter(|sha| sha != before && self.graph.is_ancestor(head, sha)) {
            at = self.graph.get(&sha).and_then(|commit| commit.parents.first().cloned());
            found = sha;
        }
        found
    }
}
