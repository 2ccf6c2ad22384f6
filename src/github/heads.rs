//! Where some branches of a repository are, for the checker.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::address::{encoded_ref, of_repo};
use super::budget::Scope;
use super::error::GithubError;
use super::{Address, Inner};
use crate::rules::id::BranchName;

#[derive(Deserialize)]
struct RepositoryBody {
    id: i64,
}

#[derive(Deserialize)]
struct RefBody {
    object: ObjectBody,
}

#[derive(Deserialize)]
struct ObjectBody {
    sha: String,
}

impl Inner {
    /// The tips of these branches; `None` for one that is not there.
    ///
    /// # Errors
    /// [`GithubError::Gone`] if the name is not that repository's any more (G5).
    pub(super) async fn heads(
        &self,
        at: &Address,
        branches: &[BranchName],
    ) -> Result<BTreeMap<String, Option<String>>, GithubError> {
        let scope = Scope::Installation(at.installation);
        let reading = self.get(scope, &of_repo(&at.name, "")).await?;
        let repository = reading.found_or_none::<RepositoryBody>()?;
        if repository.is_none_or(|found| found.id != at.repo.0) {
            return Err(GithubError::Gone {
                what: format!("repository {} ({})", at.repo, at.name),
            });
        }
        let mut heads = BTreeMap::new();
        for branch in branches {
            let path = of_repo(&at.name, &format!("/git/ref/heads/{}", encoded_ref(branch.as_str())));
            let reading = self.get(scope, &path).await?;
            // Where there is none, GitHub may list those whose names begin like it.
            let head = match reading.is_list() {
                true => None,
                false => reading.found_or_none::<RefBody>()?.map(|found| found.object.sha),
            };
            heads.insert(branch.as_str().to_owned(), head);
        }
        Ok(heads)
    }
}
