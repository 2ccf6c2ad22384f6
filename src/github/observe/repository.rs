//! The repository itself: whether it is still the one we mean, its configuration, its branches and their rules.

use serde::Deserialize;
use serde_json::Value;

use super::{Look, PAGES_MAX};
use crate::fault::{Fault, planted};
use crate::github::address::{encoded, encoded_ref, of_repo};
use crate::github::base64;
use crate::github::budget::Scope;
use crate::github::error::{Complaint, GithubError};
use crate::github::installations::Listed;
use crate::github::reading::{PER_PAGE, Reading};
use crate::github::{Address, Inner};
use crate::rules::checks::Required;
use crate::rules::config::{self, Config, File, MergeMethod};
use crate::rules::id::{BranchName, RepoName, Sha};
use crate::rules::snapshot::{ConfigFile, ParsedFile, Repository};

/// GitHub lists up to 3,000 files of a commit, 300 a page.
/// Source: <https://docs.github.com/en/rest/commits/commits#get-a-commit>.
const FILE_PAGES_MAX: usize = 10;

#[derive(Deserialize)]
struct RepositoryBody {
    id: i64,
    /// By which GraphQL knows it.
    node_id: Option<String>,
    full_name: String,
    default_branch: String,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    fork: bool,
    html_url: String,
    allow_squash_merge: Option<bool>,
    allow_merge_commit: Option<bool>,
    allow_rebase_merge: Option<bool>,
}

/// What lies under a path, unless it is a folder: that is a list.
#[derive(Deserialize)]
struct ContentBody {
    #[serde(rename = "type")]
    kind: String,
    encoding: Option<String>,
    content: Option<String>,
}

#[derive(Deserialize)]
struct CommitBody {
    files: Option<Vec<WrittenBody>>,
}

#[derive(Deserialize)]
struct WrittenBody {
    filename: String,
    status: String,
}

#[derive(Deserialize)]
struct RefBody {
    #[serde(rename = "ref")]
    name: String,
    object: ObjectBody,
}

#[derive(Deserialize)]
struct ObjectBody {
    sha: Sha,
}

#[derive(Deserialize)]
struct RuleBody {
    #[serde(rename = "type")]
    kind: String,
    parameters: Option<Value>,
}

#[derive(Deserialize)]
struct RequiredStatusChecks {
    required_status_checks: Vec<RequiredBody>,
}

#[derive(Deserialize)]
struct RequiredBody {
    context: String,
    integration_id: Option<i64>,
}

impl RepositoryBody {
    /// Squash first, as most repositories prefer it. GitHub tells these only to who may write.
    fn merge_methods(&self) -> Vec<MergeMethod> {
        let told = [
            (self.allow_squash_merge, MergeMethod::Squash),
            (self.allow_merge_commit, MergeMethod::Merge),
            (self.allow_rebase_merge, MergeMethod::Rebase),
        ];
        told.into_iter()
            .filter(|(allowed, _)| *allowed == Some(true))
            .map(|(_, method)| method)
            .collect()
    }
}

impl Inner {
    /// Finds the repository under its old name, or under its new one.
    ///
    /// # Errors
    /// [`GithubError::Gone`] when the installation does not reach it any more.
    pub(super) async fn repository(&self, at: &Address) -> Result<Repository, GithubError> {
        let under_its_name = self.repository_called(at, &at.name).await?;
        if let Some(repository) = under_its_name {
            return Ok(repository);
        }
        let renamed = self.name_today(at).await?;
        let found = match &renamed {
            Some(name) => self.repository_called(at, name).await?,
            None => None,
        };
        found.ok_or_else(|| GithubError::Gone {
            what: format!("repository {} ({})", at.repo, at.name),
        })
    }

    /// The repository under a name; `None` when there is none, or another one (G5).
    async fn repository_called(&self, at: &Address, name: &RepoName) -> Result<Option<Repository>, GithubError> {
        let reading = self
            .get(Scope::Installation(at.installation), &of_repo(name, ""))
            .await?;
        let Some(body) = reading.found_or_none::<RepositoryBody>()? else {
            return Ok(None);
        };
        if body.id != at.repo.0 {
            return Ok(None);
        }
        let unnamed = || GithubError::unexpected(&reading.action, "the repository's full name has no two parts");
        Ok(Some(Repository {
            id: at.repo,
            installation: at.installation,
            name: RepoName::parse(&body.full_name).ok_or_else(unnamed)?,
            merge_methods: body.merge_methods(),
            default_branch: BranchName(body.default_branch),
            archived: body.archived,
            fork: body.fork,
            html_url: body.html_url,
            app_id: self.app_id,
        }))
    }

