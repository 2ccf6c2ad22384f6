//! Comments on pull requests: the request as it stands on GitHub now, and our own reply to it.

use jiff::Timestamp;
use serde::Deserialize;

use super::{Account, Look, PAGES_MAX};
use crate::fault::{Fault, planted};
use crate::github::error::GithubError;
use crate::github::reading::PER_PAGE;
use crate::github::reply::{CARD_MARKER, marker};
use crate::rules::id::{CommentId, PullNumber, RequestId};
use crate::rules::snapshot::Comment;

#[derive(Deserialize)]
struct CommentBody {
    id: i64,
    /// The issue's or pull request's address in the API; the comment has no field for its number.
    issue_url: Option<String>,
    user: Option<Account>,
    body: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    performed_via_github_app: Option<AppBody>,
}

#[derive(Deserialize)]
pub(super) struct AppBody {
    id: Option<i64>,
}

impl Look<'_> {
    /// A comment.
    pub(super) async fn comment(self, id: CommentId) -> Result<Option<Comment>, GithubError> {
        let path = format!("/issues/comments/{id}");
        let reading = self.get_new(&path).await?;
        let Some(body) = reading.found_or_none::<CommentBody>()? else {
            return Ok(None);
        };
        let numberless = || GithubError::unexpected(&reading.action, "the comment does not say where it was written");
        let pull = body.issue_number().ok_or_else(numberless)?;
        Ok(Some(body.into_comment(pull)))
    }

    /// Our comment that carries the request's marker. Other people may quote the marker; only our own App's word counts.
    pub(super) async fn reply(
        self,
        request: RequestId,
        pull: PullNumber,
        since: Timestamp,
    ) -> Result<Option<CommentId>, GithubError> {
        let since = since.strftime("%Y-%m-%dT%H:%M:%SZ");
        let path = format!("/issues/{pull}/comments?since={since}&per_page={PER_PAGE}");
        let Some(pages) = self.get_pages(&path, PAGES_MAX).await? else {
            return Ok(None);
        };
        self.own_with(&marker(request), pages.items()?).await
    }

    /// When a person last wrote on this pull request, if that was after `since`.
    pub(super) async fn last_word(self, pull: PullNumber, since: Timestamp) -> Result<Option<Timestamp>, GithubError> {
        let from = since.strftime("%Y-%m-%dT%H:%M:%SZ");
        let path = format!("/issues/{pull}/comments?since={from}&per_page={PER_PAGE}");
        let Some(pages) = self.get_pages(&path, PAGES_MAX).await? else {
            return Ok(None);
        };
        let comments: Vec<CommentBody> = pages.items()?;
        let by_people = comments
            .iter()
            .filter(|comment| comment.user.as_ref().is_some_and(Account::is_user));
        Ok(by_people
            .map(|comment| comment.created_at)
            .filter(|at| *at > since)
            .max())
    }

    /// Our card on a pull request, however old.
    pub(super) async fn card(self, pull: PullNumber) -> Result<Option<CommentId>, GithubError> {
        let path = format!("/issues/{pull}/comments?per_page={PER_PAGE}");
        match self.get_pages(&path, PAGES_MAX).await? {
            Some(pages) => self.own_with(CARD_MARKER, pages.items()?).await,
            None => Ok(None),
        }
    }

    /// The oldest comment of ours that carries the marker.
    async fn own_with(self, marker: &str, mut marked: Vec<CommentBody>) -> Result<Option<CommentId>, GithubError> {
        if planted(Fault::NoMarkerSearch) {
            return Ok(None);
        }
        marked.retain(|comment| comment.body.as_ref().is_some_and(|body| body.contains(marker)));
        marked.sort_by_key(|comment| comment.id);
        for comment in &marked {
            if self
                .is_by_us(comment.performed_via_github_app.as_ref(), comment.user.as_ref())
                .await?
            {
                return Ok(Some(CommentId(comment.id)));
            }
        }
        Ok(None)
    }

    /// Whether our App wrote it, through which GitHub says that `user` did.
    pub(super) async fn is_by_us(self, app: Option<&AppBody>, user: Option<&Account>) -> Result<bool, GithubError> {
        match app.and_then(|app| app.id) {
            Some(app) => Ok(app == self.github.app_id),
            None => self.is_our_bot(user).await,
        }
    }

    /// Whether an account is our App's bot. Where GitHub does not tell the App's slug, any bot is taken for it: a second
    /// answer would be worse than one that another bot forged.
    pub(super) async fn is_our_bot(self, account: Option<&Account>) -> Result<bool, GithubError> {
        let Some(bot) = account.filter(|account| account.is_bot()) else {
            return Ok(false);
        };
        let slug = self.github.slug().await?;
        Ok(slug.is_none_or(|slug| bot.login.eq_ignore_ascii_case(&format!("{slug}[bot]"))))
    }
}

impl CommentBody {
    fn issue_number(&self) -> Option<PullNumber> {
        let number = self.issue_url.as_ref()?.rsplit('/').next()?;
        number.parse().ok().map(PullNumber)
    }

    fn into_comment(self, pull: PullNumber) -> Comment {
        let by_hand = self.user.as_ref().is_some_and(Account::is_user) && self.performed_via_github_app.is_none();
        Comment {
            id: CommentId(self.id),
            pull,
            author: self.user.as_ref().and_then(Account::person),
            by_hand,
            body: self.body.unwrap_or_default(),
            created_at: self.created_at,
            updated_at: match planted(Fault::CountEdited) {
                true => self.created_at,
                false => self.updated_at,
            },
        }
    }
}
