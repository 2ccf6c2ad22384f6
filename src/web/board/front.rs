//! The first page: the way in, or the repositories that the person may see, each environment in words.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::page::{Frame, Moment, Trouble, ask_to_sign_in, html};
use super::{Board, address};
use crate::github::sign_in::Seen;
use crate::rules::memory::Gap;
use crate::rules::overview::Overview;
use crate::rules::scene::{Lane, Scene};
use crate::rules::words::board::{self as words, Said};
use crate::rules::words::scene as words_of_scene;

#[derive(Template)]
#[template(path = "front.html")]
struct FrontPage {
    frame: Frame,
    said: Said,
    repositories: Vec<Repository>,
    others: Said,
    /// Repositories of which no environment is known.
    without: Vec<String>,
}

struct Repository {
    name: String,
    /// Where its page is.
    path: String,
    /// What waits for an owner's word.
    for_owners: Option<String>,
    environments: Vec<Environment>,
}

/// An environment in words.
pub struct Environment {
    pub name: String,
    pub label: String,
    pub distance: String,
    /// The pull request that shows what waits: its address, and the link's words.
    pub waits: Option<(String, String)>,
    pub held: Option<Held>,
    pub armed: Option<String>,
}

/// A hold in words.
pub struct Held {
    pub label: &'static str,
    pub until: Moment,
    pub why: String,
}

/// The first page.
pub async fn show(State(board): State<Board>, headers: HeaderMap) -> Result<Response, Trouble> {
    let Some(visitor) = board.find_visitor(&headers, "/".to_owned()).await? else {
        return Ok(ask_to_sign_in(StatusCode::OK, words::welcome(), "/"));
    };
    let seen = board.seen_by(&visitor).await?;
    let github_url = &board.open()?.door.github_url;
    let ids: Vec<_> = seen.iter().map(|one| one.repo).collect();
    let known = board.inner.store.overviews(&ids).await?;
    let (with, without): (Vec<&Seen>, Vec<&Seen>) = seen
        .iter()
        .partition(|one| known.get(&one.repo).is_some_and(|known| !known.gaps.is_empty()));
    let mut repositories = Vec::with_capacity(with.len());
    for one in with {
        if let Some(overview) = known.get(&one.repo) {
            let scene = board.inner.store.scene(one.repo).await?;
            let scene = scene.map(|(_, scene)| scene);
            repositories.push(repository(github_url, one, overview, scene.as_ref()));
        }
    }
    let said = if seen.is_empty() {
        words::no_repositories()
    } else {
        words::repositories()
    };
    let page = FrontPage {
        frame: Frame::new(said.title.clone(), Some(&visitor)),
        said,
        repositories,
        others: words::without_environments(),
        without: without.into_iter().map(|one| one.name.to_string()).collect(),
    };
    Ok(html(StatusCode::OK, &page))
}

fn repository(github_url: &str, seen: &Seen, known: &Overview, scene: Option<&Scene>) -> Repository {
    let to_accept = scene.filter(|scene| scene.acceptance);
    let to_accept = to_accept.map_or(0, |scene| scene.lane(Lane::Ready).len());
    let gaps = known.in_order().into_iter();
    Repository {
        name: seen.name.to_string(),
        path: address::repository(&seen.name),
        for_owners: words::to_accept(to_accept),
        environments: gaps
            .map(|gap| environment(github_url, seen, known, gap, scene))
            .collect(),
    }
}

fn environment(github_url: &str, seen: &Seen, known: &Overview, gap: &Gap, scene: Option<&Scene>) -> Environment {
    let name = &gap.environment;
    let stage = scene.and_then(|scene| scene.stages.iter().find(|stage| stage.environment == *name));
    // In features, where they are known; by the branches, where not.
    let distance = stage.and_then(words_of_scene::gap);
    let differs = gap.base_at != gap.head_at;
    let waits = gap
        .pull
        .filter(|_| differs)
        .map(|pull| (address::pull(github_url, &seen.name, pull), words::what_waits(pull)));
    let held = known.holds.get(name);
    let armed = known.armed.get(name).filter(|armed| !armed.has_moved());
    Environment {
        name: name.to_string(),
        label: words::environment(name),
        distance: distance.unwrap_or_else(|| words::distance(gap)),
        waits,
        held: held.map(|hold| Held {
            label: words::held_until(),
            until: Moment::from(hold.until),
            why: words::held_why(hold),
        }),
        armed: armed.map(|armed| words::armed(&armed.asked_by.login)),
    }
}
