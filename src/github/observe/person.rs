//! What a person may do. Whatever cannot be read for certain is the least that it could be.

use serde::Deserialize;

use super::Look;
use crate::fault::{Fault, planted};
use crate::github::address::encoded;
use crate::github::error::GithubError;
use crate::github::reading::PER_PAGE;
use crate::rules::id::{Login, TeamName, UserId};
use crate::rules::snapshot::{Found, Membership, Role};

#[derive(Deserialize)]
struct PermissionBody {
    permission: Option<String>,
    role_name: Option<String>,
    user: Option<CollaboratorBody>,
}

#[derive(Deserialize)]
struct CollaboratorBody {
    id: Option<i64>,
    permissions: Option<PermissionsBody>,
}

#[derive(Deserialize)]
struct ListedBody {
    login: String,
    role_name: Option<String>,
    permissions: Option<PermissionsBody>,
}

#[derive(Deserialize)]
struct TeamBody {
    slug: String,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct PermissionsBody {
    pull: bool,
    triage: bool,
    push: bool,
    maintain: bool,
    admin: bool,
}

#[derive(Deserialize)]
struct MembershipBody {
    state: Option<String>,
}

impl Look<'_> {
    /// What somebody may do in the repository, by whatever road they got there.
    pub(super) async fn role(self, id: UserId, login: &str) -> Result<Role, GithubError> {
        let reading = self
            .get(&format!("/collaborators/{}/permission", encoded(login)))
            .await?;
        let found = reading.found_or_none::<PermissionBody>()?;
        let role = found.map_or(Role::None, |body| body.role_of(id));
        Ok(if planted(Fault::AnybodyOwns) {
            Role::Maintain
        } else {
            role
        })
    }

    /// The number of the account that has this login now; `None` for who cannot see the repository.
    pub(in crate::github) async fn number(self, login: &str) -> Result<Option<UserId>, GithubError> {
        let reading = self
            .get(&format!("/collaborators/{}/permission", encoded(login)))
            .await?;
        let found = reading.found_or_none::<PermissionBody>()?.and_then(|body| body.user);
        Ok(found.and_then(|user| user.id).map(UserId))
    }

    /// Whether somebody is an active member of a team. GitHub answers 404 alike for "not a member" and "no such team".
    pub(super) async fn member(self, team: &TeamName, login: &str) -> Result<Membership, GithubError> {
        let path = format!(
            "/orgs/{}/teams/{}/memberships/{}",
            encoded(&team.org),
            encoded(&team.slug),
            encoded(login)
        );
        let reading = match self.github.get(self.scope(), &path).await {
            Ok(reading) => reading,
            Err(GithubError::Forbidden { .. }) => return Ok(Membership::Unreadable),
            Err(error) => return Err(error),
        };
        let state = reading.found_or_none::<MembershipBody>()?.and_then(|body| body.state);
        Ok(if state.as_deref() == Some("active") {
            Membership::Active
        } else {
            Membership::No
        })
    }
}

impl Look<'_> {
    /// Who may maintain or administer the repository, as far as the first hundred people there tell.
    pub(super) async fn maintainers(self) -> Result<Found<Vec<Login>>, GithubError> {
        let path = format!("/collaborators?per_page={PER_PAGE}");
        let reading = match self.get(&path).await {
            Ok(reading) => reading,
            Err(GithubError::Forbidden { permission, .. }) => return Ok(Found::Unreadable(permission)),
            Err(error) => return Err(error),
        };
        let listed: Vec<ListedBody> = reading.found_or_none()?.unwrap_or_default();
        let may = |one: &ListedBody| {
            let named = one.role_name.as_deref().and_then(role_named);
            one.permissions.as_ref().map(PermissionsBody::role).or(named) >= Some(Role::Maintain)
        };
        Ok(Found::It(
            listed.into_iter().filter(may).map(|one| Login(one.login)).collect(),
        ))
    }

    /// The first hundred teams of the organisation; `None` where the owner is none.
    pub(super) async fn teams(self) -> Result<Option<Found<Vec<TeamName>>>, GithubError> {
        let owner = &self.at.name.owner;
        let path = format!("/orgs/{}/teams?per_page={PER_PAGE}", encoded(owner));
        let reading = match self.github.get(self.scope(), &path).await {
            Ok(reading) => reading,
            Err(GithubError::Forbidden { permission, .. }) => return Ok(Some(Found::Unreadable(permission))),
            Err(error) => return Err(error),
        };
        let listed: Option<Vec<TeamBody>> = reading.found_or_none()?;
        let named = |one: TeamBody| TeamName::new(owner, &one.slug);
        Ok(listed.map(|listed| Found::It(listed.into_iter().map(named).collect())))
    }
}

impl PermissionBody {
    fn role_of(self, id: UserId) -> Role {
        // The login may have passed to somebody else since it was read.
        if self
            .user
            .as_ref()
            .and_then(|user| user.id)
            .is_some_and(|theirs| theirs != id.0)
        {
            return Role::None;
        }
        // The booleans hold for custom roles too, whose names say nothing.
        if let Some(permissions) = self.user.and_then(|user| user.permissions) {
            return permissions.role();
        }
        let named = self.role_name.as_deref().and_then(role_named);
        named
            .or_else(|| self.permission.as_deref().and_then(role_named))
            .unwrap_or_default()
    }
}

impl PermissionsBody {
    fn role(&self) -> Role {
        let granted = [
            (self.admin, Role::Admin),
            (self.maintain, Role::Maintain),
            (self.push, Role::Write),
            (self.triage, Role::Triage),
            (self.pull, Role::Read),
        ];
        granted
            .into_iter()
            .find(|(granted, _)| *granted)
            .map_or(Role::None, |(_, role)| role)
    }
}

fn role_named(name: &str) -> Option<Role> {
    Some(match name {
        "admin" => Role::Admin,
        "maintain" => Role::Maintain,
        "write" => Role::Write,
        "triage" => Role::Triage,
        "read" => Role::Read,
        "none" => Role::None,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{PermissionBody, Role, UserId};

    fn role(body: &str) -> Role {
        serde_json::from_str::<PermissionBody>(body).unwrap().role_of(UserId(7))
    }

    #[test]
    fn the_booleans_say_more_than_the_names() {
        let maintainer = r#"{"permission":"write","role_name":"release manager","user":{"id":7,"permissions":
            {"pull":true,"triage":true,"push":true,"maintain":true,"admin":false}}}"#;
        assert_eq!(role(maintainer), Role::Maintain);
        assert_eq!(
            role(r#"{"permission":"admin","user":{"id":7,"permissions":{}}}"#),
            Role::None
        );
    }

    #[test]
    fn without_booleans_the_names_are_believed_and_unknown_ones_are_not() {
        assert_eq!(
            role(r#"{"permission":"write","role_name":"maintain","user":null}"#),
            Role::Maintain
        );
        assert_eq!(
            role(r#"{"permission":"write","role_name":"release manager","user":{"id":7}}"#),
            Role::Write
        );
        assert_eq!(role(r#"{"permission":"superuser"}"#), Role::None);
        assert_eq!(role("{}"), Role::None);
    }

    #[test]
    fn somebody_else_under_the_same_login_may_nothing() {
        assert_eq!(
            role(r#"{"permission":"admin","role_name":"admin","user":{"id":8,"permissions":{"admin":true}}}"#),
            Role::None
        );
    }
}
