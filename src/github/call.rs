//! One request in somebody's name: within the limits, with a token that works, its answer noted.

use std::sync::atomic::Ordering;

use futures_util::future::BoxFuture;
use http::{Method, StatusCode};
use secrecy::SecretString;
use tower::BoxError;

use super::Inner;
use super::auth::Token;
use super::budget::Scope;
use super::deadline;
use super::error::{Because, Complaint, GithubError};
use super::header::github_time;
use super::transport::{Answer, Ask, Failure};
use crate::rules::id::InstallationId;

/// Clocks that differ by more than this explain a refused token (a JSON Web Token begins a minute ago).
const CLOCK_SKEW_SECS_MAX: i64 = 60;

/// Why a call has no answer that its caller could judge.
pub(super) enum CallError {
    /// Already classed; trying again now is of no use.
    Github(GithubError),
    /// GitHub has seen nothing of it.
    NotSent(BoxError),
    /// It may have arrived.
    Lost(BoxError),
}

impl Inner {
    /// Sends a request in the name of `scope`. Any status comes back but 401 and those that speak of limits, which are errors.
    ///
    /// A 401 means that GitHub looked at the token and did nothing, so the request is sent once more with a new one, even
    /// a write.
    pub(super) async fn call(&self, scope: Scope, ask: &Ask) -> Result<Answer, CallError> {
        let mut is_renewed = false;
        loop {
            self.may_speak(scope)?;
            let bearer = self.bearer(scope).await.map_err(CallError::Github)?;
            if deadline::is_over(self.clock.now()) {
                let why = "the lease on the repository is over: somebody else may be looking at it".to_owned();
                return Err(CallError::NotSent(Box::new(Because(why))));
            }
            if ask.method != Method::GET && deadline::is_stale(self.clock.now()) {
                let why = "the last look before it is too long ago".to_owned();
                return Err(CallError::NotSent(Box::new(Because(why))));
            }
            self.count(ask);
            let answer = self
                .transport
                .exchange(ask, &bearer)
                .await
                .map_err(|failure| match failure {
                    Failure::NotSent(source) => CallError::NotSent(source),
                    Failure::Lost(source) => CallError::Lost(source),
                })?;
            if let Some(retry_at) = self.budget.note(scope, &answer, self.clock.now()) {
                tracing::warn!(%retry_at, "GitHub asks us to wait, after {}", ask.action());
                return Err(CallError::Github(GithubError::RateLimited { retry_at }));
            }
            match scope.installation() {
                Some(installation) if answer.status == StatusCode::UNAUTHORIZED && !is_renewed => {
                    self.tokens.drop_refused(installation, &bearer).await;
                    is_renewed = true;
                }
                _ if answer.status == StatusCode::UNAUTHORIZED => {
                    return Err(CallError::Github(self.unauthorized(ask, &answer)));
                }
                _ => return Ok(answer),
            }
        }
    }

    fn may_speak(&self, scope: Scope) -> Result<(), CallError> {
        match self.budget.silent_until(scope, self.clock.now()) {
            Some(retry_at) => Err(CallError::Github(GithubError::RateLimited { retry_at })),
            None => Ok(()),
        }
    }

    fn count(&self, ask: &Ask) {
        let counter = match (&ask.method, ask.url.ends_with("/access_tokens")) {
            (&Method::GET, _) => &self.budget.reads,
            (_, true) => &self.budget.tokens,
            (_, false) => &self.budget.writes,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    async fn bearer(&self, scope: Scope) -> Result<SecretString, GithubError> {
        let Some(installation) = scope.installation() else {
            return self.key.token(self.clock.now());
        };
        let slot = self.tokens.slot(installation);
        let mut token = slot.lock().await;
        if let Some(known) = token.as_ref().filter(|known| known.is_fresh(self.clock.now())) {
            return Ok(known.secret.clone());
        }
        let new = self.new_token(installation).await?;
        Ok(token.insert(new).secret.clone())
    }

    /// Asks GitHub for a token; a second one does no harm, so this is tried again like a read.
    async fn new_token(&self, installation: InstallationId) -> Result<Token, GithubError> {
        let ask = Ask {
            method: Method::POST,
            url: self
                .api
                .url(&format!("/app/installations/{installation}/access_tokens")),
            body: None,
            if_none_match: None,
        };
        let answer = self.call_as_app(&ask).await?;
        match answer.status {
            StatusCode::CREATED => {
                Token::from_answer(&answer.body, self.clock.now()).map_err(|error| GithubError::Unexpected {
                    action: ask.action(),
                    source: Box::new(error),
                })
            }
            // The key signs for another App than the id says.
            StatusCode::NOT_FOUND if Complaint::of(&answer).says(&["integration not found"]) => {
                Err(self.unauthorized(&ask, &answer))
            }
            // Suspended, or not installed any more.
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => Err(GithubError::Gone {
                what: format!("installation {installation} ({})", Complaint::of(&answer)),
            }),
            _ => Err(GithubError::unexpected(
                &ask.action(),
                Complaint::of(&answer).to_string(),
            )),
        }
    }

    /// Boxed, because a call needs a token and a token needs a call.
    fn call_as_app<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Result<Answer, GithubError>> {
        Box::pin(self.call_patiently(Scope::App, ask))
    }

    /// A call that may be repeated: tried again after a fault of GitHub's or of the network.
    ///
    /// # Errors
    /// [`GithubError::Unavailable`] when the last try failed too.
    pub(super) async fn call_patiently(&self, scope: Scope, ask: &Ask) -> Result<Answer, GithubError> {
        let mut waits = self.read_retries.iter();
        loop {
            let source: BoxError = match self.call(scope, ask).await {
                Ok(answer) if answer.status.is_server_error() => Box::new(Complaint::of(&answer)),
                Ok(answer) => return Ok(answer),
                Err(CallError::Github(error)) => return Err(error),
                Err(CallError::NotSent(source) | CallError::Lost(source)) => source,
            };
            let Some(wait) = waits.next() else {
                return Err(GithubError::Unavailable {
                    action: ask.action(),
                    source,
                });
            };
            tracing::debug!(error = %source, "{} is tried again in {} ms", ask.action(), wait.as_millis());
            self.clock.sleep(*wait).await;
        }
    }

    fn unauthorized(&self, ask: &Ask, answer: &Answer) -> GithubError {
        let now = self.clock.now();
        let skew_secs = github_time(&answer.headers).map_or(0, |theirs| now.duration_since(theirs).as_secs());
        let hint = if skew_secs.abs() > CLOCK_SKEW_SECS_MAX {
            format!("this machine's clock differs from GitHub's by {skew_secs} s")
        } else {
            "check the app's id, its private key and this machine's clock".to_owned()
        };
        GithubError::Unauthorized {
            action: ask.action(),
            hint,
            source: Complaint::of(answer),
        }
    }
}
