//! The pages of one repository: who may open them, and the first of them.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::asked::{Asked, Wanted};
use super::front::{self, Environment};
use super::page::{Frame, Trouble, html};
use super::session::Visitor;
use super::{Board, address};
use crate::github::sign_in::Seen;
use crate::rules::words::board as words;

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
    text: &'static str,
    environments: Vec<Environment>,
    asked: Option<Asked>,
}

/// The repository's page.
pub async fn show(
    State(board): State<Board>,
    opened: Opened,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    let github_url = &board.open()?.door.github_url;
    let known = board.inner.store.overviews(&[opened.seen.repo]).await?;
    let known = known.get(&opened.seen.repo);
    let environments = known.map(|known| front::environments(github_url, &opened.seen, known));
    let environments = environments.unwrap_or_default();
    let page = RepositoryPage {
        frame: Frame::new(opened.seen.name.to_string(), Some(&opened.visitor)),
        name: opened.seen.name.to_string(),
        text: words::repository(environments.is_empty()),
        environments,
        asked: board.asked(&opened, &wanted).await?,
    };
    Ok(html(StatusCode::OK, &page))
}
