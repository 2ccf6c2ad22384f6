//! Pull requests: opened, edited, closed, reviewed.

use crate::sandbox::history::What;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::issues::{Issue, check_body, merge_into};
use super::{Refusal, Repo, RepoId, World};
use crate::sandbox::graph::Sha;
use crate::sandbox::people::UserId;

pub(in crate::sandbox) struct Pull {
    pub head: String,
    pub head_sha: Sha,
    pub base: String,
    /// The base's tip when the head last moved: GitHub does not follow the base.
    pub base_sha: Sha,
    pub draft: bool,
    pub merged: Option<Merged>,
    /// The base's tip when the pull request was closed, so that its commits stay the same from then on.
    pub closed_on: Option<Sha>,
    /// The head and base for which mergeability has been asked; the answer is there from the second time on.
    pub tried: Option<Tried>,
    pub reviews: Vec<Review>,
    pub fork: Option<Fork>,
}

/// The copy of the repository that a pull request comes from. Its commits lie with ours, its branches do not.
#[derive(Clone, Copy)]
pub(in crate::sandbox) struct Fork {
    pub id: RepoId,
    pub owner: UserId,
}

#[derive(Clone, PartialEq)]
pub(in crate::sandbox) struct Tried {
    pub head: Sha,
    pub base: Sha,
    /// The test merge commit, `None` for a conflict.
    pub merge_commit: Option<Sha>,
}

#[derive(Clone)]
pub(in crate::sandbox) struct Merged {
    pub at: Timestamp,
    pub by: UserId,
    pub commit: Sha,
    /// Every commit that came into the base by it: the head's own, and what merging made of them.
    pub brought: Vec<Sha>,
}

pub(in crate::sandbox) struct Review {
    pub id: u64,
    pub author: UserId,
    pub state: &'static str,
    pub body: String,
    pub commit: Sha,
    pub submitted_at: Timestamp,
}

/// What somebody wants of a new pull request.
pub(in crate::sandbox) struct NewPull<'a> {
    pub title: &'a str,
    pub body: Option<&'a str>,
    pub head: &'a str,
    pub base: &'a str,
    pub draft: bool,
}

/// What somebody wants changed about a pull request.
#[derive(Default)]
pub(in crate::sandbox) struct PullEdit {
    pub title: Option<String>,
    pub body: Option<String>,
    pub base: Option<String>,
    pub open: Option<bool>,
}

impl World {
    /// # Errors
    /// 422 in GitHub's words: a branch that does not exist, nothing to merge, or such a pull request is open already.
    pub fn open_pull(&mut self, repo: RepoId, author: UserId, new: &NewPull) -> Result<u64, Refusal> {
        let invalid = |field, code| Refusal::invalid("PullRequest", field, code, None);
        let at = self.repo(repo);
        let owner = at.short_names().0.to_owned();
        let head = new
            .head
            .strip_prefix(&format!("{owner}:"))
            .unwrap_or(new.head)
            .to_owned();
        let base_sha = at
            .branches
            .get(new.base)
            .ok_or_else(|| invalid("base", "invalid"))?
            .clone();
        let head_sha = at
            .branches
            .get(&head)
            .ok_or_else(|| invalid("head", "invalid"))?
            .clone();
        let custom = |message: String| Refusal::invalid("PullRequest", "base", "custom", Some(&message));
        if new.title.trim().is_empty() {
            return Err(invalid("title", "missing_field"));
        }
        if at.graph.is_ancestor(&head_sha, &base_sha) {
            return Err(custom(format!("No commits between {} and {head}", new.base)));
        }
        if at
            .open_pulls()
            .any(|(_, pull)| pull.head == head && pull.base == new.base)
        {
            return Err(custom(format!("A pull request already exists for {owner}:{head}.")));
        }
        if let Some(body) = new.body.filter(|body| !body.trim().is_empty()) {
            check_body(body)?;
        }
        let base = new.base.to_owned();
        let pull = Pull {
            head,
            head_sha,
            base,
            base_sha,
            draft: new.draft,
            merged: None,
            closed_on: None,
            tried: None,
            reviews: Vec::new(),
            fork: None,
        };
        let (of, at) = (pull.head.clone(), pull.head_sha.clone());
        let number = self.open_issue(repo, author, new.title, new.body, Some(pull));
        let opened = What::PullOpened {
            pull: number,
            head: of,
            head_sha: at,
            base: new.base.to_owned(),
            by: self.login(author).to_owned(),
        };
        self.happened(repo, opened);
        self.tell_pull(repo, "opened", number, author, json!({}));
        Ok(number)
    }

    /// The head's branch is one of a copy, and never was one of this repository.
    pub fn moves_to_fork(&mut self, repo: RepoId, number: u64, fork: Fork) -> Result<(), Refusal> {
        let (issue, _) = self.pull_mut(repo, number)?;
        let pull = issue.pull.as_mut().ok_or_else(Refusal::not_found)?;
        pull.fork = Some(fork);
        let branch = pull.head.clone();
        self.repo_mut(repo).branches.remove(&branch);
        Ok(())
    }