    /// What GraphQL calls the repository that we mean; `None` when another one, or none, has its name by now.
    ///
    /// # Errors
    /// [`GithubError::Unexpected`] when GitHub does not tell.
    pub(in crate::github) async fn node_id(&self, at: &Address) -> Result<Option<String>, GithubError> {
        let reading = self
            .get(Scope::Installation(at.installation), &of_repo(&at.name, ""))
            .await?;
        let body = reading.found_or_none::<RepositoryBody>()?;
        let Some(body) = body.filter(|body| body.id == at.repo.0) else {
            return Ok(None);
        };
        let untold = || GithubError::unexpected(&reading.action, "the repository has no `node_id`");
        body.node_id.map(Some).ok_or_else(untold)
    }

    async fn name_today(&self, at: &Address) -> Result<Option<RepoName>, GithubError> {
        let listed = self.repositories_of(at.installation).await?;
        Ok(listed
            .into_iter()
            .find(|(id, _): &Listed| *id == at.repo)
            .map(|(_, name)| name))
    }
}

/// The planted mistakes of a configuration.
fn spoilt(mut config: Config) -> Config {
    for environment in &mut config.environments {
        if planted(Fault::SkipSoak) {
            environment.soak = None;
        }
        if planted(Fault::IgnoreWindows) {
            environment.windows.clear();
        }
    }
    config
}

impl Look<'_> {
    /// The configuration on the default branch, on top of the organisation's defaults.
    pub(super) async fn config(self) -> Result<ConfigFile, GithubError> {
        let (own, defaults) = futures_util::try_join!(self.own_file(None), self.defaults())?;
        let config = match config::layered(&own, &defaults, &self.at.name.owner) {
            None => {
                let branches = self.existing(config::DEFAULT_ENVIRONMENTS).await?;
                return Ok(ConfigFile::Absent { branches });
            }
            Some(Err(mistakes)) => return Ok(ConfigFile::Broken(mistakes)),
            Some(Ok(config)) => Box::new(spoilt(config)),
        };
        let branches = if config.environments.is_empty() {
            self.existing(config::DEFAULT_ENVIRONMENTS).await?
        } else {
            Vec::new()
        };
        Ok(ConfigFile::Valid { config, branches })
    }

    /// The file as a commit wrote it, on top of the organisation's defaults as they are now; `None` where it wrote none,
    /// whatever a delivery said.
    pub(super) async fn config_at(self, commit: &Sha) -> Result<Option<ParsedFile>, GithubError> {
        let own = self.own_file(Some(commit)).await?;
        if own == File::Absent || !self.wrote(commit, config::PATH).await? {
            return Ok(None);
        }
        let defaults = self.defaults().await?;
        let read = config::layered(&own, &defaults, &self.at.name.owner);
        Ok(read.map(|read| read.map(Box::new)))
    }

    /// Whether a commit added or changed a file; of a merge, compared to its first parent.
    async fn wrote(self, commit: &Sha, path: &str) -> Result<bool, GithubError> {
        let Some(pages) = self.get_pages(&format!("/commits/{commit}"), FILE_PAGES_MAX).await? else {
            return Ok(false);
        };
        let bodies = pages.parsed::<CommitBody>()?;
        let mut files = bodies.iter().flat_map(|body| body.files.iter().flatten());
        Ok(files.any(|file| file.filename == path && file.status != "removed"))
    }

    /// The file at a commit; on the default branch, which is what GitHub takes when no `ref` is given, where none is.
    async fn own_file(self, commit: Option<&Sha>) -> Result<File, GithubError> {
        let path = match commit {
            Some(commit) => format!("/contents/{}?ref={commit}", config::PATH),
            None => format!("/contents/{}", config::PATH),
        };
        file_of(&self.get(&path).await?)
    }

    /// The organisation's defaults. Where the installation may not see that repository, there are none, as where it is not.
    async fn defaults(self) -> Result<File, GithubError> {
        if self.at.name.name.eq_ignore_ascii_case(config::DEFAULTS_REPOSITORY) {
            return Ok(File::Absent);
        }
        let repository = RepoName {
            owner: self.at.name.owner.clone(),
            name: config::DEFAULTS_REPOSITORY.to_owned(),
        };
        let path = of_repo(&repository, &format!("/contents/{}", config::PATH));
        match self.github.get(self.scope(), &path).await {
            Ok(reading) => file_of(&reading),
            Err(GithubError::Forbidden { .. }) => Ok(File::Absent),
            Err(error) => Err(error),
        }
    }

    async fn existing(self, names: [&str; 2]) -> Result<Vec<BranchName>, GithubError> {
        let mut existing = Vec::new();
        for branch in names.map(BranchName::from) {
            if self.head(&branch).await?.is_some() {
                existing.push(branch);
            }
        }
        Ok(existing)
    }

    /// Where a branch is; `None` when there is no such branch.
    pub(super) async fn head(self, branch: &BranchName) -> Result<Option<Sha>, GithubError> {
        let reading = self
            .get(&format!("/git/ref/heads/{}", encoded_ref(branch.as_str())))
            .await?;
        // An empty repository answers 409, "Git Repository is empty."
        if reading.is_missing() || reading.answer.status == http::StatusCode::CONFLICT {
            return Ok(None);
        }
        // Older servers answer a name that is only the beginning of others with all of those.
        if reading.is_list() {
            return Ok(None);
        }
        let found: RefBody = reading.found()?;
        Ok((found.name == format!("refs/heads/{branch}")).then_some(found.object.sha))
    }

    /// The contexts that rulesets and branch protection require; none where the server knows no rulesets.
    pub(super) async fn rules(self, branch: &BranchName) -> Result<Vec<Required>, GithubError> {
        let path = format!("/rules/branches/{}?per_page={PER_PAGE}", encoded(branch.as_str()));
        let pages = match self.get_pages(&path, PAGES_MAX).await {
            Err(GithubError::Forbidden { source, .. }) if has_no_rules(&source) => None,
            read => read?,
        };
        let Some(pages) = pages else {
            return Ok(Vec::new());
        };
        let mut required: Vec<Required> = Vec::new();
        let rules = pages
            .items::<RuleBody>()?
            .into_iter()
            .filter(|rule| rule.kind == "required_status_checks");
        for rule in rules {
            let parameters = rule.parameters.unwrap_or_default();
            let checks: RequiredStatusChecks =
                serde_json::from_value(parameters).map_err(|error| GithubError::Unexpected {
                    action: pages.action.clone(),
                    source: Box::new(error),
                })?;
            let more = checks.required_status_checks.into_iter().map(|check| Required {
                context: check.context,
                app_id: check.integration_id.filter(|id| *id > 0),
            });
            required.extend(more);
        }
        Ok(required)
    }
}

