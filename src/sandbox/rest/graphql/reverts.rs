//! `revertPullRequest`: a pull request that takes another one, which is merged, out again.

use serde_json::{Value, json};

use super::{Call, Error, Selected, accessible, faults_among};
use crate::sandbox::auth::NOT_ACCESSIBLE;
use crate::sandbox::installations::Level::Write;
use crate::sandbox::payload::node_id;
use crate::sandbox::world::merges::RevertWish;
use crate::sandbox::world::{RepoId, World};

/// What can be selected of a pull request.
pub(super) fn is_known(field: &Selected) -> bool {
    field.inner.is_empty() && matches!(field.name.as_str(), "id" | "number" | "title" | "url" | "__typename")
}

pub(super) fn faults_of(input: &Value) -> Vec<String> {
    let text = |value: &Value| value.is_string();
    let text_or_none = |value: &Value| value.is_string() || value.is_null();
    let flag_or_none = |value: &Value| value.is_boolean() || value.is_null();
    faults_among(
        input,
        &[
            ("pullRequestId", &text),
            ("title", &text_or_none),
            ("body", &text_or_none),
            ("draft", &flag_or_none),
            ("clientMutationId", &text_or_none),
        ],
    )
}

pub(super) fn revert(world: &mut World, call: &Call, input: &Value) -> Result<Value, Error> {
    let id = input["pullRequestId"].as_str().unwrap_or_default();
    let (repo, number) = find(world, call, id)?;
    if !(call.has("contents", Write) && call.has("pull_requests", Write)) {
        return Err(Error {
            kind: "FORBIDDEN",
            message: NOT_ACCESSIBLE.to_owned(),
        });
    }
    let text = |field: &str| input[field].as_str().map(str::to_owned);
    let wish = RevertWish {
        title: text("title"),
        body: text("body"),
        draft: input["draft"].as_bool().unwrap_or(false),
    };
    let bot = world.bot();
    let made = world.revert_pull(repo, number, wish, bot);
    let made = made.map_err(|refusal| Error {
        kind: "UNPROCESSABLE",
        message: refusal.message,
    })?;
    Ok(json!({
        "__typename": "RevertPullRequestPayload",
        "pullRequest": shown(world, repo, number), "revertPullRequest": shown(world, repo, made),
    }))
}

fn shown(world: &World, repo: RepoId, number: u64) -> Value {
    let at = world.repo(repo);
    let issue = &at.issues[&number];
    json!({
        "__typename": "PullRequest", "id": node_id("PR", issue.id), "number": number, "title": issue.title,
        "url": format!("{}/pull/{number}", world.repo_page(at)),
    })
}

/// What the caller may not see does not exist for it.
fn find(world: &World, call: &Call, id: &str) -> Result<(RepoId, u64), Error> {
    let pulls = world
        .repos
        .values()
        .flat_map(|repo| repo.pulls().map(|(issue, _)| (repo.id, issue)));
    let mut pulls = pulls.filter(|(_, issue)| node_id("PR", issue.id) == id);
    let found = pulls.next().map(|(repo, issue)| (repo, issue.number));
    let visible = found.filter(|(repo, _)| accessible(world, call, &node_id("R", *repo)).is_ok());
    visible.ok_or_else(|| Error {
        kind: "NOT_FOUND",
        message: format!("Could not resolve to a node with the global id of '{id}'"),
    })
}
