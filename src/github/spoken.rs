//! What was written in a repository lately, whether a delivery told of it or not.

use jiff::Timestamp;
use serde::Deserialize;

use super::address::of_repo;
use super::budget::Scope;
use super::error::GithubError;
use super::reading::PER_PAGE;
use super::{Address, Inner};
use crate::rules::id::CommentId;

/// Pages of one reading. The oldest come first, so what is beyond them is read the next time.
const PAGES_MAX: usize = 5;

/// A comment, as the list of all comments of a repository shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    pub comment: CommentId,
    /// Of the issue or pull request; GitHub numbers them together.
    pub number: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub body: String,
    pub by_bot: bool,
}

#[derive(Deserialize)]
struct CommentBody {
    id: i64,
    issue_url: Option<String>,
    user: Option<User>,
    body: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Deserialize)]
struct User {
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl CommentBody {
    fn read(self) -> Option<Spoken> {
        let number = self.issue_url.as_deref()?.rsplit('/').next()?.parse().ok()?;
        Some(Spoken {
            comment: CommentId(self.id),
            number,
            created_at: self.created_at,
            updated_at: self.updated_at,
            body: self.body.unwrap_or_default(),
            by_bot: self.user.and_then(|user| user.kind).as_deref() == Some("Bot"),
        })
    }
}

impl Inner {
    /// The comments that were written or edited since then, the longest unchanged first; without a time, the newest alone.
    pub(super) async fn spoken(&self, at: &Address, since: Option<Timestamp>) -> Result<Vec<Spoken>, GithubError> {
        let query = match since {
            Some(since) => format!(
                "sort=updated&direction=asc&since={}&per_page={PER_PAGE}",
                since.strftime("%Y-%m-%dT%H:%M:%SZ")
            ),
            None => "sort=updated&direction=desc&per_page=1".to_owned(),
        };
        let pages_max = if since.is_some() { PAGES_MAX } else { 1 };
        let path = of_repo(&at.name, &format!("/issues/comments?{query}"));
        let scope = Scope::Installation(at.installation);
        let Some(pages) = self.get_pages(scope, &path, pages_max).await? else {
            return Ok(Vec::new());
        };
        let bodies = pages.parsed::<Vec<CommentBody>>()?.into_iter().flatten();
        Ok(bodies.filter_map(CommentBody::read).collect())
    }

    /// Whether this number is a pull request's.
    pub(super) async fn is_pull(&self, at: &Address, number: i64) -> Result<bool, GithubError> {
        let path = of_repo(&at.name, &format!("/pulls/{number}"));
        let reading = self.get(Scope::Installation(at.installation), &path).await?;
        Ok(reading.found_or_none::<serde::de::IgnoredAny>()?.is_some())
    }
}
