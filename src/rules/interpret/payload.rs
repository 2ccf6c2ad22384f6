//! The fields of GitHub's payloads that anything is read from. Whatever is not there is `None`; what has another shape makes the
//! delivery one that is ignored with a reason.

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Payload {
    pub action: Option<String>,
    pub number: Option<i64>,
    pub sha: Option<String>,
    pub after: Option<String>,
    #[serde(rename = "ref")]
    pub git_ref: Option<String>,
    pub ref_type: Option<String>,
    pub commits: Option<Vec<Pushed>>,
    pub comment: Option<Comment>,
    pub review: Option<Comment>,
    pub issue: Option<Issue>,
    pub pull_request: Option<Labels>,
    pub sender: Option<Sender>,
    pub check_run: Option<Checked>,
    pub check_suite: Option<Checked>,
    pub environment: Option<String>,
    pub deployment_callback_url: Option<String>,
    pub deployment: Option<Deployed>,
    pub installation: Option<Installation>,
    pub repositories: Option<Vec<Repository>>,
    pub repositories_added: Option<Vec<Repository>>,
    pub repositories_removed: Option<Vec<Repository>>,
}

#[derive(Deserialize)]
pub(super) struct Pushed {
    pub id: Option<String>,
    pub added: Option<Vec<String>>,
    pub modified: Option<Vec<String>>,
    pub removed: Option<Vec<String>>,
}

#[derive(Deserialize)]
pub(super) struct Comment {
    pub id: Option<i64>,
    pub body: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Issue {
    pub pull_request: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct Sender {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub login: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Labels {
    pub number: Option<i64>,
    pub labels: Option<Vec<serde::de::IgnoredAny>>,
}

#[derive(Deserialize)]
pub(super) struct Checked {
    pub head_sha: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Deployed {
    pub id: Option<i64>,
    pub sha: Option<String>,
    pub payload: Option<serde_json::Value>,
}

#[derive(Deserialize)]
pub(super) struct Installation {
    pub id: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Repository {
    pub id: Option<i64>,
    pub full_name: Option<String>,
}
