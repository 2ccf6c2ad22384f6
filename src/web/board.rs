//! The pages for people: signing in through GitHub, and what there is to see for whoever is signed in.
//!
//! B1 Nobody sees of a repository what GitHub, asked at most five minutes ago with the person's own token, would not show her.
//!    What is private and what does not exist look the same.
//! B2 Nothing that a browser holds is in the database as it is, and GitHub's tokens are there only sealed.
//! B3 Whatever changes something is a POST from a page of ours, with that page's token.
//! B4 No page runs or fetches anything that is not from here, and none can be framed.
//! B5 Without JavaScript everything works.
//!
//! Signing in only proves who somebody is and what she may see: nothing is ever written to GitHub in her name.

mod act;
mod address;
mod asked;
pub(in crate::web) mod assets;
mod badge;
mod before;
pub(in crate::web) mod cookie;
mod faces;
mod figures;
pub(in crate::web) mod form;
mod front;
pub(in crate::web) mod headers;
mod history;
pub(in crate::web) mod limit;
mod live;
pub(in crate::web) mod page;
mod pages;
mod prose;
mod repository;
mod seal;
mod seen;
mod session;
mod sign_in;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use secrecy::SecretString;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::github::Github;
use crate::github::face::Faces;
use crate::github::sign_in::SignIn;
use crate::store::Store;
use badge::Publicity;
use limit::Limit;
use live::Live;
use page::Trouble;
use seal::Seal;
use seen::SeenCache;

pub use address::is_loopback;
pub(in crate::web) use address::origin;

/// Whether people can sign in.
pub enum Entrance {
    Open(Box<Door>),
    /// These settings are missing.
    Missing(Vec<&'static str>),
    /// `PUBLIC_URL` is an address at which a browser would send the sign-in for everybody to read.
    Unprotected,
}

/// How people come in.
pub struct Door {
    pub sign_in: SignIn,
    pub faces: Faces,
    /// Where people reach us, without a slash at the end.
    pub public_url: String,
    /// GitHub as people see it.
    pub github_url: String,
    /// What the sealing key is derived from: the App's client secret. With another one, everybody signs in anew.
    pub secret: SecretString,
}

/// The path, below `PUBLIC_URL`, to which GitHub sends people back.
pub const CALLBACK: &str = "/sign-in/callback";

/// What the handlers share; a clone is cheap.
#[derive(Clone)]
struct Board {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    clock: Clock,
    /// Rung when a form was stored.
    wake: Arc<Notify>,
    entrance: Result<Open, page::Closed>,
    limit: Limit,
    live: Live,
    /// Asked in the App's own name what everybody may see.
    github: Github,
    publicity: Publicity,
}

/// A door, and what it takes to watch it.
struct Open {
    door: Box<Door>,
    seal: Seal,
    /// `https://HOST[:PORT]`, as browsers name where a form came from.
    origin: String,
    /// Whether cookies are only sent over TLS: everywhere but on the visitor's own machine.
    secure: bool,
    seen: SeenCache,
    faces: faces::Kept,
    /// Who renews tokens or asks what somebody may see holds the one of the session; a few sessions share one.
    turns: [tokio::sync::Mutex<()>; TURNS],
}

/// Locks that sessions share.
const TURNS: usize = 64;

/// The pages, to be served beside the webhook. `wake` is notified whenever a form made work due. With `stop`, those that are told
/// what is new are told no more.
pub fn router(
    store: Arc<dyn Store>,
    github: Github,
    clock: Clock,
    wake: Arc<Notify>,
    entrance: Entrance,
    stop: CancellationToken,
) -> Router {
    let entrance = match entrance {
        Entrance::Open(door) => Ok(Open {
            seal: Seal::from_secret(&door.secret),
            origin: address::origin(&door.public_url),
            secure: !door.public_url.starts_with("http://"),
            seen: SeenCache::default(),
            faces: faces::Kept::default(),
            turns: std::array::from_fn(|_| tokio::sync::Mutex::new(())),
            door,
        }),
        Entrance::Missing(settings) => Err(page::Closed::Missing(settings)),
        Entrance::Unprotected => Err(page::Closed::Unprotected),
    };
    let board = Board {
        inner: Arc::new(Inner {
            store,
            clock,
            wake,
            entrance,
            limit: Limit::default(),
            live: Live::new(stop),
            github,
            publicity: Publicity::default(),
        }),
    };
    Router::new()
        .route("/", get(front::show))
        .route("/repositories/{owner}/{name}", get(repository::show))
        .route("/repositories/{owner}/{name}/history", get(history::show))
        .route("/repositories/{owner}/{name}/history.csv", get(history::download))
        .route("/repositories/{owner}/{name}/figures", get(figures::show))
        .route("/repositories/{owner}/{name}/events", get(live::events))
        .route("/badge/{owner}/{name}/{file}", get(badge::show))
        .route("/sign-in", get(sign_in::begin))
        .route(CALLBACK, get(sign_in::come_back))
        .route("/repositories/{owner}/{name}/act", post(act::receive))
        .route(
            "/repositories/{owner}/{name}/act/environment/{environment}",
            get(before::environment),
        )
        .route(
            "/repositories/{owner}/{name}/act/feature/{number}",
            get(before::feature),
        )
        .route(super::setup::PATH, get(page::already_set_up))
        .route(super::setup::RETURN, get(page::already_set_up))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/sign-out/everywhere", post(sign_in::sign_out_everywhere))
        .route("/faces/{login}", get(faces::show))
        .route("/assets/{name}", get(assets::serve))
        .fallback(page::nothing_here)
        .layer(middleware::from_fn_with_state(board.clone(), limit::keep))
        .layer(middleware::from_fn(headers::protect))
        .with_state(board)
}

impl Board {
    fn open(&self) -> Result<&Open, Trouble> {
        self.inner
            .entrance
            .as_ref()
            .map_err(|closed| Trouble::Closed(closed.clone()))
    }
}
