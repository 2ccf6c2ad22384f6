//! The simulated GitHub without a socket: whoever drives it hands in each request, carries each webhook, and moves the time, so
//! that from one seed everything happens the same way again.

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;

use super::chance::Chance;
use super::deliveries::Outcome;
use super::history::Event;
use super::rest::{self, CutConnection};
use super::world::World;
use super::{Clock, GitHub, Options};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A webhook on its way to the App.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub id: u64,
    pub guid: String,
    pub event: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
}

/// A fault left the request without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAnswer;

impl GitHub {
    /// A simulated GitHub that listens nowhere and sends nothing by itself; its time stands at `began` until it is moved.
    pub fn in_process(options: Options, seed: u64, began: Timestamp) -> GitHub {
        let url = "http://github.sandbox".to_owned();
        let world = World::set_up(options, url, Clock::still(began), Chance::seeded(seed));
        GitHub {
            world: Arc::new(Mutex::new(world)),
        }
    }

    /// Answers one request, as it would over a connection.
    ///
    /// # Errors
    /// [`NoAnswer`] where a fault cuts the connection.
    pub async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, NoAnswer> {
        let response = rest::serve(self.clone(), request).await;
        match response.extensions().get::<CutConnection>() {
            Some(_) => Err(NoAnswer),
            None => Ok(response),
        }
    }

    /// The webhooks that were queued since the last call, in order. Each wants a call to [`GitHub::delivered`].
    pub fn outgoing(&self) -> Vec<Outgoing> {
        let mut world = self.world();
        let (now, app) = (world.clock.now(), world.app.id);
        let mut taken = Vec::new();
        while let Some((hook, record)) = world.outbox.next(now) {
            taken.push(Outgoing {
                id: record.id,
                guid: record.guid.clone(),
                event: record.event.clone(),
                headers: record.headers(app, &hook.secret),
                body: record.body,
            });
        }
        taken
    }

    /// Writes the App's answer to a webhook into the delivery log; `None` for no answer.
    pub fn delivered(&self, id: u64, status: Option<u16>) {
        let (status_code, says) = match status {
            Some(status) if (200..300).contains(&status) => (status, "OK".to_owned()),
            Some(status) => (status, format!("Invalid HTTP Response: {status}")),
            None => (0, "failed to connect to host".to_owned()),
        };
        let outcome = Outcome {
            status_code,
            status: says,
            body: String::new(),
        };
        self.world().outbox.settle(id, Duration::ZERO, outcome);
    }

    /// Everything that happened so far, oldest first.
    pub fn history(&self) -> Vec<Event> {
        self.world().history.clone()
    }

    /// How many things happened so far.
    pub fn happenings(&self) -> usize {
        self.world().history.len()
    }
}
