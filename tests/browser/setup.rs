//! From an empty directory to the first promotion, in a real browser, by what docs/install.md says. Every action of the person is
//! counted.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use greenlight::sandbox::pages::{self, Person as Visitor, Visit};
use greenlight::sandbox::{Options, Repository, Role, Sandbox};
use jiff::SignedDuration;

use crate::axe;
use crate::chrome::Chrome;
use crate::process::until;

/// As README.md says it.
const ACTIONS_MAX: usize = 10;
/// As WebDriver writes the key.
const ENTER: &str = "\u{e007}";
/// GitHub's button.
const MERGE: &str = "form[action$='/merge'] button[value=squash]";
const WITHIN: Duration = Duration::from_secs(5 * 60);

/// The person who sets Greenlight up.
struct Installer {
    chrome: Chrome,
    did: Vec<String>,
}

impl Installer {
    fn does(&mut self, what: &str) {
        self.did.push(what.to_owned());
    }

    async fn opens(&mut self, what: &str, url: &str) {
        self.does(&format!("opens {what}"));
        self.chrome.opens(url).await;
    }

    async fn writes(&mut self, text: &str, selector: &str) {
        self.does(&format!("writes {text}"));
        self.chrome.clicks(selector).await;
        self.chrome.types(text).await;
    }

    /// The Enter key belongs to the writing.
    async fn writes_and_enters(&mut self, text: &str, selector: &str) {
        self.writes(text, selector).await;
        self.chrome.types(ENTER).await;
    }

    async fn presses(&mut self, what: &str, selector: &str) {
        self.does(&format!("presses {what}"));
        self.chrome.clicks(selector).await;
    }
}

/// Greenlight as it is started by hand, with its log in a file; it ends with the test.
struct Started {
    child: Child,
    log: std::path::PathBuf,
}

impl Started {
    fn in_folder(folder: &Path, sandbox: &Sandbox) -> Started {
        let log = folder.join("log");
        let child = Command::new(env!("CARGO_BIN_EXE_greenlight"))
            .arg("serve")
            .current_dir(folder)
            .env("GITHUB_URL", sandbox.url())
            .env("GITHUB_API_URL", sandbox.api_url())
            .env("PUBLIC_URL", "http://127.0.0.1:0")
            .env("HOST", "127.0.0.1")
            .env("PORT", "0")
            .stderr(File::create(&log).expect("a file for the log"))
            .spawn()
            .expect("the binary starts");
        Started { child, log }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log")
    }

