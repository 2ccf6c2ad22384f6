//! Issues of ours: the one that carries a mark, and how one stands.

use jiff::Timestamp;
use serde::Deserialize;

use super::comment::AppBody;
use super::{Account, Look, PAGES_MAX};
use crate::github::error::GithubError;
use crate::github::reading::PER_PAGE;
use crate::github::reply::issue_mark;
use crate::rules::id::IssueNumber;
use crate::rules::snapshot::{Found, Issue};

#[derive(Deserialize)]
struct IssueBody {
    number: i64,
    state: String,
    body: Option<String>,
    repository_url: Option<String>,
    user: Option<Account>,
    performed_via_github_app: Option<AppBody>,
}

impl Look<'_> {
    /// Everything with a mark of ours that was made or changed since, the newest first. GitHub lists pull requests among the issues.
    pub(super) async fn issues(self, since: Timestamp) -> Result<Found<Vec<(String, IssueNumber)>>, GithubError> {
        let since = since.strftime("%Y-%m-%dT%H:%M:%SZ");
        let path = format!("/issues?state=all&sort=created&direction=desc&since={since}&per_page={PER_PAGE}");
        let pages = match self.get_pages(&path, PAGES_MAX).await {
            Ok(Some(pages)) => pages,
            Ok(None) => return Ok(Found::Missing),
            Err(GithubError::Forbidden { permission, .. }) => return Ok(Found::Unreadable(permission)),
            Err(error) => return Err(error),
        };
        let mut ours = Vec::new();
        for issue in pages.items::<IssueBody>()? {
            let Some(mark) = issue.body.as_deref().and_then(issue_mark) else {
                continue;
            };
            // Anybody can copy a mark; only our own App's word counts.
            if self
                .is_by_us(issue.performed_via_github_app.as_ref(), issue.user.as_ref())
                .await?
            {
                ours.push((mark.to_owned(), IssueNumber(issue.number)));
            }
        }
        Ok(Found::It(ours))
    }

    /// GitHub redirects to one that was moved to another repository, where it is not ours any more.
    pub(super) async fn issue(self, number: IssueNumber) -> Result<Found<Issue>, GithubError> {
        let found = self.found::<IssueBody>(&format!("/issues/{number}")).await?;
        let here = format!("/{}", self.at.name).to_lowercase();
        let is_here = |issue: &IssueBody| {
            let repository = issue.repository_url.as_ref();
            issue.number == number.0 && repository.is_none_or(|url| url.to_lowercase().ends_with(&here))
        };
        Ok(match found {
            Found::It(issue) if !is_here(&issue) => Found::Missing,
            found => found.map(|issue| Issue {
                open: issue.state == "open",
                body: issue.body.unwrap_or_default(),
            }),
        })
    }
}
