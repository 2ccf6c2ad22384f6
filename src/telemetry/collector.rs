//! The way to a collector of spans: an HTTP client over the connections that we have anyway, and one line in the log when the
//! collector goes away or comes back, because the exporter itself is silent.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError};
use tokio::runtime::Handle;

/// For one batch of spans, connection included.
const PATIENCE: Duration = Duration::from_secs(10);

/// A collector has nothing to say that is longer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// The client. The exporter calls it from a thread of its own, so the work itself is done on the program's runtime.
#[derive(Debug)]
pub struct Collector {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    runtime: Handle,
    is_away: AtomicBool,
}

impl Collector {
    /// Connects to nothing yet. Has to be called inside a Tokio runtime.
    ///
    /// # Errors
    /// If this machine's root certificates cannot be read.
    pub fn new() -> io::Result<Self> {
        let connector = HttpsConnectorBuilder::new().with_native_roots()?;
        let client = Client::builder(TokioExecutor::new()).build(connector.https_or_http().enable_http1().build());
        Ok(Self {
            client,
            runtime: Handle::current(),
            is_away: AtomicBool::new(false),
        })
    }

    /// Tells when it changes.
    fn notes(&self, trouble: Option<&HttpError>) {
        let was_away = self.is_away.swap(trouble.is_some(), Ordering::Relaxed);
        match (trouble, was_away) {
            (Some(error), false) => tracing::warn!(
                error = &**error as &dyn std::error::Error,
                "the collector takes no spans; Greenlight goes on without them"
            ),
            (None, true) => tracing::info!("the collector takes spans again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let asked = self.client.request(request.map(Full::new));
        let exchange = async move {
            let (head, body) = asked.await?.into_parts();
            let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await?.to_bytes();
            match head.status.is_success() {
                true => Ok(Response::from_parts(head, body)),
                false => Err(HttpError::from(format!("it answered {}", head.status))),
            }
        };
        let within = async {
            tokio::time::timeout(PATIENCE, exchange)
                .await
                .map_err(HttpError::from)
                .flatten()
        };
        let answer = self.runtime.spawn(within).await.map_err(HttpError::from).flatten();
        self.notes(answer.as_ref().err());
        answer
    }
}
