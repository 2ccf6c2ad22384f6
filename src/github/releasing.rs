//! Tags and releases: read newest first, and made so that a second try changes nothing.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::error::Complaint;
use super::perform::{Result3, refusal_of, refusal_to_move};
use super::reply::{released_of, with_release_marker};
use super::writing::Written;
use super::{Address, Inner};
use crate::rules::effect::{Outcome, Receipt};
use crate::rules::id::Sha;
use crate::rules::snapshot::Published;

/// A release, as lists and its making show it.
#[derive(Deserialize)]
pub(super) struct ReleaseBody {
    tag_name: String,
    html_url: String,
    body: Option<String>,
}

impl ReleaseBody {
    pub(super) fn published(self) -> Published {
        Published {
            of: self.body.as_deref().and_then(released_of),
            tag: self.tag_name,
            url: self.html_url,
        }
    }
}

impl Inner {
    /// A tag that is there already, on this commit or another, is for the next look to see.
    pub(super) async fn make_tag(&self, at: &Address, tag: &str, commit: &Sha) -> Result3<Receipt> {
        let body = json!({ "ref": format!("refs/tags/{tag}"), "sha": commit });
        let written = self.write_below(at, Method::POST, "/git/refs", &body).await?;
        Ok(match written.answer.status.is_success() {
            true => Ok(Receipt::Tagged),
            false if is_there(&written) => Err(Outcome::Outdated),
            false => Err(refusal_to_move(&written)),
        })
    }

    pub(super) async fn make_release(&self, at: &Address, tag: &str, commit: &Sha, text: &str) -> Result3<Receipt> {
        // No target: the tag is there, and GitHub would hold the target against the rules for workflow files.
        let body = json!({ "tag_name": tag, "name": tag, "body": with_release_marker(text, commit) });
        let written = self.write_below(at, Method::POST, "/releases", &body).await?;
        if is_there(&written) {
            return Ok(Err(Outcome::Outdated));
        }
        if !written.answer.status.is_success() {
            return Ok(Err(refusal_of(&written)));
        }
        let made = written.read::<ReleaseBody>()?;
        Ok(made.map(|made| Receipt::Released { url: made.html_url }))
    }
}

fn is_there(written: &Written) -> bool {
    let complaint = Complaint::of(&written.answer);
    let refused = written.answer.status.is_client_error();
    refused && (complaint.says(&["already exists"]) || complaint.details.iter().any(|one| one.code == "already_exists"))
}
