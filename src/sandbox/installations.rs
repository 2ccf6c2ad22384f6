//! The simulated App: what it is registered with, where it is installed, and the tokens it was given.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::people::{Kind, UserId};
use super::world::{Refusal, RepoId, World};

/// How strongly a permission is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Read,
    Write,
}

impl Level {
    pub(super) fn name(self) -> &'static str {
        match self {
            Level::Read => "read",
            Level::Write => "write",
        }
    }
}

/// Permissions by GitHub's name for them: `contents`, `pull_requests` …
pub type Permissions = BTreeMap<String, Level>;

/// How the App is registered. The private key is [`super::APP_PRIVATE_KEY`].
#[derive(Debug, Clone)]
pub struct App {
    pub id: u64,
    pub client_id: String,
    pub client_secret: String,
    /// Where people may be sent back to after signing in.
    pub callback_urls: Vec<String>,
    /// Where people come to after they have installed it.
    pub setup_url: Option<String>,
    pub slug: String,
    pub name: String,
    /// Who owns the registration: a login.
    pub owner: String,
    pub permissions: Permissions,
    /// The events it subscribes to; `installation` and `installation_repositories` come without.
    pub events: BTreeSet<String>,
    /// `json`, or `form`.
    pub hook_content_type: String,
    pub registered_at: Timestamp,
}

impl Default for App {
    /// What Greenlight asks for when it is registered.
    fn default() -> App {
        let read = ["metadata", "members", "statuses", "actions"].map(|name| (name.to_owned(), Level::Read));
        let write = ["contents", "pull_requests", "issues", "checks", "deployments"]
            .map(|name| (name.to_owned(), Level::Write));
        let events = [
            "issue_comment",
            "pull_request",
            "pull_request_review",
            "push",
            "status",
            "check_suite",
            "check_run",
            "deployment",
            "deployment_status",
            "deployment_protection_rule",
            "repository",
            "create",
            "delete",
        ];
        App {
            id: 314_159,
            client_id: "Iv23liGreenlightDemo".into(),
            client_secret: "a client secret that opens nothing but this simulated GitHub".into(),
            callback_urls: Vec::new(),
            setup_url: None,
            slug: "greenlight".into(),
            name: "Greenlight".into(),
            owner: "local-orbit".into(),
            permissions: read.into_iter().chain(write).collect(),
            events: events.map(str::to_owned).into(),
            hook_content_type: "json".into(),
            registered_at: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 20_000),
        }
    }
}

impl App {
    /// The login under which the App comments and pushes.
    pub fn bot_login(&self) -> String {
        format!("{}[bot]", self.slug)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Installation {
    pub id: u64,
    pub account: UserId,
    /// `None` for all repositories of the account.
    pub selected: Option<BTreeSet<RepoId>>,
    pub permissions: Permissions,
    pub events: BTreeSet<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub suspended: Option<(Timestamp, UserId)>,
}

/// An installation access token and what it was narrowed to.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub installation: u64,
    pub expires_at: Timestamp,
    pub permissions: Permissions,
    pub repos: Option<BTreeSet<RepoId>>,
}

/// How long an installation token lives.
pub(super) const TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(1);

impl World {
    /// The account the App acts under.
    pub fn bot(&mut self) -> UserId {
        self.account(&self.app.bot_login(), Kind::Bot)
    }

    pub fn is_app(&self, user: UserId) -> bool {
        self.users
            .get(&user)
            .is_some_and(|user| user.kind == Kind::Bot && user.login == self.app.bot_login())
    }

    pub fn installation_on(&self, repo: RepoId) -> Option<&Installation> {
        let owner = self.repo(repo).owner;
        if self.repo(repo).deleted {
            return None;
        }
        let covers = |installation: &&Installation| {
            installation.account == owner
                && installation
                    .selected
                    .as_ref()
                    .is_none_or(|selected| selected.contains(&repo))
        };
        self.installations.values().find(covers)
    }

    pub fn repos_of(&self, installation: &Installation) -> Vec<RepoId> {
        let owned = self
            .repos
            .values()
            .filter(|repo| repo.owner == installation.account && !repo.deleted)
            .map(|repo| repo.id);
        owned
            .filter(|repo| {
                installation
                    .selected
                    .as_ref()
                    .is_none_or(|selected| selected.contains(repo))
            })
            .collect()
    }

    /// Installs the App on an account, for all of its repositories or for the named ones. Installing twice changes nothing.
    pub fn install(&mut self, account: UserId, selected: Option<BTreeSet<RepoId>>, by: UserId) -> u64 {
        if let Some(installation) = self
            .installations
            .values()
            .find(|installation| installation.account == account)
        {
            return installation.id;
        }
        let (id, now) = (self.next_id() % 100_000_000, self.now());
        let (permissions, events) = (self.app.permissions.clone(), self.app.events.clone());
        let created = Installation {
            id,
            account,
            selected,
            permissions,
            events,
            created_at: now,
            updated_at: now,
            suspended: None,
        };
        self.installations.insert(id, created);
        self.tell_installation("created", id, by);
        id
    }

