//! HTTP in: GitHub's deliveries, whether we are well, and beside them, mounted by the caller, the board: pages for people.

pub mod board;
mod body;
mod envelope;
mod health;
pub mod metrics;
mod server;
pub mod setup;
mod signature;
mod webhook;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use secrecy::SecretString;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::store::Store;
use body::Budget;
use health::Pulse;
use signature::Secrets;

pub use server::{Peer, Timers, serve, serve_pages};

/// What the handlers share; a clone is cheap.
#[derive(Clone)]
pub struct WebState {
    store: Arc<dyn Store>,
    secrets: Arc<Secrets>,
    clock: Clock,
    wake: Arc<Notify>,
    timers: Timers,
    budget: Arc<Budget>,
    pulse: Arc<Pulse>,
    metrics: Metrics,
}

impl WebState {
    /// `wake` is notified whenever a delivery made work due. Any of `secrets` may have signed a delivery.
    pub fn new(store: Arc<dyn Store>, secrets: &[SecretString], clock: Clock, wake: Arc<Notify>) -> Self {
        Self {
            store,
            secrets: Arc::new(Secrets::new(secrets)),
            clock,
            wake,
            timers: Timers::default(),
            budget: Arc::new(Budget::default()),
            pulse: Arc::new(Pulse::default()),
            metrics: Metrics::default(),
        }
    }

    /// Counts there, and not for itself alone.
    pub fn counted_in(mut self, metrics: Metrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// Other patience with slow clients than the default.
    pub fn with_timers(mut self, timers: Timers) -> Self {
        self.timers = timers;
        self
    }
}

/// Everything that this part answers, for a server of any kind.
pub fn router(state: WebState) -> Router {
    Router::new()
        .route("/webhook", post(webhook::receive))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .with_state(state)
}
