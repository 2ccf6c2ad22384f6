//! The pages of one repository: who may open them, and the first of them, which shows its scene.

mod graph;
mod head;
mod lane;

use std::collections::HashMap;

use askama::Template;
use std::borrow::Cow;

use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};

use super::asked::{self, Asked, Wanted};
use super::page::{Frame, Moment, Trouble, html};
use super::pages::{self, Link, Page};
use super::session::Visitor;
use super::{Board, address};
use crate::github::sign_in::Seen;
use crate::rules::id::RepoName;
use crate::rules::scene::Scene;
use crate::rules::words::act;
use crate::rules::words::scene as words;
use graph::Graph;
use head::Head;
use lane::LaneView;

/// A repository that is open to the person who asks. Every page whose path has `{owner}` and `{name}` takes it as an argument;
/// what is private, unknown or mistyped is [`Trouble::NothingHere`] (B1), and nobody gets past it who is not signed in.
pub struct Opened {
    pub visitor: Visitor,
    /// The repository, by the name that GitHub gives it.
    pub seen: Seen,
}

impl FromRequestParts<Board> for Opened {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, board: &Board) -> Result<Self, Trouble> {
        let path: Result<Path<HashMap<String, String>>, _> = Path::from_request_parts(parts, board).await;
        let Ok(Path(path)) = path else {
            return Err(Trouble::NothingHere);
        };
        let part = |name: &str| path.get(name).map(String::as_str).unwrap_or_default();
        let wanted = format!("{}/{}", part("owner"), part("name"));
        // A form cannot be gone back to; the page that it was on can.
        let going_to = match parts.method {
            Method::GET => parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            _ => format!("{}/{wanted}", address::REPOSITORIES),
        };
        let visitor = board.visitor(&parts.headers, going_to).await?;
        let seen = board.seen_by(&visitor).await?;
        // To GitHub, upper and lower case are the same.
        let found = seen
            .iter()
            .find(|one| one.name.to_string().eq_ignore_ascii_case(&wanted));
        let seen = found.cloned().ok_or(Trouble::NothingHere)?;
        Ok(Self { visitor, seen })
    }
}

#[derive(Template)]
#[template(path = "repository.html")]
struct RepositoryPage {
    frame: Frame,
    name: String,
    pages: Vec<Link>,
    /// What is to be said of the whole.
    told: Vec<Cow<'static, str>>,
    /// The names of the page's parts.
    parts: [&'static str; 3],
    /// What the page shows: whoever acts on it says so.
    version: i64,
    /// Where it is told that there is something new.
    events: String,
    heads: Vec<Head>,
    graph: Option<Graph>,
    lanes: Vec<LaneView>,
    /// What came of what she did here.
    asked: Option<Asked>,
    /// Where she can do more.
    links: act::Links,
}

/// The repository's page.
pub async fn show(
    State(board): State<Board>,
    opened: Opened,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    let github_url = &board.open()?.door.github_url;
    let found = board.inner.store.scene(opened.seen.repo).await?;
    let path = address::repository(&opened.seen.name);
    let asked_for = asked::Place {
        number: wanted.asked.as_deref(),
        page: &path,
        place: "asked",
    };
    let mut page = RepositoryPage {
        frame: Frame::new(opened.seen.name.to_string(), Some(&opened.visitor)),
        name: opened.seen.name.to_string(),
        pages: pages::links(&opened.seen.name, Page::Now),
        told: Vec::new(),
        parts: words::parts(),
        version: 0,
        events: format!("{}/events", address::repository(&opened.seen.name)),
        heads: Vec::new(),
        graph: None,
        lanes: Vec::new(),
        links: act::links(),
        asked: board.asked(&opened, &asked_for).await?,
    };
    let Some((version, scene)) = found else {
        page.told.push(words::not_seen().into());
        return Ok(html(StatusCode::OK, &page));
    };
    let around = Around {
        scene: &scene,
        github_url,
        repo: &opened.seen.name,
        now: board.inner.clock.now(),
    };
    page.version = version;
    page.told.extend(scene.archived.then(|| words::archived().into()));
    if scene.not_set_up {
        page.told.push(words::not_set_up(scene.welcome).into());
        return Ok(html(StatusCode::OK, &page));
    }
    page.told.extend(scene.broken.then(|| words::broken().into()));
    page.told
        .extend(scene.stages.is_empty().then(|| words::no_environments().into()));
    page.heads = scene.stages.iter().map(|stage| head::view(&around, stage)).collect();
    page.graph = graph::view(&scene);
    page.lanes = lane::views(&around);
    Ok(html(StatusCode::OK, &page))
}

/// What every part of the page is made from.
struct Around<'a> {
    scene: &'a Scene,
    github_url: &'a str,
    repo: &'a RepoName,
    now: Timestamp,
}

impl Around<'_> {
    fn moment(&self, at: Timestamp) -> Moment {
        Moment::in_zone(at, &self.scene.timezone)
    }

    /// For how long, and since when.
    fn age(&self, since: Timestamp) -> (String, Moment) {
        // A clock that was set back makes nobody younger than now.
        let age = self.now.duration_since(since).max(SignedDuration::ZERO);
        (words::age(age), self.moment(since))
    }
}
