//! What people do on issues and pull requests: open, edit, merge, comment, label, review.

use super::Repository;
use super::repository::with_files;
use crate::sandbox::graph::Sha;
use crate::sandbox::world::issues::IssueEdit;
use crate::sandbox::world::merges::MergeWish;
use crate::sandbox::world::pulls::{Fork, NewPull, PullEdit};
use crate::sandbox::world::{Method, Refusal};

impl Repository {
    pub fn open_issue(&self, login: &str, title: &str, body: &str) -> u64 {
        self.by(login, |world, repo, user| {
            world.open_issue(repo, user, title, Some(body), None)
        })
    }

    /// Closes an issue as completed.
    pub fn close_issue(&self, login: &str, number: u64) -> Result<(), Refusal> {
        self.by(login, |world, repo, _| {
            let edit = IssueEdit {
                open: Some(false),
                ..IssueEdit::default()
            };
            world.edit_issue(repo, number, edit)
        })
    }

    /// Writes an issue anew, anybody's.
    pub fn edit_issue(&self, login: &str, number: u64, body: &str) -> Result<(), Refusal> {
        self.by(login, |world, repo, _| {
            let edit = IssueEdit {
                body: Some(body.to_owned()),
                ..IssueEdit::default()
            };
            world.edit_issue(repo, number, edit)
        })
    }

    /// Opens a pull request and gives its number.
    pub fn open_pull(&self, login: &str, head: &str, base: &str, title: &str, body: &str) -> Result<u64, Refusal> {
        let new = NewPull {
            title,
            body: Some(body),
            head,
            base,
            draft: false,
        };
        self.by(login, |world, repo, user| world.open_pull(repo, user, &new))
    }

    /// Opens a pull request from a copy of the repository that `login` has: nothing of it is on a branch here.
    pub fn open_pull_from_fork(
        &self,
        login: &str,
        base: &str,
        title: &str,
        files: &[(&str, &str)],
    ) -> Result<u64, Refusal> {
        let branch = format!("{login}-patch");
        self.branch(&branch, &self.head(base).unwrap_or_default());
        self.commit(&branch, login, title, files);
        let number = self.open_pull(login, &branch, base, title, "")?;
        self.by(login, |world, repo, user| {
            let id = world.next_id();
            world.moves_to_fork(repo, number, Fork { id, owner: user })
        })?;
        Ok(number)
    }

    /// Pushes a commit to the copy that a pull request comes from; no branch here moves.
    pub fn push_to_fork(
        &self,
        login: &str,
        number: u64,
        message: &str,
        files: &[(&str, &str)],
    ) -> Result<Sha, Refusal> {
        self.by(login, |world, repo, user| {
            let tip = world.pull(repo, number)?.1.head_sha.clone();
            let tree = with_files(world.repo(repo), &tip, files);
            let sha = world.commit(repo, tree, vec![tip.clone()], message.to_owned(), user);
            world.follow_head(repo, number, &tip, &sha, user);
            Ok(sha)
        })
    }

    /// Merges a pull request with GitHub's button; gives the commit that its base is at afterwards.
    pub fn merge_pull(&self, login: &str, number: u64, method: Method) -> Result<Sha, Refusal> {
        let wish = MergeWish {
            method: Some(method),
            ..MergeWish::default()
        };
        self.by(login, |world, repo, user| world.merge_pull(repo, number, &wish, user))
    }

    pub fn close_pull(&self, login: &str, number: u64) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| {
            world.edit_pull(
                repo,
                number,
                user,
                PullEdit {
                    open: Some(false),
                    ..PullEdit::default()
                },
            )
        })
    }

    pub fn reopen_pull(&self, login: &str, number: u64) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| {
            world.edit_pull(
                repo,
                number,
                user,
                PullEdit {
                    open: Some(true),
                    ..PullEdit::default()
                },
            )
        })
    }

    pub fn retitle_pull(&self, login: &str, number: u64, title: &str) -> Result<(), Refusal> {
        let edit = PullEdit {
            title: Some(title.to_owned()),
            ..PullEdit::default()
        };
        self.by(login, |world, repo, user| world.edit_pull(repo, number, user, edit))
    }

    pub fn retarget_pull(&self, login: &str, number: u64, base: &str) -> Result<(), Refusal> {
        let edit = PullEdit {
            base: Some(base.to_owned()),
            ..PullEdit::default()
        };
        self.by(login, |world, repo, user| world.edit_pull(repo, number, user, edit))
    }

    /// Turns a pull request into a draft, or a draft into one that is ready for review.
    pub fn set_draft(&self, login: &str, number: u64, draft: bool) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| world.set_draft(repo, number, user, draft))
    }

    pub fn approve(&self, login: &str, number: u64) -> Result<u64, Refusal> {
        self.by(login, |world, repo, user| {
            world.review(repo, number, user, "approved", "")
        })
    }

    /// Submits a review with a summary: `approved`, `commented` or `changes_requested`. Gives its id.
    pub fn review(&self, login: &str, number: u64, state: &'static str, summary: &str) -> Result<u64, Refusal> {
        self.by(login, |world, repo, user| {
            world.review(repo, number, user, state, summary)
        })
    }

    /// Changes the summary of a review; GitHub does not show that it was changed.
    pub fn edit_review(&self, login: &str, number: u64, id: u64, summary: &str) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| {
            world.edit_review(repo, number, id, user, summary)
        })
    }

    /// Comments on an issue or pull request; gives the comment's id.
    pub fn comment(&self, login: &str, number: u64, body: &str) -> Result<u64, Refusal> {
        self.by(login, |world, repo, user| world.comment(repo, number, user, body))
    }

    /// Edits a comment, anybody's: its author stays who it was.
    pub fn edit_comment(&self, login: &str, id: u64, body: &str) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| world.edit_comment(repo, id, user, body))
    }

    pub fn delete_comment(&self, login: &str, id: u64) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| world.delete_comment(repo, id, user))
    }

    pub fn react(&self, login: &str, comment: u64, content: &str) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| {
            world.react(repo, comment, user, content).map(drop)
        })
    }

    pub fn label(&self, login: &str, number: u64, name: &str) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| {
            world.add_labels(repo, number, &[name.to_owned()], user)
        })
    }

    pub fn unlabel(&self, login: &str, number: u64, name: &str) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| world.remove_label(repo, number, name, user))
    }
}
