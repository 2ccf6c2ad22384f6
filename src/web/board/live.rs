//! Tells open pages that there is something new to see: server-sent events, each with the version of what a repository looks like.
//! What is new the page fetches itself.
//!
//! E1 All pages of all repositories share one question to the database a second, and none is asked while nobody looks.
//! E2 A stream ends with the session, within the heartbeat elsewhere and at once where the person signs out here, and when GitHub,
//!    asked at most five minutes ago, does not show her the repository any more.
//! E3 How many streams there are is bounded, for one person and for all.
//!
//! A stream is no use of a session: who only leaves a page open is signed out as if it were closed.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Board;
use super::page::Trouble;
use super::repository::Opened;
use crate::rules::id::{RepoId, UserId};

/// How often it is asked whether there is something new.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// How often a stream says that it is there, which proxies want to hear within 30 s, and looks whether it still may be.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Streams of one person: a page for each, and browsers open six to one place.
const PERSON_MAX: usize = 12;

/// Streams of all: half of the connections that are taken at all, so that deliveries always find one.
const STREAMS_MAX: usize = 500;

/// How long a browser waits before it asks anew, in milliseconds.
const RETRY_MS: u32 = 5000;

/// Who looks at what.
pub struct Live {
    inner: Mutex<Inner>,
    /// Changes when somebody signs out: every stream looks whether it was its session.
    signed_out: watch::Sender<u64>,
    stop: CancellationToken,
}

#[derive(Default)]
struct Inner {
    /// The newest version of each repository that somebody looks at.
    watched: BTreeMap<RepoId, watch::Sender<i64>>,
    people: BTreeMap<UserId, usize>,
    is_asking: bool,
}

impl Live {
    /// All streams end with `stop`.
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            inner: Mutex::default(),
            signed_out: watch::Sender::new(0),
            stop,
        }
    }

    /// Somebody signed out.
    pub fn signed_out(&self) {
        self.signed_out.send_modify(|times| *times += 1);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among the streams; dropping it gives it back.
struct Place {
    board: Board,
    person: UserId,
}

impl Place {
    fn take(board: &Board, person: UserId) -> Option<Self> {
        let mut inner = board.inner.live.inner();
        let all: usize = inner.people.values().sum();
        let own = inner.people.entry(person).or_default();
        if all >= STREAMS_MAX || *own >= PERSON_MAX {
            if *own == 0 {
                inner.people.remove(&person);
            }
            return None;
        }
        *own += 1;
        drop(inner);
        Some(Self {
            board: board.clone(),
            person,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inner = self.board.inner.live.inner();
        if let Some(own) = inner.people.get_mut(&self.person) {
            *own -= 1;
            if *own == 0 {
                inner.people.remove(&self.person);
            }
        }
    }
}

/// A page that is open.
struct Viewer {
    opened: Opened,
    board: Board,
    versions: watch::Receiver<i64>,
    signed_out: watch::Receiver<u64>,
    stop: CancellationToken,
    /// The beginning has been said.
    greeted: bool,
    _place: Place,
}

/// The stream of a repository's page.
pub async fn events(State(board): State<Board>, opened: Opened) -> Result<Response, Trouble> {
    let place = Place::take(&board, opened.visitor.session.person.id).ok_or(Trouble::TooFast)?;
    let repo = opened.seen.repo;
    let newest = board.inner.store.scene_versions(&[repo]).await?;
    let newest = newest.get(&repo).copied().unwrap_or_default();
    let viewer = Viewer {
        versions: watched(&board, repo, newest),
        signed_out: board.inner.live.signed_out.subscribe(),
        stop: board.inner.live.stop.clone(),
        greeted: false,
        _place: place,
        opened,
        board,
    };
    let said = stream::unfold(viewer, |mut viewer| async move {
        let said = viewer.next().await?;
        Some((Ok::<_, Infallible>(said), viewer))
    });
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        // Some proxies would collect what is said before they pass it on.
        (
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    Ok((StatusCode::OK, headers, Body::from_stream(said)).into_response())
}

impl Viewer {
    /// What is said next; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.greeted {
            self.greeted = true;
            let version = *self.versions.borrow_and_update();
            return Some(Bytes::from(format!("retry: {RETRY_MS}\n{}", told(version))));
        }
        loop {
            let is_new = tokio::select! {
                () = self.stop.cancelled() => return None,
                changed = self.versions.changed() => changed.ok().map(|()| true)?,
                changed = self.signed_out.changed() => changed.ok().map(|()| false)?,
                () = tokio::time::sleep(HEARTBEAT) => {
                    return self.may_still_look().await.then(|| Bytes::from_static(b": still here\n\n"));
                }
            };
            if !self.may_still_look().await {
                return None;
            }
            if is_new {
                return Some(Bytes::from(told(*self.versions.borrow_and_update())));
            }
        }
    }

    /// Whether the session goes on, and GitHub still shows the repository. What cannot be learned is no.
    async fn may_still_look(&self) -> bool {
        let visitor = &self.opened.visitor;
        if !matches!(self.board.is_signed_in(visitor).await, Ok(true)) {
            return false;
        }
        let seen = self.board.seen_by(visitor).await;
        seen.is_ok_and(|seen| seen.iter().any(|one| one.repo == self.opened.seen.repo))
    }
}

fn told(version: i64) -> String {
    format!("event: version\ndata: {version}\n\n")
}

/// The versions of a repository from now on; begins to ask for them if nobody does.
fn watched(board: &Board, repo: RepoId, newest: i64) -> watch::Receiver<i64> {
    let mut inner = board.inner.live.inner();
    let sender = inner.watched.entry(repo).or_insert_with(|| watch::Sender::new(newest));
    sender.send_if_modified(|version| rises(version, newest));
    let receiver = sender.subscribe();
    if !inner.is_asking {
        inner.is_asking = true;
        tokio::spawn(ask(board.clone()));
    }
    receiver
}

fn rises(version: &mut i64, newest: i64) -> bool {
    let rises = newest > *version;
    *version = newest.max(*version);
    rises
}

/// Asks for the versions of all that somebody looks at, until nobody does.
async fn ask(board: Board) {
    loop {
        tokio::select! {
            () = board.inner.live.stop.cancelled() => return,
            () = tokio::time::sleep(ASK_EVERY) => {}
        }
        let repos: Vec<RepoId> = {
            let mut inner = board.inner.live.inner();
            inner.watched.retain(|_, sender| sender.receiver_count() > 0);
            inner.is_asking = !inner.watched.is_empty();
            if !inner.is_asking {
                return;
            }
            inner.watched.keys().copied().collect()
        };
        match board.inner.store.scene_versions(&repos).await {
            Ok(found) => {
                let inner = board.inner.live.inner();
                for (repo, newest) in found {
                    if let Some(sender) = inner.watched.get(&repo) {
                        sender.send_if_modified(|version| rises(version, newest));
                    }
                }
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "could not learn whether there is something new to see"
            ),
        }
    }
}
