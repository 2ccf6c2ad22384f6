//! Whether everybody may see a repository.

use serde::Deserialize;

use super::Inner;
use super::address::of_repo;
use super::budget::Scope;
use super::error::GithubError;
use crate::rules::id::{InstallationId, RepoId, RepoName};

/// Source: `GET /repos/{owner}/{repo}`; what an enterprise shows to its own people only is `internal`, and private too.
#[derive(Deserialize)]
struct RepositoryBody {
    id: i64,
    private: bool,
    visibility: Option<String>,
}

impl Inner {
    /// Whether the repository of this number, by this name, is public. Gone, renamed and not to be read are no.
    pub(super) async fn is_public(
        &self,
        repo: RepoId,
        installation: InstallationId,
        name: &RepoName,
    ) -> Result<bool, GithubError> {
        let scope = Scope::Installation(installation);
        let reading = self.get(scope, &of_repo(name, "")).await?;
        let found = reading.found_or_none::<RepositoryBody>()?;
        Ok(found.is_some_and(|found| {
            let is_told_public = found.visibility.is_none_or(|visibility| visibility == "public");
            found.id == repo.0 && !found.private && is_told_public
        }))
    }
}
