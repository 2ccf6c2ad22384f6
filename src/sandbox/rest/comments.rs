//! Comments, reactions and labels, of issues and pull requests alike.

use jiff::Timestamp;
use serde_json::Value;

use super::answer::{Answer, Page, Reply};
use super::call::Call;
use crate::sandbox::clock::to_the_second;
use crate::sandbox::world::issues::Comment;
use crate::sandbox::world::{Refusal, Repo, RepoId, World};

pub(super) fn list(world: &World, call: &Call, repo: RepoId, number: u64) -> Reply {
    world.issue(repo, number)?;
    let at = world.repo(repo);
    let since = call.query("since").and_then(|text| text.parse::<Timestamp>().ok());
    let recent = at
        .comments_of(number)
        .filter(|comment| since.is_none_or(|since| comment.updated_at >= since));
    let page = Page::of(call, &world.api(), recent);
    Ok(page.answer(|comment| world.comment_json(at, comment, false)))
}

/// All comments of a repository, on issues and pull requests; by their ids, unless the caller asks for another order.
pub(super) fn list_all(world: &World, call: &Call, repo: RepoId) -> Reply {
    let at = world.repo(repo);
    let since = call.query("since").and_then(|text| text.parse::<Timestamp>().ok());
    let mut found: Vec<&Comment> = at.comments.values().collect();
    found.retain(|comment| since.is_none_or(|since| to_the_second(comment.updated_at) >= since));
    match call.query("sort").as_deref() {
        Some("updated") => found.sort_by_key(|comment| comment.updated_at),
        Some("created") => found.sort_by_key(|comment| comment.created_at),
        _ => {}
    }
    // Without a sort GitHub ignores the direction.
    if call.query("sort").is_some() && call.query("direction").as_deref() == Some("desc") {
        found.reverse();
    }
    let page = Page::of(call, &world.api(), found);
    Ok(page.answer(|comment| world.comment_json(at, comment, false)))
}

pub(super) fn create(world: &mut World, call: &Call, repo: RepoId, number: u64) -> Reply {
    let body = call.required("body")?;
    let bot = world.bot();
    let id = world.comment(repo, number, bot, body)?;
    Ok(Answer::created(shown(world, repo, id)?))
}

pub(super) fn get(world: &World, repo: RepoId, id: u64) -> Reply {
    Ok(Answer::ok(shown(world, repo, id)?))
}

pub(super) fn update(world: &mut World, call: &Call, repo: RepoId, id: u64) -> Reply {
    let body = call.required("body")?;
    let bot = world.bot();
    world.edit_comment(repo, id, bot, body)?;
    Ok(Answer::ok(shown(world, repo, id)?))
}

pub(super) fn delete(world: &mut World, repo: RepoId, id: u64) -> Reply {
    let bot = world.bot();
    world.delete_comment(repo, id, bot)?;
    Ok(Answer::empty(204))
}

fn shown(world: &World, repo: RepoId, id: u64) -> Result<Value, Refusal> {
    Ok(world.comment_json(world.repo(repo), comment(world, repo, id)?, false))
}

fn comment(world: &World, repo: RepoId, id: u64) -> Result<&Comment, Refusal> {
    world.repo(repo).comments.get(&id).ok_or_else(Refusal::not_found)
}

pub(super) fn list_reactions(world: &World, call: &Call, repo: RepoId, id: u64) -> Reply {
    let content = call.query("content");
    let wanted = comment(world, repo, id)?.reactions.iter();
    let wanted = wanted.filter(|reaction| content.as_ref().is_none_or(|content| reaction.content == *content));
    let page = Page::of(call, &world.api(), wanted);
    Ok(page.answer(|reaction| world.reaction_json(reaction)))
}

pub(super) fn react(world: &mut World, call: &Call, repo: RepoId, id: u64) -> Reply {
    let content = call.required("content")?;
    let bot = world.bot();
    let (reaction, new) = world.react(repo, id, bot, content)?;
    let found = comment(world, repo, id)?
        .reactions
        .iter()
        .find(|known| known.id == reaction);
    let json = found.map(|reaction| world.reaction_json(reaction)).unwrap_or_default();
    Ok(Answer {
        status: if new { 201 } else { 200 },
        ..Answer::ok(json)
    })
}

/// Only what happened to labels is recorded here.
pub(super) fn list_events(world: &World, call: &Call, repo: RepoId, number: u64) -> Reply {
    let (at, issue) = (world.repo(repo), world.issue(repo, number)?);
    let page = Page::of(call, &world.api(), &issue.events);
    Ok(page.answer(|event| world.label_event_json(at, event)))
}

pub(super) fn list_labels(world: &World, call: &Call, repo: RepoId, number: u64) -> Reply {
    let (at, issue) = (world.repo(repo), world.issue(repo, number)?);
    let page = Page::of(call, &world.api(), at.labels_of(issue));
    Ok(page.answer(|label| world.label_json(at, label)))
}

pub(super) fn add_labels(world: &mut World, call: &Call, repo: RepoId, number: u64) -> Reply {
    let listed = call
        .field("labels")?
        .or(call.body.as_ref().filter(|body| body.is_array()))
        .and_then(Value::as_array);
    let listed = listed.ok_or_else(|| Refusal::new(422, "Invalid request.\n\n\"labels\" wasn't supplied."))?;
    let names = listed
        .iter()
        .filter_map(|label| label.as_str().or(label["name"].as_str()))
        .map(str::to_owned);
    let names: Vec<String> = names.collect();
    let bot = world.bot();
    world.add_labels(repo, number, &names, bot)?;
    labels(world, repo, number)
}

pub(super) fn remove_label(world: &mut World, _call: &Call, repo: RepoId, number: u64, name: &str) -> Reply {
    let bot = world.bot();
    world.remove_label(repo, number, name, bot)?;
    labels(world, repo, number)
}

fn labels(world: &World, repo: RepoId, number: u64) -> Reply {
    let (at, issue) = (world.repo(repo), world.issue(repo, number)?);
    Ok(Answer::ok(
        at.labels_of(issue)
            .into_iter()
            .map(|label| world.label_json(at, label))
            .collect(),
    ))
}

pub(super) fn list_repo_labels(world: &World, call: &Call, repo: RepoId) -> Reply {
    let at = world.repo(repo);
    let page = Page::of(call, &world.api(), &at.labels);
    Ok(page.answer(|label| world.label_json(at, label)))
}

pub(super) fn get_label(world: &World, repo: RepoId, name: &str) -> Reply {
    let at = world.repo(repo);
    let label = at.label(name).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(world.label_json(at, label)))
}

pub(super) fn create_label(world: &mut World, call: &Call, repo: RepoId) -> Reply {
    let (name, color) = (call.required("name")?, call.text("color")?.unwrap_or("ededed"));
    world.create_label(repo, name, color, call.text("description")?)?;
    let at = world.repo(repo);
    let json = at
        .label(name)
        .map(|label| world.label_json(at, label))
        .unwrap_or_default();
    Ok(Answer::created(json))
}

impl Repo {
    /// The comments of an issue or pull request, oldest first.
    pub fn comments_of(&self, number: u64) -> impl Iterator<Item = &Comment> {
        self.comments.values().filter(move |comment| comment.issue == number)
    }
}
