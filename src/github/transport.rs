//! One HTTP exchange with GitHub: octocrab over a connection of our own making, so that it has timeouts, never repeats
//! anything by itself, and tells apart what certainly was not sent from what may have arrived.

use std::error::Error as StdError;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, IF_NONE_MATCH, USER_AGENT};
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::{Client, Error as ConnectionError, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use secrecy::{ExposeSecret, SecretString};
use tower::{BoxError, ServiceExt};

use super::error::{Because, GithubError};

/// The version whose fields we read; a later one drops `merge_commit_sha`.
/// Source: <https://docs.github.com/en/rest/about-the-rest-api/api-versions>.
const API_VERSION: HeaderValue = HeaderValue::from_static("2022-11-28");
const JSON: HeaderValue = HeaderValue::from_static("application/vnd.github+json");
const US: HeaderValue = HeaderValue::from_static(concat!("greenlight/", env!("CARGO_PKG_VERSION")));

/// Idle connections are given up before GitHub's side does it, so that a write seldom meets one that is just closing.
const IDLE_SECS_MAX: u64 = 20;

/// A comparison of 100 commits with its 300 patches is the largest answer we ask for; more than this is no answer to us.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;

/// A request, as far as it does not depend on who sends it.
pub(super) struct Ask {
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// `None` sends no body.
    pub body: Option<Bytes>,
    pub if_none_match: Option<HeaderValue>,
}

impl Ask {
    /// Method and path, as log lines and errors name a request; the query is left out, it may hold what people wrote.
    pub fn action(&self) -> String {
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        let path = path
            .split_once("://")
            .and_then(|(_, rest)| rest.split_once('/'))
            .map_or(path, |(_, path)| path);
        format!("{} /{path}", self.method)
    }
}

/// What came back, whatever its status.
#[derive(Clone)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// The body may hold a token.
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// A header's text; `None` when it is absent or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// No connection came about: GitHub has seen nothing.
    NotSent(BoxError),
    /// The request was on its way when something broke or took too long.
    Lost(BoxError),
}

#[derive(Clone)]
pub(super) struct Transport {
    octocrab: Octocrab,
    request_timeout: Duration,
}

impl Transport {
    /// Prepares the connection pool; connects to nothing. Has to be called inside a Tokio runtime.
    ///
    /// # Errors
    /// [`GithubError::Misconfigured`] if HTTPS is wanted and this machine has no root certificates.
    pub fn new(https: bool, connect_timeout: Duration, request_timeout: Duration) -> Result<Self, GithubError> {
        let mut plain = HttpConnector::new();
        plain.set_nodelay(true);
        plain.enforce_http(false);
        let octocrab = if https {
            let roots = hyper_rustls::HttpsConnectorBuilder::new().with_native_roots();
            let roots = roots.map_err(|error| GithubError::Misconfigured {
                setting: "GITHUB_API_URL",
                reason: format!("this machine's root certificates cannot be read ({error})"),
            })?;
            over(roots.https_only().enable_http1().wrap_connector(plain), connect_timeout)
        } else {
            over(plain, connect_timeout)
        };
        Ok(Self {
            octocrab,
            request_timeout,
        })
    }

    /// Everything goes through `service` instead of a connection. Has to be called inside a Tokio runtime.
    pub fn through<S>(service: S, request_timeout: Duration) -> Self
    where
        S: tower::Service<Request<OctoBody>, Response = http::Response<Full<Bytes>>, Error = BoxError> + Send + 'static,
        S::Future: Send + 'static,
    {
        Self {
            octocrab: bare(service),
            request_timeout,
        }
    }

    /// Sends one request, once, and reads its whole answer.
    pub async fn exchange(&self, ask: &Ask, bearer: &SecretString) -> Result<Answer, Failure> {
        self.within_time(request(ask, Some(bearer)).map_err(Failure::NotSent)?)
            .await
    }

    /// The same in nobody's name.
    pub async fn exchange_unsigned(&self, ask: &Ask) -> Result<Answer, Failure> {
        self.within_time(request(ask, None).map_err(Failure::NotSent)?).await
    }

