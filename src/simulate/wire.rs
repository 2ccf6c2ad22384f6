//! The wire between a replica's client and the simulated GitHub: the same requests and answers as over a connection, with a
//! gate before and after each, and the weather in between.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::ETAG;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use jiff::Timestamp;
use octocrab::OctoBody;
use serde_json::Value;
use tower::{BoxError, Service};

use super::dice::Dice;
use super::gate::{Gate, Point};
use super::sky::{Fate, STALE_MS_MAX, Sky};
use crate::sandbox::GitHub;

/// What GitHub answered last to each read, and when: what a stale read shows.
pub type Shown = Arc<Mutex<BTreeMap<String, (Timestamp, Bytes, http::response::Parts)>>>;

/// One replica's wire.
#[derive(Clone)]
pub struct Wire {
    pub github: GitHub,
    pub gate: Gate,
    pub sky: Sky,
    pub shown: Shown,
}

/// The connection ended before there was an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection ended without an answer")]
struct CutOff;

impl Service<Request<OctoBody>> for Wire {
    type Response = Response<Full<Bytes>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<OctoBody>) -> Self::Future {
        let wire = self.clone();
        Box::pin(async move { wire.carry(request).await })
    }
}

impl Wire {
    async fn carry(&self, request: Request<OctoBody>) -> Result<Response<Full<Bytes>>, BoxError> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let writes = head.method != http::Method::GET;
        let address = head.uri.to_string();
        let checks = address.contains("/check-runs?") || address.contains("/status?");
        let moves = writes && moves_a_branch(head.uri.path(), &body);
        self.gate.stop(Point::Send { writes, moves }).await;
        let fate = self.sky.of_request(writes, head.uri.path());
        match fate {
            Fate::Status(status) => return failure(status),
            Fate::Lost => return Err(CutOff.into()),
            Fate::Limited {
                status,
                retry_after_secs,
            } => return limited(status, retry_after_secs),
            _ => {}
        }
        if let (Fate::Stale, Some(stale)) = (fate, self.stale(&address)) {
            self.gate.stop(Point::Answer { writes, checks }).await;
            return Ok(stale);
        }
        let asked = format!("{} {}", head.method, head.uri);
        let answered = self.github.answer(Request::from_parts(head, Body::from(body))).await;
        let (head, body) = answered.map_err(|_| CutOff)?.into_parts();
        self.sky
            .note(|| format!("    {asked} {} {fate:?}", head.status.as_u16()));
        let body = body.collect().await?.to_bytes();
        if !writes && head.status == http::StatusCode::OK {
            let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.github.clock().now();
            shown.insert(address, (now, body.clone(), head.clone()));
        }
        self.gate.stop(Point::Answer { writes, checks }).await;
        match fate {
            Fate::StatusAfter(status) => failure(status),
            Fate::LostAfter => Err(CutOff.into()),
            Fate::BreaksOff => Ok(Response::from_parts(head, Full::new(body.slice(..body.len() / 2)))),
            Fate::Odd if head.status == http::StatusCode::OK => Ok(self.odd(head, &body)),
            _ => Ok(Response::from_parts(head, Full::new(body))),
        }
    }

    fn stale(&self, address: &str) -> Option<Response<Full<Bytes>>> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, body, head) = shown.get(address)?;
        let age = self.github.clock().now().duration_since(*at);
        let recent = age.as_millis() <= i128::from(STALE_MS_MAX);
        recent.then(|| Response::from_parts(head.clone(), Full::new(body.clone())))
    }

    /// The ETag stays with the true answer.
    fn odd(&self, mut head: http::response::Parts, body: &Bytes) -> Response<Full<Bytes>> {
        let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
            return Response::from_parts(head, Full::new(body.clone()));
        };
        let mut dice = self.sky.split();
        make_odd(&mut value, &mut dice);
        head.headers.remove(ETAG);
        head.headers.remove(http::header::CONTENT_LENGTH);
        Response::from_parts(head, Full::new(Bytes::from(value.to_string())))
    }
}

fn moves_a_branch(path: &str, body: &[u8]) -> bool {
    let sets = |word: &[u8]| body.windows(word.len()).any(|part| part == word);
    path.contains("/git/refs/")
        || path.ends_with("/merge")
        || path.ends_with("/merges")
        || (path.ends_with("/graphql") && sets(b"updateRefs"))
}

/// What may be null, or may have a value that nobody has heard of, by GitHub's own description.
fn make_odd(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| make_odd(item, dice)),
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                if dice.happens(70) {
                    make_odd(field, dice);
                    continue;
                }
                match name.as_str() {
                    "mergeable" | "merged_by" | "description" | "rebaseable" | "output" | "details_url" => {
                        *field = Value::Null;
                    }
                    "conclusion" if field.is_string() => *field = "frobnicated".into(),
                    "mergeable_state" | "author_association" | "visibility" => *field = "frobnicated".into(),
                    _ => make_odd(field, dice),
                }
            }
        }
        _ => {}
    }
}

fn failure(status: u16) -> Result<Response<Full<Bytes>>, BoxError> {
    let body = Full::new(Bytes::from_static(b"{\"message\":\"Server Error\"}"));
    Ok(Response::builder().status(status).body(body)?)
}

fn limited(status: u16, retry_after_secs: Option<u32>) -> Result<Response<Full<Bytes>>, BoxError> {
    let body =
        b"{\"message\":\"You have exceeded a secondary rate limit. Please wait a few minutes before you try again.\"}";
    let mut answer = Response::builder().status(status);
    if let Some(secs) = retry_after_secs {
        answer = answer.header("retry-after", secs);
    }
    Ok(answer.body(Full::new(Bytes::from_static(body)))?)
}
