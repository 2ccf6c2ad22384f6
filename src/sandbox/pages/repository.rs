//! The page of a repository: mainline as a line of commits with the environments as points on it, what is open, and how far each
//! feature has come.

use axum::response::Response;

use super::Pages;
use super::html::{self, escape};
use super::pull::{outcome, short, state};
use crate::sandbox::Repository;
use crate::sandbox::{CommitView, DeploymentView, PullView};

/// Commits of mainline that are shown, newest first.
const COMMITS_SHOWN_MAX: usize = 20;

pub fn page(pages: &Pages, at: &Repository) -> Response {
    let name = at.full_name();
    let (features, promotions): (Vec<_>, Vec<_>) = at
        .pulls()
        .into_iter()
        .rev()
        .partition(|pull| pages.is_feature(at, pull));
    let (merged, unmerged): (Vec<_>, Vec<_>) = features.into_iter().partition(|pull| pull.merged);
    let open = |pulls: Vec<PullView>| pulls.into_iter().filter(|pull| pull.open).collect::<Vec<_>>();
    let body = [
        format!("<p class=\"soft\"><a href=\"/\">Repositories</a></p><h1>{}</h1>", escape(&name)),
        list("Promotions that wait", &open(promotions), &name, "Nothing waits to be promoted."),
        list("Features in progress", &open(unmerged), &name, "Nobody is working on a feature."),
        format!(
            "<form method=\"post\" action=\"/{}/features\"><button class=\"main\">{} opens a new feature</button></form>",
            escape(&name),
            escape(&pages.visit.developer)
        ),
        how_far(pages, at, &merged, &name),
        deployments(pages, at, &name),
        line(pages, at, &name),
    ]
    .concat();
    html::page(&name, None, &body)
}

fn list(heading: &str, pulls: &[PullView], name: &str, none: &str) -> String {
    let item = |pull: &PullView| {
        format!(
            "<li>{} <a href=\"/{}/pull/{}\">{}</a> <span class=\"soft\">#{2}, by {}</span></li>",
            state(pull),
            escape(name),
            pull.number,
            escape(&pull.title),
            escape(&pull.author)
        )
    };
    let items: String = pulls.iter().map(item).collect();
    match items.as_str() {
        "" => format!("<h2>{heading}</h2><p class=\"soft\">{none}</p>"),
        items => format!("<h2>{heading}</h2><ul class=\"plain\">{items}</ul>"),
    }
}

/// Which merged feature is where.
fn how_far(pages: &Pages, at: &Repository, merged: &[PullView], name: &str) -> String {
    if merged.is_empty() {
        return String::new();
    }
    let places: String = pages
        .visit
        .environments
        .iter()
        .map(|place| format!("<th><a href=\"/{}/tree/{1}\">{1}</a></th>", escape(name), escape(place)))
        .collect();
    let row = |pull: &PullView| {
        let has = |place: &String| {
            let arrived = at
                .head(place)
                .zip(pull.merge_commit.clone())
                .is_some_and(|(head, commit)| at.is_ancestor(&commit, &head));
            if arrived {
                "<td class=\"green\">yes</td>"
            } else {
                "<td class=\"soft\">not yet</td>"
            }
        };
        let cells: String = pages.visit.environments.iter().map(has).collect();
        format!(
            "<tr><td><a href=\"/{}/pull/{}\">{}</a></td>{cells}</tr>",
            escape(name),
            pull.number,
            escape(&pull.title)
        )
    };
    let rows: String = merged.iter().map(row).collect();
    format!("<h2>Merged features</h2><table><tr><th>Feature</th>{places}</tr>{rows}</table>")
}

/// The newest deployment of each environment, with buttons that decide how it ends.
fn deployments(pages: &Pages, at: &Repository, name: &str) -> String {
    let all = at.deployments();
    let newest = |place: &String| all.iter().rev().find(|one| one.environment == *place);
    let rows: String = pages
        .visit
        .environments
        .iter()
        .filter_map(newest)
        .map(|one| deployment(one, name))
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "<h2 id=\"deployments\">Deployments</h2><p class=\"soft\">The newest of each environment. In this simulation you decide \
         how it ends.</p><ul class=\"plain\">{rows}</ul>"
    )
}

fn deployment(one: &DeploymentView, name: &str) -> String {
    let (class, word) = match one.states.last().map(String::as_str) {
        Some("success") => ("green", "runs"),
        Some("failure" | "error") => ("red", "failed"),
        Some("inactive") => ("soft", "replaced"),
        _ => ("amber", "is being deployed"),
    };
    let button = |state: &str, label: &str| {
        format!(
            "<button name=\"state\" value=\"{state}\" aria-label=\"{}: {label}\">{label}</button>",
            escape(&one.environment)
        )
    };
    format!(
        "<li><form class=\"row\" method=\"post\" action=\"/{}/deployments/{}\"><span class=\"grow\"><strong>{}</strong> \
         <span class=\"{class}\">{word}</span> <span class=\"soft\">{}</span></span>{}{}</form></li>",
        escape(name),
        one.id,
        escape(&one.environment),
        escape(short(&one.sha)),
        button("success", "It runs"),
        button("failure", "It fails"),
    )
}

fn line(pages: &Pages, at: &Repository, name: &str) -> String {
    let commits = first_parents(at);
    let items: String = commits.iter().map(|commit| landed(pages, at, commit, name)).collect();
    format!(
        "<h2>The branch {}, newest first</h2><ul class=\"plain line\">{items}</ul>",
        escape(&at.default_branch())
    )
}

fn first_parents(at: &Repository) -> Vec<CommitView> {
    let tip = at.head(&at.default_branch()).and_then(|sha| at.commit_at(&sha));
    let parent = |commit: &CommitView| at.commit_at(commit.parents.first()?);
    std::iter::successors(tip, parent).take(COMMITS_SHOWN_MAX).collect()
}

fn landed(pages: &Pages, at: &Repository, commit: &CommitView, name: &str) -> String {
    let standing = std::iter::once(at.default_branch()).chain(pages.visit.environments.iter().cloned());
    let points: String = standing
        .filter(|branch| at.head(branch).as_ref() == Some(&commit.sha))
        .map(|branch| {
            format!(
                "<a class=\"point\" href=\"/{}/tree/{1}\">{1}</a> ",
                escape(name),
                escape(&branch)
            )
        })
        .collect();
    let checks: String = at
        .checks(&commit.sha)
        .iter()
        .map(|check| {
            let (class, word) = outcome(&check.outcome);
            format!(" · <span class=\"{class}\">{} {word}</span>", escape(&check.name))
        })
        .collect();
    let title = commit.message.lines().next().unwrap_or_default();
    format!(
        "<li>{points}<a href=\"/{}/commit/{}\">{}</a> <span class=\"soft\">{}, by {}{checks}</span></li>",
        escape(name),
        escape(&commit.sha),
        escape(title),
        escape(short(&commit.sha)),
        escape(&commit.author)
    )
}
