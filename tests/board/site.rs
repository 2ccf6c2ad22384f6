//! A Greenlight that has no App yet, beside a GitHub that has none of ours, and a browser.

use std::path::PathBuf;

use greenlight::app::App;
use greenlight::app::setup::SetUp;
use greenlight::clock::Clock;
use greenlight::sandbox::{Options, Sandbox};
use greenlight::settings::{self, Args, Start};
use http::Method;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::browser::{Browser, Page};
use crate::canary;
use crate::contract::{self, Contract};

/// A GitHub on which there is no App, and a Greenlight that has none.
pub struct Site {
    pub sandbox: Sandbox,
    pub clock: Clock,
    pub folder: TempDir,
    pub args: Args,
    /// With the code in it.
    pub begin_at: String,
    pub browser: Browser,
    going_on: Option<JoinHandle<App>>,
}

impl Site {
    pub async fn start() -> Site {
        Site::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Args)) -> Site {
        canary::watch();
        let options = Options {
            registered: false,
            ..Options::default()
        };
        let sandbox = Sandbox::start(options).await.expect("a free port");
        let shop = sandbox
            .repository("harbour/shop")
            .file("README.md", "A shop.")
            .not_installed()
            .create();
        shop.branch("staging", &shop.head("main").expect("a first commit"));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut args = Args {
            github_api_url: sandbox.api_url(),
            github_url: sandbox.url(),
            database_url: format!("sqlite://{}", folder.path().join("greenlight.db").display()).into(),
            host: "127.0.0.1".to_owned(),
            port: "0".to_owned(),
            public_url: Some("http://127.0.0.1:0".to_owned()),
            greenlight_write_pause_ms: "0".to_owned(),
            ..Args::default()
        };
        change(&mut args);
        let clock = Clock::default();
        let setup = begun(&args, &clock).await;
        let mut site = Site {
            sandbox,
            clock,
            folder,
            args,
            begin_at: setup.begin_at.clone(),
            browser: Browser::at(setup.address),
            going_on: None,
        };
        site.going_on = Some(tokio::spawn(goes_on(setup)));
        site
    }

    /// Greenlight is started once more, before there is an App.
    pub async fn restarts(&mut self) {
        self.stops();
        let setup = begun(&self.args, &self.clock).await;
        self.begin_at = setup.begin_at.clone();
        self.browser.board = format!("http://{}", setup.address);
        self.going_on = Some(tokio::spawn(goes_on(setup)));
    }

    pub fn stops(&mut self) {
        if let Some(going_on) = self.going_on.take() {
            going_on.abort();
        }
    }

    pub fn code(&self) -> String {
        let (_, code) = self.begin_at.split_once("?code=").expect("a code");
        code.to_owned()
    }

    /// The form, filled in for the organisation.
    pub fn form(&self) -> String {
        format!("code={}&organization=harbour&for=organization", self.code())
    }

    /// The button to GitHub was pressed, and the one there: where GitHub sends the browser back to.
    pub async fn through_github(&mut self, go_on: &Page) -> String {
        assert_eq!(go_on.status, 200, "{}", go_on.text());
        let action = between(&go_on.body, "class=\"go-on\" method=\"post\" action=\"", "\"");
        let fields = fields(&[("manifest", &value(go_on, "manifest"))]);
        let confirm = self.browser.ask(Method::POST, &action, Some(&fields), &[]).await;
        self.makes(&confirm, &value(&confirm, "name")).await.location()
    }

    /// GitHub's own button is pressed.
    pub async fn makes(&mut self, confirm: &Page, name: &str) -> Page {
        let hidden = ["manifest", "state", "owner"].map(|name| (name, value(confirm, name)));
        let mut all: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (*name, value.as_str())).collect();
        all.push(("name", name));
        let url = format!("{}/settings/apps", self.sandbox.url());
        self.browser.ask(Method::POST, &url, Some(&fields(&all)), &[]).await
    }

    /// All the way to the return, which is not gone.
    pub async fn reaches_the_return(&mut self) -> String {
        let form = self.form();
        let go_on = self.browser.post("/setup", &form).await;
        self.through_github(&go_on).await
    }

    /// Greenlight, once it goes on.
    pub async fn app(&mut self) -> App {
        self.going_on.take().expect("it waits").await.expect("it goes on")
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("github-app.json")
    }

    /// What was said to GitHub keeps to what it publishes, and no secret is in the log.
    pub fn keeps_its_promises(&self) {
        canary::none_was_logged();
        canary::none_in_exchanges(&self.sandbox.exchanges());
        assert_eq!(self.sandbox.unknown_requests(), Vec::<String>::new());
        for exchange in self.sandbox.exchanges().iter().filter(|one| one.fault.is_none()) {
            let verdict = Contract::published().check_exchange(&contract::Exchange {
                method: &exchange.method,
                path: &exchange.path,
                query: &exchange.query,
                request_body: exchange.request_body.as_ref(),
                status: exchange.status,
                response_body: exchange.response_body.as_ref(),
            });
            assert_eq!(verdict, Ok(()), "{} {}", exchange.method, exchange.path);
        }
        for delivery in self.sandbox.deliveries() {
            let verdict = Contract::published().check_webhook(&delivery.event, &delivery.payload);
            assert_eq!(verdict, Ok(()), "{}", delivery.event);
        }
    }
}

async fn begun(args: &Args, clock: &Clock) -> SetUp {
    let Ok(Start::SetUp(wanted)) = settings::begin(args.clone()) else {
        panic!("there is an App already")
    };
    SetUp::start(*wanted, clock.clone()).await.expect("it listens")
}

async fn goes_on(setup: SetUp) -> App {
    setup.goes_on().await.expect("it goes on")
}

/// What stands between the two, as a browser reads it.
pub fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    let found = rest.split(after).next().unwrap_or_default();
    [
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(found.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

pub fn value(page: &Page, name: &str) -> String {
    between(&page.body, &format!("name=\"{name}\" value=\""), "\"")
}

pub fn fields(pairs: &[(&str, &str)]) -> String {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    pairs.join("&")
}
