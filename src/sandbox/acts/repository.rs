//! What people do with a repository itself: who may do what, branches, rules, names.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sandbox::GitHub;
use crate::sandbox::graph::{Sha, Tree};
use crate::sandbox::history::What;
use crate::sandbox::people::{Grant, Kind, Role, UserId};
use crate::sandbox::rules::{Rule, RuleKind};
use crate::sandbox::world::pulls::PullEdit;
use crate::sandbox::world::{Method, Refusal, Repo, RepoId, Unusual, World};

/// A repository of the simulated GitHub, and everything people do in it. Cheap to clone.
#[derive(Clone)]
pub struct Repository {
    pub(in crate::sandbox) github: GitHub,
    pub(in crate::sandbox) id: RepoId,
}

impl Repository {
    pub(super) fn new(github: GitHub, id: RepoId) -> Repository {
        Repository { github, id }
    }

    /// Does something as a person.
    pub(super) fn by<T>(&self, login: &str, act: impl FnOnce(&mut World, RepoId, UserId) -> T) -> T {
        let mut world = self.github.world();
        let user = world.person(login);
        act(&mut world, self.id, user)
    }

    /// Gives a person a role here; a later one replaces it.
    pub fn grant(&self, login: &str, role: Role) {
        self.by(login, |world, repo, user| {
            world.repo_mut(repo).collaborators.insert(user, Grant::plain(role));
            let login = login.to_owned();
            world.happened(
                repo,
                What::Granted {
                    login,
                    role: Some(role),
                },
            );
        });
    }

    /// Gives a person a custom role that an organization built on one of GitHub's own.
    pub fn grant_custom(&self, login: &str, title: &str, role: Role) {
        let grant = Grant {
            role,
            title: Some(title.to_owned()),
        };
        self.by(login, |world, repo, user| {
            world.repo_mut(repo).collaborators.insert(user, grant)
        });
    }

    pub fn revoke(&self, login: &str) {
        self.by(login, |world, repo, user| {
            world.repo_mut(repo).collaborators.remove(&user);
            let login = login.to_owned();
            world.happened(repo, What::Granted { login, role: None });
        });
    }

    /// Gives a team of the owning organization a role here.
    pub fn grant_team(&self, slug: &str, role: Role) {
        self.github
            .world()
            .repo_mut(self.id)
            .team_roles
            .insert(slug.to_owned(), role);
    }

    /// Pushes the first commit to a repository that has none.
    pub fn first_commit(&self, login: &str, files: &[(&str, &str)]) -> Sha {
        self.by(login, |world, repo, user| {
            let tree = files.iter().map(|(path, text)| ((*path).to_owned(), Arc::from(*text)));
            let tree = Tree::new(tree.collect());
            let sha = world.commit(repo, tree, Vec::new(), "First commit".to_owned(), user);
            let branch = world.repo(repo).default_branch.clone();
            world.move_branch(repo, &branch, Some(&sha), user);
            sha
        })
    }

    /// Pushes a commit with these files to a branch; `""` as content removes the file.
    pub fn commit(&self, branch: &str, login: &str, message: &str, files: &[(&str, &str)]) -> Sha {
        self.by(login, |world, repo, user| {
            let tip = tip(world.repo(repo), branch);
            let tree = with_files(world.repo(repo), &tip, files);
            let sha = world.commit(repo, tree, vec![tip], message.to_owned(), user);
            world.move_branch(repo, branch, Some(&sha), user);
            sha
        })
    }

    /// Lets something that is no text file stand at a path, in every commit.
    pub fn stands_at(&self, path: &str, unusual: Unusual) {
        let mut world = self.github.world();
        world.repo_mut(self.id).unusual.insert(path.to_owned(), unusual);
    }

    /// Makes a branch at a commit or at another branch's tip.
    pub fn branch(&self, name: &str, at: &str) -> Sha {
        self.by("admin", |world, repo, user| {
            let sha = resolved(world.repo(repo), at);
            world.move_branch(repo, name, Some(&sha), user);
            sha
        })
    }

