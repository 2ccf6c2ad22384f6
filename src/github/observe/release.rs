//! Tags and releases that are there.

use serde::Deserialize;

use super::Look;
use crate::github::address::encoded_ref;
use crate::github::error::GithubError;
use crate::github::releasing::ReleaseBody;
use crate::rules::id::Sha;
use crate::rules::snapshot::{Found, Published};

/// The newest releases, among which ours of a commit that has just come to run would be.
const NEWEST: usize = 30;

#[derive(Deserialize)]
struct RefBody {
    #[serde(rename = "ref")]
    name: String,
    object: ObjectBody,
}

#[derive(Deserialize)]
struct ObjectBody {
    /// Of an annotated tag the tag itself, which is no commit of ours.
    sha: Sha,
}

impl Look<'_> {
    pub(super) async fn releases(self) -> Result<Found<Vec<Published>>, GithubError> {
        let found = self
            .found::<Vec<ReleaseBody>>(&format!("/releases?per_page={NEWEST}"))
            .await?;
        Ok(found.map(|bodies| bodies.into_iter().map(ReleaseBody::published).collect()))
    }

    /// The tags whose names begin like this, with what they are on.
    pub(super) async fn tags(self, prefix: &str) -> Result<Vec<(String, Sha)>, GithubError> {
        let reading = self
            .get(&format!("/git/matching-refs/tags/{}", encoded_ref(prefix)))
            .await?;
        let refs = reading.found_or_none::<Vec<RefBody>>()?.unwrap_or_default();
        let named = |one: RefBody| Some((one.name.strip_prefix("refs/tags/")?.to_owned(), one.object.sha));
        Ok(refs.into_iter().filter_map(named).collect())
    }
}
