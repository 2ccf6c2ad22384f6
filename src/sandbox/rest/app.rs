//! What an App asks about itself: its registration, installations, tokens, limits and deliveries.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answer::{Answer, Page, Reply, linked};
use super::call::Call;
use crate::sandbox::auth::Caller;
use crate::sandbox::clock::stamp;
use crate::sandbox::deliveries::Record;
use crate::sandbox::installations::{Installation, Level, Permissions, TOKEN_LIFE};
use crate::sandbox::payload::{permissions_json, selection};
use crate::sandbox::world::{Refusal, RepoId, World};

/// # Errors
/// 401 unless the call is signed with a JWT.
fn as_app(call: &Call) -> Result<(), Refusal> {
    let wrong = || Refusal::new(401, "A JSON web token could not be decoded");
    matches!(call.caller, Some(Caller::App)).then_some(()).ok_or_else(wrong)
}

pub(super) fn get(world: &World, call: &Call) -> Reply {
    as_app(call)?;
    let mut json = world.own_app_json(false);
    json["installations_count"] = world.installations.len().into();
    Ok(Answer::ok(json))
}

pub(super) fn convert(world: &mut World, code: &str) -> Reply {
    Ok(Answer {
        status: 201,
        ..Answer::ok(world.convert(code)?)
    })
}

pub(super) fn list_installations(world: &World, call: &Call) -> Reply {
    as_app(call)?;
    let page = Page::of(call, &world.api(), world.installations.values());
    Ok(page.answer(|installation| {
        let mut json = world.installation_json(installation);
        // GitHub describes the accounts of this one list with the fields of people and enterprises together.
        let login = json["account"]["login"].clone();
        let registered = stamp(world.app.registered_at);
        json["account"]["name"] = login.clone();
        json["account"]["slug"] = login;
        json["account"]["created_at"] = registered.clone().into();
        json["account"]["updated_at"] = registered.into();
        json.as_object_mut().map(|object| object.remove("client_id"));
        json
    }))
}

pub(super) fn get_installation(world: &World, call: &Call, id: u64) -> Reply {
    as_app(call)?;
    let installation = world.installations.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(world.installation_json(installation)))
}

pub(super) fn get_repo_installation(world: &World, call: &Call, repo: RepoId) -> Reply {
    as_app(call)?;
    let installation = world.installation_on(repo).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(world.installation_json(installation)))
}

pub(super) fn create_token(world: &mut World, call: &Call, id: u64) -> Reply {
    as_app(call)?;
    let installation = world.installations.get(&id).cloned().ok_or_else(Refusal::not_found)?;
    let wanted = call.field("permissions")?.map(permissions).transpose()?;
    let repos = wanted_repos(world, call, &installation)?;
    let token = world.make_token(id, wanted.clone(), repos.clone())?;
    let expires_at = world.now().saturating_add(TOKEN_LIFE).unwrap_or(world.now());
    let mut json = json!({
        "token": token, "expires_at": stamp(expires_at), "repository_selection": selection(&installation),
        "permissions": permissions_json(&wanted.unwrap_or(installation.permissions)),
    });
    if let Some(repos) = repos {
        json["repository_selection"] = "selected".into();
        json["repositories"] = repos.iter().map(|repo| world.repo_json(world.repo(*repo))).collect();
    }
    Ok(Answer {
        status: 201,
        ..Answer::ok(json)
    })
}

fn permissions(value: &Value) -> Result<Permissions, Refusal> {
    let invalid = || Refusal::invalid("InstallationToken", "permissions", "invalid", None);
    let level = |level: &Value| match level.as_str() {
        Some("read") => Ok(Level::Read),
        Some("write") => Ok(Level::Write),
        _ => Err(invalid()),
    };
    value
        .as_object()
        .ok_or_else(invalid)?
        .iter()
        .map(|(name, value)| Ok((name.clone(), level(value)?)))
        .collect()
}

fn wanted_repos(world: &World, call: &Call, installation: &Installation) -> Result<Option<BTreeSet<RepoId>>, Refusal> {
    let ids = call
        .field("repository_ids")?
        .and_then(Value::as_array)
        .map(|ids| ids.iter().filter_map(Value::as_u64).collect());
    let Some(names) = call.field("repositories")?.and_then(Value::as_array) else {
        return Ok(ids);
    };
    let owner = world.login(installation.account);
    let id = |name: &Value| {
        world
            .repo_names
            .get(&format!("{owner}/{}", name.as_str().unwrap_or("")).to_lowercase())
            .copied()
    };
    // An unknown name stays in the set as a repository that nobody has, so that it is refused.
    Ok(Some(names.iter().map(|name| id(name).unwrap_or(0)).collect()))
}