    /// Pushes a branch forward to a commit, as `git push` does; refused unless it is a fast-forward that the branch's rules allow.
    pub fn push(&self, login: &str, branch: &str, to: &str) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| {
            world.update_branch(repo, branch, to, false, user)
        })
    }

    /// Moves a branch anywhere, whatever its rules say.
    pub fn force_push(&self, login: &str, branch: &str, to: &str) {
        self.by(login, |world, repo, user| {
            let sha = resolved(world.repo(repo), to);
            world.move_branch(repo, branch, Some(&sha), user);
        });
    }

    pub fn delete_branch(&self, login: &str, branch: &str) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| world.delete_branch(repo, branch, user))
    }

    /// Merges one branch into another by a merge commit; `None` if there was nothing to merge.
    pub fn merge(&self, login: &str, head: &str, base: &str) -> Result<Option<Sha>, Refusal> {
        self.by(login, |world, repo, user| {
            world.merge_branches(repo, base, head, None, user)
        })
    }

    /// Puts a rule on a branch, by a ruleset that the App may or may not bypass; gives the ruleset's id.
    pub fn rule(&self, branch: &str, kind: RuleKind, app_may_bypass: bool) -> u64 {
        self.by("admin", |world, repo, _| {
            let id = world.next_id() % 100_000_000;
            world.repo_mut(repo).rules.push(Rule {
                id,
                branch: branch.to_owned(),
                kind,
                app_may_bypass,
            });
            id
        })
    }

    pub fn remove_rules(&self, branch: &str) {
        self.github
            .world()
            .repo_mut(self.id)
            .rules
            .retain(|rule| rule.branch != branch);
    }

    /// Says by which methods pull requests may be merged.
    pub fn allow_methods(&self, methods: &[Method]) {
        self.github.world().repo_mut(self.id).merge_methods = methods.iter().copied().collect();
    }

    /// Renames the repository within its owner; the former name goes on redirecting.
    pub fn rename(&self, name: &str) {
        self.by("admin", |world, repo, user| {
            let at = world.repo(repo);
            let (from, full_name) = (at.name.clone(), format!("{}/{name}", at.short_names().0));
            world.repo_names.insert(full_name.to_lowercase(), repo);
            let at = world.repo_mut(repo);
            (at.name, at.full_name) = (name.to_owned(), full_name);
            let changes = serde_json::json!({ "repository": { "name": { "from": from } } });
            world.tell(
                repo,
                "repository",
                user,
                |_, _| serde_json::json!({ "action": "renamed", "changes": changes }),
            );
        });
    }

    /// Gives it to another account; its number stays, and the former name goes on redirecting. Only the new owner's installation is
    /// told that, the former one that it has a repository less.
    /// Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#repository>, `transferred`.
    pub fn transfer(&self, owner: &str) {
        self.by("admin", |world, repo, user| {
            let former = world.installation_on(repo).map(|installation| installation.id);
            let from = world.organization_json(world.repo(repo));
            let (account, at) = (world.account(owner, Kind::Organization), world.repo(repo));
            let full_name = format!("{owner}/{}", at.name);
            world.repo_names.insert(full_name.to_lowercase(), repo);
            let at = world.repo_mut(repo);
            (at.owner, at.full_name) = (account, full_name);
            let changes = serde_json::json!({ "owner": { "from": { "organization": from } } });
            world.tell(
                repo,
                "repository",
                user,
                |_, _| serde_json::json!({ "action": "transferred", "changes": changes }),
            );
            if let Some(former) = former {
                world.tell_installation_repositories(former, repo, false, user);
            }
        });
    }

    /// Deletes it, for ever.
    pub fn delete(&self) {
        self.by("admin", |world, repo, user| {
            world.tell(
                repo,
                "repository",
                user,
                |_, _| serde_json::json!({ "action": "deleted" }),
            );
            world.repo_mut(repo).deleted = true;
        });
    }

    /// Gives a branch another name, as on its page: what leads into it follows, what comes from it is closed, as with
    /// a branch that is gone. (That GitHub closes those, it does not say in so many words.)
    /// Source: <https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-branches-in-your-repository/renaming-a-branch>.
    pub fn rename_branch(&self, from: &str, to: &str) {
        self.by("admin", |world, repo, user| {
            let tip = tip(world.repo(repo), from);
            world.move_branch(repo, to, Some(&tip), user);
            let into: Vec<u64> = world
                .repo(repo)
                .open_pulls()
                .filter(|(_, pull)| pull.base == from)
                .map(|(issue, _)| issue.number)
                .collect();
            for number in into {
                let base = Some(to.to_owned());
                let edit = PullEdit {
                    base,
                    ..PullEdit::default()
                };
                drop(world.edit_pull(repo, number, user, edit));
            }
            if world.repo(repo).default_branch == from {
                set_default_branch(world, repo, to, user);
            }
            world.move_branch(repo, from, None, user);
        });
    }

    /// Makes it read-only, or lets it be written to again.
    pub fn archive(&self, archived: bool) {
        self.by("admin", |world, repo, user| {
            world.repo_mut(repo).archived = archived;
            let action = if archived { "archived" } else { "unarchived" };
            world.tell(repo, "repository", user, |_, _| serde_json::json!({ "action": action }));
        });
    }

    /// Whether only those see it who were given access.
    pub fn set_private(&self, private: bool) {
        self.github.world().repo_mut(self.id).private = private;
    }

    /// Switches issues off in the repository's settings, or on.
    pub fn set_issues(&self, on: bool) {
        self.github.world().repo_mut(self.id).has_issues = on;
    }

    pub fn set_default_branch(&self, branch: &str) {
        self.by("admin", |world, repo, user| {
            set_default_branch(world, repo, branch, user)
        });
    }

    /// Puts the repository under, or takes it from, an installation of selected repositories.
    pub fn set_installed(&self, installed: bool) {
        self.by("admin", |world, repo, user| {
            let owner = world.repo(repo).owner;
            let installation = world
                .installations
                .values()
                .find(|installation| installation.account == owner)
                .map(|found| found.id);
            if let Some(id) = installation {
                world.select_repository(id, repo, installed, user);
            }
        });
    }
}

fn set_default_branch(world: &mut World, repo: RepoId, branch: &str, by: UserId) {
    let from = std::mem::replace(&mut world.repo_mut(repo).default_branch, branch.to_owned());
    let changes = serde_json::json!({ "default_branch": { "from": from } });
    world.tell(
        repo,
        "repository",
        by,
        |_, _| serde_json::json!({ "action": "edited", "changes": changes }),
    );
}

fn tip(repo: &Repo, branch: &str) -> Sha {
    repo.branches
        .get(branch)
        .cloned()
        .unwrap_or_else(|| panic!("{} has no branch `{branch}`", repo.full_name))
}

fn resolved(repo: &Repo, name: &str) -> Sha {
    repo.resolve(name)
        .unwrap_or_else(|| panic!("{} has no branch or commit `{name}`", repo.full_name))
}

/// The files of a commit with these written over; `""` as content removes the file.
pub(in crate::sandbox) fn with_files(repo: &Repo, at: &Sha, files: &[(&str, &str)]) -> Tree {
    let mut tree: BTreeMap<String, Arc<str>> = (*repo.graph.tree(at)).clone();
    for (path, content) in files {
        match *content {
            "" => tree.remove(*path),
            content => tree.insert((*path).to_owned(), content.into()),
        };
    }
    Tree::new(tree)
}
