//! People sign in through GitHub: where they are sent, what the code they come back with is exchanged for, and what GitHub says,
//! asked with a person's own token, of who she is and what she may see.
//!
//! L1 A person's token goes to the API's host only, and the client secret to GitHub's own address only.
//! L2 A list counts only when every page of it was read.
//! L3 Nothing is written in a person's name.
//!
//! A refresh token is good for one use, so who calls [`SignIn::renew`] has to see to it that nobody else does it meanwhile.

use std::time::Duration;

use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tower::BoxError;

use super::address::{ApiUrl, encoded};
use super::base64;
use super::error::{Because, Complaint, GithubError};
use super::header::next_page;
use super::reading::PER_PAGE;
use super::transport::{Answer, Ask, Failure, Transport};
use crate::clock::Clock;
use crate::rules::id::{InstallationId, Login, Person, RepoId, RepoName, UserId};

/// 3,000 repositories of one installation, or installations of one person: more is no list for a page.
const PAGES_MAX: usize = 30;

/// How long to wait where GitHub asks to wait and does not say how long. Source: "Rate limits for the REST API".
const WAIT_UNTOLD: SignedDuration = SignedDuration::from_mins(1);

/// The App as people sign in to it.
#[derive(Clone, Debug)]
pub struct SignInAccess {
    pub client_id: String,
    pub client_secret: SecretString,
    /// `https://github.com`, or `https://HOST` on GitHub Enterprise Server.
    pub github_url: String,
    /// `https://api.github.com`, or `https://HOST/api/v3`.
    pub api_url: String,
    /// Where people come back to; has to be registered as a callback URL of the App.
    pub callback: String,
    /// Until a connection stands, TLS included.
    pub connect_timeout: Duration,
    /// Until the whole answer is read.
    pub request_timeout: Duration,
}

/// Signs people in. Clones share connections.
#[derive(Clone)]
pub struct SignIn {
    access: SignInAccess,
    api: ApiUrl,
    to_site: Transport,
    to_api: Transport,
    clock: Clock,
}

/// What GitHub lends us to ask in a person's name.
#[derive(Clone, Debug)]
pub struct Granted {
    pub access: SecretString,
    /// `None`: the App is set to tokens that do not expire.
    pub access_ends_at: Option<Timestamp>,
    /// Good for one use.
    pub refresh: Option<SecretString>,
}

/// A repository that has the App and that the person may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub repo: RepoId,
    pub name: RepoName,
}

