//! The pages of the simulated GitHub, so that a person without an account, keys or a network can take part in it.
//!
//! Plain HTML from the server: no script, nothing from elsewhere. Whatever a form does goes through [`Repository`], so it has the
//! same effects and webhooks as anything else that happens here. A page that was just acted on looks again by itself for a few
//! seconds, because answers come a moment later.
//!
//! Absent on purpose: sessions and rights of the visitor, who may speak as anybody; what that person may do is for others to judge.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};

use super::{GitHub, PullView, Repository};

mod changes;
mod files;
mod forms;
pub(super) mod html;
mod markdown;
mod pull;
mod repository;

/// What a visitor finds: who they may be, and what the developer does at the press of a button.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The first one is proposed.
    pub people: Vec<Person>,
    /// The login that opens and merges features.
    pub developer: String,
    /// The App, by its slug, and the check that it reports on every new commit.
    pub check: (String, String),
    /// The login that deploys, and reports how that went.
    pub deployer: String,
    /// The branches of the places where the product runs, in order.
    pub environments: Vec<String>,
    /// What the developer opens next, in turn; more than one turn gives each a number.
    pub ideas: Vec<Idea>,
}

/// Somebody whom a visitor may speak as.
#[derive(Debug, Clone)]
pub struct Person {
    pub login: String,
    /// "the product owner".
    pub who: String,
}

/// A feature that the developer has in mind.
#[derive(Debug, Clone)]
pub struct Idea {
    pub title: String,
    pub description: String,
    pub branch: String,
    /// The file it adds, and what the file says.
    pub file: (String, String),
}

/// The pages, for [`super::Sandbox::start_with_pages`].
pub fn router(github: GitHub, visit: Visit) -> Router {
    let pages = Arc::new(Pages { github, visit });
    Router::new()
        .route("/", get(front))
        .route("/{owner}/{name}", get(repository_page))
        .route("/{owner}/{name}/pull/{number}", get(pull_page))
        .route("/{owner}/{name}/tree/{*branch}", get(files_page))
        .route("/{owner}/{name}/compare/{basehead}", get(compare_page))
        .route("/{owner}/{name}/commit/{sha}", get(commit_page))
        .route("/{owner}/{name}/features", post(forms::open_feature))
        .route("/{owner}/{name}/deployments/{id}", post(forms::deployed))
        .route("/{owner}/{name}/pull/{number}/comments", post(forms::comment))
        .route("/{owner}/{name}/pull/{number}/buttons", post(forms::press))
        .route("/{owner}/{name}/pull/{number}/checks", post(forms::report))
        .route("/{owner}/{name}/pull/{number}/merge", post(forms::merge))
        .with_state(pages)
}

struct Pages {
    github: GitHub,
    visit: Visit,
}

/// How many more times a page looks again by itself.
#[derive(serde::Deserialize)]
struct Looks {
    #[serde(default)]
    look: u32,
}

type Here = State<Arc<Pages>>;

async fn front(State(pages): Here) -> Response {
    let item = |shop: &Repository| {
        let name = html::escape(&shop.full_name());
        format!("<li><a href=\"/{name}\">{name}</a></li>")
    };
    let list: String = pages.github.repositories().iter().map(item).collect();
    html::page("Repositories", None, &format!("<h1>Repositories</h1><ul>{list}</ul>"))
}

async fn repository_page(State(pages): Here, Path((owner, name)): Path<(String, String)>) -> Response {
    match pages.find(&owner, &name) {
        Some(found) => repository::page(&pages, &found),
        None => html::nothing_here(),
    }
}

async fn pull_page(
    State(pages): Here,
    Path((owner, name, number)): Path<(String, String, u64)>,
    Query(looks): Query<Looks>,
) -> Response {
    let found = pages.find(&owner, &name).and_then(|at| Some((at.pull(number)?, at)));
    match found {
        Some((pull, at)) => pull::page(&pages, &at, &pull, looks.look),
        None => html::nothing_here(),
    }
}

async fn files_page(State(pages): Here, Path((owner, name, branch)): Path<(String, String, String)>) -> Response {
    let found = pages
        .find(&owner, &name)
        .and_then(|at| files::page(&pages, &at, &branch));
    found.unwrap_or_else(html::nothing_here)
}

async fn compare_page(State(pages): Here, Path((owner, name, basehead)): Path<(String, String, String)>) -> Response {
    let sides = basehead.split_once("...");
    let found = pages.find(&owner, &name).zip(sides);
    let page = found.and_then(|(at, (base, head))| changes::between(&at, base, head));
    page.unwrap_or_else(html::nothing_here)
}

async fn commit_page(State(pages): Here, Path((owner, name, sha)): Path<(String, String, String)>) -> Response {
    let found = pages.find(&owner, &name).and_then(|at| changes::of_commit(&at, &sha));
    found.unwrap_or_else(html::nothing_here)
}

impl Pages {
    fn find(&self, owner: &str, name: &str) -> Option<Repository> {
        self.github.find_repository(&format!("{owner}/{name}"))
    }

    /// Whether a pull request brings something new, rather than moving what is there from one branch to the next.
    fn is_feature(&self, at: &Repository, pull: &PullView) -> bool {
        let standing = |branch: &String| *branch == at.default_branch() || self.visit.environments.contains(branch);
        pull.base == at.default_branch() && !standing(&pull.head)
    }
}