    pub fn pull(&self, repo: RepoId, number: u64) -> Result<(&Issue, &Pull), Refusal> {
        let issue = self.issue(repo, number)?;
        Ok((issue, issue.pull.as_ref().ok_or_else(Refusal::not_found)?))
    }

    pub fn pull_mut(&mut self, repo: RepoId, number: u64) -> Result<(&mut Issue, Timestamp), Refusal> {
        let now = self.now();
        let issue = self
            .repo_mut(repo)
            .issues
            .get_mut(&number)
            .filter(|issue| issue.pull.is_some());
        Ok((issue.ok_or_else(Refusal::not_found)?, now))
    }

    pub fn edit_pull(&mut self, repo: RepoId, number: u64, by: UserId, edit: PullEdit) -> Result<(), Refusal> {
        let mut changes = json!({});
        let base_sha = edit
            .base
            .as_ref()
            .map(|base| self.repo(repo).branches.get(base).cloned());
        let invalid_base = || Refusal::invalid("PullRequest", "base", "invalid", None);
        let (issue, now) = self.pull_mut(repo, number)?;
        if let Some(title) = edit.title.filter(|title| *title != issue.title) {
            changes["title"] = json!({ "from": std::mem::replace(&mut issue.title, title) });
        }
        if let Some(body) = edit.body.filter(|body| Some(body) != issue.body.as_ref()) {
            changes["body"] = json!({ "from": issue.body.replace(body).unwrap_or_default() });
        }
        if let (Some(base), Some(sha), Some(pull)) = (edit.base, base_sha, issue.pull.as_mut()) {
            let sha = sha.ok_or_else(invalid_base)?;
            if base != pull.base {
                let from = (
                    std::mem::replace(&mut pull.base, base),
                    std::mem::replace(&mut pull.base_sha, sha),
                );
                changes["base"] = json!({ "ref": { "from": from.0 }, "sha": { "from": from.1 } });
            }
        }
        if changes != json!({}) {
            issue.updated_at = now;
            let (issue, pull) = self.pull(repo, number)?;
            let edited = What::PullEdited {
                pull: number,
                base: pull.base.clone(),
                body: issue.body.clone().unwrap_or_default(),
                by: self.login(by).to_owned(),
            };
            self.happened(repo, edited);
            self.tell_pull(repo, "edited", number, by, json!({ "changes": changes }));
        }
        match edit.open {
            Some(true) => self.reopen_pull(repo, number, by),
            Some(false) => self.close_pull(repo, number, by),
            None => Ok(()),
        }
    }

    /// Closes a pull request without merging it; nothing happens to a closed one.
    pub fn close_pull(&mut self, repo: RepoId, number: u64, by: UserId) -> Result<(), Refusal> {
        let base = self.pull(repo, number)?.1.base.clone();
        let base_tip = self.repo(repo).branches.get(&base).cloned();
        let (issue, now) = self.pull_mut(repo, number)?;
        if !issue.open {
            return Ok(());
        }
        (issue.open, issue.closed_at, issue.updated_at) = (false, Some(now), now);
        if let Some(pull) = issue.pull.as_mut() {
            pull.closed_on = base_tip.or_else(|| Some(pull.base_sha.clone()));
        }
        let closed = What::PullClosed {
            pull: number,
            by: self.login(by).to_owned(),
        };
        self.happened(repo, closed);
        self.tell_pull(repo, "closed", number, by, json!({}));
        Ok(())
    }

    fn reopen_pull(&mut self, repo: RepoId, number: u64, by: UserId) -> Result<(), Refusal> {
        let cannot = |message: &str| Refusal::invalid("PullRequest", "state", "invalid", Some(message));
        let (issue, pull) = self.pull(repo, number)?;
        if issue.open {
            return Ok(());
        }
        if pull.merged.is_some() {
            return Err(cannot("state cannot be changed. The pull request is already merged."));
        }
        let Some(head) = self.repo(repo).branches.get(&pull.head).cloned() else {
            return Err(cannot("state cannot be changed. The head branch was deleted."));
        };
        let (issue, now) = self.pull_mut(repo, number)?;
        (issue.open, issue.closed_at, issue.updated_at) = (true, None, now);
        if let Some(pull) = issue.pull.as_mut() {
            (pull.closed_on, pull.head_sha) = (None, head.clone());
        }
        let reopened = What::PullReopened {
            pull: number,
            head_sha: head,
        };
        self.happened(repo, reopened);
        self.tell_pull(repo, "reopened", number, by, json!({}));
        Ok(())
    }

