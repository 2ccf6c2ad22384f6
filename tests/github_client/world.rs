//! The simulated GitHub with a small shop on it, and a client in a hurry.

use std::collections::BTreeSet;
use std::time::Duration;

use greenlight::clock::Clock;
use greenlight::github::{Access, Address, Github, GithubError};
use greenlight::rules::effect::{Effect, Outcome};
use greenlight::rules::id::{
    BranchName, CommentId, EnvironmentName, InstallationId, PullNumber, RepoId, RepoName, Sha,
};
use greenlight::rules::snapshot::{Need, Range, Snapshot};
use greenlight::sandbox::{self, Options, Sandbox};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::canary;

const CONFIGURATION: &str = "owners: [anna]\nenvironments:\n  - name: staging\n";

pub struct World {
    pub sandbox: Sandbox,
    pub shop: sandbox::Repository,
    pub github: Github,
    pub clock: Clock,
    pub at: Address,
    _quiet: Quiet,
}

impl World {
    pub async fn start() -> Self {
        canary::watch();
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let shop = sandbox
            .repository("harbour/shop")
            .file(".github/greenlight.yml", CONFIGURATION)
            .create();
        shop.branch("staging", "main");
        let clock = Clock::default();
        let github = Github::new(&access(&sandbox), clock.clone()).unwrap();
        let at = Address {
            repo: RepoId(id(shop.id())),
            installation: InstallationId(id(sandbox.installation("harbour").unwrap())),
            name: RepoName::parse("harbour/shop").unwrap(),
        };
        sandbox.forget_exchanges();
        Self {
            sandbox,
            shop,
            github,
            clock,
            at,
            _quiet: Quiet,
        }
    }

    /// The same world, met by a client that holds no token yet.
    pub fn with_a_new_client(mut self) -> Self {
        self.github = Github::new(&access(&self.sandbox), self.clock.clone()).unwrap();
        self
    }

    pub async fn observe(&mut self, needs: impl IntoIterator<Item = Need>) -> Result<Snapshot, GithubError> {
        let needs: BTreeSet<Need> = needs.into_iter().collect();
        let mut snapshot = Snapshot::default();
        self.github.observe(&mut self.at, &needs, &mut snapshot).await?;
        Ok(snapshot)
    }

    pub async fn range(&mut self, base: &str, head: &str) -> Range {
        let (base, head) = (BranchName::from(base), BranchName::from(head));
        let need = Need::Range {
            base: base.clone(),
            head: head.clone(),
        };
        let mut snapshot = self.observe([need]).await.unwrap();
        snapshot.ranges.remove(&(base, head)).unwrap()
    }

    pub async fn head(&mut self, branch: &str) -> Option<Sha> {
        let branch = BranchName::from(branch);
        let mut snapshot = self.observe([Need::Head(branch.clone())]).await.unwrap();
        snapshot.heads.remove(&branch).unwrap().value
    }

    pub async fn perform(&self, effect: &Effect) -> Result<Outcome, GithubError> {
        let outcome = self.github.perform(&self.at, effect).await;
        canary::none_in_exchanges(&self.sandbox.exchanges());
        outcome
    }

    /// A pull request from a new branch, not merged.
    pub fn feature(&self, branch: &str, title: &str) -> u64 {
        self.shop.branch(branch, "main");
        self.shop.commit(branch, "dev", title, &[(branch, "content")]);
        self.shop.open_pull("dev", branch, "main", title, "").unwrap()
    }

    /// How often a request of this method was sent to a path that holds `part`.
    pub fn requests(&self, method: &str, part: &str) -> usize {
        let exchanges = self.sandbox.exchanges();
        exchanges
            .iter()
            .filter(|exchange| exchange.method == method && exchange.path.contains(part))
            .count()
    }
}

/// Whatever the test was about, no secret may have been logged.
pub struct Quiet;

impl Drop for Quiet {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            canary::none_was_logged();
        }
    }
}

pub fn access(sandbox: &Sandbox) -> Access {
    let app = sandbox.app();
    let key = SecretString::from(sandbox::APP_PRIVATE_KEY);
    Access {
        request_timeout: Duration::from_millis(500),
        write_pause: Duration::ZERO,
        read_retries: vec![Duration::ZERO; 2],
        fresh_retries: vec![Duration::ZERO; 3],
        ..Access::new(id(app.id), key, sandbox.api_url())
    }
}

pub fn id(number: u64) -> i64 {
    i64::try_from(number).unwrap()
}

pub fn sha(text: &str) -> Sha {
    Sha::parse(text).unwrap()
}

pub fn reply_to(request: u64, pull: u64, body: &str) -> Effect {
    Effect::Reply {
        request: CommentId(id(request)).into(),
        pull: PullNumber(id(pull)),
        body: body.to_owned(),
    }
}

pub fn move_staging(from: &str, to: &str) -> Effect {
    Effect::MoveBranch {
        environment: EnvironmentName::from("staging"),
        branch: BranchName::from("staging"),
        from: sha(from),
        to: sha(to),
        read_at: Timestamp::now(),
    }
}

pub fn open_staging_pull(shows: &str) -> Effect {
    Effect::OpenPromotionPull {
        environment: EnvironmentName::from("staging"),
        head: BranchName::from("main"),
        base: BranchName::from("staging"),
        title: "main → staging".to_owned(),
        body: "What would go.".to_owned(),
        shows: sha(shows),
    }
}
