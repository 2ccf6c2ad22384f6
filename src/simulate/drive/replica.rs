//! One process of this world: the program with a gate, a clock and a wire of its own, over a database that all share.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::sync::Notify;

use super::{Run, RunError, SECRET};
use crate::clock::Clock;
use crate::github::{Access, Github};
use crate::metrics::Metrics;
use crate::reconcile::Bot;
use crate::sandbox;
use crate::simulate::disk::FaultyStore;
use crate::simulate::gate::Gate;
use crate::simulate::wire::Wire;
use crate::store::Store;
use crate::web::{self, WebState};
use crate::worker::Worker;

/// Turns without anything new after which a look stands still.
const TURNS_QUIET: u32 = 4;

/// One process, as far as this world has any.
pub(super) struct Replica {
    pub gate: Gate,
    pub clock: Clock,
    pub worker: Worker,
    pub web: Router,
    pub looking: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    pub frozen_until: Option<Timestamp>,
    /// Since when a write of its stands before GitHub's door.
    pub sending_since: Option<Timestamp>,
}

impl Replica {
    fn arrivals(&self) -> u64 {
        self.gate.arrivals() + self.clock.sleeps()
    }

    /// Polls the look until all of it stands somewhere, or it is over. A look reads several things side by side, and between
    /// it and the wire there is a task that hands requests over; so it is given some turns in which nothing new comes.
    pub async fn comes_to_a_stop(&mut self) {
        let mut quiet = 0;
        while quiet < TURNS_QUIET {
            let before = self.arrivals();
            let over = poll_fn(|context| match &mut self.looking {
                None => Poll::Ready(true),
                Some(looking) => match looking.as_mut().poll(context) {
                    Poll::Ready(()) => Poll::Ready(true),
                    Poll::Pending if self.gate.is_working() => Poll::Pending,
                    Poll::Pending => Poll::Ready(false),
                },
            })
            .await;
            if over {
                self.looking = None;
                return;
            }
            quiet = if self.arrivals() > before { 0 } else { quiet + 1 };
            tokio::task::yield_now().await;
        }
    }
}

impl Run {
    /// A new process, with nothing in its memory.
    pub(super) fn born(&mut self) -> Result<Replica, RunError> {
        self.born += 1;
        let (gate, clock) = (Gate::default(), self.clock.twin());
        let key = SecretString::from(sandbox::APP_PRIVATE_KEY.to_owned());
        let app_id = i64::try_from(self.github.app().id).unwrap_or_default();
        let mut access = Access::new(app_id, key, self.github.api_url());
        access.write_pause = Duration::ZERO;
        // By the machine's time, which does not count here.
        access.request_timeout = Duration::from_secs(86_400);
        let wire = Wire {
            github: self.github.clone(),
            gate: gate.clone(),
            sky: self.sky.clone(),
            shown: self.shown.clone(),
        };
        let on_disk = self.store()?;
        let store = |gate: Option<Gate>| -> Arc<dyn Store> {
            Arc::new(FaultyStore {
                inner: on_disk.clone(),
                sky: self.sky.clone(),
                gate,
            })
        };
        let worker = Worker {
            bot: Bot {
                metrics: Metrics::default(),
                store: store(Some(gate.clone())),
                github: Github::through(&access, clock.clone(), wire)?,
                clock: clock.clone(),
                welcomes: true,
            },
            wake: Arc::new(Notify::new()),
            sweep_every: Duration::from_secs(600),
            lease: Duration::from_secs(60),
            keep_bodies: Duration::from_secs(7 * 86_400),
            look_pause: Duration::from_secs(8),
            name: format!("replica-{}", self.born),
        };
        let secrets = [SecretString::from(SECRET.to_owned())];
        let state = WebState::new(store(None), &secrets, clock.clone(), worker.wake.clone());
        Ok(Replica {
            gate,
            clock,
            worker,
            web: web::router(state),
            looking: None,
            frozen_until: None,
            sending_since: None,
        })
    }
}
