//! How the App is registered at GitHub, where it is installed, and what its rulesets say of us: what `doctor` compares with what
//! it should be.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;

use super::address::{encoded, of_repo};
use super::budget::Scope;
use super::error::GithubError;
use super::header::github_time;
use super::reading::PER_PAGE;
use super::{Address, Github, Inner};
use crate::rules::id::{InstallationId, RepoName};
use crate::rules::soundness::{Grant, RuleSeen};

/// As many installations as [`Inner::installations`] reads.
const PAGES_MAX: usize = 100;

/// Permissions by GitHub's name, each `read`, `write` or `admin`.
pub type Permissions = BTreeMap<String, String>;

/// The App's registration. Source: <https://docs.github.com/en/rest/apps/apps#get-the-authenticated-app>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    pub slug: Option<String>,
    pub html_url: Option<String>,
    pub permissions: Permissions,
    pub events: BTreeSet<String>,
    /// How far this machine's clock is ahead of GitHub's; `None` where the answer had no date.
    pub ahead_secs: Option<i64>,
}

/// Where GitHub sends deliveries. Source: <https://docs.github.com/en/rest/apps/webhooks>.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hook {
    pub url: Option<String>,
    /// `json` or `form`.
    pub content_type: Option<String>,
    /// Asterisks where one is set.
    pub secret: Option<String>,
    /// `1` where GitHub does not verify our certificate; a text or a number.
    #[serde(default)]
    pub insecure_ssl: serde_json::Value,
}

/// An account that the App is installed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    pub id: InstallationId,
    pub account: String,
    pub is_suspended: bool,
    /// What was granted, which is less than the registration asks for until an owner of the account accepts it.
    pub permissions: Permissions,
    pub html_url: Option<String>,
}

#[derive(Deserialize)]
struct AppBody {
    slug: Option<String>,
    html_url: Option<String>,
    #[serde(default)]
    permissions: Permissions,
    #[serde(default)]
    events: BTreeSet<String>,
}

#[derive(Deserialize)]
struct InstallationBody {
    id: i64,
    account: Option<AccountBody>,
    suspended_at: Option<Timestamp>,
    #[serde(default)]
    permissions: Permissions,
    #[serde(default)]
    events: BTreeSet<String>,
    html_url: Option<String>,
}

#[derive(Deserialize)]
struct AccountBody {
    login: Option<String>,
    slug: Option<String>,
}

#[derive(Deserialize)]
struct RuleBody {
    #[serde(rename = "type")]
    kind: String,
    ruleset_id: Option<i64>,
}

#[derive(Deserialize)]
struct RulesetBody {
    current_user_can_bypass: Option<String>,
}

impl Github {
    /// How the App is registered.
    ///
    /// # Errors
    /// [`GithubError::Unauthorized`] where key, id or clock are wrong.
    pub async fn registration(&self) -> Result<Registration, GithubError> {
        let reading = self.inner.get(Scope::App, "/app").await?;
        let theirs = github_time(&reading.answer.headers);
        let now = self.inner.clock.now();
        let body: AppBody = reading.found()?;
        Ok(Registration {
            slug: body.slug,
            html_url: body.html_url,
            permissions: body.permissions,
            events: body.events,
            ahead_secs: theirs.map(|theirs| now.duration_since(theirs).as_secs()),
        })
    }

    /// Where GitHub sends deliveries; `None` where the App has no webhook.
    ///
    /// # Errors
    /// Those of reading it.
    pub async fn hook(&self) -> Result<Option<Hook>, GithubError> {
        self.inner.get(Scope::App, "/app/hook/config").await?.found_or_none()
    }

    /// The accounts that the App is installed on, suspended ones too.
    ///
    /// # Errors
    /// Those of the list.
    pub async fn installed(&self) -> Result<Vec<Installed>, GithubError> {
        let path = format!("/app/installations?per_page={PER_PAGE}");
        let pages = self.inner.get_pages(Scope::App, &path, PAGES_MAX).await?;
        let bodies: Vec<InstallationBody> = pages.map(|pages| pages.items()).transpose()?.unwrap_or_default();
        Ok(bodies.into_iter().map(InstallationBody::read).collect())
    }

    /// Whether GitHub knows this account.
    ///
    /// # Errors
    /// Those of reading it.
    pub async fn knows_account(&self, installation: InstallationId, login: &str) -> Result<bool, GithubError> {
        self.inner.knows_account(installation, login).await
    }

