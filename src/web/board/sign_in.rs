//! Signing in and out.
//!
//! What the browser needs to come back with (the state, PKCE's verifier, where to go on) is sealed into a cookie of its own, so
//! that nothing of a sign-in that was only begun is kept here. That it came back is noted, so that it does so once.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::header::{HeaderName, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::address::return_to;
use super::page::{Trouble, ask_to_sign_in};
use super::seal::{hex, unhex};
use super::seen::away;
use super::session::{LIFE, Visitor, digest_of};
use super::{Board, Open, cookie, form};
use crate::github::sign_in::SignInError;
use crate::rules::words::board as words;
use crate::store::Session;

/// GitHub's codes hold as long.
const SIGN_IN_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// What the cookie of a sign-in is sealed for.
const PURPOSE: &[u8] = b"a sign-in on its way";

/// A sign-in on its way through GitHub, in the browser that began it.
#[derive(Serialize, Deserialize)]
struct OnItsWay {
    state: String,
    verifier: String,
    return_to: String,
    begun_at: Timestamp,
}

#[derive(Deserialize)]
pub struct Wanted {
    to: Option<String>,
}

/// Sends the browser to GitHub.
pub async fn begin(State(board): State<Board>, Query(wanted): Query<Wanted>) -> Result<Response, Trouble> {
    let open = board.open()?;
    let (state, verifier) = open.seal.random().zip(open.seal.random()).ok_or(Trouble::OutOfOrder)?;
    let address = open.door.sign_in.address(&state, &verifier);
    let on_its_way = OnItsWay {
        state,
        verifier,
        return_to: return_to(wanted.to.as_deref()).to_owned(),
        begun_at: board.inner.clock.now(),
    };
    let plain = serde_json::to_vec(&on_its_way).map_err(|_| Trouble::OutOfOrder)?;
    let sealed = open.seal.close(PURPOSE, &plain).ok_or(Trouble::OutOfOrder)?;
    let set = cookie::set(
        cookie::Kind::SignIn,
        &hex(&sealed),
        Duration::from_secs(SIGN_IN_LIFE.as_secs().unsigned_abs()),
        open.secure,
    );
    go_to(&address, [(SET_COOKIE, set)])
}

/// What GitHub sends a person back with.
#[derive(Deserialize)]
pub struct Back {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// GitHub sent the browser back.
pub async fn come_back(
    State(board): State<Board>,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Result<Response, Trouble> {
    let open = board.open()?;
    let mut response = match returned(&board, open, &headers, &back).await {
        Ok(response) => response,
        Err(trouble) => trouble.into_response(),
    };
    let over = cookie::clear(cookie::Kind::SignIn, open.secure);
    response.headers_mut().append(SET_COOKIE, over);
    Ok(response)
}

async fn returned(board: &Board, open: &Open, headers: &HeaderMap, back: &Back) -> Result<Response, Trouble> {
    let again = |said| Ok(ask_to_sign_in(StatusCode::BAD_REQUEST, said, "/"));
    let now = board.inner.clock.now();
    let Some(begun) = begun_here(open, headers, now).filter(|begun| back.state.as_ref() == Some(&begun.state)) else {
        return again(words::begin_again());
    };
    match back.error.as_deref() {
        None => {}
        Some("access_denied") => return again(words::cancelled()),
        Some(error) => {
            let error = SignInError::Misconfigured {
                error: error.chars().take(100).collect(),
            };
            return Err(away(&error));
        }
    }
    let spent = board
        .inner
        .store
        .spend_sign_in(digest_of(&begun.state), now, begun.begun_at + SIGN_IN_LIFE);
    let Some(code) = back.code.as_deref() else {
        return again(words::begin_again());
    };
    if !spent.await? {
        return again(words::begin_again());
    }
    let granted = match open.door.sign_in.redeem(code, &begun.verifier).await {
        Ok(granted) => granted,
        Err(SignInError::Refused { error }) => {
            tracing::info!(error, "GitHub refused the code of a sign-in");
            return again(words::code_refused());
        }
        Err(error) => return Err(away(&error)),
    };
    let person = open
        .door
        .sign_in
        .who(&granted.access)
        .await
        .map_err(|error| away(&error))?;
    // Another session than any before: what the browser held so far is worth nothing from here on.
    if let Some(before) = board.find_visitor(headers, String::new()).await? {
        board.inner.store.end_session(before.session.id).await?;
    }
    let secret = open.seal.random().ok_or(Trouble::OutOfOrder)?;
    let id = digest_of(&secret);
    let sealed = open.sealed(&id, &granted).ok_or(Trouble::OutOfOrder)?;
    let session = Session::new(id, person.id, person.login, sealed, now);
    board.inner.store.open_session(&session, LIFE).await?;
    tracing::info!(person = session.person.id.0, "somebody signed in to the board");
    let life = Duration::from_secs(LIFE.as_secs().unsigned_abs());
    let set = cookie::set(cookie::Kind::Session, &secret, life, open.secure);
    go_to(return_to(Some(&begun.return_to)), [(SET_COOKIE, set)])
}

/// The sign-in that this browser began, while it holds.
fn begun_here(open: &Open, headers: &HeaderMap, now: Timestamp) -> Option<OnItsWay> {
    let sealed = unhex(cookie::read(headers, cookie::Kind::SignIn, open.secure)?)?;
    let begun: OnItsWay = serde_json::from_slice(&open.seal.open(PURPOSE, &sealed)?).ok()?;
    (now.duration_since(begun.begun_at) < SIGN_IN_LIFE).then_some(begun)
}

/// Signs out in this browser.
pub async fn sign_out(State(board): State<Board>, headers: HeaderMap, body: Bytes) -> Result<Response, Trouble> {
    let visitor = acting(&board, &headers, &body).await?;
    board.inner.store.end_session(visitor.session.id).await?;
    board.inner.live.signed_out();
    signed_out(&board)
}

/// Signs out in every browser.
pub async fn sign_out_everywhere(
    State(board): State<Board>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Trouble> {
    let visitor = acting(&board, &headers, &body).await?;
    board.inner.store.end_sessions_of(visitor.session.person.id).await?;
    board.inner.live.signed_out();
    signed_out(&board)
}

/// Whoever pressed a button on a page of ours.
async fn acting(board: &Board, headers: &HeaderMap, body: &[u8]) -> Result<Visitor, Trouble> {
    let open = board.open()?;
    if !form::is_from_here(headers, &open.origin) {
        return Err(Trouble::FormRefused);
    }
    let visitor = board.visitor(headers, "/".to_owned()).await?;
    if !form::has_token(body, &visitor.form_token()) {
        return Err(Trouble::FormRefused);
    }
    Ok(visitor)
}

fn signed_out(board: &Board) -> Result<Response, Trouble> {
    let over = cookie::clear(cookie::Kind::Session, board.open()?.secure);
    let forget = HeaderValue::from_static("\"cache\"");
    go_to("/", [(SET_COOKIE, over), (CLEAR_SITE_DATA, forget)])
}

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Sends the browser on, by GET.
fn go_to<const N: usize>(address: &str, more: [(HeaderName, HeaderValue); N]) -> Result<Response, Trouble> {
    let location = HeaderValue::try_from(address).map_err(|_| Trouble::OutOfOrder)?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, location)], more).into_response())
}
