//! The demo as a newcomer runs it: the program itself, by its words and pages alone.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tempfile::TempDir;

#[path = "support/canary.rs"]
mod canary;

/// Longest wait for anything a page is to show.
const WITHIN: Duration = Duration::from_secs(20);

#[test]
fn the_played_story_ends_as_it_should_and_leaves_nothing_behind() {
    let temporary = TempDir::new().expect("a temporary folder");
    let output = greenlight(&["demo", "--play", "--fast"], temporary.path())
        .output()
        .expect("the program runs");
    canary::none_in_output(&output);
    let told = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{complaint}");
    for sentence in [
        "Waiting to go to staging: 0 of 1 checks have passed.",
        "Promoted to staging.",
        "only anna may promote to staging",
        "Not promoted to production yet: the check “end-to-end” failed",
        "Promoted to production.",
        "  ok  Each comment was seen once",
        "staging is on hold until Monday, 19 January at 17:00 (UTC)",
        "Waiting to go to staging: it is on hold until",
        "The hold on staging is over.",
        "cannot go to staging alone.",
        "  ok  staging is at the very commit that was listed.",
        "Accepted, and merged into main.",
        "This acceptance no longer counts, because dora pushed a newer version.",
        "  ok  dev-1 shows it, so Anna can try it out.",
        "Moved to production, and its deployment failed",
        "  ok  production is at the commit again that ran there before.",
        "production is on hold until",
        "would bring to production again what was taken back",
        "The story ended as it should: 28 checks.",
    ] {
        assert!(told.contains(sentence), "“{sentence}” is missing in:\n{told}");
    }
    assert_eq!(complaint, "", "nothing to complain about");
    assert_is_empty(temporary.path());
}

#[test]
fn a_story_that_is_stopped_says_so_and_leaves_nothing_behind() {
    let temporary = TempDir::new().expect("a temporary folder");
    let mut story = Running::start(&["demo", "--play"], temporary.path());
    story.line_with("A week at a small shop");
    story.stop();
    assert!(!story.ended().success(), "the story was not told to its end");
    assert!(story.complaint().contains("stopped before its end"));
    assert_is_empty(temporary.path());
}

#[tokio::test]
async fn a_visitor_can_begin_before_there_is_an_app() {
    let temporary = TempDir::new().expect("a temporary folder");
    let mut demo = Running::start(&["demo", "--setup"], temporary.path());
    let open = demo.line_with("1. Open");
    let page = open.split_whitespace().last().expect("an address").to_owned();
    let form = get(&page).await;
    assert!(
        form.contains("Set Greenlight up") && form.contains("name=\"organization\""),
        "{form}"
    );
    demo.stop();
    assert!(demo.ended().success());
    assert_eq!(demo.complaint(), "");
    assert_is_empty(temporary.path());
}

#[tokio::test]
async fn a_visitor_promotes_as_anna_in_the_browser() {
    let temporary = TempDir::new().expect("a temporary folder");
    let mut demo = Running::start(&["demo"], temporary.path());
    let open = demo.line_with("1. Open");
    let page = open.split_whitespace().last().expect("an address").to_owned();

    let before = get(&page).await;
    assert!(before.contains("A simulated GitHub. Nothing here leaves this computer."));
    assert!(before.contains("<h1>Promote 3 features to staging"), "{before}");
    assert!(!before.contains("greenlight:promotion"), "hidden marks stay hidden");
    for link in links(&before) {
        get(&address(&page, &link)).await;
    }

    let back = post(&format!("{page}/comments"), "as=anna&body=%2Fpromote+staging").await;
    let after = until_page_has(&address(&page, &back), "Promoted to staging.").await;
    assert!(after.contains("👀 greenlight[bot]"), "{after}");
    let staging = get(&address(&page, "/harbour/shop/tree/staging")).await;
    assert!(staging.contains("Customers buy gift cards"), "{staging}");

    demo.stop();
    assert!(demo.ended().success(), "{}", demo.complaint());
    assert_is_empty(temporary.path());
}

#[tokio::test]
async fn a_visitor_accepts_a_feature_in_the_browser() {
    let temporary = TempDir::new().expect("a temporary folder");
    let mut demo = Running::start(&["demo"], temporary.path());
    let named = demo.line_with("/pull/4");
    let page = named.split_whitespace().last().expect("an address").to_owned();
    until_page_has(&page, "It waits for an owner to look at it.").await;
    post(&format!("{page}/comments"), "as=anna&body=%2Faccept").await;
    until_page_has(&page, "Accepted, and merged into main.").await;
    demo.stop();
    assert!(demo.ended().success(), "{}", demo.complaint());
}

