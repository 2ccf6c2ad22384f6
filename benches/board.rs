//! Measures the board of the real program from outside, with ten thousand features in its database: how long each page takes, what
//! viewers with open pages cost, and how much a browser fetches on a first visit. It fails if one of the aims is missed.
//!
//! `cargo bench --bench board`; `BENCH_FEATURES` (10000), `BENCH_REQUESTS` (300 of each page) and `BENCH_VIEWERS` (200) change it.
//! Client, server and the simulated GitHub share the machine's cores. Most features are long live, and in the history; a thousand are
//! open, and 150 are on their way, which is as many as a page tells apart.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use greenlight::rules::id::{EnvironmentName, Login, Person, PullNumber, RepoId, Sha, UserId};
use greenlight::rules::memory::{Change, Entry, EntryKind, Feature, Origin};
use greenlight::sandbox::{self, Method, Options, Repository, Role, Sandbox};
use greenlight::store::{SqliteStore, Store};
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::{SignedDuration, Timestamp};
use tokio::process::{Child, Command};

const SECRET: &str = "a webhook secret that only this benchmark knows";
const CONFIGURATION: &str =
    "owners: [anna]\ntimezone: Europe/Berlin\nenvironments:\n  - name: staging\n  - name: production\n";
const LABEL: &str = "ready-for-staging";
const LARGE: &str = "/repositories/harbour/large";

const PAGE_MEDIAN_MAX: Duration = Duration::from_millis(50);
const VIEWERS_COST_MAX_MB: f64 = 100.0;
const FIRST_VISIT_BYTES_MAX: usize = 100_000;

/// Open features of the large shop, those of them that are ready, and those on their way to each environment.
const OPEN: usize = 1_000;
const READY: usize = 50;
const TO_STAGING: usize = 100;
const TO_PRODUCTION: usize = 50;

/// Numbers of features that were live before the large shop was simulated begin here.
const LONG_LIVE: i64 = 100_000;

#[tokio::main]
async fn main() -> Result<()> {
    // `cargo test --benches` starts benchmarks too, without this flag.
    if !std::env::args().any(|arg| arg == "--bench") {
        return Ok(());
    }
    let features = setting("BENCH_FEATURES", 10_000)?;
    let requests = setting("BENCH_REQUESTS", 300)?;
    let viewers = setting("BENCH_VIEWERS", 200)?;
    let options = Options {
        merges_seen_after: Some(SignedDuration::ZERO),
        ..Options::default()
    };
    let github = Sandbox::start(options).await?;
    // There is an installation as soon as one repository has the App.
    github.repository("harbour/first").create();
    let large = shop(&github, "harbour/large", OPEN, READY, TO_STAGING, TO_PRODUCTION)?;
    let small = shop(&github, "harbour/small", 12, 3, 4, 2)?;
    for n in 0..viewers {
        large.grant(&viewer(n), Role::Read);
    }
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("greenlight.db");
    remember(&database, &large, features).await?;

    for shop in [&large, &small] {
        shop.set_installed(true);
    }
    let (mut server, board) = start(&github, folder.path(), &database).await?;
    let mut anna = Browser::new(&board, 1);
    anna.signs_in("anna").await?;
    is_seen(&mut anna).await?;
    comes_to_rest(&github).await?;

    let slow = pages(&mut anna, requests).await?;
    let heavy = first_visit(&board).await?;
    let costly = open_pages(&github, &large, &server, &board, viewers).await?;
    server.kill().await?;
    let missed: Vec<String> = slow.into_iter().chain(heavy).chain(costly).collect();
    ensure!(missed.is_empty(), "aims that were missed: {}", missed.join("; "));
    Ok(())
}

fn setting(name: &str, default: usize) -> Result<usize> {
    std::env::var(name).map_or(Ok(default), |text| {
        text.parse().with_context(|| format!("{name} is not a number"))
    })
}

fn viewer(n: usize) -> String {
    format!("viewer-{n}")
}

