//! Makes a commit that has the tree of an earlier one, on no branch yet.
//!
//! Neither author nor date is named: GitHub then makes the App the author and signs the commit, which some rules require.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::address::of_repo;
use super::budget::Scope;
use super::error::GithubError;
use super::perform::{Result3, refusal_of};
use super::{Address, Inner};
use crate::rules::effect::{Outcome, Receipt, Refusal};
use crate::rules::id::Sha;

#[derive(Deserialize)]
struct CommitBody {
    tree: ShaBody,
}

#[derive(Deserialize)]
struct ShaBody {
    sha: Sha,
}

impl Inner {
    /// A commit on top of `on` with the tree of `of`.
    ///
    /// Sources: "Get a commit object" and "Create a commit", <https://docs.github.com/en/rest/git/commits>.
    pub(super) async fn make_revert(&self, at: &Address, on: &Sha, of: &Sha, message: &str) -> Result3<Receipt> {
        let Some(tree) = self.tree_of(at, of).await? else {
            return Ok(Err(Outcome::Refused(Refusal::Missing)));
        };
        let wish = json!({ "message": message, "tree": tree, "parents": [on] });
        let written = self.write_below(at, Method::POST, "/git/commits", &wish).await?;
        if !written.answer.status.is_success() {
            return Ok(Err(refusal_of(&written)));
        }
        let made = written.read::<ShaBody>()?;
        Ok(made.map(|made| Receipt::Committed { commit: made.sha }))
    }

    /// `None` if GitHub does not know the commit any more.
    async fn tree_of(&self, at: &Address, commit: &Sha) -> Result<Option<Sha>, GithubError> {
        let path = of_repo(&at.name, &format!("/git/commits/{commit}"));
        let reading = self.get(Scope::Installation(at.installation), &path).await?;
        let found = reading.found_or_none::<CommitBody>()?;
        Ok(found.map(|found| found.tree.sha))
    }
}
