//! A GitHub small enough to carry: the simulated GitHub that the demo and every integration test run against.
//!
//! It listens on a loopback port and speaks GitHub's REST paths, headers, error bodies and webhooks, over a real commit graph:
//!
//! ```text
//!   people (acts.rs) ──┐                              ┌──▶ webhooks (deliveries.rs) ──▶ the bot
//!                      ├──▶ world/ (what happens) ────┤
//!   the bot ──▶ rest/ ─┘    graph · people · rules    └──▶ payload/ (GitHub's JSON) ──▶ answers
//! ```
//!
//! S1 Whatever happens, by REST or by a person, goes through `world/`, so it has the same effects and the same webhooks.
//! S2 Nothing here knows anything of Greenlight; the sandbox shares no types with the client it is used to test.
//! S3 A request it does not know is refused by name and remembered ([`GitHub::unknown_requests`]); it never guesses.
//! S4 Time is [`Clock`]'s; nothing waits for real time but deliveries on the wire and the faults that are meant to hang.
//!
//! Absent on purpose: GraphQL but for `updateRefs`, git over HTTP, forks (other than as heads of pull requests),
//! user tokens but for asking who somebody is and what she may see, calls without credentials but for the code of a new App, merge queues, and of Actions all but runs that ask whether they may deploy.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::routing::any;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::SignedDuration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

mod acts;
mod auth;
mod base64;
mod chance;
mod clock;
mod deliveries;
mod faces;
mod faults;
mod graph;
mod history;
mod in_process;
mod installations;
mod limits;
mod log;
pub mod pages;
mod payload;
mod people;
mod registering;
mod rest;
mod rules;
mod sign_in;
mod views;
mod world;

pub use acts::{NewRepository, ReleaseView, Repository, RunView};
pub use clock::Clock;
pub use deliveries::{Delivery, Webhook};
pub use faults::Fault;
pub use graph::Sha;
pub use history::{Event, What};
pub use in_process::{NoAnswer, Outgoing};
pub use installations::{App, Level, Permissions};
pub use log::Exchange;
pub use people::Role;
pub use rules::RuleKind;
pub use views::{CheckView, CommentView, CommitView, DeploymentView, IssueView, PullView, Pushed};
pub use world::checks::Action;
pub use world::statuses::State;
pub use world::workflows::RunAnswer;
pub use world::{Method, RefMove, Refusal, Unusual};

use chance::Chance;
use world::World;

/// The private key of the simulated App, PKCS#1 PEM. It was made for this sandbox, is public by design and opens nothing else.
pub const APP_PRIVATE_KEY: &str = include_str!("app-key.pem");

/// How the simulated GitHub is set up; the default is github.com's behaviour with an App like Greenlight.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where webhooks go; can be set later with [`GitHub::set_webhook`], when the App knows its own port.
    pub webhook: Option<Webhook>,
    pub app: App,
    /// Whether there is that App; without it, one can be made from a manifest.
    pub registered: bool,
    /// The loopback port to listen on; 0 for any free one.
    pub port: u16,
    /// How long after its head became part of its base a pull request turns merged by itself; `None` for never.
    pub merges_seen_after: Option<SignedDuration>,
    /// Requests an installation may make in an hour.
    pub rate_limit: u32,
    /// Whether the secondary limits (900 points and 80 pieces of content a minute) are enforced.
    pub secondary_limits: bool,
    /// The most items on a page of a list; GitHub gives 100, and promises that many nowhere.
    pub page_max: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            webhook: None,
            app: App::default(),
            registered: true,
            port: 0,
            merges_seen_after: Some(world::following::MERGE_SEEN_AFTER),
            rate_limit: 5_000,
            secondary_limits: false,
            page_max: 100,
        }
    }
}

/// A running simulated GitHub. It stops when dropped, or by [`Sandbox::stop`]; until then it is a [`GitHub`].
pub struct Sandbox {
    github: GitHub,
    running: CancellationToken,
    tasks: TaskTracker,
}

/// A handle on the simulated GitHub, cheap to clone: everything people and tests do with it.
#[derive(Clone)]
pub struct GitHub {
    world: Arc<Mutex<World>>,
}

