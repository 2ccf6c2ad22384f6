//! `greenlight setup`: the same from a terminal, with the real binary.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use greenlight::sandbox::{Options, Sandbox};
use http::Method;

use crate::browser::{Browser, Page};
use crate::canary;
use crate::site::{between, fields, value};

/// The command, as somebody sees it in the terminal.
struct Terminal {
    child: Child,
    output: Option<BufReader<std::process::ChildStdout>>,
    begin_at: String,
}

impl Terminal {
    fn of(sandbox: &Sandbox, folder: &Path, args: &[&str]) -> Terminal {
        let mut child = command(sandbox, folder, args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let mut begin_at = String::new();
        while !begin_at.trim().starts_with("http://") {
            begin_at.clear();
            assert_ne!(
                output.read_line(&mut begin_at).expect("text"),
                0,
                "it tells where to begin"
            );
        }
        Terminal {
            child,
            output: Some(output),
            begin_at: begin_at.trim().to_owned(),
        }
    }

    fn browser(&self) -> Browser {
        let address = between(&self.begin_at, "http://", "/");
        assert!(address.starts_with("127.0.0.1:"), "{address}");
        Browser::at(address.parse().expect("an address"))
    }

    /// What it still says on standard output and on standard error, and its exit code.
    async fn ends(&mut self) -> (String, String, Option<i32>) {
        let mut output = self.output.take().expect("its output");
        let mut errors = self.child.stderr.take().expect("its errors");
        let read = move || {
            let (mut told, mut wrong) = (String::new(), String::new());
            std::io::Read::read_to_string(&mut output, &mut told).expect("text");
            std::io::Read::read_to_string(&mut errors, &mut wrong).expect("text");
            (told, wrong)
        };
        let (told, wrong) = tokio::task::spawn_blocking(read).await.expect("it ends");
        let code = self.child.wait().expect("its end").code();
        (told, wrong, code)
    }
}

/// Nothing outlives a failed test.
impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn command(sandbox: &Sandbox, folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenlight"));
    command
        .arg("setup")
        .args(args)
        .current_dir(folder)
        .env("GITHUB_API_URL", sandbox.api_url())
        .env("GITHUB_URL", sandbox.url())
        .env("PUBLIC_URL", "https://greenlight.harbour.example");
    command
}

async fn github() -> Sandbox {
    let options = Options {
        registered: false,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.expect("a free port");
    sandbox.organization("harbour");
    sandbox
}

/// Through the pages and GitHub, to the last page.
async fn made(terminal: &Terminal, sandbox: &Sandbox) -> Page {
    let mut browser = terminal.browser();
    let form = browser.get(&terminal.begin_at).await;
    let filled = format!("code={}&organization=harbour&for=organization", value(&form, "code"));
    let go_on = browser.post("/setup", &filled).await;
    let action = between(&go_on.body, "method=\"post\" action=\"", "\"");
    let manifest = value(&go_on, "manifest");
    assert!(
        manifest.contains("\"url\":\"https://greenlight.harbour.example/webhook\""),
        "{manifest}"
    );
    let confirm = browser
        .ask(Method::POST, &action, Some(&fields(&[("manifest", &manifest)])), &[])
        .await;
    let sent = ["manifest", "state", "owner", "name"].map(|name| (name, value(&confirm, name)));
    let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let url = format!("{}/settings/apps", sandbox.url());
    let back = browser
        .ask(Method::POST, &url, Some(&fields(&sent)), &[])
        .await
        .location();
    browser.get(&back).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_terminal_the_app_is_made_and_kept() {
    let sandbox = github().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut terminal = Terminal::of(&sandbox, folder.path(), &[]);
    let done = made(&terminal, &sandbox).await;
    assert!(
        done.text().contains("GitHub made the App Greenlight."),
        "{}",
        done.text()
    );
    let (told, wrong, code) = terminal.ends().await;
    assert!(
        told.contains("Its credentials are in github-app.json, which only you can read."),
        "{told}"
    );
    assert_eq!((wrong.as_str(), code), ("", Some(0)));
    canary::none_in("the terminal", told.as_bytes());
    assert!(folder.path().join("github-app.json").exists());
    assert!(!told.contains(&sandbox.app().client_secret));

    let again = command(&sandbox, folder.path(), &[]).output().expect("it runs");
    let wrong = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(wrong.contains("there is an App already"), "{wrong}");
    assert_eq!(again.status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_terminal_the_lines_are_printed_and_nothing_is_kept() {
    let sandbox = github().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut terminal = Terminal::of(&sandbox, folder.path(), &["--print"]);
    let done = made(&terminal, &sandbox).await;
    assert!(
        done.text().contains("in the terminal in which you began"),
        "{}",
        done.text()
    );
    canary::none_in("the page", done.body.as_bytes());
    let (told, _, code) = terminal.ends().await;
    assert_eq!(code, Some(0));
    let secret = format!("GITHUB_CLIENT_SECRET='{}'", sandbox.app().client_secret);
    for line in ["fly secrets set GITHUB_APP_ID='", "-e GITHUB_APP_ID='"] {
        assert!(
            told.lines().any(|one| one.starts_with(line) && one.contains(&secret)),
            "{told}"
        );
    }
    assert!(std::fs::read_dir(folder.path()).expect("a folder").next().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interrupted_in_a_terminal_nothing_has_changed() {
    let sandbox = github().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut terminal = Terminal::of(&sandbox, folder.path(), &[]);
    let pid = terminal.child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status().expect("kill runs");
    assert!(sent.success());
    let (_, wrong, code) = terminal.ends().await;
    assert!(wrong.contains("stopped before the App was made"), "{wrong}");
    assert_eq!(code, Some(1));
    assert!(std::fs::read_dir(folder.path()).expect("a folder").next().is_none());
    assert!(sandbox.exchanges().is_empty());
}
