//! What tells developers of a rollback: an issue, opened, and closed once all is back; or pull requests that revert it.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::address::of_repo;
use super::budget::Scope;
use super::error::{Because, GithubError};
use super::graphql::{Mutated, Reason};
use super::perform::{Result3, refusal_of};
use super::reply::{fits, with_issue_marker};
use super::swap::complaint;
use super::{Address, Inner};
use crate::rules::effect::{Outcome, Receipt, Refusal};
use crate::rules::id::{IssueNumber, PullNumber};

#[derive(Deserialize)]
struct OpenedBody {
    number: i64,
}

#[derive(Deserialize)]
struct PullBody {
    node_id: String,
    base: BaseBody,
}

#[derive(Deserialize)]
struct BaseBody {
    repo: RepoBody,
}

#[derive(Deserialize)]
struct RepoBody {
    id: i64,
}

/// Source: <https://docs.github.com/en/graphql/reference/mutations#revertpullrequest>. REST has nothing like it.
const REVERT: &str = "mutation Revert($input: RevertPullRequestInput!) \
    { revertPullRequest(input: $input) { revertPullRequest { number } } }";

impl Inner {
    /// GitHub makes the branch, and gives the pull request its title.
    pub(super) async fn revert_pull(&self, at: &Address, mark: &str, pull: PullNumber, text: &str) -> Result3<Receipt> {
        let reading = self
            .get(
                Scope::Installation(at.installation),
                &of_repo(&at.name, &format!("/pulls/{pull}")),
            )
            .await?;
        let found = reading.found_or_none::<PullBody>()?;
        // Another repository may have the name by now (G5).
        let Some(found) = found.filter(|found| found.base.repo.id == at.repo.0) else {
            return Ok(Err(Outcome::Refused(Refusal::Missing)));
        };
        let input = json!({ "pullRequestId": found.node_id, "body": with_issue_marker(text, mark) });
        let reasons = match self.mutate(at, "revertPullRequest", REVERT, &input).await? {
            Mutated::Done(payload) => {
                let number = payload["revertPullRequest"]["number"].as_i64();
                let untold = || GithubError::OutcomeUnknown {
                    action: "revertPullRequest".to_owned(),
                    source: Box::new(Because("it does not say which pull request it has opened".to_owned())),
                };
                let pull = number.map(PullNumber).ok_or_else(untold)?;
                return Ok(Ok(Receipt::Reverted { pull }));
            }
            Mutated::Refused(reasons) => reasons,
        };
        Ok(Err(Outcome::Refused(not_reverted(&reasons))))
    }

    /// 410 where issues are switched off.
    pub(super) async fn open_issue(&self, at: &Address, mark: &str, title: &str, text: &str) -> Result3<Receipt> {
        let body = json!({ "title": title, "body": with_issue_marker(text, mark) });
        let written = self.write_below(at, Method::POST, "/issues", &body).await?;
        let opened = written.read::<OpenedBody>()?;
        Ok(opened.map(|opened| Receipt::IssueOpened {
            issue: IssueNumber(opened.number),
        }))
    }

    /// A text that has grown too long for one line more stays as it is.
    pub(super) async fn close_issue(&self, at: &Address, issue: IssueNumber, text: Option<&str>) -> Result3<Receipt> {
        let mut body = json!({ "state": "closed", "state_reason": "completed" });
        if let Some(text) = text.filter(|text| fits(text)) {
            body["body"] = text.into();
        }
        let path = format!("/issues/{issue}");
        let written = self.write_below(at, Method::PATCH, &path, &body).await?;
        Ok(match written.answer.status {
            status if status.is_success() => Ok(Receipt::IssueClosed),
            _ => Err(refusal_of(&written)),
        })
    }
}

/// GitHub does not document in which words it says that a pull request cannot be reverted; so they are repeated.
fn not_reverted(reasons: &[Reason]) -> Refusal {
    if reasons.iter().any(Reason::is_permission) {
        return Refusal::PermissionMissing {
            permission: "contents=write,pull_requests=write".to_owned(),
        };
    }
    if reasons.iter().any(|reason| reason.is(&["NOT_FOUND"], &[])) {
        return Refusal::Missing;
    }
    let complaint = complaint(reasons);
    Refusal::Other {
        status: complaint.status,
        message: complaint.message,
    }
}
