//! The one client that talks to GitHub: it observes what a plan needs and performs what a plan wishes.
//!
//! ```text
//!   observe (needs → facts)      perform (effect → outcome)
//!        │                            │
//!     reading                      writing         how an answer is asked for: pages, ETags, retries │ pacing, no repeats
//!        └────────────┬───────────────┘
//!                   call                           in whose name, within which limits
//!      auth · budget · cache · transport
//! ```
//!
//! Beside all this stand `sign_in`, which asks in the name of a person, with her own token, who she is and what she may see, and
//! `manifest`, which fetches the credentials of an App that was just made.
//!
//! G1 A write is never sent again before somebody has looked whether the first one happened.
//! G2 A list counts only when every page of it was read.
//! G3 No token is ever sent to another host than the API's.
//! G4 While GitHub asks an installation to wait, nothing is sent in its name; the others go on.
//! G5 A repository is known by its number; another one under its old name is never taken for it.
//!
//! Every fact is read by small structs of our own that require only what we use, because fields come and go.
//! GraphQL is used for the two things that REST cannot do: to move a branch only if it is where we believe it to be, and to
//! revert a pull request.
//! Absent on purpose: typed models of GitHub's whole vocabulary.

mod address;
mod auth;
mod base64;
mod budget;
mod cache;
mod call;
mod deadline;
mod deploying;
mod error;
pub mod face;
mod graphql;
mod header;
mod heads;
mod installations;
mod join;
mod log;
pub mod manifest;
mod merge;
mod observe;
mod perform;
mod reading;
mod registration;
mod releasing;
mod reply;
mod report;
mod reverting;
pub mod sign_in;
mod spoken;
mod swap;
mod telling;
mod transport;
mod visibility;
mod welcoming;
mod writing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use jiff::Timestamp;
use octocrab::OctoBody;
use secrecy::SecretString;
use tower::{BoxError, Service};

pub use self::budget::Counts;
pub use self::deadline::Deadline;
pub use self::error::{Complaint, Detail, GithubError};
pub use self::log::{Cursor, LogPage, Logged};
pub use self::registration::{Hook, Installed, Registration};
pub use self::reply::marker;
pub use self::spoken::Spoken;

use self::address::ApiUrl;
use self::auth::{AppKey, Tokens};
use self::budget::{Budget, Scope};
use self::cache::Cache;
use self::transport::Transport;
use crate::clock::Clock;
use crate::rules::effect::{Effect, Outcome};
use crate::rules::id::{BranchName, InstallationId, Login, RepoId, RepoName, UserId};
use crate::rules::plan::LAST_LOOK_AGE_MAX;
use crate::rules::snapshot::{Need, Snapshot};

/// How GitHub is reached, and how patiently.
#[derive(Clone, Debug)]
pub struct Access {
    /// The App's numeric id.
    pub app_id: i64,
    /// The App's private key, in PEM form.
    pub private_key: SecretString,
    /// `https://api.github.com`, or `https://HOST/api/v3` on GitHub Enterprise Server.
    pub api_url: String,
    /// Until a connection stands, TLS included.
    pub connect_timeout: Duration,
    /// Until the whole answer is read.
    pub request_timeout: Duration,
    /// Between two writes of one installation; GitHub asks for a second at least.
    pub write_pause: Duration,
    /// The waits before a read is tried again after a fault of GitHub's or of the network.
    pub read_retries: Vec<Duration>,
    /// The waits before a comment that GitHub has just told us of, and does not know yet, is asked for again.
    pub fresh_retries: Vec<Duration>,
}

impl Access {
    /// The access with the patience that suits github.com.
    pub fn new(app_id: i64, private_key: SecretString, api_url: impl Into<String>) -> Self {
        Self {
            app_id,
            private_key,
            api_url: api_url.into(),
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(20),
            write_pause: Duration::from_secs(1),
            read_retries: [200, 1_000].map(Duration::from_millis).to_vec(),
            fresh_retries: [500, 1_000, 1_500, 2_000].map(Duration::from_millis).to_vec(),
        }
    }
}

/// Where a repository is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The identity.
    pub repo: RepoId,
    pub installation: InstallationId,
    /// A hint: people rename what they own. A look sets it right.
    pub name: RepoName,
}

/// The client. Clones share connections, tokens, limits and cache.
#[derive(Clone)]
pub struct Github {
    inner: Arc<Inner>,
    deadline: Option<Deadline>,
}

