//! What lies between two commits: the commits, and the files they changed.

use axum::response::Response;

use super::html::{self, escape};
use super::pull::short;
use crate::sandbox::CommitView;
use crate::sandbox::Repository;
use crate::sandbox::graph::FileChange;

/// What `head` has that `base` lacks; each is a branch or a commit. `None` when one of them does not exist.
pub fn between(at: &Repository, base: &str, head: &str) -> Option<Response> {
    let (base, head) = (resolved(at, base)?, resolved(at, head)?);
    let heading = format!("From {} to {}", short(&base), short(&head));
    // A branch may have moved on since, so its own part is counted from where the two last met.
    let met = at
        .github
        .world()
        .repo(at.id)
        .graph
        .merge_base(&base, &head)
        .unwrap_or(base);
    Some(page(at, &heading, &met, &head))
}

/// What one commit changed, seen from its first parent.
pub fn of_commit(at: &Repository, sha: &str) -> Option<Response> {
    let commit = at.commit_at(&resolved(at, sha)?)?;
    let before = commit.parents.first().cloned().unwrap_or_default();
    Some(page(
        at,
        &format!("Commit {}", short(&commit.sha)),
        &before,
        &commit.sha,
    ))
}

fn resolved(at: &Repository, name: &str) -> Option<String> {
    at.github.world().repo(at.id).resolve(name)
}

fn page(at: &Repository, heading: &str, before: &str, after: &str) -> Response {
    let name = at.full_name();
    let commits: String = at
        .commits_between(before, after)
        .iter()
        .map(|commit| item(commit, &name))
        .collect();
    let changes = at.github.world().repo(at.id).graph.changes(before, after);
    let files: String = changes.iter().map(file).collect();
    let body = format!(
        "<p class=\"soft\"><a href=\"/{0}\">{0}</a></p><h1>{1}</h1><h2>Commits</h2><ul class=\"plain\">{commits}</ul>\
         <h2>Files</h2>{files}",
        escape(&name),
        escape(heading)
    );
    html::page(&format!("{heading} · {name}"), None, &body)
}

fn item(commit: &CommitView, name: &str) -> String {
    format!(
        "<li><a href=\"/{}/commit/{}\">{}</a> <span class=\"soft\">{}, by {}</span></li>",
        escape(name),
        escape(&commit.sha),
        escape(commit.message.lines().next().unwrap_or_default()),
        escape(short(&commit.sha)),
        escape(&commit.author)
    )
}

fn file(change: &FileChange) -> String {
    let lines = |sign: char, content: &Option<std::sync::Arc<str>>| -> String {
        content
            .as_deref()
            .unwrap_or_default()
            .lines()
            .map(|line| format!("{sign} {}\n", escape(line)))
            .collect()
    };
    format!(
        "<div class=\"box\"><header>{} <span class=\"soft\">{}</span></header><div class=\"text\"><pre>{}{}</pre></div></div>",
        escape(&change.path),
        change.status(),
        lines('-', &change.before),
        lines('+', &change.after)
    )
}
