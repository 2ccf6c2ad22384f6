//! One small world: the simulated GitHub with a shop on it, and the real bot beside it, talking HTTP. People act in
//! GitHub's words; what is asked afterwards is what anybody could see.

use std::time::{Duration, Instant};

use bytes::Bytes;
use greenlight::app::App;
use greenlight::clock::Clock;
use greenlight::rules::id::{EnvironmentName, RepoId};
use greenlight::rules::memory::{Entry, Memory};
use greenlight::rules::stay::Stay;
use greenlight::sandbox::{self, CommentView, Method, Options, PullView, Repository, Role, Sandbox, State};
use greenlight::settings::{Args, Settings};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jiff::SignedDuration;
use tempfile::TempDir;

use crate::canary;
use crate::contract::{self, Contract};

pub use crate::process::SECRET;

/// Longest wait for everything to come to rest; a whole look takes some ten milliseconds.
const REST_WITHIN: Duration = Duration::from_secs(10);

/// The label that makes a feature ready, unless the configuration names another.
pub const LABEL: &str = "ready-for-staging";

pub const CONFIGURATION: &str = "\
owners: [anna]
timezone: Europe/Berlin
environments:
  - name: staging
    url: https://staging.shop.example
  - name: production
";

pub struct World {
    pub sandbox: Sandbox,
    pub shop: Repository,
    pub clock: Clock,
    app: Option<App>,
    settings: Settings,
    directory: TempDir,
    features: u32,
}

/// A feature that was merged.
#[derive(Clone, Debug)]
pub struct Landed {
    pub number: u64,
    pub commit: String,
}

impl World {
    /// A shop with `staging` and `production` beside `main`, anna its product owner, dora a developer, carl a reader.
    pub async fn start() -> Self {
        Self::with_configuration(Some(CONFIGURATION)).await
    }

    pub async fn with_configuration(configuration: Option<&str>) -> Self {
        Self::with_pause(configuration, "0").await
    }

    /// News of machines wait `look_pause_ms` while they come in a storm; in other stories they do not.
    pub async fn with_pause(configuration: Option<&str>, look_pause_ms: &str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let database = format!("sqlite://{}", directory.path().join("greenlight.db").display());
        Self::with_database(configuration, &database, directory, look_pause_ms).await
    }

    /// The same, on PostgreSQL.
    pub async fn on_postgres(database: &str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary folder");
        Self::with_database(Some(CONFIGURATION), database, directory, "0").await
    }

    async fn with_database(
        configuration: Option<&str>,
        database: &str,
        directory: TempDir,
        look_pause_ms: &str,
    ) -> Self {
        let sandbox = github().await;
        let mut new = sandbox.repository("harbour/shop").file("README.md", "A shop.");
        if let Some(text) = configuration {
            new = new.file(".github/greenlight.yml", text);
        }
        let shop = new.create();
        let main = shop.head("main").expect("a first commit");
        shop.branch("staging", &main);
        shop.branch("production", &main);
        for (login, role) in [("anna", Role::Read), ("dora", Role::Write), ("mona", Role::Maintain)] {
            shop.grant(login, role);
        }
        sandbox.user("carl");
        let mut settings = settings(&sandbox, database, look_pause_ms);
        // Who leaves the file out wants to see the defaults at work; what is proposed instead is another story.
        settings.welcomes = configuration.is_some();
        Self::around(sandbox, shop, settings, directory).await
    }

    /// The App is installed on a repository that `made` makes, and that need not be set up.
    pub async fn installed_on(made: impl FnOnce(&Sandbox) -> Repository) -> Self {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let database = format!("sqlite://{}", directory.path().join("greenlight.db").display());
        let sandbox = github().await;
        let shop = made(&sandbox);
        let settings = settings(&sandbox, &database, "0");
        Self::around(sandbox, shop, settings, directory).await
    }

    async fn around(sandbox: Sandbox, shop: Repository, settings: Settings, directory: TempDir) -> Self {
        canary::watch();
        let mut world = Self {
            sandbox,
            shop,
            clock: Clock::default(),
            app: None,
            settings,
            directory,
            features: 0,
        };
        world.bot_starts().await;
        world.settle().await;
        world
    }

    pub async fn bot_starts(&mut self) {
        let app = App::start(&self.settings, self.clock.clone())
            .await
            .expect("the bot starts");
        self.sandbox
            .set_callback_urls(&[&format!("http://{}/sign-in/callback", app.address)]);
        self.sandbox
            .set_webhook(&format!("http://{}/webhook", app.address), SECRET);
        self.app = Some(app);
    }

    pub async fn bot_stops(&mut self) {
        if let Some(app) = self.app.take() {
            app.stop().await;
        }
    }

    /// The database is gone, as after a disk has failed; the bot has to be stopped.
    pub fn loses_its_memory(&self) {
        for file in std::fs::read_dir(self.directory.path()).expect("a folder") {
            match std::fs::remove_file(file.expect("a file").path()) {
                // SQLite takes its own side files away as it closes.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                removed => removed.expect("a file that can go"),
            }
        }
    }

