//! Where the App is installed, and on which repositories: what a sweep goes through.

use jiff::Timestamp;
use serde::Deserialize;

use super::Inner;
use super::budget::Scope;
use super::error::GithubError;
use super::reading::PER_PAGE;
use crate::rules::id::{InstallationId, RepoId, RepoName};

/// 10,000 installations, or repositories of one installation.
const PAGES_MAX: usize = 100;

/// A repository of an installation.
pub(super) type Listed = (RepoId, RepoName);

#[derive(Deserialize)]
struct InstallationBody {
    id: i64,
    suspended_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct RepositoriesBody {
    repositories: Vec<RepositoryBody>,
}

#[derive(Deserialize)]
struct RepositoryBody {
    id: i64,
    full_name: String,
}

#[derive(Deserialize)]
struct AppBody {
    slug: Option<String>,
}

impl Inner {
    pub(super) async fn installations(&self) -> Result<Vec<(InstallationId, Vec<Listed>)>, GithubError> {
        let path = format!("/app/installations?per_page={PER_PAGE}");
        let pages = self.get_pages(Scope::App, &path, PAGES_MAX).await?;
        let pages = pages.ok_or_else(|| GithubError::Gone {
            what: "the app".to_owned(),
        })?;
        let installed: Vec<InstallationBody> = pages.items()?;
        let mut all = Vec::new();
        for installation in installed
            .into_iter()
            .filter(|installation| installation.suspended_at.is_none())
        {
            let id = InstallationId(installation.id);
            match self.repositories_of(id).await {
                Ok(repositories) => all.push((id, repositories)),
                Err(error) => {
                    tracing::warn!(installation = %id, error = &error as &dyn std::error::Error, "could not list the repositories of an installation");
                }
            }
        }
        Ok(all)
    }

    /// All repositories that an installation reaches.
    pub(super) async fn repositories_of(&self, installation: InstallationId) -> Result<Vec<Listed>, GithubError> {
        let path = format!("/installation/repositories?per_page={PER_PAGE}");
        let pages = self
            .get_pages(Scope::Installation(installation), &path, PAGES_MAX)
            .await?;
        let pages = pages.ok_or_else(|| GithubError::Gone {
            what: format!("installation {installation}"),
        })?;
        pages.must_be_complete()?;
        let bodies = pages
            .parsed::<RepositoriesBody>()?
            .into_iter()
            .flat_map(|page| page.repositories);
        Ok(bodies
            .filter_map(|body| Some((RepoId(body.id), RepoName::parse(&body.full_name)?)))
            .collect())
    }

    /// The App's slug, from which its bot's login is made; asked for once. `None` where GitHub will not tell it.
    pub(super) async fn slug(&self) -> Result<Option<&str>, GithubError> {
        let slug = self.slug.get_or_try_init(|| async {
            match self.get(Scope::App, "/app").await {
                Ok(reading) => Ok(reading.found_or_none::<AppBody>()?.and_then(|app| app.slug)),
                Err(GithubError::Forbidden { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        });
        Ok(slug.await?.as_deref())
    }
}
