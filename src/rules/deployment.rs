//! GitHub's deployments: what it lists of them, and what is wished for of a new one. What they mean for an environment is
//! said in `stay`.
//!
//! A deployment is a note that this commit is to run in that environment; whoever deploys reports on it by statuses, and the
//! newest status is how it stands. Source: "REST API endpoints for deployments".

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::{DeploymentId, Sha};

/// Of an environment whose deployments are asked for whatever their commit, the newest page: enough to see who makes them.
pub const NEWEST_LISTED: usize = 30;

/// The field of a deployment's payload that holds our mark.
pub const MARK: &str = "greenlight";

/// Our mark in a deployment's payload, which GitHub gives back as it was sent or as a text of the same.
pub fn mark_of(payload: &Value) -> Option<String> {
    let marked = |payload: &Value| payload.get(MARK)?.as_str().map(str::to_owned);
    match payload {
        Value::String(text) => marked(&serde_json::from_str(text).ok()?),
        payload => marked(payload),
    }
}

/// A deployment as GitHub lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    pub id: DeploymentId,
    pub commit: Sha,
    pub created_at: Timestamp,
    /// The mark that our own carry; `None`: somebody else made it.
    pub mark: Option<String>,
}

/// What GitHub tells of deployments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// The newest first, by GitHub's time of their making.
    Deployments(Vec<Deployment>),
    /// The App may not read them: it was installed before it asked for that, or the account refused.
    Unreadable,
    /// GitHub gave an answer that nothing can be done with. Nothing else waits for a better one.
    Unclear,
}

/// How a deployment stands, by its newest status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    pub state: State,
    /// Where a person sees more. Somebody else's text.
    pub log_url: Option<String>,
    pub at: Timestamp,
    /// The first time that a success was reported after the last failure, if ever: since then it runs, or ran.
    pub succeeded_at: Option<Timestamp>,
}

/// GitHub's states of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Error,
    Failure,
    /// Replaced by a later one, or taken down.
    Inactive,
    InProgress,
    Queued,
    Pending,
    Waiting,
    Success,
    /// A state that this version does not know: never taken for running.
    #[serde(other)]
    Unknown,
}

impl State {
    /// GitHub's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Failure => "failure",
            Self::Inactive => "inactive",
            Self::InProgress => "in_progress",
            Self::Queued => "queued",
            Self::Pending => "pending",
            Self::Waiting => "waiting",
            Self::Success => "success",
            Self::Unknown => "unknown",
        }
    }
}

/// A deployment that is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDeployment {
    /// The environment as GitHub is to list it: one of the pipeline, or a preview.
    pub environment: String,
    pub commit: Sha,
    /// Is different for each that is wished for, and is found again in its payload after a crash.
    pub mark: String,
    /// Plain text.
    pub description: String,
    /// It will be taken down again one day.
    pub transient: bool,
    /// People use it directly.
    pub production: bool,
}

/// A status that is to be put on a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewStatus {
    pub state: State,
    /// Plain text, at most 140 characters.
    pub description: String,
    /// Where it can be looked at.
    pub environment_url: Option<String>,
    pub log_url: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{State, mark_of};

    #[test]
    fn our_mark_is_found_however_github_gives_the_payload_back() {
        assert_eq!(mark_of(&json!({ "greenlight": "7" })).as_deref(), Some("7"));
        assert_eq!(mark_of(&json!("{\"greenlight\":\"7\"}")).as_deref(), Some("7"));
        for other in [
            json!({}),
            json!(""),
            json!("deploy"),
            json!({ "greenlight": 7 }),
            json!(null),
        ] {
            assert_eq!(mark_of(&other), None, "{other}");
        }
    }

    #[test]
    fn a_state_that_github_adds_tomorrow_is_unknown_and_no_failure_to_read() {
        let read = |text: &str| serde_json::from_value::<State>(json!(text)).expect("a state");
        assert_eq!(read("rolled_forward"), State::Unknown);
        assert_eq!(read("in_progress"), State::InProgress);
    }
}
