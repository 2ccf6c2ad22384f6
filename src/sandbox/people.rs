//! Who exists on the simulated GitHub, and what each may do with a repository.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::world::{Repo, World};

/// The numeric id of an account.
pub(super) type UserId = u64;

#[derive(Debug, Clone)]
pub(super) struct User {
    pub id: UserId,
    pub login: String,
    pub name: String,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Bot,
    Organization,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::User => "User",
            Kind::Bot => "Bot",
            Kind::Organization => "Organization",
        }
    }
}

/// What belongs to an organization beside its account.
#[derive(Debug, Default)]
pub(super) struct Organization {
    pub owners: Vec<UserId>,
    pub teams: BTreeMap<String, Team>,
}

#[derive(Debug)]
pub(super) struct Team {
    pub members: BTreeMap<UserId, Membership>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Membership {
    pub maintainer: bool,
    /// A membership is pending until the invited person has accepted it.
    pub pending: bool,
}

/// GitHub's five built-in roles, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Read,
    Triage,
    Write,
    Maintain,
    Admin,
}

impl Role {
    pub(super) fn name(self) -> &'static str {
        match self {
            Role::Read => "read",
            Role::Triage => "triage",
            Role::Write => "write",
            Role::Maintain => "maintain",
            Role::Admin => "admin",
        }
    }

    /// The word of the older `permission` field, which knows neither triage nor maintain.
    pub(super) fn permission(self) -> &'static str {
        match self {
            Role::Read | Role::Triage => "read",
            Role::Write | Role::Maintain => "write",
            Role::Admin => "admin",
        }
    }
}

/// A role on a repository; `title` is the name of a custom role built on it.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub role: Role,
    pub title: Option<String>,
}

impl Grant {
    pub fn plain(role: Role) -> Grant {
        Grant { role, title: None }
    }

    pub fn role_name(&self) -> &str {
        self.title.as_deref().unwrap_or(self.role.name())
    }
}

/// The five booleans GitHub shows for a role, all false for `None`.
pub(super) fn permissions(role: Option<Role>) -> Value {
    let at_least = |wanted: Role| role.is_some_and(|role| role >= wanted);
    json!({
        "admin": at_least(Role::Admin), "maintain": at_least(Role::Maintain), "push": at_least(Role::Write),
        "triage": at_least(Role::Triage), "pull": at_least(Role::Read),
    })
}

impl World {
    /// The account of this login, made on first mention.
    pub fn account(&mut self, login: &str, kind: Kind) -> UserId {
        if let Some(user) = self.user_named(login) {
            return user.id;
        }
        let id = self.next_id();
        let name = login
            .split(['-', '['])
            .map(capitalized)
            .collect::<Vec<_>>()
            .join(" ")
            .replace("Bot]", "Bot");
        self.logins.insert(login.to_lowercase(), id);
        self.users.insert(
            id,
            User {
                id,
                login: login.to_owned(),
                name,
                kind,
            },
        );
        if kind == Kind::Organization {
            self.organizations.insert(id, Organization::default());
        }
        id
    }

    pub fn person(&mut self, login: &str) -> UserId {
        self.account(
            login,
            if login.ends_with("[bot]") {
                Kind::Bot
            } else {
                Kind::User
            },
        )
    }

    pub fn user_named(&self, login: &str) -> Option<&User> {
        self.logins.get(&login.to_lowercase()).and_then(|id| self.users.get(id))
    }

    /// The strongest of what a person has directly, by team, by owning the account, or because the repository is public.
    pub fn grant_of(&self, repo: &Repo, user: UserId) -> Option<Grant> {
        let everyone = (!repo.private).then_some(Grant::plain(Role::Read));
        [everyone, self.explicit_grant_of(repo, user)]
            .into_iter()
            .flatten()
            .max_by_key(|grant| grant.role)
    }

    /// The same, without what everybody has of a public repository.
    pub fn explicit_grant_of(&self, repo: &Repo, user: UserId) -> Option<Grant> {
        let direct = repo.collaborators.get(&user).cloned();
        let owner =
            (repo.owner == user || self.owns_organization(repo.owner, user)).then_some(Grant::plain(Role::Admin));
        let teams = self
            .organizations
            .get(&repo.owner)
            .into_iter()
            .flat_map(|organization| &organization.teams);
        let by_team = teams.filter(|(_, team)| team.members.get(&user).is_some_and(|membership| !membership.pending));
        let by_team = by_team
            .filter_map(|(slug, _)| repo.team_roles.get(slug))
            .max()
            .map(|role| Grant::plain(*role));
        [by_team, direct, owner]
            .into_iter()
            .flatten()
            .max_by_key(|grant| grant.role)
    }

    pub fn owns_organization(&self, organization: UserId, user: UserId) -> bool {
        self.organizations
            .get(&organization)
            .is_some_and(|organization| organization.owners.contains(&user))
    }

    /// GitHub's display word for a person's tie to a repository; never an authorization.
    pub fn association(&self, repo: &Repo, user: UserId) -> &'static str {
        let member = |organization: &Organization| {
            organization.owners.contains(&user)
                || organization.teams.values().any(|team| team.members.contains_key(&user))
        };
        if repo.owner == user {
            "OWNER"
        } else if self.organizations.get(&repo.owner).is_some_and(member) {
            "MEMBER"
        } else if repo.collaborators.contains_key(&user) {
            "COLLABORATOR"
        } else {
            "NONE"
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
