//! Deployments and their statuses.

use serde_json::{Value, json};

use super::answer::{Answer, Page, Reply};
use super::call::Call;
use crate::sandbox::world::deployments::{Deployed, Deployment, DeploymentStatus, NewDeployment};
use crate::sandbox::world::{Refusal, RepoId, World};

pub(super) fn list(world: &World, call: &Call, repo: RepoId) -> Reply {
    let at = world.repo(repo);
    let matches = |name: &str, value: &str| call.query(name).is_none_or(|wanted| wanted == value);
    let wanted = |deployment: &&Deployment| {
        matches("sha", &deployment.sha)
            && matches("ref", &deployment.reference)
            && matches("task", &deployment.task)
            && matches("environment", &deployment.environment)
    };
    let page = Page::of(call, &world.api(), at.deployments.values().rev().filter(wanted));
    Ok(page.answer(|deployment| world.deployment_json(at, deployment, false)))
}

pub(super) fn create(world: &mut World, call: &Call, repo: RepoId) -> Reply {
    let text = |field: &str| Ok::<_, Refusal>(call.text(field)?.map(str::to_owned));
    let contexts = call.field("required_contexts")?.and_then(Value::as_array);
    let environment = text("environment")?.unwrap_or_else(|| "production".into());
    let new = NewDeployment {
        reference: call.required("ref")?.to_owned(),
        task: text("task")?.unwrap_or_else(|| "deploy".into()),
        auto_merge: call.flag("auto_merge")?.unwrap_or(true),
        required_contexts: contexts
            .map(|contexts| contexts.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        payload: call.field("payload")?.cloned().unwrap_or_else(|| json!({})),
        description: text("description")?,
        transient: call.flag("transient_environment")?.unwrap_or(false),
        production: call
            .flag("production_environment")?
            .unwrap_or(environment == "production"),
        environment,
    };
    let bot = world.bot();
    match world.deploy(repo, new, bot)? {
        Deployed::Created(id) => {
            let at = world.repo(repo);
            Ok(Answer::created(world.deployment_json(at, &at.deployments[&id], false)))
        }
        Deployed::Merged(message) => Ok(Answer {
            status: 202,
            ..Answer::ok(json!({ "message": message }))
        }),
    }
}

fn deployment(world: &World, repo: RepoId, id: u64) -> Result<&Deployment, Refusal> {
    world.repo(repo).deployments.get(&id).ok_or_else(Refusal::not_found)
}

pub(super) fn get(world: &World, repo: RepoId, id: u64) -> Reply {
    let deployment = deployment(world, repo, id)?;
    Ok(Answer::ok(world.deployment_json(world.repo(repo), deployment, false)))
}

pub(super) fn list_statuses(world: &World, call: &Call, repo: RepoId, id: u64) -> Reply {
    let deployment = deployment(world, repo, id)?;
    let page = Page::of(call, &world.api(), deployment.statuses.iter().rev());
    Ok(page.answer(|status| world.deployment_status_json(world.repo(repo), deployment, status, false)))
}

pub(super) fn create_status(world: &mut World, call: &Call, repo: RepoId, id: u64) -> Reply {
    let text = |field: &str| Ok::<_, Refusal>(call.text(field)?.map(str::to_owned));
    let status = DeploymentStatus {
        id: 0,
        state: call.required("state")?.to_owned(),
        description: text("description")?.unwrap_or_default(),
        environment_url: text("environment_url")?,
        log_url: text("log_url")?.or(text("target_url")?),
        creator: world.bot(),
        created_at: world.now(),
    };
    world.set_deployment_status(repo, id, status, call.flag("auto_inactive")?.unwrap_or(true))?;
    let deployment = deployment(world, repo, id)?;
    let status = deployment
        .statuses
        .last()
        .map(|status| world.deployment_status_json(world.repo(repo), deployment, status, false));
    Ok(Answer::created(status.unwrap_or_default()))
}
