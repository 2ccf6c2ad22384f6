//! Whether the process is alive, and whether it can do its work: put deliveries on disk.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::WebState;

/// How long an answer about the disk holds: whoever asks in a loop shall not keep the disk busy.
const HOLDS: Duration = Duration::from_secs(1);

/// How long the disk may take to be called ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// The last answer, and when it was found.
#[derive(Default)]
pub struct Pulse(Mutex<Option<(Instant, bool)>>);

pub async fn alive() -> &'static str {
    "alive\n"
}

pub async fn ready(State(state): State<WebState>) -> (StatusCode, &'static str) {
    // Held while asking: who comes meanwhile gets the same answer.
    let mut last = state.pulse.0.lock().await;
    let ready = match *last {
        Some((at, ready)) if at.elapsed() < HOLDS => ready,
        _ => {
            let ready = can_write(&state).await;
            *last = Some((Instant::now(), ready));
            ready
        }
    };
    if ready {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be written\n")
    }
}

async fn can_write(state: &WebState) -> bool {
    match timeout(PATIENCE, state.store.check(state.clock.now())).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "not ready: the database cannot be written"
            );
            false
        }
        Err(_) => {
            tracing::warn!(
                "not ready: the database took longer than {} s to write a row",
                PATIENCE.as_secs()
            );
            false
        }
    }
}