/// Why a person could not be signed in, or asked for.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// GitHub does not take the code or the refresh token: used, expired, or not ours. Signing in anew is the way.
    #[error("GitHub refused the exchange: {error}")]
    Refused { error: String },
    /// The person's token ended or was revoked.
    #[error("GitHub does not accept the person's token any more")]
    NotAccepted,
    /// The operator has to set something right.
    #[error("GitHub refused the app's own credentials: {error}")]
    Misconfigured { error: String },
    /// Nothing is wrong; ask again then.
    #[error("GitHub asks us to wait until {retry_at}")]
    RateLimited { retry_at: Timestamp },
    /// GitHub could not be reached, had a fault of its own, or said what we do not understand: ask again later.
    #[error("GitHub did not answer {action}")]
    Unavailable {
        action: String,
        #[source]
        source: BoxError,
    },
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("api", &self.api).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct GrantBody {
    access_token: Option<String>,
    expires_in: Option<i64>,
    refresh_token: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct UserBody {
    id: i64,
    login: String,
}

#[derive(Deserialize)]
struct InstallationsBody {
    installations: Vec<InstallationBody>,
}

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

impl SignIn {
    /// Prepares the connections; sends nothing. Has to be called inside a Tokio runtime.
    ///
    /// # Errors
    /// [`GithubError::Misconfigured`] for a URL that can never work.
    pub fn new(access: SignInAccess, clock: Clock) -> Result<Self, GithubError> {
        // Without the URL, which may hold a password.
        let unusable = |reason: &str| GithubError::Misconfigured {
            setting: "GITHUB_API_URL",
            reason: reason.to_owned(),
        };
        let api = ApiUrl::parse(&access.api_url).map_err(unusable)?;
        let transport = |https| Transport::new(https, access.connect_timeout, access.request_timeout);
        Ok(Self {
            to_site: transport(access.github_url.starts_with("https:"))?,
            to_api: transport(api.is_https())?,
            api,
            access,
            clock,
        })
    }

    /// Where the person is sent. The code that comes back is only good together with `verifier`, 43 to 128 letters and digits
    /// (PKCE, RFC 7636, method S256). GitHub Enterprise Server may not know PKCE, and then passes over it.
    pub fn address(&self, state: &str, verifier: &str) -> String {
        let challenge = base64::encode_url(digest(&SHA256, verifier.as_bytes()).as_ref());
        let SignInAccess {
            client_id,
            callback,
            github_url,
            ..
        } = &self.access;
        let fields = fields(&[
            ("client_id", client_id),
            ("redirect_uri", callback),
            ("state", state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        format!("{github_url}{}?{fields}", "/login/oauth/authorize")
    }

    /// Exchanges the code that the person came back with.
    ///
    /// # Errors
    /// [`SignInError::Refused`] for a code that is used, expired or was given for another sign-in.
    pub async fn redeem(&self, code: &str, verifier: &str) -> Result<Granted, SignInError> {
        let callback = self.access.callback.clone();
        self.exchange(&[("code", code), ("redirect_uri", &callback), ("code_verifier", verifier)])
            .await
    }

    /// Exchanges a refresh token, which ends it and the token that went with it.
    ///
    /// # Errors
    /// [`SignInError::Refused`] for one that is used, expired or revoked.
    pub async fn renew(&self, refresh: &SecretString) -> Result<Granted, SignInError> {
        self.exchange(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.expose_secret()),
        ])
        .await
    }

    /// Whose token it is.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn who(&self, access: &SecretString) -> Result<Person, SignInError> {
        let url = self.api.url("/user");
        let answer = self.get(&url, access).await?;
        let body: UserBody = parsed(&url, &answer)?;
        Ok(Person {
            id: UserId(body.id),
            login: Login(body.login),
        })
    }

    /// Every repository that has the App and that GitHub lets this person read.
    ///
    /// # Errors
    /// See [`SignInError`]. An installation that GitHub does not show her is left out, so what it has does not exist for her.
    pub async fn may_see(&self, access: &SecretString) -> Result<Vec<Seen>, SignInError> {
        let path = format!("/user/installations?per_page={PER_PAGE}");
        let installations = self.pages::<InstallationsBody>(&path, access).await?;
        let installations = installations.into_iter().flatten().flat_map(|page| page.installations);
        let mut seen = Vec::new();
        for installation in installations.filter(|one| one.suspended_at.is_none()) {
            let id = InstallationId(installation.id);
            let path = format!("/user/installations/{id}/repositories?per_page={PER_PAGE}");
            let Some(pages) = self.pages::<RepositoriesBody>(&path, access).await? else {
                tracing::debug!(installation = %id, "GitHub does not show this installation to the person");
                continue;
            };
            let bodies = pages.into_iter().flat_map(|page| page.repositories);
            seen.extend(bodies.filter_map(|body| {
                let name = RepoName::parse(&body.full_name)?;
                Some(Seen {
                    repo: RepoId(body.id),
                    name,
                })
            }));
        }
        Ok(seen)
    }

    async fn exchange(&self, more: &[(&str, &str)]) -> Result<Granted, SignInError> {
        let url = format!("{}{}", self.access.github_url, "/login/oauth/access_token");
        let secret = self.access.client_secret.expose_secret();
        let own = [("client_id", self.access.client_id.as_str()), ("client_secret", secret)];
        let asked_at = self.clock.now();
        let answer = self.to_site.exchange_form(&url, fields(&[&own, more].concat())).await;
        let answer = answer.map_err(|failure| unanswered(&url, failure))?;
        if !answer.status.is_success() && !answer.status.is_client_error() {
            return Err(self.not_a_success(&url, &answer));
        }
        // GitHub refuses with status 200 and an `error`.
        let body: GrantBody = parsed(&url, &answer)?;
        match (body.access_token, body.error) {
            (Some(access), None) => Ok(Granted {
                access: access.into(),
                access_ends_at: body.expires_in.map(|secs| asked_at + SignedDuration::from_secs(secs)),
                refresh: body.refresh_token.map(SecretString::from),
            }),
            (_, Some(error)) if OPERATORS.contains(&error.as_str()) => Err(SignInError::Misconfigured { error }),
            (_, Some(error)) => Err(SignInError::Refused { error }),
            (None, None) => Err(self.not_a_success(&url, &answer)),
        }
    }

    /// `None` where GitHub does not show the list to this person.
    async fn pages<T: DeserializeOwned>(
        &self,
        path: &str,
        access: &SecretString,
    ) -> Result<Option<Vec<T>>, SignInError> {
        let mut pages = Vec::new();
        let mut url = self.api.url(path);
        for _ in 0..PAGES_MAX {
            let answer = match self.get(&url, access).await {
                Ok(answer) => answer,
                Err(SignInError::Unavailable { source, .. })
                    if source.downcast_ref::<Complaint>().is_some_and(is_hidden) =>
                {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
            pages.push(parsed(&url, &answer)?);
            let Some(next) = answer.header("link").and_then(next_page) else {
                return Ok(Some(pages));
            };
            url = self.api.follow(next).ok_or_else(|| {
                let because = Because(format!("its next page is said to be elsewhere, at {next:?}"));
                unavailable(&url, because.into())
            })?;
        }
        let because = Because(format!("it has more than {PAGES_MAX} pages"));
        Err(unavailable(&url, because.into()))
    }

    async fn get(&self, url: &str, access: &SecretString) -> Result<Answer, SignInError> {
        let ask = Ask {
            method: Method::GET,
            url: url.to_owned(),
            body: None,
            if_none_match: None,
        };
        let answer = self.to_api.exchange(&ask, access).await;
        let answer = answer.map_err(|failure| unanswered(url, failure))?;
        match answer.status {
            StatusCode::OK => Ok(answer),
            StatusCode::UNAUTHORIZED => Err(SignInError::NotAccepted),
            _ => Err(self.not_a_success(url, &answer)),
        }
    }

    fn not_a_success(&self, url: &str, answer: &Answer) -> SignInError {
        let is_limit = match answer.status {
            StatusCode::TOO_MANY_REQUESTS => true,
            StatusCode::FORBIDDEN => {
                answer.header("x-ratelimit-remaining") == Some("0")
                    || answer.header("retry-after").is_some()
                    || Complaint::of(answer).says(&["rate limit"])
            }
            _ => false,
        };
        if !is_limit {
            return unavailable(url, Box::new(Complaint::of(answer)));
        }
        let number = |name| answer.header(name).and_then(|text| text.parse::<i64>().ok());
        let now = self.clock.now();
        let after = number("retry-after").map(|secs| now.saturating_add(SignedDuration::from_secs(secs)));
        let reset = number("x-ratelimit-reset").and_then(|at| Timestamp::from_second(at).ok());
        let told = after.and_then(Result::ok).or(reset).filter(|at| *at > now);
        SignInError::RateLimited {
            retry_at: told.unwrap_or(now + WAIT_UNTOLD),
        }
    }
}

/// What GitHub calls mistakes of whoever set the App up.
const OPERATORS: [&str; 3] = [
    "incorrect_client_credentials",
    "redirect_uri_mismatch",
    "application_suspended",
];

/// What is not for this person: suspended or gone meanwhile, or behind her organisation's own sign-in.
fn is_hidden(complaint: &Complaint) -> bool {
    matches!(complaint.status, 403 | 404 | 451)
}

fn fields(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    pairs.join("&")
}

fn parsed<T: DeserializeOwned>(url: &str, answer: &Answer) -> Result<T, SignInError> {
    serde_json::from_slice(&answer.body).map_err(|error| unavailable(url, error.into()))
}

fn unanswered(url: &str, failure: Failure) -> SignInError {
    match failure {
        Failure::NotSent(source) | Failure::Lost(source) => unavailable(url, source),
    }
}

/// The query is left out: it may hold more than a log should.
fn unavailable(url: &str, source: BoxError) -> SignInError {
    let action = url.split('?').next().unwrap_or_default().to_owned();
    SignInError::Unavailable { action, source }
}