#[tokio::test]
async fn a_visitor_decides_how_checks_end_and_the_page_shows_it() {
    let temporary = TempDir::new().expect("a temporary folder");
    let mut demo = Running::start(&["demo"], temporary.path());
    let open = demo.line_with("1. Open");
    let page = open.split_whitespace().last().expect("an address").to_owned();

    report(&page, "red").await;
    post(&format!("{page}/comments"), "as=anna&body=%2Fpromote+staging").await;
    until_page_has(&page, "Not promoted to staging yet").await;
    report(&page, "green").await;
    until_page_has(&page, "Promoted to staging.").await;

    let feature = post(&address(&page, "/harbour/shop/features"), "").await;
    assert!(
        get(&address(&page, &feature))
            .await
            .contains("<h1>A search that forgives"),
        "dora's next idea"
    );
    post(&address(&page, &format!("{feature}/merge")), "method=squash").await;
    until_page_has(&address(&page, "/harbour/shop"), "Promote 1 feature to staging").await;

    let mischief = "as=carl&body=%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    post(&address(&page, &format!("{feature}/comments")), mischief).await;
    let shown = get(&address(&page, &feature)).await;
    assert!(
        shown.contains("&lt;script&gt;") && !shown.contains("<script"),
        "{shown}"
    );
    demo.stop();
    assert!(demo.ended().success(), "{}", demo.complaint());
}

fn greenlight(arguments: &[&str], temporary: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenlight"));
    command
        .args(arguments)
        .env("TMPDIR", temporary)
        .env_remove("GREENLIGHT_LOG")
        .current_dir(temporary);
    command
}

/// A running demo. It is killed if the test ends before it does.
struct Running {
    child: Child,
    told: BufReader<ChildStdout>,
}

impl Running {
    fn start(arguments: &[&str], temporary: &Path) -> Running {
        let mut command = greenlight(arguments, temporary);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let told = BufReader::new(child.stdout.take().expect("a pipe"));
        Running { child, told }
    }

    /// The next line that holds this.
    fn line_with(&mut self, text: &str) -> String {
        let lines = self.told.by_ref().lines().map(|line| line.expect("text"));
        let mut told = Vec::new();
        for line in lines {
            if line.contains(text) {
                return line;
            }
            told.push(line);
        }
        panic!("no line with “{text}” in:\n{}", told.join("\n"));
    }

    fn stop(&self) {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(asked.expect("kill runs").success());
    }

    fn ended(&mut self) -> std::process::ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                assert_eq!(status.signal(), None, "it ends by itself, not by the signal");
                return status;
            }
            assert!(
                began.elapsed() < WITHIN,
                "still running {WITHIN:?} after it was told to stop"
            );
            std::thread::yield_now();
        }
    }

    fn complaint(&mut self) -> String {
        let mut text = String::new();
        let pipe = self.child.stderr.as_mut().expect("a pipe");
        pipe.read_to_string(&mut text).expect("text");
        text
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn assert_is_empty(folder: &Path) {
    let left: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

async fn send(method: Method, url: &str, form: &str) -> (StatusCode, Option<String>, String) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let url = url.split('#').next().unwrap_or(url);
    let request = Request::builder()
        .method(method)
        .uri(url)
        .header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(Body::from(form.to_owned())).expect("a request");
    let response = client
        .request(request)
        .await
        .unwrap_or_else(|error| panic!("{url}: {error}"));
    let (status, location) = (response.status(), response.headers().get("location").cloned());
    let body = response.into_body().collect().await.expect("a whole page").to_bytes();
    let location = location.map(|to| to.to_str().expect("an address").to_owned());
    (status, location, String::from_utf8_lossy(&body).into_owned())
}

async fn get(url: &str) -> String {
    let (status, _, body) = send(Method::GET, url, "").await;
    assert_eq!(status, StatusCode::OK, "{url}: {body}");
    body
}

/// Sends a form, and gives the page it leads to.
async fn post(url: &str, form: &str) -> String {
    let (status, location, body) = send(Method::POST, url, form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{url}: {body}");
    location.expect("somewhere to go")
}

async fn until_page_has(url: &str, text: &str) -> String {
    let began = Instant::now();
    loop {
        let page = get(url).await;
        if page.contains(text) {
            return page;
        }
        assert!(began.elapsed() < WITHIN, "“{text}” does not appear on {url}:\n{page}");
    }
}

/// Presses one of the buttons of the page's first check.
async fn report(page: &str, outcome: &str) {
    let shown = get(page).await;
    let field = |name: &str| {
        let at = shown
            .split(&format!("name=\"{name}\" value=\""))
            .nth(1)
            .expect("a field");
        at.split('"').next().expect("a value").to_owned()
    };
    let (sha, name, reporter, kind) = (field("sha"), field("name"), field("reporter"), field("kind"));
    let form = format!("sha={sha}&name={name}&reporter={reporter}&kind={kind}&outcome={outcome}");
    post(&format!("{page}/checks"), &form).await;
}

/// Where the links of a page lead.
fn links(page: &str) -> Vec<String> {
    page.split("<a href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

/// The whole address of a link on a page.
fn address(page: &str, link: &str) -> String {
    let root = page.split("/harbour").next().expect("the server");
    if link.starts_with("http") {
        link.to_owned()
    } else {
        format!("{root}{link}")
    }
}