/// What all clones share.
struct Inner {
    api: ApiUrl,
    transport: Transport,
    app_id: i64,
    key: AppKey,
    tokens: Tokens,
    budget: Budget,
    cache: Cache,
    clock: Clock,
    write_pause: Duration,
    read_retries: Vec<Duration>,
    fresh_retries: Vec<Duration>,
    /// The App's slug, asked for once; `None` where GitHub would not tell it.
    slug: tokio::sync::OnceCell<Option<String>>,
}

impl std::fmt::Debug for Github {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Github")
            .field("api", &self.inner.api)
            .finish_non_exhaustive()
    }
}

impl Github {
    /// Checks the access and prepares the client; sends nothing. Has to be called inside a Tokio runtime.
    ///
    /// # Errors
    /// [`GithubError::Misconfigured`] for a key or URL that can never work.
    pub fn new(access: &Access, clock: Clock) -> Result<Self, GithubError> {
        let api = api_of(access)?;
        let transport = Transport::new(api.is_https(), access.connect_timeout, access.request_timeout)?;
        Self::with(access, api, transport, clock)
    }

    /// The same client over something that answers in this process instead of over a connection. Has to be called inside a
    /// Tokio runtime.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn through<S>(access: &Access, clock: Clock, service: S) -> Result<Self, GithubError>
    where
        S: Service<Request<OctoBody>, Response = Response<Full<Bytes>>, Error = BoxError> + Send + 'static,
        S::Future: Send + 'static,
    {
        let api = api_of(access)?;
        let transport = Transport::through(service, access.request_timeout);
        Self::with(access, api, transport, clock)
    }

    fn with(access: &Access, api: ApiUrl, transport: Transport, clock: Clock) -> Result<Self, GithubError> {
        let inner = Inner {
            transport,
            api,
            app_id: access.app_id,
            key: AppKey::new(access.app_id, &access.private_key)?,
            tokens: Tokens::default(),
            budget: Budget::default(),
            cache: Cache::default(),
            clock,
            write_pause: access.write_pause,
            read_retries: access.read_retries.clone(),
            fresh_retries: access.fresh_retries.clone(),
            slug: tokio::sync::OnceCell::new(),
        };
        Ok(Self {
            inner: Arc::new(inner),
            deadline: None,
        })
    }

    /// Reads what is needed and not in the snapshot yet, and sets `at.name` right if the repository was renamed.
    ///
    /// The repository itself is always read first, so that no answer of another one under its old name is believed (G5).
    /// Whatever was read before an error stays in the snapshot.
    ///
    /// # Errors
    /// The first one met; nothing is ever told as "not there" because it could not be read.
    #[tracing::instrument(skip_all, fields(repo = %at.name))]
    pub async fn observe(
        &self,
        at: &mut Address,
        needs: &BTreeSet<Need>,
        snapshot: &mut Snapshot,
    ) -> Result<(), GithubError> {
        self.inner.observe(at, needs, snapshot).await
    }

    /// A client that performs nothing after the deadline; all else it shares with this one.
    pub fn writing_until(&self, deadline: Deadline) -> Self {
        Self {
            inner: self.inner.clone(),
            deadline: Some(deadline),
        }
    }

    /// Carries out one effect, after the pause that its installation's writes keep. The repository's name is believed, so
    /// the effect belongs right after a look.
    ///
    /// # Errors
    /// [`GithubError::OutcomeUnknown`] when it may have happened: look before anything else. Every other error says that it
    /// did not happen.
    #[tracing::instrument(skip_all, fields(repo = %at.name, effect = %effect.key()))]
    pub async fn perform(&self, at: &Address, effect: &Effect) -> Result<Outcome, GithubError> {
        let fresh_until = effect.read_at().map(|at| at + LAST_LOOK_AGE_MAX);
        deadline::before(self.deadline.clone(), fresh_until, self.inner.perform(at, effect)).await
    }

    /// Waits out the pause between this installation's writes, so that what is looked at next is still fresh when the
    /// next effect is performed.
    pub async fn ready_to_write(&self, installation: InstallationId) {
        self.inner
            .budget
            .wait_for_turn(installation, self.inner.write_pause)
            .await;
    }

    /// The installations that are not suspended, each with its repositories. One that cannot be read now is logged and left
    /// out, so being absent here does not mean being uninstalled.
    ///
    /// # Errors
    /// Those of the list of installations itself.
    pub async fn installations(&self) -> Result<Vec<(InstallationId, Vec<(RepoId, RepoName)>)>, GithubError> {
        self.inner.installations().await
    }