    pub fn set_draft(&mut self, repo: RepoId, number: u64, by: UserId, draft: bool) -> Result<(), Refusal> {
        let (issue, now) = self.pull_mut(repo, number)?;
        if let Some(pull) = issue.pull.as_mut().filter(|pull| pull.draft != draft) {
            (pull.draft, issue.updated_at) = (draft, now);
            let action = if draft {
                "converted_to_draft"
            } else {
                "ready_for_review"
            };
            self.tell_pull(repo, action, number, by, json!({}));
        }
        Ok(())
    }

    pub fn review(
        &mut self,
        repo: RepoId,
        number: u64,
        author: UserId,
        state: &'static str,
        body: &str,
    ) -> Result<u64, Refusal> {
        let id = self.next_id();
        let commit = self.pull(repo, number)?.1.head_sha.clone();
        let (issue, now) = self.pull_mut(repo, number)?;
        issue.updated_at = now;
        if let Some(pull) = issue.pull.as_mut() {
            pull.reviews.push(Review {
                id,
                author,
                state,
                body: body.to_owned(),
                commit,
                submitted_at: now,
            });
        }
        self.tell(repo, "pull_request_review", author, |world, repo| {
            let (issue, pull) = repo.pull(number);
            let review = pull.reviews.last().map(|review| world.review_json(repo, issue, review));
            json!({ "action": "submitted", "review": review, "pull_request": world.pull_simple_json(repo, issue, pull) })
        });
        Ok(id)
    }

    pub fn edit_review(&mut self, repo: RepoId, number: u64, id: u64, by: UserId, body: &str) -> Result<(), Refusal> {
        let (issue, _) = self.pull_mut(repo, number)?;
        let reviews = issue.pull.as_mut().map(|pull| &mut pull.reviews);
        let review = reviews.and_then(|reviews| reviews.iter_mut().find(|review| review.id == id));
        let review = review.ok_or_else(Refusal::not_found)?;
        let before = std::mem::replace(&mut review.body, body.to_owned());
        self.tell(repo, "pull_request_review", by, |world, repo| {
            let (issue, pull) = repo.pull(number);
            let review = pull.reviews.iter().find(|review| review.id == id);
            let review = review.map(|review| world.review_json(repo, issue, review));
            let mut pull = world.pull_simple_json(repo, issue, pull);
            // GitHub lists these fields for a submitted review, and not for an edited one.
            for side in ["head", "base"] {
                if let Some(repo) = pull[side]["repo"].as_object_mut() {
                    repo.retain(|field, _| field != "has_discussions" && field != "web_commit_signoff_required");
                }
            }
            json!({
                "action": "edited", "review": review, "changes": { "body": { "from": before } }, "pull_request": pull,
            })
        });
        Ok(())
    }

    pub fn mark_merged(
        &mut self,
        repo: RepoId,
        number: u64,
        closed_on: Sha,
        commit: Sha,
        brought: Vec<Sha>,
        by: UserId,
    ) {
        let Ok((issue, at)) = self.pull_mut(repo, number) else {
            return;
        };
        (issue.open, issue.closed_at, issue.updated_at) = (false, Some(at), at);
        let (head, merge) = (issue.pull.as_ref().map(|pull| pull.head_sha.clone()), commit.clone());
        if let Some(pull) = issue.pull.as_mut() {
            pull.closed_on = Some(closed_on);
            pull.merged = Some(Merged {
                at,
                by,
                commit,
                brought,
            });
        }
        let merged = What::PullMerged {
            pull: number,
            head_sha: head.unwrap_or_default(),
            commit: merge,
            by: self.login(by).to_owned(),
        };
        self.happened(repo, merged);
        self.tell_pull(repo, "closed", number, by, json!({}));
    }

    pub fn tell_pull(&mut self, repo: RepoId, action: &str, number: u64, by: UserId, more: Value) {
        self.tell(repo, "pull_request", by, |world, repo| {
            let (issue, pull) = repo.pull(number);
            let mut payload =
                json!({ "action": action, "number": number, "pull_request": world.pull_json(repo, issue, pull, None) });
            merge_into(&mut payload, more);
            payload
        });
    }
}

impl Repo {
    pub fn open_pulls(&self) -> impl Iterator<Item = (&Issue, &Pull)> {
        self.issues
            .values()
            .filter(|issue| issue.open)
            .filter_map(|issue| Some((issue, issue.pull.as_ref()?)))
    }

    /// The pull request of this number, for callers that have just had it in hand.
    pub(super) fn pull(&self, number: u64) -> (&Issue, &Pull) {
        let issue = &self.issues[&number];
        (
            issue,
            issue.pull.as_ref().expect("callers pass the number of a pull request"),
        )
    }

    /// The base commit that a pull request is compared with.
    pub fn compared_with<'a>(&'a self, pull: &'a Pull) -> &'a Sha {
        pull.closed_on
            .as_ref()
            .or_else(|| self.branches.get(&pull.base))
            .unwrap_or(&pull.base_sha)
    }
}