impl Sandbox {
    /// Starts a simulated GitHub on a loopback port.
    ///
    /// # Errors
    /// If the port cannot be listened on.
    pub async fn start(options: Options) -> io::Result<Sandbox> {
        Sandbox::start_with_pages(options, |_| Router::new()).await
    }

    /// Starts a simulated GitHub that also serves the pages of a router, which must leave `/api/` alone.
    ///
    /// # Errors
    /// If the port cannot be listened on.
    pub async fn start_with_pages(options: Options, pages: impl FnOnce(GitHub) -> Router) -> io::Result<Sandbox> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port))).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let github = GitHub {
            world: Arc::new(Mutex::new(World::set_up(
                options,
                url,
                Clock::default(),
                Chance::unpredictable(),
            ))),
        };
        let api = github.clone();
        let api = move |request: http::Request<axum::body::Body>| {
            let api = api.clone();
            async move {
                match faces::sent_on(&api, request.uri().path()) {
                    Some(elsewhere) => elsewhere,
                    None => rest::serve(api, request).await,
                }
            }
        };
        // Named apart from the rest, because `/api/graphql` looks like the page of a repository.
        let router = pages(github.clone())
            .merge(sign_in::router(github.clone()))
            .merge(registering::router(github.clone()))
            .merge(faces::router(github.clone()))
            .route("/api/{*path}", any(api.clone()))
            .fallback(api);
        let (running, tasks) = (CancellationToken::new(), TaskTracker::new());
        let accepting = accept(listener, router, running.clone(), tasks.clone());
        tasks.spawn(running.clone().run_until_cancelled_owned(accepting));
        tasks.spawn(
            running
                .clone()
                .run_until_cancelled_owned(deliveries::send_all(github.clone())),
        );
        tasks.spawn(running.clone().run_until_cancelled_owned(keep_time(github.clone())));
        tasks.close();
        Ok(Sandbox { github, running, tasks })
    }

    /// Stops listening and sending, cuts all connections, and returns when that is done.
    pub async fn stop(self) {
        self.running.cancel();
        self.tasks.wait().await;
    }
}

impl Deref for Sandbox {
    type Target = GitHub;

    fn deref(&self) -> &GitHub {
        &self.github
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.running.cancel();
    }
}

impl GitHub {
    /// Everything, with what has fallen due already done.
    fn world(&self) -> MutexGuard<'_, World> {
        // A panic elsewhere must not hide behind a poisoned lock here: the world is a simulation and stays usable.
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.catch_up();
        world
    }
}

impl World {
    fn set_up(options: Options, url: String, clock: Clock, chance: Chance) -> World {
        let owner = options.app.owner.clone();
        let mut world = World::new(clock, url, options.app, chance);
        world.page_max = options.page_max;
        world.account(&owner, people::Kind::Organization);
        world.registrations.is_registered = options.registered;
        if options.registered {
            world.bot();
        }
        world.merges_seen_after = options.merges_seen_after;
        world.limits.per_hour = options.rate_limit;
        world.limits.secondary = options.secondary_limits;
        world.outbox.set_hook(options.webhook);
        world
    }
}

async fn accept(listener: TcpListener, router: Router, running: CancellationToken, tasks: TaskTracker) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tasks.spawn(
                    running
                        .clone()
                        .run_until_cancelled_owned(serve_connection(stream, router.clone())),
                );
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the sandbox could not accept a connection"
                );
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, router: Router) {
    let service = hyper::service::service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let router = router.clone();
        async move {
            let response = router
                .oneshot(request.map(axum::body::Body::new))
                .await
                .unwrap_or_else(|never| match never {});
            match response.extensions().get::<rest::CutConnection>() {
                Some(_) => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
                None => Ok(response),
            }
        }
    });
    // A connection that ends in an error is one that a fault cut or a client left: both are nothing to tell anybody.
    drop(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}

/// Wakes the world whenever something falls due by itself, for ever.
async fn keep_time(github: GitHub) {
    let clock = github.clock();
    loop {
        let due = github.world().next_due();
        let until = due.map(|due| due.duration_since(clock.now()));
        // A little late rather than a little early, so that what was waited for is due.
        let wait = until.map_or(Duration::from_secs(3600), |until| {
            Duration::try_from(until).unwrap_or_default() + Duration::from_millis(1)
        });
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = clock.moved() => {}
        }
    }
}
