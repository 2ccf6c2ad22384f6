//! People at work in one repository, in GitHub's words: they push, open pull requests, comment, label, report checks, merge.
//!
//! People are named by login and made on first mention. What GitHub might refuse gives a [`Refusal`]; naming a branch, commit or pull
//! request that does not exist is a mistake in the script and panics, saying which.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::GitHub;
use super::graph::{Sha, Tree};
use super::people::{Grant, Kind, Role, UserId};
use super::rules::{Rule, RuleKind};
use super::world::checks::{Output, RunEdit, State, Status};
use super::world::deployments::{Deployed, DeploymentStatus, NewDeployment};
use super::world::merges::MergeWish;
use super::world::pulls::{NewPull, PullEdit};
use super::world::{Method, Refusal, Repo, RepoId, World};

/// A repository about to be made.
pub struct NewRepository {
    github: GitHub,
    full_name: String,
    private: bool,
    default_branch: String,
    files: Vec<(String, String)>,
    installed: bool,
}

impl NewRepository {
    pub(super) fn new(github: GitHub, full_name: &str) -> NewRepository {
        let files = vec![("README.md".to_owned(), format!("# {full_name}\n"))];
        let default_branch = "main".to_owned();
        NewRepository {
            github,
            full_name: full_name.to_owned(),
            private: false,
            default_branch,
            files,
            installed: true,
        }
    }

    pub fn private(self) -> NewRepository {
        NewRepository {
            private: true,
            ..self
        }
    }

    pub fn default_branch(self, name: &str) -> NewRepository {
        NewRepository {
            default_branch: name.to_owned(),
            ..self
        }
    }

    /// A file of the first commit, beside the README.
    pub fn file(mut self, path: &str, content: &str) -> NewRepository {
        self.files.push((path.to_owned(), content.to_owned()));
        self
    }

    /// Without the App being installed there.
    pub fn not_installed(self) -> NewRepository {
        NewRepository {
            installed: false,
            ..self
        }
    }

    /// Makes the repository with its first commit; its owner is an organization, made if there is none, with the App installed.
    pub fn create(self) -> Repository {
        let NewRepository {
            github,
            full_name,
            private,
            default_branch,
            files,
            installed,
        } = self;
        let mut world = github.world();
        let (login, name) = full_name
            .split_once('/')
            .unwrap_or_else(|| panic!("`{full_name}` is not owner/name"));
        let (owner, admin) = (
            world.account(login, Kind::Organization),
            world.person("admin"),
        );
        let (id, now) = (world.next_id(), world.now());
        let repo = Repo {
            id,
            owner,
            full_name: full_name.clone(),
            name: name.to_owned(),
            private,
            description: None,
            default_branch: default_branch.clone(),
            created_at: now,
            updated_at: now,
            pushed_at: now,
            collaborators: BTreeMap::new(),
            team_roles: BTreeMap::new(),
            merge_methods: BTreeSet::from([Method::Merge, Method::Squash, Method::Rebase]),
            graph: Default::default(),
            branches: BTreeMap::new(),
            ref_moves: Vec::new(),
            rules: Vec::new(),
            issues: BTreeMap::new(),
            comments: BTreeMap::new(),
            labels: Vec::new(),
            statuses: Vec::new(),
            suites: BTreeMap::new(),
            runs: BTreeMap::new(),
            deployments: BTreeMap::new(),
        };
        world.repo_names.insert(full_name.to_lowercase(), id);
        world.repos.insert(id, repo);
        let tree = files
            .into_iter()
            .map(|(path, content)| (path, Arc::from(content)))
            .collect();
        let first = world.commit(id, Arc::new(tree), Vec::new(), "First commit".into(), admin);
        world.repo_mut(id).branches.insert(default_branch, first);
        if installed {
            let installation = world.install(owner, None, admin);
            if world
                .installations
                .get(&installation)
                .is_some_and(|installation| installation.selected.is_some())
            {
                world.select_repository(installation, id, true, admin);
            }
        }
        drop(world);
        Repository::new(github, id)
    }
}

/// A repository of the simulated GitHub, and everything people do in it. Cheap to clone.
#[derive(Clone)]
pub struct Repository {
    pub(super) github: GitHub,
    pub(super) id: RepoId,
}

impl Repository {
    pub(super) fn new(github: GitHub, id: RepoId) -> Repository {
        Repository { github, id }
    }

    /// Does something as a person.
    pub(super) fn by<T>(
        &self,
        login: &str,
        act: impl FnOnce(&mut World, RepoId, UserId) -> T,
    ) -> T {
        let mut world = self.github.world();
        let user = world.person(login);
        act(&mut world, self.id, user)
    }