pub(super) fn list_repositories(world: &World, call: &Call) -> Reply {
    call.needs(&[("metadata", Level::Read)])?;
    let Some(Caller::Installation(token)) = &call.caller else {
        return Err(Refusal::new(401, "Bad credentials").into());
    };
    let installation = world
        .installations
        .get(&token.installation)
        .ok_or_else(Refusal::not_found)?;
    let repos = world.repos_of(installation).into_iter();
    let visible = repos.filter(|repo| token.repos.as_ref().is_none_or(|repos| repos.contains(repo)));
    let page = Page::of(call, &world.api(), visible);
    Ok(page.counted_answer("repositories", |repo| {
        world.listed_repo_json(world.repo(repo), call.has("contents", Level::Write))
    }))
}

pub(super) fn rate_limit(world: &mut World, call: &Call) -> Reply {
    let now = world.clock.now();
    let standing = world
        .limits
        .standing(call.caller.as_ref().map_or(0, Caller::budget), now);
    let bucket = |limit: u32, used: u32| json!({ "limit": limit, "remaining": limit.saturating_sub(used), "reset": standing.resets_at.as_second(), "used": used });
    let core = bucket(standing.limit, standing.used);
    Ok(Answer::ok(
        json!({ "resources": { "core": core, "search": bucket(30, 0) }, "rate": core }),
    ))
}

/// GitHub masks the secret, and leaves it out where none is set.
pub(super) fn get_hook(world: &World, call: &Call) -> Reply {
    as_app(call)?;
    let mut json = json!({ "content_type": world.app.hook_content_type, "insecure_ssl": "0" });
    if let Some(hook) = world.outbox.hook() {
        json["url"] = hook.url.as_str().into();
        if !hook.secret.is_empty() {
            json["secret"] = "********".into();
        }
    }
    Ok(Answer::ok(json))
}

pub(super) fn list_deliveries(world: &World, call: &Call) -> Reply {
    as_app(call)?;
    let per_page = call
        .query("per_page")
        .and_then(|text| text.parse().ok())
        .unwrap_or(30_usize)
        .clamp(1, 100);
    let cursor = call.query("cursor");
    let after = cursor
        .as_deref()
        .map(|cursor| cursor.strip_prefix("v1_").and_then(|id| id.parse::<u64>().ok()));
    let after = match after {
        Some(None) => return Err(Refusal::new(400, "Invalid cursor").into()),
        Some(after) => after,
        None => None,
    };
    let status = call.query("status");
    let succeeded = |record: &&Record| {
        record
            .outcome
            .as_ref()
            .is_some_and(|outcome| (200..300).contains(&outcome.status_code))
    };
    let wanted = |record: &&Record| match status.as_deref() {
        Some("success") => succeeded(record),
        Some("failure") => !succeeded(record),
        _ => true,
    };
    let visible = world
        .outbox
        .visible(world.clock.now())
        .filter(|record| after.is_none_or(|after| record.id < after))
        .filter(wanted);
    let found: Vec<&Record> = visible.take(per_page + 1).collect();
    let page = &found[..found.len().min(per_page)];
    let next = page.last().filter(|_| found.len() > per_page).map(|last| {
        let filter = status
            .as_ref()
            .map(|status| format!("&status={status}"))
            .unwrap_or_default();
        format!(
            "<{}{}?per_page={per_page}{filter}&cursor=v1_{}>; rel=\"next\"",
            world.api(),
            call.path,
            last.id
        )
    });
    Ok(linked(
        Answer::ok(page.iter().map(|record| item(record)).collect()),
        next,
    ))
}

fn item(record: &Record) -> Value {
    let outcome = record.outcome.as_ref();
    json!({
        "id": record.id, "guid": record.guid, "delivered_at": stamp(record.delivered_at), "redelivery": record.redelivery,
        "duration": record.duration.as_secs_f64(), "status": outcome.map_or("", |outcome| &outcome.status),
        "status_code": outcome.map_or(0, |outcome| outcome.status_code), "event": record.event, "action": record.action,
        "installation_id": record.installation, "repository_id": record.repository, "throttled_at": null,
    })
}

pub(super) fn get_delivery(world: &World, call: &Call, id: u64) -> Reply {
    as_app(call)?;
    let record = world.outbox.record(id).ok_or_else(Refusal::not_found)?;
    let mut json = item(record);
    let headers = record.headers(world.app.id, world.outbox.hook().map_or("", |hook| &hook.secret));
    let headers: serde_json::Map<String, Value> = headers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let payload: Value = serde_json::from_slice(&record.body).unwrap_or_default();
    json["request"] = json!({ "headers": headers, "payload": payload });
    json["response"] = json!({ "headers": {}, "payload": record.outcome.as_ref().map(|outcome| &outcome.body) });
    Ok(Answer::ok(json))
}

pub(super) fn redeliver(world: &mut World, call: &Call, id: u64) -> Reply {
    as_app(call)?;
    let now = world.clock.now();
    if !world.outbox.redeliver(id, now) {
        return Err(Refusal::not_found().into());
    }
    Ok(Answer {
        status: 202,
        ..Answer::ok(json!({}))
    })
}