/// A shop that the App is not installed on yet, so that nothing of it was ever delivered.
fn shop(
    github: &Sandbox,
    name: &str,
    open: usize,
    ready: usize,
    to_staging: usize,
    to_production: usize,
) -> Result<Repository> {
    let shop = github
        .repository(name)
        .not_installed()
        .file(".github/greenlight.yml", CONFIGURATION)
        .create();
    shop.grant("anna", Role::Read);
    shop.grant("dora", Role::Write);
    let first = shop.head("main").context("a first commit")?;
    shop.branch("production", &first);
    for n in 0..to_production {
        land(&shop, n)?;
    }
    shop.branch("staging", &shop.head("main").context("main")?);
    for n in to_production..to_production + to_staging {
        land(&shop, n)?;
    }
    for n in 0..open {
        let number = propose(&shop, &format!("open-{n}"), n)?;
        if n < ready {
            shop.label("dora", number, LABEL).map_err(refused)?;
            let head = shop.pull(number).context("a pull request")?.head_sha;
            shop.check_run("github-actions", &head, "test", "success")
                .map_err(refused)?;
        }
    }
    Ok(shop)
}

fn propose(shop: &Repository, branch: &str, n: usize) -> Result<u64> {
    shop.branch(branch, &shop.head("main").context("main")?);
    let file = format!("{branch}.txt");
    shop.commit(branch, "dora", "Work", &[(file.as_str(), "work")]);
    shop.open_pull("dora", branch, "main", &title(n), "").map_err(refused)
}

fn land(shop: &Repository, n: usize) -> Result<()> {
    let number = propose(shop, &format!("landed-{n}"), n)?;
    let commit = shop.merge_pull("dora", number, Method::Squash).map_err(refused)?;
    shop.check_run("github-actions", &commit, "test", "success")
        .map(drop)
        .map_err(refused)
}

fn refused(refusal: sandbox::Refusal) -> anyhow::Error {
    anyhow::anyhow!("{} {}", refusal.status, refusal.message)
}

fn title(n: usize) -> String {
    format!("Feature {n} with a title of a length that is usual")
}

/// Writes what the program would have remembered of features that went live within the last year, five to a promotion.
async fn remember(database: &Path, shop: &Repository, features: usize) -> Result<()> {
    let store = SqliteStore::open(database).await?;
    let repo = RepoId(i64::try_from(shop.id())?);
    let now = Timestamp::now();
    store.schedule(repo, None, None, now).await?;
    let claim = store.claim("bench", now, SignedDuration::from_hours(1)).await?;
    let claim = claim.context("work that is due")?;
    let numbers: Vec<i64> = (0..i64::try_from(features)?).map(|n| LONG_LIVE + n).collect();
    let promotions = numbers.len().div_ceil(5);
    for (turn, five) in numbers.chunks(5).enumerate() {
        let left = i64::try_from(promotions - turn)?;
        let step = SignedDuration::from_hours(360 * 24) / i32::try_from(promotions)?;
        let at = now - step * i32::try_from(left)?;
        let mut changes = Vec::new();
        for number in five {
            let title = title(usize::try_from(*number)?);
            changes.push(Change::Ledger(line(EntryKind::Ready, "dora", Some(*number), &title)));
            changes.push(Change::Ledger(line(EntryKind::Accepted, "anna", Some(*number), "")));
            changes.push(Change::Ledger(line(EntryKind::Merged, "anna", Some(*number), "")));
            let origin = Origin::Feature(Feature {
                number: PullNumber(*number),
                title,
                author: Some(Login::from("dora")),
                closes: Vec::new(),
            });
            let commit = Sha::parse(&format!("{number:040x}")).context("a commit")?;
            changes.push(Change::Origin { commit, origin });
        }
        for environment in ["staging", "production"] {
            let mut promoted = line(EntryKind::Promoted, "anna", None, "");
            promoted.environment = Some(EnvironmentName::from(environment));
            promoted.features = five.iter().copied().map(PullNumber).collect();
            changes.push(Change::Ledger(promoted));
        }
        store.remember(&claim, &changes, &[], at).await?;
    }
    store.release(claim, now).await?;
    store.close().await;
    Ok(())
}