    /// The address in the log, with the code.
    fn begin_at(&self) -> Option<String> {
        let log = self.log();
        let (_, rest) = log.split_once("open http://")?;
        let (address, _) = rest.split_once(" within the hour")?;
        Some(format!("http://{address}"))
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() {
            eprintln!("{}", std::fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}

/// A GitHub with a shop on which nobody has heard of Greenlight: anna maintains it, and staging has all of main.
async fn github() -> (Sandbox, Repository) {
    let options = Options {
        registered: false,
        merges_seen_after: Some(SignedDuration::ZERO),
        ..Options::default()
    };
    let anna = Visitor {
        login: "anna".to_owned(),
        who: "who maintains the shop".to_owned(),
    };
    let visit = Visit {
        people: vec![anna],
        developer: "anna".to_owned(),
        check: ("github-actions".to_owned(), "test".to_owned()),
        deployer: "harbour-hosting".to_owned(),
        environments: vec!["staging".to_owned()],
        ideas: Vec::new(),
    };
    let sandbox = Sandbox::start_with_pages(options, |github| pages::router(github, visit))
        .await
        .expect("a free port");
    let shop = sandbox
        .repository("harbour/shop")
        .file("README.md", "A shop.")
        .not_installed()
        .create();
    let head = shop.head("main").expect("a first commit");
    shop.branch("staging", &head);
    shop.grant("anna", Role::Maintain);
    shop.check_run("github-actions", &head, "test", "success")
        .expect("a check run");
    (sandbox, shop)
}

/// What is wrong with the page that is open, in light and in dark.
async fn judged(chrome: &Chrome, axe: &str, name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for scheme in ["light", "dark"] {
        chrome.prefers(scheme).await;
        let complaints = axe::complaints(chrome, axe).await;
        wrong.extend(
            complaints
                .into_iter()
                .map(|complaint| format!("{name}, {scheme}: {complaint}")),
        );
    }
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_an_empty_directory_to_the_first_promotion_in_ten_actions() {
    let (sandbox, shop) = github().await;
    let folder = tempfile::tempdir().expect("an empty directory");
    let axe = axe::source();
    let mut anna = Installer {
        chrome: Chrome::start().await,
        did: Vec::new(),
    };
    anna.chrome.is_wide(1280).await;
    let begun = Instant::now();

    anna.does("starts Greenlight");
    let greenlight = Started::in_folder(folder.path(), &sandbox);
    until("it says where to begin", || greenlight.begin_at().is_some()).await;
    anna.opens("the address in the log", &greenlight.begin_at().expect("an address"))
        .await;
    let mut wrong = judged(&anna.chrome, &axe, "the form").await;
    // The next page leads on by itself.
    anna.writes_and_enters("harbour", "#organization").await;
    anna.chrome
        .sees("document.body.innerText.includes('Create GitHub App for harbour')")
        .await;
    anna.presses("Create GitHub App for harbour", "main button").await;
    anna.chrome
        .sees("document.body.innerText.includes('The App is made')")
        .await;
    wrong.extend(judged(&anna.chrome, &axe, "the App is made").await);
    anna.presses("Install it on your repositories", "a.button").await;
    anna.chrome
        .sees("document.body.innerText.includes('Install on harbour')")
        .await;
    anna.presses("Install", "main button").await;
    anna.chrome
        .sees("document.body.innerText.includes('Sign in with GitHub')")
        .await;

    let welcome = || {
        shop.open_pulls()
            .into_iter()
            .find(|pull| pull.head == "greenlight-welcome")
    };
    until("the welcome is there", || welcome().is_some()).await;
    let number = welcome().expect("it is there").number;
    let page = format!("{}/harbour/shop/pull/{number}", sandbox.url());
    anna.opens("the pull request that proposes a configuration", &page)
        .await;
    let before = shop.head("main").expect("main");
    anna.presses("Merge", MERGE).await;
    let merged = || {
        shop.head("main")
            .filter(|head| !shop.checks(head).is_empty() && *head != before)
    };
    until("CI has begun on what was merged", || merged().is_some()).await;
    let merged = merged().expect("a commit");
    shop.check_run("github-actions", &merged, "test", "success")
        .expect("a check run");
    anna.writes("/promote staging", "textarea[name=body]").await;
    anna.presses("Comment", "form[action$='/comments'] button").await;
    until("staging has what is on main", || {
        shop.head("staging") == shop.head("main")
    })
    .await;
    anna.chrome.sees("document.body.innerText.includes('Promoted')").await;

    let took = begun.elapsed();
    let did = anna.did.join("\n  ");
    println!(
        "{} actions of a person, in {took:.1?} of the machine's time:\n  {did}",
        anna.did.len()
    );
    assert!(anna.did.len() <= ACTIONS_MAX, "{} actions:\n  {did}", anna.did.len());
    assert!(took < WITHIN, "it took {took:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    no_secret_is_in_the_log(&greenlight.log(), &sandbox, folder.path());
}

/// All that GitHub handed out is in the one file.
fn no_secret_is_in_the_log(log: &str, sandbox: &Sandbox, folder: &Path) {
    let kept = std::fs::read_to_string(folder.join("github-app.json")).expect("the file");
    let kept: serde_json::Value = serde_json::from_str(&kept).expect("JSON");
    assert_eq!(kept["client_secret"], sandbox.app().client_secret.as_str());
    for name in ["private_key", "webhook_secret", "client_secret"] {
        let secret = kept[name].as_str().expect("a text");
        let line = secret.lines().find(|line| !line.starts_with("-----")).expect("a line");
        assert!(!log.contains(line), "the log has the {name}");
    }
}
