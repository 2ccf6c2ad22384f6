//! How many requests to GitHub one promotion costs: from the owner's comment until everything that follows from it is at rest.
//!
//! Run with `cargo bench --bench promotion`. The requests are counted by the simulated GitHub, so the figures are the same on
//! every machine. An unchanged read (304) costs nothing of GitHub's hourly limit; it is counted apart.

use std::time::{Duration, Instant};

use greenlight::app::App;
use greenlight::clock::Clock;
use greenlight::sandbox::{self, Exchange, Method, Options, Repository, Role, Sandbox};
use greenlight::settings::{Args, Settings};
use jiff::SignedDuration;

const SECRET: &str = "a webhook secret that only this benchmark knows";
const CONFIGURATION: &str = "owners: [anna]\nenvironments:\n  - name: staging\n  - name: production\n";

#[tokio::main]
async fn main() {
    // `cargo test --benches` starts benchmarks too, without this flag.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let options = Options {
        merges_seen_after: Some(SignedDuration::ZERO),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.expect("a free port");
    let shop = shop(&sandbox);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = folder.path().join("greenlight.db");
    let args = Args {
        github_app_id: Some(sandbox.app().id.to_string()),
        github_private_key: Some(sandbox::APP_PRIVATE_KEY.to_owned().into()),
        github_webhook_secret: Some(SECRET.to_owned().into()),
        github_api_url: sandbox.api_url(),
        github_url: sandbox.url(),
        database_url: format!("sqlite://{}", database.display()).into(),
        host: "127.0.0.1".to_owned(),
        port: "0".to_owned(),
        greenlight_write_pause_ms: "0".to_owned(),
        ..Args::default()
    };
    let settings = Settings::check(args).expect("usable settings");
    let clock = Clock::default();
    let app = App::start(&settings, clock.clone()).await.expect("the bot starts");
    sandbox.set_webhook(&format!("http://{}/webhook", app.address), SECRET);
    rest(&sandbox, &app, &clock).await;

    let pull = land(&shop);
    rest(&sandbox, &app, &clock).await;
    let promotion = shop
        .open_pulls()
        .into_iter()
        .find(|pull| pull.base == "staging")
        .expect("a promotion pull request");
    assert_ne!(promotion.number, pull);

    sandbox.forget_exchanges();
    shop.comment("anna", promotion.number, "/promote staging")
        .expect("a comment");
    rest(&sandbox, &app, &clock).await;
    let exchanges = sandbox.exchanges();
    let moved = exchanges
        .iter()
        .position(|exchange| exchange.method == "PATCH" && exchange.status == 200);
    let answered = exchanges
        .iter()
        .position(|exchange| exchange.method == "POST" && exchange.path.ends_with("/comments"));
    let (moved, answered) = (
        moved.expect("the branch moved"),
        answered.expect("an answer was written"),
    );
    tell("until the branch has moved", &exchanges[..=moved]);
    tell("until the answer is written", &exchanges[..=answered]);
    tell(
        "with everything that follows (the next promotion pull request)",
        &exchanges,
    );
    app.stop().await;
}

fn shop(sandbox: &Sandbox) -> Repository {
    let shop = sandbox
        .repository("harbour/shop")
        .file(".github/greenlight.yml", CONFIGURATION)
        .create();
    let main = shop.head("main").expect("a first commit");
    shop.branch("staging", &main);
    shop.branch("production", &main);
    shop.grant("anna", Role::Read);
    shop.grant("dora", Role::Write);
    shop
}

fn land(shop: &Repository) -> u64 {
    shop.branch("feature", &shop.head("main").expect("main"));
    shop.commit("feature", "dora", "Faster checkout", &[("feature.txt", "fast")]);
    let pull = shop
        .open_pull("dora", "feature", "main", "Faster checkout", "")
        .expect("a pull request");
    let commit = shop.merge_pull("dora", pull, Method::Squash).expect("a merge");
    shop.check_run("github-actions", &commit, "test", "success")
        .expect("a check run");
    pull
}

/// Until nothing is on its way, unread or due.
async fn rest(sandbox: &Sandbox, app: &App, clock: &Clock) {
    let began = Instant::now();
    let mut quiet = 0;
    while quiet < 5 {
        assert!(began.elapsed() < Duration::from_secs(20), "no rest");
        let status = app.store.status(clock.now()).await.expect("a readable database");
        let at_rest = status.new + status.due + status.leased == 0 && sandbox.deliveries_pending() == 0;
        quiet = if at_rest { quiet + 1 } else { 0 };
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn tell(until: &str, exchanges: &[Exchange]) {
    let reads = exchanges.iter().filter(|exchange| exchange.method == "GET");
    let unchanged = reads.clone().filter(|exchange| exchange.status == 304).count();
    let writes = exchanges.len() - reads.clone().count();
    println!(
        "{until}: {} reads ({unchanged} of them unchanged, 304), {writes} writes",
        reads.count()
    );
}