fn line(kind: EntryKind, login: &str, pull: Option<i64>, why: &str) -> Entry {
    Entry {
        kind,
        who: Some(Person {
            id: UserId(i64::from(login.as_bytes()[0])),
            login: Login::from(login),
        }),
        pull: pull.map(PullNumber),
        request: None,
        environment: None,
        before: None,
        after: None,
        why: why.to_owned(),
        gates: Vec::new(),
        features: Vec::new(),
    }
}

/// Starts the program; gives where it listens.
async fn start(github: &Sandbox, home: &Path, database: &Path) -> Result<(Child, String)> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    drop(listener);
    let board = format!("http://{address}");
    github.set_callback_urls(&[&format!("{board}/sign-in/callback")]);
    github.set_webhook(&format!("{board}/webhook"), SECRET);
    let server = Command::new(env!("CARGO_BIN_EXE_greenlight"))
        .arg("serve")
        .env_clear()
        .env("GITHUB_APP_ID", github.app().id.to_string())
        .env("GITHUB_PRIVATE_KEY", sandbox::APP_PRIVATE_KEY)
        .env("GITHUB_WEBHOOK_SECRET", SECRET)
        .env("GITHUB_CLIENT_ID", github.app().client_id)
        .env("GITHUB_CLIENT_SECRET", github.app().client_secret)
        .env("GITHUB_API_URL", github.api_url())
        .env("GITHUB_URL", github.url())
        .env("PUBLIC_URL", &board)
        .env("DATABASE_URL", format!("sqlite://{}", database.display()))
        .env("HOST", "127.0.0.1")
        .env("PORT", address.port().to_string())
        .env("GREENLIGHT_WRITE_PAUSE_MS", "0")
        .env("GREENLIGHT_LOG", "error")
        .current_dir(home)
        .kill_on_drop(true)
        .spawn()?;
    let begun = Instant::now();
    while tokio::net::TcpStream::connect(address).await.is_err() {
        ensure!(begun.elapsed() < Duration::from_secs(20), "the server did not come up");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok((server, board))
}