/// A private repository of a free account has no rules, and GitHub says so with a 403: "Upgrade to GitHub Pro or make this
/// repository public to enable this feature." No permission would change that (github/branch-deploy#345).
fn has_no_rules(complaint: &Complaint) -> bool {
    complaint.says(&["upgrade to github"])
}

/// The file's text, or what was found in its place.
fn file_of(reading: &Reading) -> Result<File, GithubError> {
    if reading.is_missing() {
        return Ok(File::Absent);
    }
    if reading.is_list() {
        return Ok(File::Other("a folder"));
    }
    let found: ContentBody = reading.found()?;
    Ok(match (found.kind.as_str(), found.encoding.as_deref()) {
        ("file", Some("base64")) => base64::decode(&found.content.unwrap_or_default())
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map_or(File::Other("a file that is not text in UTF-8"), File::Text),
        // GitHub gives no content of files over 1 MB.
        ("file", _) => File::Other("a file that is far too large"),
        ("symlink", _) => File::Other("a symbolic link"),
        ("submodule", _) => File::Other("a submodule"),
        _ => File::Other("something that is no file"),
    })
}

#[cfg(test)]
mod tests {
    use super::{Complaint, has_no_rules};

    fn forbidden(message: &str) -> Complaint {
        Complaint {
            status: 403,
            message: message.to_owned(),
            details: Vec::new(),
        }
    }

    #[test]
    fn a_plan_without_rules_is_told_from_a_permission_that_lacks() {
        let free = "Upgrade to GitHub Pro or make this repository public to enable this feature.";
        assert!(has_no_rules(&forbidden(free)));
        assert!(!has_no_rules(&forbidden("Resource not accessible by integration")));
    }
}