    /// Gives a person a role here; a later one replaces it.
    pub fn grant(&self, login: &str, role: Role) {
        self.by(login, |world, repo, user| {
            world
                .repo_mut(repo)
                .collaborators
                .insert(user, Grant::plain(role))
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
            world.repo_mut(repo).collaborators.remove(&user)
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

    /// Pushes a commit with these files to a branch; `""` as content removes the file.
    pub fn commit(&self, branch: &str, login: &str, message: &str, files: &[(&str, &str)]) -> Sha {
        self.by(login, |world, repo, user| {
            let tip = tip(world.repo(repo), branch);
            let mut tree: BTreeMap<String, Arc<str>> = (*world.repo(repo).graph.tree(&tip)).clone();
            for (path, content) in files {
                match *content {
                    "" => tree.remove(*path),
                    content => tree.insert((*path).to_owned(), content.into()),
                };
            }
            let sha = world.commit(repo, Tree::new(tree), vec![tip], message.to_owned(), user);
            world.move_branch(repo, branch, Some(&sha), user);
            sha
        })
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
        self.by(login, |world, repo, user| {
            world.delete_branch(repo, branch, user)
        })
    }

    /// Merges one branch into another by a merge commit; `None` if there was nothing to merge.
    pub fn merge(&self, login: &str, head: &str, base: &str) -> Result<Option<Sha>, Refusal> {
        self.by(login, |world, repo, user| {
            world.merge_branches(repo, base, head, None, user)
        })
    }

    pub fn open_issue(&self, login: &str, title: &str, body: &str) -> u64 {
        self.by(login, |world, repo, user| {
            world.open_issue(repo, user, title, Some(body), None)
        })
    }

    /// Opens a pull request and gives its number.
    pub fn open_pull(
        &self,
        login: &str,
        head: &str,
        base: &str,
        title: &str,
        body: &str,
    ) -> Result<u64, Refusal> {
        let new = NewPull {
            title,
            body: Some(body),
            head,
            base,
            draft: false,
        };
        self.by(login, |world, repo, user| world.open_pull(repo, user, &new))
    }

    /// Merges a pull request with GitHub's button; gives the commit that its base is at afterwards.
    pub fn merge_pull(&self, login: &str, number: u64, method: Method) -> Result<Sha, Refusal> {
        let wish = MergeWish {
            method: Some(method),
            ..MergeWish::default()
        };
        self.by(login, |world, repo, user| {
            world.merge_pull(repo, number, &wish, user)
        })
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
        self.by(login, |world, repo, user| {
            world.edit_pull(repo, number, user, edit)
        })
    }

    pub fn retarget_pull(&self, login: &str, number: u64, base: &str) -> Result<(), Refusal> {
        let edit = PullEdit {
            base: Some(base.to_owned()),
            ..PullEdit::default()
        };
        self.by(login, |world, repo, user| {
            world.edit_pull(repo, number, user, edit)
        })
    }

    /// Turns a pull request into a draft, or a draft into one that is ready for review.
    pub fn set_draft(&self, login: &str, number: u64, draft: bool) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| {
            world.set_draft(repo, number, user, draft)
        })
    }

    pub fn approve(&self, login: &str, number: u64) -> Result<u64, Refusal> {
        self.by(login, |world, repo, user| {
            world.review(repo, number, user, "approved", "")
        })
    }

    /// Comments on an issue or pull request; gives the comment's id.
    pub fn comment(&self, login: &str, number: u64, body: &str) -> Result<u64, Refusal> {
        self.by(login, |world, repo, user| {
            world.comment(repo, number, user, body)
        })
    }

    /// Edits a comment, anybody's: its author stays who it was.
    pub fn edit_comment(&self, login: &str, id: u64, body: &str) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| {
            world.edit_comment(repo, id, user, body)
        })
    }

    pub fn delete_comment(&self, login: &str, id: u64) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| {
            world.delete_comment(repo, id, user)
        })
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
        self.by(login, |world, repo, user| {
            world.remove_label(repo, number, name, user)
        })
    }

    /// Reports a commit status, as a CI service does whose account is `login`.
    pub fn status_by(
        &self,
        login: &str,
        sha: &str,
        context: &str,
        state: State,
        description: &str,
    ) -> Result<u64, Refusal> {
        self.by(login, |world, repo, creator| {
            let (context, description) = (context.to_owned(), Some(description.to_owned()));
            let target_url = Some(format!("https://ci.example.com/{}", world.next_id()));
            let (sha, created_at) = (sha.to_owned(), world.now());
            world.set_status(
                repo,
                Status {
                    id: 0,
                    sha,
                    context,
                    state,
                    description,
                    target_url,
                    creator,
                    created_at,
                },
            )
        })
    }

    /// Reports a commit status, as some CI service.
    pub fn status(
        &self,
        sha: &str,
        context: &str,
        state: State,
        description: &str,
    ) -> Result<u64, Refusal> {
        self.status_by("ci-bot", sha, context, state, description)
    }

    /// Reports a check run of the App `app`: `queued`, `in_progress`, or completed with a conclusion (`success`, `failure` …). A run
    /// of that name whose newest is not completed is updated; otherwise there is a new run, as when a job is run again.
    pub fn check_run(
        &self,
        app: &str,
        sha: &str,
        name: &str,
        outcome: &str,
    ) -> Result<u64, Refusal> {
        self.report_run(app, sha, name, outcome, false)
    }

    /// The same in a suite of its own, as when another workflow has a job of that name.
    pub fn check_run_in_new_suite(
        &self,
        app: &str,
        sha: &str,
        name: &str,
        outcome: &str,
    ) -> Result<u64, Refusal> {
        self.report_run(app, sha, name, outcome, true)
    }

    fn report_run(
        &self,
        app: &str,
        sha: &str,
        name: &str,
        outcome: &str,
        new_suite: bool,
    ) -> Result<u64, Refusal> {
        let mut world = self.github.world();
        let slug = world.reporting_app(app).slug;
        let by = world.person(&format!("{slug}[bot]"));
        let running = matches!(
            outcome,
            "queued" | "in_progress" | "waiting" | "requested" | "pending"
        );
        let status = if running { outcome } else { "completed" };
        let conclusion = (!running).then(|| outcome.to_owned());
        let output = Some(Output::default());
        let edit = RunEdit {
            name: Some(name.to_owned()),
            status: Some(status.to_owned()),
            conclusion,
            output,
            ..RunEdit::default()
        };
        let newest = world
            .repo(self.id)
            .latest_runs(sha)
            .find(|run| run.app == slug && run.name == name);
        match newest
            .filter(|run| run.status != "completed" && !new_suite)
            .map(|run| run.id)
        {
            Some(id) => world.update_run(self.id, id, edit, by).map(|()| id),
            None => world.create_run(self.id, &slug, sha, edit, new_suite, by),
        }
    }

    /// Clicks one of the App's own buttons on a check run.
    pub fn click(&self, login: &str, run: u64, identifier: &str) {
        let more = serde_json::json!({ "requested_action": { "identifier": identifier } });
        self.by(login, |world, repo, user| {
            world.tell_run(repo, "requested_action", run, user, more)
        });
    }

    /// Clicks "Re-run" on one of the App's own check runs.
    pub fn rerequest(&self, login: &str, run: u64) {
        self.by(login, |world, repo, user| {
            world.rerequest_run(repo, run, user)
        });
    }

    /// Starts a deployment as a CI service or a person, without waiting for checks; gives its id.
    pub fn deploy(&self, login: &str, reference: &str, environment: &str) -> Result<u64, Refusal> {
        let new = NewDeployment {
            reference: reference.to_owned(),
            task: "deploy".into(),
            auto_merge: false,
            required_contexts: Some(Vec::new()),
            payload: serde_json::json!({}),
            environment: environment.to_owned(),
            description: None,
            transient: false,
            production: environment == "production",
        };
        match self.by(login, |world, repo, user| world.deploy(repo, new, user))? {
            Deployed::Created(id) => Ok(id),
            Deployed::Merged(message) => Err(Refusal::new(202, message)),
        }
    }

    /// Reports on a deployment: `in_progress`, `success`, `failure` …
    pub fn deployment_status(
        &self,
        login: &str,
        deployment: u64,
        state: &str,
    ) -> Result<(), Refusal> {
        self.by(login, |world, repo, creator| {
            let (state, created_at) = (state.to_owned(), world.now());
            let (description, environment_url, log_url) = (String::new(), None, None);
            let status = DeploymentStatus {
                id: 0,
                state,
                description,
                environment_url,
                log_url,
                creator,
                created_at,
            };
            world
                .set_deployment_status(repo, deployment, status, true)
                .map(drop)
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

    pub fn set_default_branch(&self, branch: &str) {
        self.by("admin", |world, repo, user| {
            let from =
                std::mem::replace(&mut world.repo_mut(repo).default_branch, branch.to_owned());
            let changes = serde_json::json!({ "default_branch": { "from": from } });
            world.tell(
                repo,
                "repository",
                user,
                |_, _| serde_json::json!({ "action": "edited", "changes": changes }),
            );
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
