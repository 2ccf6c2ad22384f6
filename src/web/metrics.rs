//! `GET /metrics`, for Prometheus: on an address of its own, so that what it tells about the operator's business is not told to
//! everybody who can reach the webhook.

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use std::sync::Arc;

use crate::clock::Clock;
use crate::github::Github;
use crate::metrics::{self, Metrics, Reading, Work};
use crate::store::{Status, Store};

/// What a page is made of.
#[derive(Clone)]
pub struct Watched {
    pub metrics: Metrics,
    pub store: Arc<dyn Store>,
    pub github: Github,
    pub clock: Clock,
}

/// The page alone: nothing else is answered on that address.
pub fn router(watched: Watched) -> Router {
    Router::new().route("/metrics", get(show)).with_state(watched)
}

async fn show(State(watched): State<Watched>) -> impl IntoResponse {
    let now = watched.clock.now();
    let work = match watched.store.status(now).await {
        Ok(status) => Some(work(&status)),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the database did not say how much work there is"
            );
            None
        }
    };
    let counts = watched.github.counts();
    let reading = Reading {
        work,
        calls: vec![
            ("read", counts.reads - counts.not_modified),
            ("not_modified", counts.not_modified),
            ("write", counts.writes),
            ("token", counts.tokens),
        ],
        left: watched.github.all_remaining(),
    };
    (
        [(CONTENT_TYPE, metrics::CONTENT_TYPE)],
        watched.metrics.page(now, &reading),
    )
}

fn work(status: &Status) -> Work {
    Work {
        deliveries: vec![("waiting", status.new), ("dead", status.dead)],
        repositories: vec![
            ("due", status.due),
            ("looked_at", status.leased),
            ("postponed", status.postponed),
            ("given_up", status.parked),
        ],
        oldest_at: status.oldest_new_at,
    }
}