    /// The next call asks for a new token, with what the installation is granted by then.
    pub async fn forget_token(&self, installation: InstallationId) {
        self.inner.tokens.forget(installation).await;
    }

    /// The repositories that one installation reaches.
    ///
    /// # Errors
    /// [`GithubError::Gone`] when there is no such installation, or it is suspended.
    pub async fn repositories_of(&self, installation: InstallationId) -> Result<Vec<(RepoId, RepoName)>, GithubError> {
        self.inner.repositories_of(installation).await
    }

    /// A page of GitHub's log of deliveries to the App: its newest, or the one that begins at a place in it.
    ///
    /// # Errors
    /// [`GithubError::Gone`] or [`GithubError::Forbidden`] where there is no such log for us.
    pub async fn log_page(&self, from: Option<&Cursor>) -> Result<LogPage, GithubError> {
        self.inner.log_page(from).await
    }

    /// What a logged delivery held, as JSON; `None` where the log does not give it.
    ///
    /// # Errors
    /// As [`Self::log_page`].
    pub async fn logged_payload(&self, id: i64) -> Result<Option<String>, GithubError> {
        self.inner.logged_payload(id).await
    }

    /// Asks GitHub to try a logged delivery once more.
    ///
    /// # Errors
    /// As [`Self::log_page`]; asking twice does no harm, a delivery keeps its GUID.
    pub async fn redeliver(&self, id: i64) -> Result<(), GithubError> {
        self.inner.redeliver(id).await
    }

    /// The comments that were written or edited since then, the longest unchanged first, and not more than some hundred;
    /// without a time, the newest alone.
    ///
    /// # Errors
    /// Those of the list.
    pub async fn spoken(&self, at: &Address, since: Option<Timestamp>) -> Result<Vec<Spoken>, GithubError> {
        self.inner.spoken(at, since).await
    }

    /// Whether this number is a pull request's, and no issue's.
    ///
    /// # Errors
    /// Those of reading it.
    pub async fn is_pull(&self, at: &Address, number: i64) -> Result<bool, GithubError> {
        self.inner.is_pull(at, number).await
    }

    /// Where these branches are; `None` for one that is not there.
    ///
    /// # Errors
    /// [`GithubError::Gone`] if the name is not that repository's any more.
    pub async fn heads(
        &self,
        at: &Address,
        branches: &[BranchName],
    ) -> Result<BTreeMap<String, Option<String>>, GithubError> {
        self.inner.heads(at, branches).await
    }

    /// The number of the account that has this login now; `None` for who cannot see the repository.
    ///
    /// # Errors
    /// See [`GithubError`].
    pub async fn number_of(&self, at: &Address, login: &Login) -> Result<Option<UserId>, GithubError> {
        self.inner.number_of(at, login.as_str()).await
    }

    /// Whether everybody may see the repository of this number, by this name. Gone, renamed and not to be read are no.
    ///
    /// # Errors
    /// Those of reading it.
    pub async fn is_public(
        &self,
        repo: RepoId,
        installation: InstallationId,
        name: &RepoName,
    ) -> Result<bool, GithubError> {
        self.inner.is_public(repo, installation, name).await
    }

    /// What is left of this hour's requests in the App's own name, as GitHub last told.
    pub fn remaining_of_app(&self) -> Option<u64> {
        self.inner.budget.remaining(Scope::App)
    }

    /// What is left of this hour's requests of everybody in whose name we asked: of whom (`app`, or an installation's number), of
    /// which API (`rest` or `graphql`), and how many.
    pub fn all_remaining(&self) -> Vec<(String, &'static str, u64)> {
        self.inner.budget.all_remaining()
    }

    /// Requests sent since the start.
    pub fn counts(&self) -> Counts {
        self.inner.budget.counts()
    }

    /// What is left of this hour's requests, as GitHub last told; `None` before the first answer, and where there is no limit.
    pub fn remaining(&self, installation: InstallationId) -> Option<u64> {
        self.inner.budget.remaining(Scope::Installation(installation))
    }
}

/// The API's address. What is wrong with it is told without the URL, which may hold a password.
fn api_of(access: &Access) -> Result<ApiUrl, GithubError> {
    ApiUrl::parse(&access.api_url).map_err(|reason: &str| GithubError::Misconfigured {
        setting: "GITHUB_API_URL",
        reason: reason.to_owned(),
    })
}
