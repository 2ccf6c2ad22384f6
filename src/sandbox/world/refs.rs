//! Branches: made, moved, deleted; everything that follows from it (pushes, check suites, pull requests) starts here.

use serde_json::json;

use super::{RefMove, Refusal, Repo, RepoId, World};
use crate::sandbox::graph::{NewCommit, Sha, Signature, Tree};
use crate::sandbox::history::What;
use crate::sandbox::people::{Kind, UserId};
use crate::sandbox::rules::{Move, Road};

impl World {
    /// Moves a branch wherever `to` says, without asking; `None` deletes it.
    pub fn move_branch(&mut self, repo: RepoId, branch: &str, to: Option<&Sha>, by: UserId) {
        let (now, login) = (self.now(), self.login(by).to_owned());
        let at = self.repo_mut(repo);
        let before = match to {
            Some(sha) => at.branches.insert(branch.to_owned(), sha.clone()),
            None => at.branches.remove(branch),
        };
        if before.as_ref() == to {
            return;
        }
        at.pushed_at = now;
        let (branch, after) = (branch.to_owned(), to.cloned());
        at.ref_moves.push(RefMove {
            branch: branch.clone(),
            before: before.clone(),
            after,
            by: login,
            at: now,
        });
        let moved = What::Moved {
            branch: branch.clone(),
            before: before.clone(),
            after: to.cloned(),
            by: self.login(by).to_owned(),
        };
        self.happened(repo, moved);
        self.tell_push(repo, &branch, before.as_ref(), to, by);
        if let Some(sha) = to {
            self.request_suite(repo, sha, &branch, by);
        }
        self.pulls_follow(repo, &branch, before.as_ref(), to, by);
    }

    /// Creates a branch, as `POST /git/refs` does.
    pub fn create_branch(&mut self, repo: RepoId, branch: &str, at: &str, by: UserId) -> Result<(), Refusal> {
        if self.repo(repo).branches.contains_key(branch) {
            return Err(Refusal::new(422, "Reference already exists"));
        }
        let sha = self
            .repo(repo)
            .graph
            .get(at)
            .ok_or_else(|| Refusal::new(422, "Object does not exist"))?
            .sha
            .clone();
        self.move_branch(repo, branch, Some(&sha), by);
        Ok(())
    }

    /// Moves a branch, as `PATCH /git/refs/heads/…` does: forward, or anywhere with `force`, and never against its rules.
    ///
    /// # Errors
    /// 422 in GitHub's words.
    pub fn update_branch(
        &mut self,
        repo: RepoId,
        branch: &str,
        to: &str,
        force: bool,
        by: UserId,
    ) -> Result<(), Refusal> {
        let at = self.repo(repo);
        let before = at
            .branches
            .get(branch)
            .ok_or_else(|| Refusal::new(422, "Reference does not exist"))?;
        let to = at
            .graph
            .get(to)
            .ok_or_else(|| Refusal::new(422, "Object does not exist"))?
            .sha
            .clone();
        let forward = at.graph.is_ancestor(before, &to);
        if !forward && !force {
            return Err(Refusal::new(422, "Update is not a fast forward"));
        }
        let wanted = Move {
            branch,
            to: &to,
            checked: &to,
            road: Road::Ref { forced: !forward },
            by_app: self.is_app(by),
        };
        self.check_rules(repo, &wanted)?;
        self.move_branch(repo, branch, Some(&to), by);
        Ok(())
    }

    /// Moves, makes and deletes branches as `updateRefs` does: all of them or none, each only where it is expected to be.
    ///
    /// # Errors
    /// 422 with one line for each that may not. GitHub does not publish its words for a branch that is elsewhere.
    pub fn update_refs(&mut self, repo: RepoId, updates: &[RefUpdate], by: UserId) -> Result<(), Refusal> {
        let faults: Vec<String> = updates
            .iter()
            .filter_map(|update| self.may_update(repo, update, by).err())
            .map(|refusal| refusal.message)
            .collect();
        if !faults.is_empty() {
            return Err(Refusal::new(422, faults.join("\n")));
        }
        for update in updates {
            let to = (update.after != NOTHING).then(|| update.after.clone());
            self.move_branch(repo, &update.branch, to.as_ref(), by);
        }
        Ok(())
    }

