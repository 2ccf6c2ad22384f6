//! The API: one request in, GitHub's answer out, in GitHub's order: faults, credentials, limits, route, ETag.
//!
//! Requests the sandbox does not know get a 404 that names them, and are remembered, so that nobody mistakes a gap for an answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::GitHub;
use super::auth::Caller;
use super::clock::stamp;
use super::faults::Fault;
use super::limits::{Exceeded, Standing};
use super::log::Entry;
use super::world::{Refusal, World};
use answer::Answer;
use call::Call;

mod answer;
mod app;
mod call;
mod checks;
mod comments;
mod commits;
mod contents;
mod deployments;
mod graphql;
mod issues;
mod people;
mod pulls;
mod refs;
mod releases;
mod routes;
mod user;
mod workflows;

/// Where the API lives below the server's root, as on GitHub Enterprise Server.
pub(super) const API_ROOT: &str = "/api/v3";

/// Where GraphQL lives: beside the REST API, as on GitHub Enterprise Server.
const GRAPHQL: &str = "/api/graphql";

/// Marks a response whose connection is to be cut before anything is sent.
#[derive(Clone, Copy)]
pub(super) struct CutConnection;

/// How long a request that hangs is held before its connection is cut, should the client be that patient.
const HANG: Duration = Duration::from_secs(120);

/// The largest request body that is read, in bytes.
const BODY_MAX: usize = 4 << 20;

pub(super) async fn serve(github: GitHub, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = http_body_util::Limited::new(body, BODY_MAX)
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let path = match head.uri.path() {
        GRAPHQL => Some(graphql::PATH),
        path => path.strip_prefix(API_ROOT).filter(|path| *path != graphql::PATH),
    };
    let Some(path) = path else {
        return plain(404, "There is no page here. The API is below /api/v3.");
    };
    let query = head.uri.query().unwrap_or("");
    let call = Call::read(head.method.as_str(), path, query, head.headers, body);
    let answer = github.world().respond(call);
    match answer {
        Ok(answer) => answer.into_response(),
        Err(silence) => {
            if silence == Silence::Hang {
                tokio::time::sleep(HANG).await;
            }
            let mut response = plain(500, "");
            response.extensions_mut().insert(CutConnection);
            response
        }
    }
}

/// Why a request gets no answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Silence {
    Hang,
    Cut,
}

fn plain(status: u16, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    response
}

impl World {
    /// Answers and records one request, unless a fault leaves the client without an answer.
    fn respond(&mut self, mut call: Call) -> Result<Answer, Silence> {
        call.page_max = self.page_max;
        let fault = self.faults.for_request(&call.method, &call.path);
        let answer = match fault {
            Some(fault) if !fault.comes_after_the_effect() => faulty(fault),
            Some(fault) => {
                let honest = self.answer(&mut call);
                self.spoil(&call, fault, honest)
            }
            None => Ok(self.answer(&mut call)),
        };
        let seen = answer.as_ref().ok();
        self.log.add(Entry {
            status: seen.map_or(0, |answer| answer.status),
            response_headers: seen.map(Answer::shown_headers).unwrap_or_default(),
            response_body: seen.and_then(|answer| answer.body.clone()),
            method: call.method,
            path: call.path,
            query: call.query_text,
            request_headers: call.headers,
            request_body: call.body,
            fault,
        });
        answer
    }

    fn spoil(&mut self, call: &Call, fault: Fault, honest: Answer) -> Result<Answer, Silence> {
        let Fault::StaleRead = fault else {
            return faulty(fault);
        };
        let (Some(now), "GET", 200) = (&honest.body, call.method.as_str(), honest.status) else {
            return Ok(honest);
        };
        Ok(match self.faults.stale(&call.address(), now) {
            Some(body) => Answer {
                etag: Some(etag_of(&call.headers, &body)),
                body: Some(body),
                ..honest
            },
            None => honest,
        })
    }

    fn answer(&mut self, call: &mut Call) -> Answer {
        let mut answer = match self.admit(call) {
            Ok(standing_of) => {
                let answer = self.route(call).unwrap_or_else(Answer::from);
                let answer = self.conditional(call, answer, standing_of);
                let standing = self.limits.standing(standing_of, self.clock.now());
                with_standing(answer, call, standing)
            }
            Err(answer) => *answer,
        };
        answer.dated = stamp(self.clock.now());
        answer.request_id = self.chance.hex();
        answer
    }

