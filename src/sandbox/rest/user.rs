//! What a person's own token may ask: who she is, and what of the App's repositories she may see.

use super::answer::{Answer, Page, Refused, Reply};
use super::call::Call;
use crate::sandbox::auth::Caller;
use crate::sandbox::people::{UserId, permissions};
use crate::sandbox::world::{Refusal, RepoId, World};

/// # Errors
/// GitHub's 403 for an App that asks what only a person can be asked.
fn as_user(call: &Call) -> Result<UserId, Refused> {
    match call.caller {
        Some(Caller::User(user)) => Ok(user),
        _ => Err(Refusal::new(403, super::super::auth::NOT_ACCESSIBLE).into()),
    }
}

pub(super) fn get(world: &World, call: &Call) -> Reply {
    Ok(Answer::ok(world.public_user_json(as_user(call)?)))
}

pub(super) fn list_installations(world: &World, call: &Call) -> Reply {
    let user = as_user(call)?;
    let reaches = |id: &u64| !world.reached_by(user, *id).is_empty();
    let ids: Vec<u64> = world.installations.keys().copied().filter(reaches).collect();
    let page = Page::of(call, &world.api(), ids);
    Ok(page.counted_answer("installations", |id| world.installation_json(&world.installations[&id])))
}

pub(super) fn list_repositories(world: &World, call: &Call, installation: u64) -> Reply {
    let user = as_user(call)?;
    let found = world.installations.get(&installation).ok_or_else(Refusal::not_found)?;
    if found.suspended.is_some() {
        return Err(Refusal::new(403, "This installation has been suspended").into());
    }
    let seen = world.reached_by(user, installation);
    if seen.is_empty() {
        return Err(Refusal::not_found().into());
    }
    let page = Page::of(call, &world.api(), seen);
    Ok(page.counted_answer("repositories", |id| {
        let repo = world.repo(id);
        let mut json = world.repo_json(repo);
        json["permissions"] = permissions(world.explicit_grant_of(repo, user).map(|grant| grant.role));
        json
    }))
}

impl World {
    /// The repositories of an installation that a person has an explicit permission for; that one is public is none.
    fn reached_by(&self, user: UserId, installation: u64) -> Vec<RepoId> {
        let Some(installation) = self.installations.get(&installation) else {
            return Vec::new();
        };
        let mut repos = self.repos_of(installation);
        repos.retain(|id| self.explicit_grant_of(self.repo(*id), user).is_some());
        repos
    }
}
