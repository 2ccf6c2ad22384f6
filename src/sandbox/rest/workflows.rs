//! Workflow runs, what of them waits, and the word of a deployment protection rule.

use super::answer::{Answer, Page, Reply};
use super::call::Call;
use crate::sandbox::world::workflows::WorkflowRun;
use crate::sandbox::world::{Refusal, RepoId, World};

fn run(world: &World, repo: RepoId, id: u64) -> Result<&WorkflowRun, Refusal> {
    world.repo(repo).workflow_runs.get(&id).ok_or_else(Refusal::not_found)
}

pub(super) fn get(world: &World, call: &Call, repo: RepoId, id: u64) -> Reply {
    let with_pulls = call.query("exclude_pull_requests").as_deref() != Some("true");
    let run = run(world, repo, id)?;
    Ok(Answer::ok(world.workflow_run_json(world.repo(repo), run, with_pulls)))
}

/// Newest first.
pub(super) fn list(world: &World, call: &Call, repo: RepoId) -> Reply {
    let at = world.repo(repo);
    let (with_pulls, status) = (
        call.query("exclude_pull_requests").as_deref() != Some("true"),
        call.query("status"),
    );
    let runs = at.workflow_runs.values().rev();
    let wanted = runs.filter(|run| status.as_ref().is_none_or(|status| run.status == *status));
    let page = Page::of(call, &world.api(), wanted);
    Ok(page.counted_answer("workflow_runs", |run| world.workflow_run_json(at, run, with_pulls)))
}

pub(super) fn pending(world: &World, repo: RepoId, id: u64) -> Reply {
    let run = run(world, repo, id)?;
    Ok(Answer::ok(world.pending_deployments_json(world.repo(repo), run)))
}

/// Without a state it is a report, for which the comment is required.
pub(super) fn review(world: &mut World, call: &Call, repo: RepoId, id: u64) -> Reply {
    let environment = call.required("environment_name")?;
    let state = call.text("state")?;
    if state.is_some_and(|state| !matches!(state, "approved" | "rejected")) {
        return Err(Refusal::new(422, "Invalid request.\n\n\"state\" is not one of approved, rejected.").into());
    }
    let comment = match state {
        None => call.required("comment")?,
        Some(_) => call.text("comment")?.unwrap_or_default(),
    };
    world.review_run(repo, id, environment, state, comment)?;
    Ok(Answer::empty(204))
}
