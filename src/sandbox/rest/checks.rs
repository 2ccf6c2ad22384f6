//! Commit statuses, check runs and check suites.

use serde_json::Value;

use super::answer::{Answer, Page, Reply, linked};
use super::call::Call;
use super::commits::resolved;
use crate::sandbox::world::checks::{Action, CheckRun, CheckSuite, InSuite, Output, RunEdit};
use crate::sandbox::world::statuses::{State, Status};
use crate::sandbox::world::{Refusal, Repo, RepoId, World};

pub(super) fn combined(world: &World, call: &Call, repo: RepoId, name: &str) -> Reply {
    let repo = world.repo(repo);
    let sha = repo.resolve(name).ok_or_else(Refusal::not_found)?;
    let page = Page::of(call, &world.api(), repo.latest_statuses(&sha));
    let json = world.combined_status_json(repo, &sha, &page.items, page.total);
    Ok(linked(Answer::ok(json), page.link()))
}

pub(super) fn list_statuses(world: &World, call: &Call, repo: RepoId, name: &str) -> Reply {
    let repo = world.repo(repo);
    let sha = repo.resolve(name).ok_or_else(Refusal::not_found)?;
    let page = Page::of(call, &world.api(), repo.statuses_of(&sha));
    Ok(page.answer(|status| world.status_json(repo, status)))
}

pub(super) fn create_status(world: &mut World, call: &Call, repo: RepoId, sha: &str) -> Reply {
    let state =
        State::named(call.required("state")?).ok_or_else(|| Refusal::invalid("Status", "state", "inclusion", None))?;
    let text = |field: &str| Ok::<_, Refusal>(call.text(field)?.map(str::to_owned));
    let status = Status {
        id: 0,
        sha: sha.to_owned(),
        context: text("context")?.unwrap_or_else(|| "default".into()),
        state,
        description: text("description")?,
        target_url: text("target_url")?,
        creator: world.bot(),
        created_at: world.now(),
    };
    let id = world.set_status(repo, status)?;
    let at = world.repo(repo);
    let json = at
        .statuses
        .iter()
        .find(|status| status.id == id)
        .map(|status| world.status_json(at, status));
    Ok(Answer::created(json.unwrap_or_default()))
}

pub(super) fn list_runs(world: &World, call: &Call, repo: RepoId, name: &str) -> Reply {
    let repo = world.repo(repo);
    let sha = resolved(repo, name)?;
    let (app, check, status) = (call.query("app_id"), call.query("check_name"), call.query("status"));
    let wanted = |run: &&CheckRun| {
        app.as_ref()
            .is_none_or(|app| *app == world.app_id(&run.app).to_string())
            && check.as_ref().is_none_or(|check| *check == run.name)
            && status.as_ref().is_none_or(|status| *status == run.status)
    };
    let runs: Vec<&CheckRun> = if call.query("filter").as_deref() == Some("all") {
        repo.runs
            .values()
            .rev()
            .filter(|run| run.head_sha == sha)
            .filter(wanted)
            .collect()
    } else {
        repo.latest_runs(&sha).filter(wanted).collect()
    };
    let page = Page::of(call, &world.api(), runs);
    Ok(page.counted_answer("check_runs", |run| world.run_json(repo, run, false)))
}

pub(super) fn list_suites(world: &World, call: &Call, repo: RepoId, name: &str) -> Reply {
    let repo = world.repo(repo);
    let sha = resolved(repo, name)?;
    let (app, check) = (call.query("app_id"), call.query("check_name"));
    let has_run =
        |suite: &CheckSuite, name: &String| repo.runs.values().any(|run| run.suite == suite.id && run.name == *name);
    let wanted = |suite: &&CheckSuite| {
        app.as_ref()
            .is_none_or(|app| *app == world.app_id(&suite.app).to_string())
            && check.as_ref().is_none_or(|check| has_run(suite, check))
    };
    let suites = repo
        .suites
        .values()
        .filter(|suite| suite.head_sha == sha)
        .filter(wanted);
    let page = Page::of(call, &world.api(), suites);
    Ok(page.counted_answer("check_suites", |suite| world.suite_json(repo, suite)))
}

