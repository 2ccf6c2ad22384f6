//! GitHub's own log of the App's deliveries: what it tried to deliver, and what those deliveries held.
//!
//! What stands there was sent by GitHub, whatever anybody posted to us. The log goes back three days, and tells of an
//! attempt once it has ended. Source: <https://docs.github.com/en/rest/apps/webhooks>.

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Inner;
use super::budget::Scope;
use super::call::CallError;
use super::error::{Complaint, GithubError};
use super::header::next_page;
use super::reading::{PER_PAGE, Reading, forbidden};
use super::transport::Ask;
use crate::rules::id::{InstallationId, RepoId};

/// One attempt to deliver; a delivery that was tried twice stands there twice, with one GUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// By which GitHub knows this attempt.
    pub id: i64,
    pub guid: String,
    pub delivered_at: Timestamp,
    pub event: String,
    pub action: Option<String>,
    pub installation: Option<InstallationId>,
    /// `None` for deliveries about the App itself.
    pub repo: Option<RepoId>,
    /// What was answered; 0 where nothing was.
    pub status_code: i64,
}

/// A page of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPage {
    /// Newest first, as GitHub lists them.
    pub entries: Vec<Logged>,
    /// Where the log goes on; `None` at its end.
    pub next: Option<Cursor>,
}

/// A place in the log, as GitHub named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub String);

#[derive(Deserialize)]
struct Entry {
    id: i64,
    guid: String,
    delivered_at: Timestamp,
    event: String,
    action: Option<String>,
    installation_id: Option<i64>,
    repository_id: Option<i64>,
    #[serde(default)]
    status_code: i64,
}

#[derive(Deserialize)]
struct Whole<'a> {
    #[serde(borrow)]
    request: Sent<'a>,
}

#[derive(Deserialize)]
struct Sent<'a> {
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

impl Entry {
    fn read(self) -> Logged {
        Logged {
            id: self.id,
            guid: self.guid,
            delivered_at: self.delivered_at,
            event: self.event,
            action: self.action,
            installation: self.installation_id.map(InstallationId),
            repo: self.repository_id.filter(|id| *id > 0).map(RepoId),
            status_code: self.status_code,
        }
    }
}

impl Inner {
    /// A page of the log, from its newest entry or from a place in it. Not conditional: its first page is a new one each
    /// time, and the others would push what looks need out of the cache.
    ///
    /// # Errors
    /// [`GithubError::Gone`] where there is no such log.
    pub(super) async fn log_page(&self, from: Option<&Cursor>) -> Result<LogPage, GithubError> {
        let url = match from {
            Some(Cursor(target)) => self.followed("GET /app/hook/deliveries", target)?,
            None => self.api.url(&format!("/app/hook/deliveries?per_page={PER_PAGE}")),
        };
        let reading = self.read_as_app(url).await?;
        let entries = reading
            .found_or_none::<Vec<Entry>>()?
            .ok_or_else(|| GithubError::Gone {
                what: "the log of deliveries".to_owned(),
            })?;
        let next = reading.answer.header("link").and_then(next_page);
        Ok(LogPage {
            entries: entries.into_iter().map(Entry::read).collect(),
            next: next.map(|target| Cursor(target.to_owned())),
        })
    }

    /// What a delivery held, as JSON; `None` where the log does not give it (any more).
    pub(super) async fn logged_payload(&self, id: i64) -> Result<Option<String>, GithubError> {
        let url = self.api.url(&format!("/app/hook/deliveries/{id}"));
        let reading = self.read_as_app(url).await?;
        if reading.is_missing() {
            return Ok(None);
        }
        let whole = serde_json::from_slice::<Whole<'_>>(&reading.answer.body).ok();
        let payload = whole.and_then(|whole| whole.request.payload);
        let object = payload.filter(|payload| payload.get().trim_ascii_start().starts_with('{'));
        Ok(object.map(|payload| payload.get().to_owned()))
    }

    /// Asks GitHub to try a delivery again. It keeps its GUID, so a second request does no harm.
    pub(super) async fn redeliver(&self, id: i64) -> Result<(), GithubError> {
        let ask = Ask {
            method: Method::POST,
            url: self.api.url(&format!("/app/hook/deliveries/{id}/attempts")),
            body: None,
            if_none_match: None,
        };
        let action = ask.action();
        match self.call(Scope::App, &ask).await {
            Ok(answer) if answer.status.is_success() => Ok(()),
            Ok(answer) if answer.status == StatusCode::FORBIDDEN => Err(forbidden(&action, &answer)),
            Ok(answer) => Err(GithubError::unexpected(&action, Complaint::of(&answer).to_string())),
            Err(CallError::Github(error)) => Err(error),
            Err(CallError::NotSent(source) | CallError::Lost(source)) => {
                Err(GithubError::Unavailable { action, source })
            }
        }
    }

    async fn read_as_app(&self, url: String) -> Result<Reading, GithubError> {
        let ask = Ask {
            method: Method::GET,
            url,
            body: None,
            if_none_match: None,
        };
        let (action, answer) = (ask.action(), self.call_patiently(Scope::App, &ask).await?);
        match answer.status {
            StatusCode::FORBIDDEN => Err(forbidden(&action, &answer)),
            _ => Ok(Reading { action, answer }),
        }
    }
}
