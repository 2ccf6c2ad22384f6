//! `/setup`: how Greenlight comes to its GitHub App, served in place of everything else until there is one.
//!
//! U1 Nobody gets further than the first form without the one-time code that stands in the log; the code lets one browser in, and
//!    holds for an hour.
//! U2 What GitHub sends back counts only in the browser that began it, only with its state, and once.
//! U3 The credentials are kept before anything is shown, and nothing secret is logged.
//! U4 Whatever goes wrong is told, changes nothing, and can be begun again.
//!
//! All of it is in memory: after a restart there is another code, and what was begun before does not count any more.

mod guard;
mod lines;
mod pages;
mod steps;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use secrecy::SecretString;
use tokio::sync::{Mutex, oneshot};

use super::board::limit::Limit;
use super::board::{assets, headers};
use crate::clock::Clock;
use crate::github::manifest::NewApp;
use guard::Guard;

pub use lines::{Lines, lines};

/// The path of the first page.
pub const PATH: &str = "/setup";

/// The path, below the address that the browser uses, to which GitHub sends the person back.
pub(super) const RETURN: &str = "/setup/return";

/// An App that was made, for who goes on with it.
#[derive(Clone, Debug)]
pub struct Made {
    pub app: NewApp,
    /// GitHub always gives one for an App with a webhook; without it nothing is made here.
    pub webhook_secret: SecretString,
    /// Where GitHub and people reach Greenlight, without a slash at the end.
    pub public_url: String,
    /// Whether the credentials are on disk.
    pub is_kept: bool,
}

/// Keeps an App's credentials; gives back why it could not, for the log.
pub type Keep = Box<dyn Fn(&Made) -> std::io::Result<()> + Send + Sync>;

/// What becomes of the credentials.
pub enum Place {
    /// They are kept there, unless the person wants to see them instead.
    File { path: String, keep: Keep },
    /// They are shown on the page, once.
    Page,
    /// Who waits for them shows them.
    Terminal,
}

/// What set-up is told at the start.
pub struct Asked {
    pub clock: Clock,
    /// `https://github.com`, or `https://HOST` on GitHub Enterprise Server.
    pub github_url: String,
    /// `https://api.github.com`, or `https://HOST/api/v3`.
    pub api_url: String,
    /// Where GitHub and people reach Greenlight; asked on the page where it is not known.
    pub public_url: Option<String>,
    /// Where the browser finds these pages, if that is elsewhere.
    pub local_url: Option<String>,
    pub place: Place,
}

/// What the handlers share; a clone is cheap.
#[derive(Clone)]
struct SetUp {
    inner: Arc<Inner>,
}

struct Inner {
    asked: Asked,
    limit: Limit,
    /// Held while a code is exchanged, so that a return counts once.
    guard: Mutex<Guard>,
    done: std::sync::Mutex<Option<oneshot::Sender<Made>>>,
}

/// Set-up as it begins.
pub struct Begun {
    pub router: Router,
    /// What lets one browser in; for the log or the terminal.
    pub code: String,
    pub made: oneshot::Receiver<Made>,
}

/// The pages, to be served alone. `None` if the system has no random numbers.
pub fn begin(asked: Asked) -> Option<Begun> {
    let (guard, code) = Guard::new(asked.clock.now())?;
    let (sender, made) = oneshot::channel();
    let setup = SetUp {
        inner: Arc::new(Inner {
            asked,
            limit: Limit::default(),
            guard: Mutex::new(guard),
            done: std::sync::Mutex::new(Some(sender)),
        }),
    };
    let router = Router::new()
        .route(PATH, get(steps::show).post(steps::go_on))
        .route(RETURN, get(steps::come_back))
        .route("/assets/{name}", get(assets::serve))
        .route("/webhook", post(not_yet))
        .route("/healthz", get(super::health::alive))
        .route("/readyz", get(not_yet))
        .fallback(pages::not_yet)
        .layer(middleware::from_fn(headers::protect))
        .with_state(setup);
    Some(Begun { router, code, made })
}

/// To GitHub and to whoever watches over the process.
async fn not_yet(State(_): State<SetUp>) -> Response {
    let text = "there is no GitHub App yet: the log has the address at which to make one\n";
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}

impl SetUp {
    /// Takes points for one request, or for a wrong code; `false` if there are too few.
    fn may_ask(&self, address: IpAddr, cost: f64) -> bool {
        self.inner.limit.take(address, cost, self.inner.asked.clock.now())
    }
}