    /// Every byte that the bot, which has to be stopped, has written.
    #[allow(dead_code, reason = "the tests of the board ask for it")]
    pub fn database(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.directory.path()).expect("a folder");
        files
            .flat_map(|file| std::fs::read(file.expect("a file").path()).expect("a readable file"))
            .collect()
    }

    /// What Prometheus would read now.
    pub async fn metrics(&self) -> String {
        let address = self.app.as_ref().expect("the bot runs").metrics_address;
        let url = format!("http://{}/metrics", address.expect("metrics are served"));
        let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
        let answer = client.get(url.parse().expect("an address")).await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let body = answer.into_body().collect().await.expect("a whole page").to_bytes();
        String::from_utf8(body.to_vec()).expect("text")
    }

    pub fn bot_address(&self) -> std::net::SocketAddr {
        self.app.as_ref().expect("the bot runs").address
    }

    pub async fn dead_deliveries(&self) -> u64 {
        let app = self.app.as_ref().expect("the bot runs");
        app.store
            .status(self.clock.now())
            .await
            .expect("a readable database")
            .dead
    }

    /// Until no delivery is on its way, none is unread, and no repository is due; what comes later by the clock is left out.
    pub async fn settle(&self) {
        self.settle_within(REST_WITHIN).await;
    }

    /// The same, where something makes the bot ask again and again for what GitHub does not know.
    pub async fn settle_within(&self, patience: Duration) {
        let app = self.app.as_ref().expect("the bot runs");
        let began = Instant::now();
        let mut quiet = 0;
        while quiet < 3 {
            let on_their_way = self.sandbox.deliveries_pending() - self.sandbox.deliveries_late();
            let status = app.store.status(self.clock.now()).await.expect("a readable database");
            // What a failed look leaves unread waits for its next attempt, and what can wait may do so.
            let at_rest = status.due + status.leased == 0 && on_their_way == 0;
            assert!(
                began.elapsed() < patience,
                "no rest: {status:?}, {on_their_way} deliveries on their way"
            );
            quiet = if at_rest { quiet + 1 } else { 0 };
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
    }

    /// Time passes, for GitHub and for the bot alike.
    pub async fn passes(&self, time: SignedDuration) {
        self.sandbox.clock().advance(time);
        self.clock.advance(time);
        // The worker would notice at its next poll.
        self.app.as_ref().expect("the bot runs").wake();
        self.settle().await;
    }

    /// Time passes until then.
    pub async fn it_is(&self, moment: &str) {
        let moment: jiff::Timestamp = moment.parse().expect("a time");
        self.passes(moment.duration_since(self.clock.now())).await;
    }

    /// dora writes a feature, and it is merged with GitHub's squash button.
    pub async fn lands(&mut self, title: &str) -> Landed {
        self.lands_by(title, Method::Squash).await
    }

    pub async fn lands_by(&mut self, title: &str, method: Method) -> Landed {
        let number = self.feature(title);
        let commit = self.shop.merge_pull("dora", number, method).expect("a merge");
        self.settle().await;
        Landed { number, commit }
    }

    /// An open pull request into main.
    pub fn feature(&mut self, title: &str) -> u64 {
        self.features += 1;
        let branch = format!("feature-{}", self.features);
        self.shop.branch(&branch, &self.shop.head("main").expect("main"));
        let file = format!("{branch}.txt");
        self.shop.commit(&branch, "dora", title, &[(file.as_str(), title)]);
        self.shop
            .open_pull("dora", &branch, "main", title, "")
            .expect("a pull request")
    }

    /// CI is green on this commit.
    pub async fn green(&self, commit: &str) {
        self.check(commit, "test", "success").await;
    }

    pub async fn check(&self, commit: &str, name: &str, outcome: &str) {
        self.shop
            .check_run("github-actions", commit, name, outcome)
            .expect("a check run");
        self.settle().await;
    }

    pub async fn status(&self, commit: &str, context: &str, state: State, description: &str) {
        self.shop.status(commit, context, state, description).expect("a status");
        self.settle().await;
    }

    /// Writes a comment, waits until all is quiet, and gives what the bot answered.
    pub async fn says(&self, login: &str, pull: u64, body: &str) -> String {
        let comment = self.writes(login, pull, body);
        self.settle().await;
        self.answer_to(pull, comment)
            .unwrap_or_else(|| panic!("no answer to {body:?}"))
    }

    pub fn writes(&self, login: &str, pull: u64, body: &str) -> u64 {
        self.shop.comment(login, pull, body).expect("a comment")
    }

    /// The bot's only answer to a comment, as a person sees it.
    pub fn answer_to(&self, pull: u64, comment: u64) -> Option<String> {
        let marker = format!("<!-- greenlight:answer {comment} -->");
        let answers: Vec<CommentView> = self
            .bot_comments(pull)
            .into_iter()
            .filter(|found| found.body.contains(&marker))
            .collect();
        assert!(answers.len() <= 1, "answered {} times: {answers:#?}", answers.len());
        answers
            .first()
            .map(|found| found.body.replace(&marker, "").trim().to_owned())
    }

    pub fn bot_comments(&self, pull: u64) -> Vec<CommentView> {
        self.shop
            .comments(pull)
            .into_iter()
            .filter(|comment| comment.author.ends_with("[bot]"))
            .collect()
    }

    /// The open promotion pull request into this branch.
    pub fn promotion(&self, environment: &str) -> PullView {
        let open = self.shop.open_pulls();
        let found = open.iter().find(|pull| pull.base == environment).cloned();
        found.unwrap_or_else(|| panic!("no promotion pull request into {environment} among {open:#?}"))
    }

    pub fn head(&self, branch: &str) -> String {
        self.shop.head(branch).unwrap_or_else(|| panic!("no branch {branch}"))
    }

    /// How often this branch moved after it was made.
    pub fn moves(&self, branch: &str) -> usize {
        self.shop.moves(branch).len() - 1
    }

    async fn memory(&self) -> Memory {
        let app = self.app.as_ref().expect("the bot runs");
        let id = RepoId(i64::try_from(self.shop.id()).expect("a small id"));
        app.store.memory(id, &[]).await.expect("a readable memory")
    }

    /// What was begun, and nobody knows how it ended.
    pub async fn unconfirmed(&self) -> Vec<String> {
        self.memory().await.unconfirmed.into_keys().collect()
    }

    /// What was seen to run there, oldest first.
    pub async fn stays(&self, environment: &str) -> Vec<Stay> {
        let memory = self.memory().await;
        let stays = memory.stays.get(&EnvironmentName::from(environment)).cloned();
        stays.map(|stays| stays.stays).unwrap_or_default()
    }

    pub async fn ledger(&self) -> Vec<Entry> {
        let app = self.app.as_ref().expect("the bot runs");
        let id = RepoId(i64::try_from(self.shop.id()).expect("a small id"));
        let lines = app.store.ledger(id, 1_000).await.expect("a readable ledger");
        lines.into_iter().map(|(_, entry)| entry).collect()
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the operator says of repositories without a configuration; from the next start on.
    pub fn welcomes(&mut self, on: bool) {
        self.settings.welcomes = on;
    }

    /// Where the database lies.
    pub fn folder(&self) -> &std::path::Path {
        self.directory.path()
    }

    /// No secret in what was logged, written on GitHub or kept on disk.
    fn keeps_its_secrets(&self) {
        canary::none_was_logged();
        canary::none_in_exchanges(&self.sandbox.exchanges());
        canary::none_in_files(self.directory.path());
    }

    /// Everything that was said between the bot and GitHub keeps to what GitHub publishes.
    fn keeps_the_contract(&self) {
        assert_eq!(self.sandbox.unknown_requests(), Vec::<String>::new());
        let published = Contract::published();
        for exchange in self
            .sandbox
            .exchanges()
            .iter()
            .filter(|exchange| exchange.fault.is_none())
        {
            let verdict = published.check_exchange(&contract::Exchange {
                method: &exchange.method,
                path: &exchange.path,
                query: &exchange.query,
                request_body: exchange.request_body.as_ref(),
                status: exchange.status,
                response_body: exchange.response_body.as_ref(),
            });
            if let Err(faults) = verdict {
                panic!(
                    "{} {}?{} → {}: {faults:#?}",
                    exchange.method, exchange.path, exchange.query, exchange.status
                );
            }
        }
        for delivery in self.sandbox.deliveries() {
            if let Err(faults) = published.check_webhook(&delivery.event, &delivery.payload) {
                panic!("webhook {}: {faults:#?}", delivery.event);
            }
        }
    }
}

/// No story ends without that, whatever it was about.
impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.keeps_the_contract();
            self.keeps_its_secrets();
        }
    }
}

async fn github() -> Sandbox {
    let options = Options {
        merges_seen_after: Some(SignedDuration::ZERO),
        ..Options::default()
    };
    Sandbox::start(options).await.expect("a free port")
}

fn settings(sandbox: &Sandbox, database: &str, look_pause_ms: &str) -> Settings {
    let args = Args {
        github_app_id: Some(sandbox.app().id.to_string()),
        github_private_key: Some(sandbox::APP_PRIVATE_KEY.to_owned().into()),
        github_webhook_secret: Some(SECRET.to_owned().into()),
        github_client_id: Some(sandbox.app().client_id),
        github_client_secret: Some(sandbox.app().client_secret.into()),
        public_url: Some("http://127.0.0.1:0".to_owned()),
        github_api_url: sandbox.api_url(),
        github_url: sandbox.url(),
        database_url: database.into(),
        host: "127.0.0.1".to_owned(),
        port: "0".to_owned(),
        greenlight_write_pause_ms: "0".to_owned(),
        greenlight_metrics: Some("127.0.0.1:0".to_owned()),
        greenlight_look_pause_ms: look_pause_ms.to_owned(),
        ..Args::default()
    };
    Settings::check(args).expect("usable settings")
}