/// Until the first look has come to its end, and the page shows every open feature.
async fn is_seen(anna: &mut Browser) -> Result<()> {
    let begun = Instant::now();
    loop {
        let page = anna.get(LARGE).await?;
        let cards = page.body.matches("class=\"card\"").count();
        if cards >= OPEN {
            return Ok(());
        }
        ensure!(
            begun.elapsed() < Duration::from_secs(120),
            "{} with {cards} cards",
            page.status
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Until the program has asked GitHub nothing for a while.
async fn comes_to_rest(github: &Sandbox) -> Result<()> {
    let begun = Instant::now();
    let (mut asked, mut quiet) = (0, 0);
    while quiet < 30 {
        ensure!(begun.elapsed() < Duration::from_secs(300), "no rest");
        let now = github.exchanges().len();
        let is_quiet = now == asked && github.deliveries_pending() == 0 && now > 0;
        quiet = if is_quiet { quiet + 1 } else { 0 };
        asked = now;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    github.forget_exchanges();
    Ok(())
}

/// How long each page takes, until its last byte is there.
async fn pages(anna: &mut Browser, requests: usize) -> Result<Vec<String>> {
    let pages = [
        ("the first page", "/".to_owned()),
        ("the page of a repository", LARGE.to_owned()),
        (
            "the page before a promotion",
            format!("{LARGE}/act/environment/production"),
        ),
        ("the history", format!("{LARGE}/history")),
        ("the history of one person", format!("{LARGE}/history?person=97")),
        ("the history of one feature", format!("{LARGE}/history?feature=104000")),
        ("the figures", format!("{LARGE}/figures")),
    ];
    let mut missed = Vec::new();
    for (name, path) in pages {
        let mut took = Vec::with_capacity(requests);
        let mut bytes = 0;
        for _ in 0..requests {
            let asked = Instant::now();
            let page = anna.get(&path).await?;
            took.push(asked.elapsed());
            ensure!(page.status == 200, "{path}: {}", page.status);
            bytes = page.body.len();
        }
        took.sort_unstable();
        let median = took[took.len() / 2];
        println!(
            "{name:27} p50 {:5.1} ms, p99 {:5.1} ms ({:.0} kB)",
            median.as_secs_f64() * 1000.0,
            took[took.len() * 99 / 100].as_secs_f64() * 1000.0,
            bytes as f64 / 1000.0
        );
        if median >= PAGE_MEDIAN_MAX {
            missed.push(format!("{name} takes {median:?}"));
        }
    }
    Ok(missed)
}

/// What a browser fetches from the first click to the page of a repository, with everything that the pages name.
async fn first_visit(board: &str) -> Result<Option<String>> {
    let mut anna = Browser::new(board, 2);
    let mut fetched = BTreeMap::new();
    let mut bytes = 0;
    bytes += anna.fetches("/", &mut fetched).await?;
    bytes += anna.signs_in("anna").await?;
    for path in ["/", "/repositories/harbour/small"] {
        bytes += anna.fetches(path, &mut fetched).await?;
    }
    bytes += fetched.values().sum::<usize>();
    println!("a first visit               {:.1} kB", bytes as f64 / 1000.0);
    Ok((bytes >= FIRST_VISIT_BYTES_MAX).then(|| format!("a first visit takes {bytes} bytes")))
}

/// What it costs that so many people look at the largest page at once, each with a stream, and all fetch it anew as it changes.
async fn open_pages(
    github: &Sandbox,
    large: &Repository,
    server: &Child,
    board: &str,
    viewers: usize,
) -> Result<Option<String>> {
    let before = resident_mb(server, "VmRSS:")?;
    let mut streams = Vec::with_capacity(viewers);
    for n in 0..viewers {
        let mut browser = Browser::new(board, 1000 + n);
        browser.signs_in(&viewer(n)).await?;
        ensure!(browser.get(LARGE).await?.status == 200, "a viewer sees the page");
        let mut events = browser.opens(&format!("{LARGE}/events")).await?;
        events.frame().await.context("a first word")??;
        streams.push((browser, events));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let open = resident_mb(server, "VmRSS:")?;
    println!(
        "{viewers} open pages              {:.1} MB more ({:.1} MB in all, {before:.1} MB before)",
        open - before,
        open
    );

    let changed = Instant::now();
    propose(large, "one-more", OPEN).map(drop)?;
    let told = streams.into_iter().map(|(mut browser, mut events)| {
        tokio::spawn(async move {
            loop {
                let said = events.frame().await.context("the stream goes on")??;
                if said.data_ref().is_some_and(|said| said.starts_with(b"event: version")) {
                    break;
                }
            }
            let page = browser.get(LARGE).await?;
            ensure!(page.status == 200, "a page that has changed: {}", page.status);
            Ok((changed.elapsed(), browser, events))
        })
    });
    let mut last = Duration::ZERO;
    let mut streams = Vec::with_capacity(viewers);
    for one in told.collect::<Vec<_>>() {
        let (took, browser, events) = one.await??;
        last = last.max(took);
        streams.push((browser, events));
    }
    comes_to_rest(github).await?;
    let after = resident_mb(server, "VmRSS:")?;
    let most = resident_mb(server, "VmHWM:")?;
    println!(
        "all of them fetch a change  {:.1} s until the last has it; {:.1} MB more afterwards ({after:.1} MB in all, at most {most:.1} MB)",
        last.as_secs_f64(),
        after - before
    );
    let cost = (open - before).max(after - before);
    Ok((cost >= VIEWERS_COST_MAX_MB).then(|| format!("{viewers} open pages cost {cost:.1} MB")))
}

#[cfg(target_os = "linux")]
fn resident_mb(server: &Child, which: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id().context("it is gone")?))?;
    let line = status.lines().find_map(|line| line.strip_prefix(which));
    let kib: f64 = line.context("no such line")?.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024.0)
}

#[cfg(not(target_os = "linux"))]
fn resident_mb(_: &Child, _: &str) -> Result<f64> {
    anyhow::bail!("memory is measured on Linux only")
}

/// A browser of one person, which keeps cookies.
struct Browser {
    client: Client<HttpConnector, Empty<bytes::Bytes>>,
    board: String,
    cookies: BTreeMap<String, String>,
    /// By which the next request's address is made: no address may ask for everything.
    asked: usize,
}

struct Page {
    status: u16,
    headers: HeaderMap,
    /// As text, if it is one.
    body: String,
    length: usize,
}

impl Page {
    fn bytes(&self) -> usize {
        let headers = self.headers.iter();
        let headers: usize = headers.map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        headers + self.length
    }

    fn location(&self) -> Result<String> {
        let to = self.headers.get(LOCATION).context("it leads nowhere")?;
        Ok(to.to_str()?.to_owned())
    }
}

impl Browser {
    fn new(board: &str, number: usize) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            board: board.to_owned(),
            cookies: BTreeMap::new(),
            asked: number * 100_000,
        }
    }

    async fn opens(&mut self, url: &str) -> Result<hyper::body::Incoming> {
        let (head, body) = self.asks(url).await?.into_parts();
        ensure!(head.status == 200, "{url}: {}", head.status);
        Ok(body)
    }

    async fn asks(&mut self, url: &str) -> Result<http::Response<hyper::body::Incoming>> {
        let is_board = url.starts_with('/') || url.starts_with(&self.board);
        let url = match url.starts_with('/') {
            true => format!("{}{url}", self.board),
            false => url.to_owned(),
        };
        let mut request = Request::get(url);
        if is_board {
            self.asked += 1;
            // Of each, a hundred requests.
            let [_, a, b, c] = u32::try_from(self.asked / 100)?.to_be_bytes();
            request = request.header("x-forwarded-for", format!("50.{a}.{b}.{c}"));
            let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request = request.header(COOKIE, cookies.collect::<Vec<_>>().join("; "));
        }
        let response = self.client.request(request.body(Empty::new())?).await?;
        for set in response.headers().get_all(SET_COOKIE).into_iter().filter(|_| is_board) {
            let (name, rest) = set.to_str()?.split_once('=').context("a cookie has a name")?;
            let value = rest.split(';').next().unwrap_or_default();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Ok(response)
    }

    async fn get(&mut self, url: &str) -> Result<Page> {
        let (head, body) = self.asks(url).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Page {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            length: body.len(),
        })
    }

    /// Signs in by way of GitHub; gives the bytes that came from the board.
    async fn signs_in(&mut self, login: &str) -> Result<usize> {
        let begun = self.get("/sign-in").await?;
        let back = self.get(&format!("{}&as={login}", begun.location()?)).await?;
        let ended = self.get(&back.location()?).await?;
        ensure!(ended.status == 303, "{login} cannot sign in: {}", ended.status);
        Ok(begun.bytes() + ended.bytes())
    }

    /// A page's bytes; what it names is fetched too, where it was not before.
    async fn fetches(&mut self, path: &str, fetched: &mut BTreeMap<String, usize>) -> Result<usize> {
        let page = self.get(path).await?;
        ensure!(page.status == 200, "{path}: {}", page.status);
        let parts: Vec<&str> = page.body.split('"').collect();
        for part in parts.windows(2) {
            let is_fetched = part[0].ends_with("src=") || part[1].starts_with("/assets/");
            if is_fetched && !fetched.contains_key(part[1]) {
                let bytes = self.get(part[1]).await?.bytes();
                fetched.insert(part[1].to_owned(), bytes);
            }
        }
        Ok(page.bytes())
    }
}
