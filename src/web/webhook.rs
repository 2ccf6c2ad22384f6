//! `POST /webhook`: keeps what GitHub delivers, and only then says so.
//!
//! W1 Nothing is parsed before its signature is found right.
//! W2 202 means that the delivery is on disk.
//! W3 An authentic delivery is never thrown away: what cannot be read is kept as dead.
//! W4 Nothing a client sent is repeated in an answer.

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body::Body as _;
use tracing::Span;
use tracing::field::display;

use super::WebState;
use super::body::{self, BODY_MAX, BodyError, CutOff};
use super::envelope::Envelope;
use super::signature::Signature;
use crate::fault::{Fault, planted};
use crate::rules::interpret::urgency;
use crate::store::{Delivery, Readable, Received, StoreError};

/// Characters of `X-GitHub-Event` and `X-GitHub-Delivery`; GitHub's take up to 40.
const NAME_MAX: usize = 100;

/// Bodies from here on are checked and read on a thread of their own, since that takes milliseconds.
const LONG_WORK: usize = 1 << 20;

/// Every answer that `/webhook` gives, in the order in which they are decided.
pub enum Answer {
    UnusableHeaders,
    NotSigned,
    TooLarge,
    NotJson,
    Stored,
    SeenBefore,
    Failed,
    /// No answer at all.
    CutOff,
}

impl Answer {
    /// As it is counted.
    fn label(&self) -> &'static str {
        match self {
            Self::UnusableHeaders => "unusable_headers",
            Self::NotSigned => "not_signed",
            Self::TooLarge => "too_large",
            Self::NotJson => "not_json",
            Self::Stored => "stored",
            Self::SeenBefore => "seen_before",
            Self::Failed => "failed",
            Self::CutOff => "cut_off",
        }
    }

    /// Status and text; `None` for no answer at all.
    fn says(&self) -> Option<(StatusCode, &'static str)> {
        Some(match self {
            Self::UnusableHeaders => (
                StatusCode::BAD_REQUEST,
                "X-GitHub-Event and X-GitHub-Delivery must each be there once, as GitHub sends them.",
            ),
            Self::NotSigned => (
                StatusCode::UNAUTHORIZED,
                "X-Hub-Signature-256 does not match. Set the same webhook secret in the GitHub App and in GITHUB_WEBHOOK_SECRET.",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "The payload is over 25 MiB, more than GitHub ever sends.",
            ),
            Self::NotJson => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The payload is not JSON. Set the webhook's content type to application/json in the settings of the GitHub App.",
            ),
            Self::Stored => (StatusCode::ACCEPTED, "Stored."),
            Self::SeenBefore => (StatusCode::ACCEPTED, "Seen before."),
            Self::Failed => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The delivery could not be stored. Redeliver it later.",
            ),
            Self::CutOff => return None,
        })
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        if let Some((status, message)) = self.says() {
            return (status, Json(serde_json::json!({ "message": message }))).into_response();
        }
        // Never sent: the connection ends instead.
        let mut response = StatusCode::REQUEST_TIMEOUT.into_response();
        response.extensions_mut().insert(CutOff);
        response
    }
}

#[tracing::instrument(
    name = "delivery",
    skip_all,
    fields(delivery.id, event, action, repo, answer)
)]
pub async fn receive(State(state): State<WebState>, request: Request) -> Answer {
    let (head, body) = request.into_parts();
    let answer = take(&state, &head.headers, body)
        .await
        .unwrap_or_else(|refusal| refusal);
    state.metrics.delivery(answer.label());
    Span::current().record("answer", answer.label());
    if let Some((status, message)) = answer.says().filter(|(status, _)| status.is_client_error()) {
        // An operator whose secret or content type is set wrongly finds it here.
        tracing::warn!(status = status.as_u16(), "refused a delivery: {message}");
    }
    answer
}

