//! Making a repository, with its first commit and the App installed on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Repository;
use crate::sandbox::GitHub;
use crate::sandbox::people::Kind;
use crate::sandbox::world::{Method, Repo};

/// A repository about to be made.
pub struct NewRepository {
    github: GitHub,
    full_name: String,
    private: bool,
    default_branch: String,
    files: Vec<(String, String)>,
    installed: bool,
    fork: bool,
    empty: bool,
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
            fork: false,
            empty: false,
        }
    }

    pub fn private(self) -> NewRepository {
        NewRepository { private: true, ..self }
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

    /// As a copy of another repository, which is not there otherwise.
    pub fn fork(self) -> NewRepository {
        NewRepository { fork: true, ..self }
    }

    /// Without any commit.
    pub fn empty(self) -> NewRepository {
        NewRepository { empty: true, ..self }
    }

    /// Without the App being installed there.
    pub fn not_installed(self) -> NewRepository {
        NewRepository {
            installed: false,
            ..self
        }
    }

    /// Makes the repository with its first commit and installs the App on its owner. The owner is an organization, made if there
    /// is none; a person's repository is made by making the person first, with [`GitHub::user`].
    pub fn create(self) -> Repository {
        let NewRepository {
            github,
            full_name,
            private,
            default_branch,
            files,
            installed,
            fork,
            empty,
        } = self;
        let mut world = github.world();
        let (login, name) = full_name
            .split_once('/')
            .unwrap_or_else(|| panic!("`{full_name}` is not owner/name"));
        let (owner, admin) = (world.account(login, Kind::Organization), world.person("admin"));
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
            archived: false,
            deleted: false,
            fork,
            has_issues: true,
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
            tags: BTreeMap::new(),
            releases: BTreeMap::new(),
            protected: BTreeSet::new(),
            workflow_runs: BTreeMap::new(),
            unusual: BTreeMap::new(),
        };
        world.repo_names.insert(full_name.to_lowercase(), id);
        world.repos.insert(id, repo);
        let tree = files
            .into_iter()
            .map(|(path, content)| (path, Arc::from(content)))
            .collect();
        if !empty {
            let first = world.commit(id, Arc::new(tree), Vec::new(), "First commit".into(), admin);
            world.move_branch(id, &default_branch, Some(&first), admin);
        }
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
