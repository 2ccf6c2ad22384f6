//! How GitHub is told to change something: one write after the other, each sent once.

use bytes::Bytes;
use http::Method;
use serde_json::Value;
use tokio::time::Instant;

use super::Inner;
use super::budget::Scope;
use super::call::CallError;
use super::error::{Complaint, GithubError};
use super::transport::{Answer, Ask};
use crate::fault::{Fault, planted};
use crate::rules::id::InstallationId;

/// What GitHub said to a write: it did it, or it refuses.
pub(super) struct Written {
    /// For errors and log lines.
    pub action: String,
    pub answer: Answer,
}

impl Inner {
    /// Sends one write when it is the installation's turn. Whatever GitHub decided comes back, refusals included.
    ///
    /// # Errors
    /// [`GithubError::OutcomeUnknown`] if nobody knows what GitHub decided (G1); [`GithubError::Unavailable`] if it has not
    /// even seen the request.
    pub(super) async fn write(
        &self,
        installation: InstallationId,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Written, GithubError> {
        let ask = Ask {
            method,
            url: self.api.url(path),
            // Some operations take no body at all.
            body: (!body.is_null()).then(|| Bytes::from(body.to_string())),
            if_none_match: None,
        };
        self.send(installation, Scope::Installation(installation), &ask).await
    }

    /// As [`Self::write`], to any address of the API. Writes of one installation are serial, however they are counted.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(super) async fn send(
        &self,
        installation: InstallationId,
        scope: Scope,
        ask: &Ask,
    ) -> Result<Written, GithubError> {
        let mut last_write = self.budget.take_turn(installation, self.write_pause).await;
        let mut result = self.call(scope, ask).await;
        if planted(Fault::RepeatAPost) && matches!(result, Err(CallError::Lost(_))) {
            result = self.call(scope, ask).await;
        }
        *last_write = Some(Instant::now());
        drop(last_write);
        judged(ask.action(), result)
    }
}

fn judged(action: String, result: Result<Answer, CallError>) -> Result<Written, GithubError> {
    match result {
        // A gateway that gave up says nothing of what went on behind it.
        Ok(answer) if answer.status.is_server_error() => Err(GithubError::OutcomeUnknown {
            action,
            source: Box::new(Complaint::of(&answer)),
        }),
        Ok(answer) => Ok(Written { action, answer }),
        Err(CallError::Github(error)) => Err(error),
        Err(CallError::NotSent(source)) => Err(GithubError::Unavailable { action, source }),
        Err(CallError::Lost(source)) => Err(GithubError::OutcomeUnknown { action, source }),
    }
}