pub(super) fn create_run(world: &mut World, call: &Call, repo: RepoId) -> Reply {
    let sha = call.required("head_sha")?;
    call.required("name")?;
    let (edit, app, bot) = (edit(call)?, world.app.slug.clone(), world.bot());
    let id = world.create_run(repo, &app, sha, edit, InSuite::OfApp, bot)?;
    Ok(Answer::created(shown(world.repo(repo), world, id)?))
}

pub(super) fn get_run(world: &World, repo: RepoId, id: u64) -> Reply {
    Ok(Answer::ok(shown(world.repo(repo), world, id)?))
}

/// Only the App that made a run may change it.
pub(super) fn update_run(world: &mut World, call: &Call, repo: RepoId, id: u64) -> Reply {
    let run = world.repo(repo).runs.get(&id).ok_or_else(Refusal::not_found)?;
    if run.app != world.app.slug {
        return Err(Refusal::new(
            403,
            "Invalid app_id `".to_owned()
                + &world.app.id.to_string()
                + "` - check run can only be modified by the GitHub App that created it.",
        )
        .into());
    }
    let (edit, bot) = (edit(call)?, world.bot());
    world.update_run(repo, id, edit, bot)?;
    Ok(Answer::ok(shown(world.repo(repo), world, id)?))
}

fn shown(repo: &Repo, world: &World, id: u64) -> Result<Value, Refusal> {
    let run = repo.runs.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(world.run_json(repo, run, false))
}

/// # Errors
/// 422 for words GitHub does not know, a completed run without a conclusion, and buttons beyond GitHub's limits.
fn edit(call: &Call) -> Result<RunEdit, Refusal> {
    let text = |field: &str| Ok::<_, Refusal>(call.text(field)?.map(str::to_owned));
    let one_of = |field: &str, known: &[&str]| {
        let value = text(field)?;
        match &value {
            Some(value) if !known.contains(&value.as_str()) => Err(Refusal::new(
                422,
                format!("Invalid request.\n\nFor 'properties/{field}', {value} is not a member of {known:?}."),
            )),
            _ => Ok(value),
        }
    };
    let status = one_of("status", &["queued", "in_progress", "completed"])?;
    let conclusion = one_of(
        "conclusion",
        &[
            "success",
            "failure",
            "neutral",
            "cancelled",
            "skipped",
            "timed_out",
            "action_required",
        ],
    )?;
    if status.as_deref() == Some("completed") && conclusion.is_none() {
        return Err(Refusal::new(422, "Invalid request.\n\n\"conclusion\" wasn't supplied."));
    }
    Ok(RunEdit {
        name: text("name")?,
        status,
        conclusion,
        external_id: text("external_id")?,
        details_url: text("details_url")?,
        started_at: call.moment("started_at")?,
        completed_at: call.moment("completed_at")?,
        output: call.field("output")?.map(output).transpose()?,
        actions: actions(call)?,
    })
}

fn output(output: &Value) -> Result<Output, Refusal> {
    let text = |field: &str| output[field].as_str().map(str::to_owned);
    for field in ["summary", "text"] {
        if text(field).is_some_and(|text| text.len() > 65_535) {
            return Err(Refusal::invalid(
                "CheckRun",
                field,
                "custom",
                Some("exceeds maximum length of 65535 characters"),
            ));
        }
    }
    let annotations = output["annotations"].as_array().map_or(0, Vec::len);
    Ok(Output {
        title: text("title"),
        summary: text("summary"),
        text: text("text"),
        annotations,
    })
}

/// At most three buttons, each with a label, a description and an identifier of limited length.
fn actions(call: &Call) -> Result<Option<Vec<Action>>, Refusal> {
    let Some(actions) = call.field("actions")?.and_then(Value::as_array) else {
        return Ok(None);
    };
    let refused = || Refusal::new(422, "Invalid request.\n\nInvalid property /actions.");
    let action = |action: &Value| {
        let fitting = |field: &str, most: usize| {
            let text = action[field].as_str().filter(|text| text.chars().count() <= most);
            text.map(str::to_owned).ok_or_else(refused)
        };
        Ok(Action {
            label: fitting("label", 20)?,
            description: fitting("description", 40)?,
            identifier: fitting("identifier", 20)?,
        })
    };
    if actions.len() > 3 {
        return Err(refused());
    }
    actions.iter().map(action).collect::<Result<_, _>>().map(Some)
}
