//! The real binary under `kill -9`: whatever moment of a promotion it dies in, after the next start the branch has moved
//! once and the command has one answer.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use greenlight::sandbox::{self, Method, Options, Repository, Role, Sandbox};
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, SECRET};

/// Requests to GitHub between the comment and the end of everything that follows from it, and some more.
const MOMENTS: usize = 22;

/// A whole promotion takes well under a second; a reply that is looked for after a crash waits five.
const WITHIN: Duration = Duration::from_secs(60);

struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts the binary on a port that the system chooses: one chosen here might be somebody else's by the time it binds.
    async fn start(sandbox: &Sandbox, folder: &Path) -> Self {
        let log = tempfile::NamedTempFile::new_in(folder)
            .and_then(|file| Ok(file.keep()?.1))
            .expect("a file for the log");
        let child = Command::new(env!("CARGO_BIN_EXE_greenlight"))
            .arg("serve")
            .current_dir(folder)
            .env("GITHUB_APP_ID", sandbox.app().id.to_string())
            .env("GITHUB_PRIVATE_KEY", sandbox::APP_PRIVATE_KEY)
            .env("GITHUB_WEBHOOK_SECRET", SECRET)
            .env("GITHUB_API_URL", sandbox.api_url())
            .env("GITHUB_URL", sandbox.url())
            .env(
                "DATABASE_URL",
                format!("sqlite://{}", folder.join("greenlight.db").display()),
            )
            .env("HOST", "127.0.0.1")
            .env("PORT", "0")
            .env("GREENLIGHT_WRITE_PAUSE_MS", "0")
            .env("GREENLIGHT_LOG", "info")
            .stderr(File::create(&log).expect("a file for the log"))
            .spawn()
            .expect("the binary starts");
        let process = Self { child, log };
        let mut address = None;
        until("it is ready for deliveries", || {
            address = process.address();
            address.is_some()
        })
        .await;
        let address = address.expect("it is ready");
        sandbox.set_webhook(&format!("http://{address}/webhook"), SECRET);
        process
    }

    /// Where it listens, as it tells in its log once it does.
    fn address(&self) -> Option<String> {
        let log = std::fs::read_to_string(&self.log).expect("a log");
        log.lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .find_map(|line| Some(line["fields"]["address"].as_str()?.to_owned()))
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    fn dies(mut self) {
        self.child.kill().expect("a process to kill");
        self.child.wait().expect("its end");
    }

    fn is_told_to_stop(&self) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .expect("kill runs")
                .success()
        );
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", std::fs::read_to_string(&self.log).unwrap_or_default());
        }
        // Gone already in most stories; nothing may outlive a failed test.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < WITHIN, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn a_shop() -> (Sandbox, Repository) {
    let options = Options {
        merges_seen_after: Some(SignedDuration::ZERO),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.expect("a free port");
    let shop = sandbox
        .repository("harbour/shop")
        .file(".github/greenlight.yml", CONFIGURATION)
        .create();
    let main = shop.head("main").expect("a first commit");
    shop.branch("staging", &main);
    shop.branch("production", &main);
    shop.grant("anna", Role::Read);
    shop.grant("dora", Role::Write);
    (sandbox, shop)
}

fn promotion(shop: &Repository, environment: &str) -> Option<u64> {
    shop.open_pulls()
        .into_iter()
        .find(|pull| pull.base == environment)
        .map(|pull| pull.number)
}

/// The process dies once GitHub has seen `requests` more requests after the comment.
async fn dies_after(requests: usize) {
    let (sandbox, shop) = a_shop().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let process = Process::start(&sandbox, folder.path()).await;
    shop.branch("feature", &shop.head("main").expect("main"));
    shop.commit("feature", "dora", "Faster checkout", &[("feature.txt", "fast")]);
    let feature = shop
        .open_pull("dora", "feature", "main", "Faster checkout", "")
        .expect("a pull request");
    let commit = shop.merge_pull("dora", feature, Method::Squash).expect("a merge");
    shop.check_run("github-actions", &commit, "test", "success")
        .expect("a check run");
    until("the promotion pull request is there", || {
        promotion(&shop, "staging").is_some()
    })
    .await;
    let pull = promotion(&shop, "staging").expect("it is there");

    let before = sandbox.exchanges().len();
    let comment = shop.comment("anna", pull, "/promote staging").expect("a comment");
    sandbox.deliveries_done().await;
    until("GitHub was asked so often", || {
        sandbox.exchanges().len() >= before + requests || promotion(&shop, "production").is_some()
    })
    .await;
    process.dies();
    let process = Process::start(&sandbox, folder.path()).await;

    let marker = format!("<!-- greenlight:answer {comment} -->");
    let answers = || {
        let comments = shop.comments(pull);
        comments
            .into_iter()
            .map(|found| found.body)
            .filter(|body| body.contains(&marker))
            .collect::<Vec<_>>()
    };
    until("the answer says that it went", || {
        answers()
            .iter()
            .any(|body| body.starts_with("**Promoted to staging.**"))
    })
    .await;
    until("the next promotion is offered", || {
        promotion(&shop, "production").is_some()
    })
    .await;
    process.is_told_to_stop();
    assert_eq!(answers().len(), 1, "killed after {requests} requests: {:#?}", answers());
    assert_eq!(shop.head("staging"), Some(commit), "killed after {requests} requests");
    assert_eq!(
        shop.moves("staging").len(),
        2,
        "killed after {requests} requests: made, and moved once"
    );
    let offered = shop
        .pulls()
        .into_iter()
        .filter(|pull| pull.base == "production")
        .count();
    assert_eq!(offered, 1, "killed after {requests} requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_of_a_promotion_it_goes_on_and_does_nothing_twice() {
    let moments: Vec<_> = (0..MOMENTS)
        .map(|requests| tokio::spawn(dies_after(requests)))
        .collect();
    for moment in moments {
        moment.await.expect("this moment is survived");
    }
}

#[tokio::test]
async fn told_to_stop_it_ends_in_good_order() {
    let (sandbox, _shop) = a_shop().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut process = Process::start(&sandbox, folder.path()).await;

    process.is_told_to_stop();

    let began = Instant::now();
    let mut ended = None;
    until("the process has ended", || {
        ended = process.child.try_wait().expect("its state");
        ended.is_some()
    })
    .await;
    assert!(ended.is_some_and(|status| status.success()) && began.elapsed() < Duration::from_secs(10));
}