    /// Whether GitHub lets the App see who is in this team.
    ///
    /// # Errors
    /// Those of reading it; [`GithubError::Forbidden`] without the permission.
    pub async fn knows_team(
        &self,
        installation: InstallationId,
        organization: &str,
        slug: &str,
    ) -> Result<bool, GithubError> {
        self.inner.knows_team(installation, organization, slug).await
    }

    /// The rules of a branch that stand in rulesets of the repository, and whether Greenlight may pass them by.
    ///
    /// # Errors
    /// Those of reading them.
    pub async fn rules_seen(&self, at: &Address, branch: &str) -> Result<Vec<RuleSeen>, GithubError> {
        self.inner.rules_seen(at, branch).await
    }
}

impl Inner {
    /// What this installation was granted; `None` where GitHub knows of no such one.
    /// Source: <https://docs.github.com/en/rest/apps/apps#get-an-installation-for-the-authenticated-app>.
    pub(super) async fn grant(&self, installation: InstallationId) -> Result<Option<Grant>, GithubError> {
        let path = format!("/app/installations/{installation}");
        let body: Option<InstallationBody> = self.get(Scope::App, &path).await?.found_or_none()?;
        Ok(body.map(|body| Grant {
            permissions: body.permissions,
            events: body.events,
        }))
    }

    pub(super) async fn knows_account(&self, installation: InstallationId, login: &str) -> Result<bool, GithubError> {
        let path = format!("/users/{}", encoded(login));
        self.is_there(Scope::Installation(installation), &path).await
    }

    pub(super) async fn knows_team(
        &self,
        installation: InstallationId,
        organization: &str,
        slug: &str,
    ) -> Result<bool, GithubError> {
        let path = format!("/orgs/{}/teams/{}/members", encoded(organization), encoded(slug));
        self.is_there(Scope::Installation(installation), &path).await
    }

    async fn is_there(&self, scope: Scope, path: &str) -> Result<bool, GithubError> {
        Ok(self
            .get(scope, path)
            .await?
            .found_or_none::<serde::de::IgnoredAny>()?
            .is_some())
    }

    pub(super) async fn rules_seen(&self, at: &Address, branch: &str) -> Result<Vec<RuleSeen>, GithubError> {
        let scope = Scope::Installation(at.installation);
        let path = of_repo(
            &at.name,
            &format!("/rules/branches/{}?per_page={PER_PAGE}", encoded(branch)),
        );
        let Some(pages) = self.get_pages(scope, &path, PAGES_MAX).await? else {
            return Ok(Vec::new());
        };
        let mut bypasses: BTreeMap<i64, Option<bool>> = BTreeMap::new();
        let mut seen = Vec::new();
        for rule in pages.items::<RuleBody>()? {
            let may_bypass = match rule.ruleset_id {
                Some(id) => match bypasses.get(&id) {
                    Some(known) => *known,
                    None => *bypasses
                        .entry(id)
                        .or_insert(self.may_bypass(scope, &at.name, id).await?),
                },
                None => None,
            };
            seen.push(RuleSeen {
                kind: rule.kind,
                may_bypass,
            });
        }
        Ok(seen)
    }

    /// Source: `current_user_can_bypass` of <https://docs.github.com/en/rest/repos/rules#get-a-repository-ruleset>. A ruleset of
    /// the organisation's is not told.
    async fn may_bypass(&self, scope: Scope, name: &RepoName, ruleset: i64) -> Result<Option<bool>, GithubError> {
        let path = of_repo(name, &format!("/rulesets/{ruleset}"));
        let body: Option<RulesetBody> = match self.get(scope, &path).await {
            Err(GithubError::Forbidden { .. }) => None,
            read => read?.found_or_none()?,
        };
        let word = body.and_then(|body| body.current_user_can_bypass);
        Ok(match word.as_deref() {
            Some("always" | "exempt") => Some(true),
            Some("never" | "pull_requests_only") => Some(false),
            _ => None,
        })
    }
}

impl InstallationBody {
    fn read(self) -> Installed {
        let account = self.account.and_then(|account| account.login.or(account.slug));
        Installed {
            id: InstallationId(self.id),
            account: account.unwrap_or_else(|| "an account that is gone".to_owned()),
            is_suspended: self.suspended_at.is_some(),
            permissions: self.permissions,
            html_url: self.html_url,
        }
    }
}