    pub fn uninstall(&mut self, id: u64, by: UserId) {
        self.tell_installation("deleted", id, by);
        self.installations.remove(&id);
        self.tokens.retain(|_, token| token.installation != id);
    }

    pub fn suspend(&mut self, id: u64, by: UserId, suspended: bool) {
        let now = self.now();
        if let Some(installation) = self.installations.get_mut(&id) {
            installation.suspended = suspended.then_some((now, by));
            installation.updated_at = now;
            self.tell_installation(if suspended { "suspend" } else { "unsuspend" }, id, by);
        }
    }

    /// The account's owner has accepted what the App asks for by now.
    pub fn accept_permissions(&mut self, id: u64, permissions: Permissions, by: UserId) {
        let now = self.now();
        if let Some(installation) = self.installations.get_mut(&id) {
            (installation.permissions, installation.updated_at) = (permissions, now);
            self.tell_installation("new_permissions_accepted", id, by);
        }
    }

    /// Adds to, or takes from, the repositories of an installation that covers selected ones only.
    pub fn select_repository(&mut self, id: u64, repo: RepoId, covered: bool, by: UserId) {
        let all = self
            .installations
            .get(&id)
            .map(|installation| self.repos_of(installation))
            .unwrap_or_default();
        let Some(installation) = self.installations.get_mut(&id) else {
            return;
        };
        let selected = installation.selected.get_or_insert_with(|| all.into_iter().collect());
        let changed = if covered {
            selected.insert(repo)
        } else {
            selected.remove(&repo)
        };
        if changed {
            self.tell_installation_repositories(id, repo, covered, by);
        }
    }

    /// Makes an installation token, narrowed to `wanted` permissions and `repos` where given.
    ///
    /// # Errors
    /// 403 while the installation is suspended, 404 for none, 422 for more than was granted.
    pub fn make_token(
        &mut self,
        id: u64,
        wanted: Option<Permissions>,
        repos: Option<BTreeSet<RepoId>>,
    ) -> Result<String, Refusal> {
        let installation = self.installations.get(&id).ok_or_else(Refusal::not_found)?;
        if installation.suspended.is_some() {
            return Err(Refusal::new(403, "This installation has been suspended"));
        }
        let granted = &installation.permissions;
        let exceeds = |(name, level): (&String, &Level)| granted.get(name).is_none_or(|granted| granted < level);
        if wanted.as_ref().is_some_and(|wanted| wanted.iter().any(exceeds)) {
            return Err(Refusal::new(
                422,
                "The permissions requested are not granted to this installation.",
            ));
        }
        let covered = self.repos_of(installation);
        if repos
            .as_ref()
            .is_some_and(|repos| repos.iter().any(|repo| !covered.contains(repo)))
        {
            let message =
                "There is at least one repository that does not exist or is not accessible to the parent installation.";
            return Err(Refusal::new(422, message));
        }
        let permissions = wanted.unwrap_or_else(|| granted.clone());
        let token = self.token_text();
        let expires_at = self.now().saturating_add(TOKEN_LIFE).unwrap_or(Timestamp::MAX);
        self.tokens.insert(
            token.clone(),
            Token {
                installation: id,
                expires_at,
                permissions,
                repos,
            },
        );
        Ok(token)
    }

    /// Every other token has the longer form that GitHub is rolling out, so nobody comes to rely on a length.
    fn token_text(&mut self) -> String {
        if self.tokens.len().is_multiple_of(2) {
            return format!("ghs_{}", &self.chance.hex()[..36]);
        }
        let [header, claims, signature] =
            [1, 3, 7].map(|parts| (0..parts).map(|_| self.chance.hex()).collect::<String>());
        format!("ghs_{}_{header}.{claims}.{signature}", self.app.id)
    }

    fn tell_installation(&mut self, action: &str, id: u64, by: UserId) {
        let Some(installation) = self.installations.get(&id) else {
            return;
        };
        let mut payload = json!({ "action": action, "installation": self.installation_json(installation), "sender": self.user_json(by) });
        payload["repositories"] = self
            .repos_of(installation)
            .into_iter()
            .map(|repo| self.repo_stub_json(repo))
            .collect();
        // What is told about an installation has the fields of webhooks, which are fewer than those of the REST answers.
        payload["installation"]
            .as_object_mut()
            .map(|object| object.remove("client_id"));
        self.send("installation", Some(id), None, payload);
    }

    pub fn tell_installation_repositories(&mut self, id: u64, repo: RepoId, added: bool, by: UserId) {
        let Some(installation) = self.installations.get(&id) else {
            return;
        };
        let changed = json!([self.repo_stub_json(repo)]);
        let (plus, minus) = if added {
            (changed, json!([]))
        } else {
            (json!([]), changed)
        };
        let mut payload = json!({
            "action": if added { "added" } else { "removed" }, "installation": self.installation_json(installation),
            "repository_selection": "selected", "repositories_added": plus, "repositories_removed": minus,
            "requester": null, "sender": self.user_json(by),
        });
        payload["installation"]
            .as_object_mut()
            .map(|object| object.remove("client_id"));
        self.send("installation_repositories", Some(id), None, payload);
    }
}
