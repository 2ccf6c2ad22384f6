//! Accounts, what they may do with a repository, and who is in which team.

use serde_json::json;

use super::answer::{Answer, Page, Reply};
use super::call::Call;
use crate::sandbox::auth::Caller;
use crate::sandbox::payload::node_id;
use crate::sandbox::people::{Kind, Team, permissions};
use crate::sandbox::world::{Refusal, RepoId, World};

pub(super) fn get_user(world: &World, login: &str) -> Reply {
    let user = world.user_named(login).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(world.public_user_json(user.id)))
}

pub(super) fn get_permission(world: &World, repo: RepoId, login: &str) -> Reply {
    let not_a_user = || Refusal::new(404, format!("{login} is not a user"));
    let user = world
        .user_named(login)
        .filter(|user| user.kind != Kind::Organization)
        .ok_or_else(not_a_user)?;
    let grant = world.grant_of(world.repo(repo), user.id);
    let role = grant.as_ref().map(|grant| grant.role);
    let role_name = grant.as_ref().map_or("", |grant| grant.role_name());
    let mut shown = world.user_json(user.id);
    shown["permissions"] = permissions(role);
    shown["role_name"] = role_name.into();
    let permission = role.map_or("none", |role| role.permission());
    Ok(Answer::ok(
        json!({ "permission": permission, "role_name": role_name, "user": shown }),
    ))
}

/// Everybody who has been given something here, with what that is.
pub(super) fn list_collaborators(world: &World, call: &Call, repo: RepoId) -> Reply {
    let repo = world.repo(repo);
    let people = world.users.values().filter(|user| user.kind == Kind::User);
    let granted = people.filter_map(|user| Some((user.id, world.explicit_grant_of(repo, user.id)?)));
    let page = Page::of(call, &world.api(), granted);
    Ok(page.answer(|(user, grant)| {
        let mut shown = world.user_json(user);
        shown["permissions"] = permissions(Some(grant.role));
        shown["role_name"] = grant.role_name().into();
        shown
    }))
}

/// The teams of an organization where the App is installed.
pub(super) fn list_teams(world: &World, call: &Call, org: &str) -> Reply {
    let organization = world.user_named(org).ok_or_else(Refusal::not_found)?.id;
    let Some(Caller::Installation(token)) = &call.caller else {
        return Err(Refusal::not_found().into());
    };
    let installed = world.installations.get(&token.installation);
    let teams = installed
        .filter(|installation| installation.account == organization)
        .and_then(|_| world.organizations.get(&organization))
        .ok_or_else(Refusal::not_found)?
        .teams
        .keys();
    let page = Page::of(call, &world.api(), teams.enumerate());
    Ok(page.answer(|(number, slug)| {
        let url = format!("{}/organizations/{organization}/team/{number}", world.api());
        json!({
            "id": number, "node_id": node_id("T", number as u64), "url": url, "name": slug, "slug": slug, "description": null,
            "privacy": "closed", "notification_setting": "notifications_enabled", "permission": "pull", "parent": null,
            "html_url": format!("{}/orgs/{org}/teams/{slug}", world.url), "members_url": format!("{url}/members{{/member}}"),
            "repositories_url": format!("{url}/repos"), "type": "organization", "organization_id": organization,
        })
    }))
}

pub(super) fn list_members(world: &World, call: &Call, org: &str, slug: &str) -> Reply {
    let team = visible_team(world, call, org, slug).ok_or_else(Refusal::not_found)?;
    let members = team.members.iter().filter(|(_, membership)| !membership.pending);
    let page = Page::of(call, &world.api(), members);
    Ok(page.answer(|(user, _)| world.user_json(*user)))
}

/// Teams of an organization where the App is not installed are as good as absent.
fn visible_team<'a>(world: &'a World, call: &Call, org: &str, slug: &str) -> Option<&'a Team> {
    let organization = world.user_named(org)?.id;
    let Some(Caller::Installation(token)) = &call.caller else {
        return None;
    };
    world
        .installations
        .get(&token.installation)
        .filter(|installation| installation.account == organization)?;
    world.organizations.get(&organization)?.teams.get(slug)
}

pub(super) fn get_membership(world: &World, call: &Call, org: &str, slug: &str, login: &str) -> Reply {
    let found = || {
        let (team, user) = (visible_team(world, call, org, slug)?, world.user_named(login)?.id);
        let organization = world.user_named(org)?.id;
        let membership = *team.members.get(&user)?;
        Some((membership, world.owns_organization(organization, user)))
    };
    let (membership, owns) = found().ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(json!({
        "url": format!("{}/orgs/{org}/teams/{slug}/memberships/{login}", world.api()),
        "role": if membership.maintainer || owns { "maintainer" } else { "member" },
        "state": if membership.pending { "pending" } else { "active" },
    })))
}