    fn may_update(&self, repo: RepoId, update: &RefUpdate, by: UserId) -> Result<(), Refusal> {
        let at = self.repo(repo);
        let RefUpdate {
            branch, before, after, ..
        } = update;
        let now = at.branches.get(branch);
        let now_or_nothing = now.map_or(NOTHING, String::as_str);
        if before.as_ref().is_some_and(|before| before != now_or_nothing) {
            let message = format!("refs/heads/{branch} is not where it was expected to be");
            return Err(Refusal::new(422, message));
        }
        if after == NOTHING {
            return match now {
                None => Err(Refusal::new(422, "Reference does not exist")),
                Some(_) if at.default_branch == *branch => Err(Refusal::new(422, "Cannot delete the default branch")),
                Some(_) => Ok(()),
            };
        }
        let to = at
            .graph
            .get(after)
            .ok_or_else(|| Refusal::new(422, "Object does not exist"))?
            .sha
            .clone();
        let Some(now) = now else { return Ok(()) };
        let forward = at.graph.is_ancestor(now, &to);
        if !forward && !update.force {
            return Err(Refusal::new(422, "Update is not a fast forward"));
        }
        self.check_rules(
            repo,
            &Move {
                branch,
                to: &to,
                checked: &to,
                road: Road::Ref { forced: !forward },
                by_app: self.is_app(by),
            },
        )
    }

    pub fn delete_branch(&mut self, repo: RepoId, branch: &str, by: UserId) -> Result<(), Refusal> {
        if !self.repo(repo).branches.contains_key(branch) {
            return Err(Refusal::new(422, "Reference does not exist"));
        }
        if self.repo(repo).default_branch == branch {
            return Err(Refusal::new(422, "Cannot delete the default branch"));
        }
        self.move_branch(repo, branch, None, by);
        Ok(())
    }

    /// # Errors
    /// 422 with one line for each rule in the way.
    pub fn check_rules(&self, repo: RepoId, wanted: &Move) -> Result<(), Refusal> {
        let broken = self.rule_violations(repo, wanted);
        if broken.is_empty() {
            return Ok(());
        }
        Err(Refusal::new(
            422,
            format!("Repository rule violations found\n\n{}\n\n", broken.join("\n")),
        ))
    }

    /// Makes a commit in the graph; no branch moves.
    pub fn commit(&mut self, repo: RepoId, tree: Tree, parents: Vec<Sha>, message: String, author: UserId) -> Sha {
        let author = self.signature(author);
        let committer = author.clone();
        let time = self.now();
        self.repo_mut(repo).graph.add(NewCommit {
            tree,
            parents,
            author,
            committer,
            message,
            time,
        })
    }

    /// Who a commit of this account is by.
    pub fn signature(&self, user: UserId) -> Signature {
        let Some(user) = self.users.get(&user) else {
            return Signature {
                name: "Ghost".into(),
                email: "ghost@users.noreply.github.com".into(),
                login: None,
            };
        };
        let name = if user.kind == Kind::Bot {
            user.login.clone()
        } else {
            user.name.clone()
        };
        let email = format!("{}+{}@users.noreply.github.com", user.id, user.login);
        Signature {
            name,
            email,
            login: Some(user.login.clone()),
        }
    }

    fn tell_push(&mut self, repo: RepoId, branch: &str, before: Option<&Sha>, after: Option<&Sha>, by: UserId) {
        let ref_event = |event: &'static str, world: &mut World| {
            world.tell(repo, event, by, |_, repo| {
                let mut payload = json!({ "ref": branch, "ref_type": "branch", "pusher_type": "user" });
                if event == "create" {
                    payload["master_branch"] = repo.default_branch.as_str().into();
                    payload["description"] = repo.description.as_deref().into();
                }
                payload
            });
        };
        if before.is_none() {
            ref_event("create", self);
        }
        if after.is_none() {
            ref_event("delete", self);
        }
        self.tell(repo, "push", by, |world, repo| {
            world.push_json(repo, branch, before, after, by)
        });
    }
}

/// One of the updates of an `updateRefs`; ids are full, [`NOTHING`] included.
pub struct RefUpdate {
    pub branch: String,
    /// Where the branch has to be now; `None`: anywhere.
    pub before: Option<String>,
    pub after: String,
    pub force: bool,
}

/// The commit id that stands for "nothing": a branch that was just made, or is gone.
pub(in crate::sandbox) const NOTHING: &str = "0000000000000000000000000000000000000000";

impl Repo {
    /// The commit a person or a request names: a branch, `heads/…`, a full or shortened id, `HEAD`.
    pub fn resolve(&self, name: &str) -> Option<Sha> {
        let branch = name.strip_prefix("refs/").unwrap_or(name);
        let branch = branch.strip_prefix("heads/").unwrap_or(branch);
        let branch = if branch == "HEAD" {
            self.default_branch.as_str()
        } else {
            branch
        };
        self.branches
            .get(branch)
            .cloned()
            .or_else(|| self.graph.find(name).map(|commit| commit.sha.clone()))
    }
}
