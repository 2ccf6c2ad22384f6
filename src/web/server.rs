//! Accepts connections and serves them, patient with nobody: a slow header, a slow body and a stop each have their time.
//!
//! An accept loop of our own, because `axum::serve` sets no timer on reading headers.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::body::CutOff;
use super::{WebState, router, webhook};

/// Connections at the same time; the next ones wait in the system's queue.
const CONNECTIONS_MAX: usize = 1024;

/// Bytes of a request's header; GitHub's take about 1 KiB. More is answered with 431.
const HEADER_MAX: usize = 32 << 10;

/// Bytes of a header that are read at all, so that who sends a little too much still gets to read the 431.
const BUFFER_MAX: usize = 128 << 10;

/// After an accept that failed (no file descriptors left), how long to leave the others time to finish.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The address that a request's connection comes from: the client's, or that of a proxy before us.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// How long clients get.
#[derive(Clone, Copy, Debug)]
pub struct Timers {
    /// To send a request's header, and between two requests.
    pub header: Duration,
    /// To send a request's body.
    pub body: Duration,
    /// To finish what is under way when the server stops.
    pub stop: Duration,
}

impl Default for Timers {
    /// Header 10 s, body 20 s, stop 5 s: half of the 10 s in which a stopped Greenlight is gone.
    fn default() -> Self {
        Self {
            header: Duration::from_secs(10),
            body: Duration::from_secs(20),
            stop: Duration::from_secs(5),
        }
    }
}

/// Serves until `stop`, then accepts nothing new, finishes what is under way within `Timers::stop`, and returns.
/// `pages` are served beside `/webhook`, `/healthz` and `/readyz`.
pub async fn serve(listener: impl Into<Arc<TcpListener>>, state: WebState, pages: Router, stop: CancellationToken) {
    let timers = state.timers;
    serve_pages(listener.into(), router(state).merge(pages), timers, stop).await;
}

/// The same for these pages alone. Whoever has the listener too can go on listening afterwards; nobody is turned away meanwhile.
pub async fn serve_pages(listener: Arc<TcpListener>, router: Router, timers: Timers, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    loop {
        let accept = async {
            let room = room.clone().acquire_owned().await;
            (room, listener.accept().await)
        };
        let (room, accepted) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept => accepted,
        };
        match accepted {
            Ok((stream, from)) => {
                let peer = Peer(from.ip());
                let connection = talk(stream, peer, router.clone(), timers, graceful.watcher());
                tokio::spawn(async move {
                    connection.await;
                    drop(room);
                });
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "could not accept a connection"
                );
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(timers.stop, graceful.shutdown()).await.is_err() {
        tracing::warn!("stopped while requests were still under way; GitHub shows them as failed deliveries");
    }
}

async fn talk(stream: TcpStream, peer: Peer, router: Router, timers: Timers, watcher: Watcher) {
    // Only a wish for speed; a connection that refuses it works all the same.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        answer(router.clone(), request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timers.header)
        .max_header_size(HEADER_MAX)
        .max_buf_size(BUFFER_MAX)
        .serve_connection(TokioIo::new(stream), service);
    // An error is the client's going away, or our cutting it off.
    let _ = watcher.watch(connection).await;
}

/// An error ends the connection without an answer.
async fn answer(router: Router, request: Request<Incoming>) -> Result<Response, CutOff> {
    let answering = AssertUnwindSafe(router.oneshot(request.map(Body::new)));
    let response = match answering.catch_unwind().await {
        Ok(answered) => answered.unwrap_or_else(|never| match never {}),
        Err(_) => {
            tracing::error!("a request made its handler panic; it was answered with 503");
            webhook::Answer::Failed.into_response()
        }
    };
    match response.extensions().get::<CutOff>() {
        Some(cut_off) => Err(*cut_off),
        None => Ok(response),
    }
}
