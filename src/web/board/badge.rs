//! The badge of an environment, for READMEs: how much waits for it, in words.
//!
//! Nobody has to sign in for it, so it shows only what everybody may see anyway: there is one only for repositories that GitHub,
//! asked at most five minutes ago, calls public. All else, also what could not be asked, is not there (B1).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};

use super::Board;
use super::page::Trouble;
use crate::rules::id::{InstallationId, RepoId, RepoName};
use crate::rules::scene::{Stage, Way};
use crate::rules::words::scene as words;

/// How old GitHub's word may be.
const HOLDS: SignedDuration = SignedDuration::from_mins(5);

/// Repositories of which it is remembered; beyond, the oldest words are asked for again.
const KNOWN_MAX: usize = 10_000;

/// Width of a character, in pixels; the text is set to just the width that this makes.
const CHARACTER: usize = 7;

/// GitHub's newest word on who may see a repository.
#[derive(Default)]
pub struct Publicity {
    known: Mutex<HashMap<RepoId, (Timestamp, bool)>>,
    /// One question at a time: who comes meanwhile finds the answer.
    asking: tokio::sync::Mutex<()>,
}

impl Publicity {
    fn get(&self, repo: RepoId, now: Timestamp) -> Option<bool> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (asked_at, is_public) = known.get(&repo)?;
        let age = now.duration_since(*asked_at);
        (age < HOLDS && age >= SignedDuration::ZERO).then_some(*is_public)
    }

    fn put(&self, repo: RepoId, asked_at: Timestamp, is_public: bool) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.retain(|_, (at, _)| asked_at.duration_since(*at) < HOLDS);
        }
        if known.len() < KNOWN_MAX {
            known.insert(repo, (asked_at, is_public));
        }
    }
}

#[derive(Template)]
#[template(path = "badge.svg", escape = "html")]
struct Badge {
    name: String,
    said: String,
    colour: &'static str,
    width: usize,
    left: usize,
    right: usize,
}

/// The badge.
pub async fn show(
    State(board): State<Board>,
    Path((owner, name, file)): Path<(String, String, String)>,
) -> Result<Response, Trouble> {
    let environment = file.strip_suffix(".svg").ok_or(Trouble::NothingHere)?;
    let name = RepoName::parse(&format!("{owner}/{name}")).ok_or(Trouble::NothingHere)?;
    let found = board.inner.store.repository_named(&name).await?;
    let (repo, installation) = found.ok_or(Trouble::NothingHere)?;
    if !is_public(&board, repo, installation, &name).await {
        return Err(Trouble::NothingHere);
    }
    let (_, scene) = board.inner.store.scene(repo).await?.ok_or(Trouble::NothingHere)?;
    let stage = scene
        .stages
        .iter()
        .find(|stage| stage.environment.as_str() == environment);
    let badge = drawn(stage.ok_or(Trouble::NothingHere)?);
    let fixed = HeaderValue::from_static;
    let headers = [
        (CONTENT_TYPE, fixed("image/svg+xml")),
        (CACHE_CONTROL, fixed("public, max-age=60")),
        // Other sites are what it is for.
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            fixed("cross-origin"),
        ),
    ];
    match badge.render() {
        Ok(text) => Ok((StatusCode::OK, headers, text).into_response()),
        Err(_) => Err(Trouble::OutOfOrder),
    }
}

async fn is_public(board: &Board, repo: RepoId, installation: InstallationId, name: &RepoName) -> bool {
    let publicity = &board.inner.publicity;
    if let Some(is_public) = publicity.get(repo, board.inner.clock.now()) {
        return is_public;
    }
    let _turn = publicity.asking.lock().await;
    let now = board.inner.clock.now();
    if let Some(is_public) = publicity.get(repo, now) {
        return is_public;
    }
    match board.inner.github.is_public(repo, installation, name).await {
        Ok(is_public) => {
            publicity.put(repo, now, is_public);
            is_public
        }
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "could not ask whether a repository is public"
            );
            false
        }
    }
}

fn drawn(stage: &Stage) -> Badge {
    let (name, said) = (stage.environment.to_string(), words::badge(stage));
    let wide = |text: &str| text.chars().count() * CHARACTER + 12;
    let (left, right) = (wide(&name), wide(&said));
    let colour = match (&stage.held, &stage.armed, &stage.way) {
        (Some(_), ..) => "#8a4b00",
        (None, _, Way::Known(_)) => "#15703b",
        (None, _, Way::Unknown | Way::NoBranch | Way::TooFar { .. }) => "#5b655f",
    };
    Badge {
        name,
        said,
        colour,
        width: left + right,
        left,
        right,
    }
}