async fn take(state: &WebState, headers: &HeaderMap, body: Body) -> Result<Answer, Answer> {
    let size = body.size_hint().exact();
    let (names, signature) = match inspect(headers, size) {
        Ok(inspected) => inspected,
        Err(refusal) => {
            body::discard(body, state.timers.body);
            return Err(refusal);
        }
    };
    Span::current()
        .record("delivery.id", &names.guid)
        .record("event", &names.event);
    let Some(_share) = state.budget.share(size).await else {
        tracing::warn!(
            delivery.id = names.guid,
            "too many bodies at once; a delivery was refused"
        );
        return Err(Answer::Failed);
    };
    let body = body::read(body, state.timers.body).await.map_err(|error| match error {
        BodyError::TooLarge => Answer::TooLarge,
        BodyError::CutOff => Answer::CutOff,
    })?;
    let envelope = open(state, body.clone(), signature, is_json(headers)).await?;
    Span::current()
        .record("action", envelope.action.as_deref())
        .record("repo", envelope.name.as_ref().map(display));
    Ok(keep(state, names, envelope, body).await)
}

/// `X-GitHub-Event` and `X-GitHub-Delivery`.
struct Names {
    event: String,
    guid: String,
}

/// What can be decided before the body is read.
fn inspect(headers: &HeaderMap, size: Option<u64>) -> Result<(Names, Signature), Answer> {
    let names = Names {
        event: name(headers, "x-github-event").ok_or(Answer::UnusableHeaders)?,
        guid: name(headers, "x-github-delivery").ok_or(Answer::UnusableHeaders)?,
    };
    let signature = only(headers, "x-hub-signature-256")
        .and_then(Signature::parse)
        .ok_or(Answer::NotSigned)?;
    if size.is_some_and(|bytes| bytes > BODY_MAX) {
        return Err(Answer::TooLarge);
    }
    Ok((names, signature))
}

/// A header's value if it is there exactly once.
fn only<'a>(headers: &'a HeaderMap, key: &str) -> Option<&'a [u8]> {
    let mut values = headers.get_all(key).iter();
    values
        .next()
        .filter(|_| values.next().is_none())
        .map(|value| value.as_bytes())
}

/// A header that holds one plain word: events are such, and so are GUIDs.
fn name(headers: &HeaderMap, key: &str) -> Option<String> {
    let value = std::str::from_utf8(only(headers, key)?).ok()?;
    let plain = value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte));
    (plain && (1..=NAME_MAX).contains(&value.len())).then(|| value.to_owned())
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(|value| value.to_str()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// Checks the signature, then (and only then) reads what the body says.
async fn open(state: &WebState, body: Bytes, signature: Signature, json: bool) -> Result<Envelope, Answer> {
    let secrets = state.secrets.clone();
    let long = body.len() >= LONG_WORK;
    let open = move || {
        if !secrets.signed(&body, &signature) {
            return Err(Answer::NotSigned);
        }
        if !json {
            Err(Answer::NotJson)
        } else {
            Ok(Envelope::read(&body))
        }
    };
    if long {
        tokio::task::spawn_blocking(open).await.unwrap_or(Err(Answer::Failed))
    } else {
        open()
    }
}

async fn keep(state: &WebState, names: Names, envelope: Envelope, body: Bytes) -> Answer {
    let Names { event, guid } = names;
    if let Readable::No(why) = envelope.readable {
        tracing::warn!(
            delivery.id = guid,
            event,
            "an authentic delivery cannot be read, and is kept as dead: {why}"
        );
    }
    let now = state.clock.now();
    let urgency = urgency(&event, envelope.action.as_deref(), envelope.by_bot);
    let delivery = Delivery {
        guid: guid.clone(),
        urgency,
        event,
        action: envelope.action,
        repo: envelope.repo,
        name: envelope.name,
        installation: envelope.installation,
        received_at: now,
        body,
        readable: envelope.readable,
    };
    match state.store.receive(delivery, now).await {
        Ok(Received::Stored) => {
            state.wake.notify_one();
            Answer::Stored
        }
        Ok(Received::SeenBefore) => Answer::SeenBefore,
        Err(_) if planted(Fault::AnswerBeforeCommit) => Answer::Stored,
        Err(StoreError::Busy) => {
            tracing::warn!(delivery.id = guid, "the database is busy; a delivery was refused");
            Answer::Failed
        }
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                delivery.id = guid,
                "could not store a delivery"
            );
            Answer::Failed
        }
    }
}