    /// Checks what GitHub checks before it looks at the address: the client's name, the API version, the credentials, the limits.
    fn admit(&mut self, call: &mut Call) -> Result<u64, Box<Answer>> {
        let refuse = |status, message: &str| Box::new(Answer::from(Refusal::new(status, message)));
        if !call.headers.contains_key(http::header::USER_AGENT) {
            return Err(refuse(
                403,
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
            ));
        }
        // The sandbox speaks this version of the API only; a client that names none gets it, too.
        if let Some(version) = call
            .header("x-github-api-version")
            .filter(|version| *version != "2022-11-28")
        {
            return Err(refuse(
                400,
                &format!("\"{version}\" is not a version of the API that the sandbox speaks."),
            ));
        }
        // Who has the code of a new App has no other credentials yet.
        if call.method == "POST" && call.path.starts_with("/app-manifests/") {
            return Ok(0);
        }
        let caller = self
            .authenticate(&call.headers)
            .map_err(|refusal| Box::new(Answer::from(refusal)))?;
        let budget = match call.path.as_str() {
            graphql::PATH => graphql::budget(caller.budget()),
            _ => caller.budget(),
        };
        let writes = call.method != "GET";
        call.caller = Some(caller);
        let free = call.path == "/rate_limit" || matches!(call.caller, Some(Caller::App));
        let now = self.clock.now();
        match if free {
            Ok(())
        } else {
            self.limits.charge(budget, now, writes, call.notifies())
        } {
            Ok(()) => Ok(budget),
            Err(exceeded) => {
                let message = match exceeded {
                    Exceeded::Primary => {
                        format!("API rate limit exceeded for installation ID {budget}.")
                    }
                    Exceeded::Secondary { .. } => SECONDARY.to_owned(),
                };
                let mut answer = with_standing(
                    Answer::from(Refusal::new(403, message)),
                    call,
                    self.limits.standing(budget, now),
                );
                if let Exceeded::Secondary { retry_after_secs } = exceeded {
                    answer = answer.with("retry-after", retry_after_secs.to_string());
                }
                Err(Box::new(answer))
            }
        }
    }

    /// Gives reads their ETag, and turns an unchanged one into a 304 that costs nothing.
    fn conditional(&mut self, call: &Call, answer: Answer, budget: u64) -> Answer {
        let (Some(body), 200, "GET") = (&answer.body, answer.status, call.method.as_str()) else {
            return answer;
        };
        let etag = etag_of(&call.headers, &seen(call, &answer, body));
        self.faults.remember(&call.address(), body);
        let known = call.header("if-none-match").unwrap_or("");
        let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        if known.split(',').any(|tag| strong(tag) == strong(&etag)) {
            self.limits.refund(budget);
            return Answer {
                etag: Some(etag),
                ..Answer::empty(304)
            };
        }
        Answer {
            etag: Some(etag),
            ..answer
        }
    }
}

const SECONDARY: &str = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

/// What an answer's tag stands for: as on GitHub one page, without its links. Where this sandbox cuts pages shorter than was
/// asked for, nobody can see that a page is full, so there the tag changes with a new page behind it.
fn seen(call: &Call, answer: &Answer, body: &Value) -> Value {
    let asked = call.query("per_page").and_then(|text| text.parse::<usize>().ok());
    match asked.unwrap_or(30) > call.page_max {
        true => json!([body, answer.headers.iter().find(|(name, _)| *name == "link")]),
        false => body.clone(),
    }
}

/// As on GitHub, an ETag holds for the credentials it was given to, so a renewed token starts anew.
fn etag_of(headers: &HeaderMap, body: &Value) -> String {
    let credentials = headers
        .get(http::header::AUTHORIZATION)
        .map(|value| value.as_bytes())
        .unwrap_or_default();
    let seen = [credentials, body.to_string().as_bytes()].concat();
    let hex: String = digest(&SHA256, &seen)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("W/\"{hex}\"")
}

fn with_standing(answer: Answer, call: &Call, standing: Standing) -> Answer {
    let resource = if call.path == graphql::PATH { "graphql" } else { "core" };
    answer
        .with("x-ratelimit-limit", standing.limit.to_string())
        .with("x-ratelimit-remaining", standing.remaining().to_string())
        .with("x-ratelimit-used", standing.used.to_string())
        .with("x-ratelimit-reset", standing.resets_at.as_second().to_string())
        .with("x-ratelimit-resource", resource)
}

/// What a client sees of a fault instead of the real answer.
fn faulty(fault: Fault) -> Result<Answer, Silence> {
    match fault {
        Fault::Status(status) | Fault::StatusAfter(status) => Ok(failure(status)),
        Fault::SecondaryLimit {
            status,
            retry_after_secs,
        } => {
            let answer = Answer::from(Refusal::new(status, SECONDARY));
            Ok(match retry_after_secs {
                Some(secs) => answer.with("retry-after", secs.to_string()),
                None => answer,
            })
        }
        Fault::Hang | Fault::HangAfter => Err(Silence::Hang),
        _ => Err(Silence::Cut),
    }
}

/// What a GitHub in trouble answers.
fn failure(status: u16) -> Answer {
    let message = match status {
        404 => "Not Found",
        503 => "Service unavailable",
        _ => "Server Error",
    };
    Answer {
        status,
        body: Some(Arc::new(json!({ "message": message }))),
        ..Answer::empty(status)
    }
}
