//! Issues, among which GitHub lists pull requests too: listed, opened, edited, closed.

use jiff::Timestamp;

use super::answer::{Answer, Page, Reply};
use super::call::Call;
use crate::sandbox::world::issues::{Issue, IssueEdit};
use crate::sandbox::world::{Refusal, RepoId, World};

pub(super) fn get(world: &World, repo: RepoId, number: u64) -> Reply {
    let issue = world.issue(repo, number)?;
    Ok(Answer::ok(world.issue_json(world.repo(repo), issue, false)))
}

/// Open ones, newest first, unless something else is asked for.
pub(super) fn list(world: &World, call: &Call, repo: RepoId) -> Reply {
    let at = world.repo(repo);
    let state = call.query("state").unwrap_or_else(|| "open".into());
    let since = call.query("since").and_then(|text| text.parse::<Timestamp>().ok());
    let wanted = |issue: &&Issue| {
        (state == "all" || (state == "open") == issue.open)
            && since.is_none_or(|since| issue.updated_at >= since)
            && (at.has_issues || issue.pull.is_some())
    };
    let mut found: Vec<&Issue> = at.issues.values().filter(wanted).collect();
    if call.query("sort").as_deref() == Some("updated") {
        found.sort_by_key(|issue| (issue.updated_at, issue.number));
    }
    if call.query("direction").as_deref() != Some("asc") {
        found.reverse();
    }
    let page = Page::of(call, &world.api(), found);
    Ok(page.answer(|issue| world.issue_json(at, issue, false)))
}

pub(super) fn create(world: &mut World, call: &Call, repo: RepoId) -> Reply {
    if !world.repo(repo).has_issues {
        return Err(Refusal::new(410, "Issues has been disabled in this repository.").into());
    }
    let (title, body) = (call.required("title")?, call.text("body")?);
    let bot = world.bot();
    let number = world.open_issue(repo, bot, title, body, None);
    Ok(Answer::created(world.issue_json(
        world.repo(repo),
        world.issue(repo, number)?,
        false,
    )))
}

pub(super) fn update(world: &mut World, call: &Call, repo: RepoId, number: u64) -> Reply {
    let open = match call.text("state")? {
        Some("open") => Some(true),
        Some("closed") => Some(false),
        None => None,
        Some(_) => return Err(Refusal::invalid("Issue", "state", "invalid", None).into()),
    };
    let text = |field: &str| Ok::<_, Refusal>(call.text(field)?.map(str::to_owned));
    let edit = IssueEdit {
        title: text("title")?,
        body: text("body")?,
        open,
        reason: text("state_reason")?,
    };
    world.edit_issue(repo, number, edit)?;
    get(world, repo, number)
}