    /// Sends the fields of a form, once, in nobody's name, and reads the whole answer.
    pub async fn exchange_form(&self, url: &str, fields: String) -> Result<Answer, Failure> {
        let request = Request::post(url)
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, US)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(OctoBody::from(fields))
            .map_err(|error| Failure::NotSent(error.into()))?;
        self.within_time(request).await
    }

    /// Fetches a file, in nobody's name.
    pub async fn fetch(&self, url: &str) -> Result<Answer, Failure> {
        let request = Request::get(url)
            .header(USER_AGENT, US)
            .body(OctoBody::empty())
            .map_err(|error| Failure::NotSent(error.into()))?;
        self.within_time(request).await
    }

    async fn within_time(&self, request: Request<OctoBody>) -> Result<Answer, Failure> {
        match tokio::time::timeout(self.request_timeout, self.send(request)).await {
            Ok(result) => result,
            Err(_) => {
                let because = format!("no answer within {:?}", self.request_timeout);
                Err(Failure::Lost(Box::new(Because(because))))
            }
        }
    }

    async fn send(&self, request: Request<OctoBody>) -> Result<Answer, Failure> {
        let response = self.octocrab.send(request).await.map_err(classed)?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX)
            .collect()
            .await
            .map_err(Failure::Lost)?;
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.to_bytes(),
        })
    }
}

fn request(ask: &Ask, bearer: Option<&SecretString>) -> Result<Request<OctoBody>, BoxError> {
    let mut request = Request::builder()
        .method(&ask.method)
        .uri(&ask.url)
        .header(ACCEPT, JSON)
        .header(HeaderName::from_static("x-github-api-version"), API_VERSION)
        .header(USER_AGENT, US);
    if let Some(bearer) = bearer {
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", bearer.expose_secret()))?;
        authorization.set_sensitive(true);
        request = request.header(AUTHORIZATION, authorization);
    }
    if let Some(etag) = &ask.if_none_match {
        request = request.header(IF_NONE_MATCH, etag);
    }
    let body = match &ask.body {
        Some(json) => {
            request = request.header(CONTENT_TYPE, "application/json");
            OctoBody::from(json.clone())
        }
        None => OctoBody::empty(),
    };
    Ok(request.body(body)?)
}

/// An octocrab without its own layers: those would retry writes, follow redirects with our token, and set no timeouts.
fn over<C>(connector: C, connect_timeout: Duration) -> Octocrab
where
    C: tower::Service<http::Uri> + Clone + Send + Sync + 'static,
    C::Error: Into<BoxError>,
    C::Future: Send + 'static,
    C::Response:
        hyper_util::client::legacy::connect::Connection + hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let patient = tower::timeout::Timeout::new(connector, connect_timeout);
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(IDLE_SECS_MAX))
        .build::<_, OctoBody>(patient.map_future(Box::pin));
    bare(client)
}

fn bare<S, B>(service: S) -> Octocrab
where
    S: tower::Service<Request<OctoBody>, Response = http::Response<B>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: http_body::Body<Data = Bytes> + Send + Sync + 'static,
    B::Error: Into<BoxError>,
{
    let built = OctocrabBuilder::new_empty()
        .with_service(service)
        .with_auth(AuthState::None)
        .build();
    match built {
        Ok(octocrab) => octocrab,
        Err(never) => match never {},
    }
}

/// octocrab's own text can be one bare word, so the cause is unwrapped; only a failed connection proves that nothing was sent.
fn classed(error: octocrab::Error) -> Failure {
    let mut cause = error.source().or(Some(&error as &(dyn StdError + 'static)));
    let mut connecting = false;
    let mut told = Vec::new();
    while let Some(error) = cause {
        connecting |= error
            .downcast_ref::<ConnectionError>()
            .is_some_and(ConnectionError::is_connect);
        told.push(error.to_string());
        cause = error.source();
    }
    told.dedup();
    let source = Box::new(Because(told.join(": ")));
    if connecting {
        Failure::NotSent(source)
    } else {
        Failure::Lost(source)
    }
}
