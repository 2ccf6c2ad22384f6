//! The simulated GitHub and the real bot side by side on loopback, with a database that goes when they go.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::folder::Folder;
use super::{DemoError, shop};
use crate::app::App;
use crate::clock::Clock;
use crate::sandbox::pages::{self, Visit};
use crate::sandbox::{APP_PRIVATE_KEY, GitHub, Options, Repository, Sandbox};
use crate::settings::{Client, Database, Log, Settings};

/// It guards a simulation that is told to nobody else, so it may stand here.
const WEBHOOK_SECRET: &str = "between a simulated GitHub and the bot beside it";

/// GitHub asks for a second between two writes; the simulated one asks for nothing.
const WRITE_PAUSE: Duration = Duration::from_millis(20);

/// Longest wait for anything that is to happen here; it takes a few hundredths of a second.
pub const WITHIN: Duration = Duration::from_secs(10);

/// The path to which people come back after signing in.
const CALLBACK: &str = "/sign-in/callback";

/// How often is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(10);

pub struct Running {
    pub github: GitHub,
    pub shop: Repository,
    sandbox: Sandbox,
    app: App,
    clock: Clock,
    folder: Folder,
}

impl Running {
    /// Starts both, opens the shop, and introduces them to each other. `now` is the time there; `None` for the machine's own.
    ///
    /// # Errors
    /// If the port is taken, or the temporary folder or the bot does not come up.
    pub async fn start(port: u16, visit: Visit, now: Option<Timestamp>) -> Result<Running, DemoError> {
        let folder = Folder::make().map_err(DemoError::Folder)?;
        let options = Options {
            port,
            ..Options::default()
        };
        let sandbox = Sandbox::start_with_pages(options, |github| pages::router(github, visit))
            .await
            .map_err(|source| DemoError::Port { port, source })?;
        let clock = Clock::default();
        if let Some(now) = now {
            let away = now.duration_since(sandbox.clock().now());
            sandbox.clock().advance(away);
            clock.advance(away);
        }
        let app = App::start(&settings(&sandbox, &folder), clock.clone()).await?;
        sandbox.set_callback_urls(&[&format!("http://{}{CALLBACK}", app.address)]);
        sandbox.set_webhook(&format!("http://{}/webhook", app.address), WEBHOOK_SECRET);
        let shop = shop::open(&sandbox);
        let github = GitHub::clone(&sandbox);
        Ok(Running {
            github,
            shop,
            sandbox,
            app,
            clock,
            folder,
        })
    }

    /// Where the board is.
    pub fn board(&self) -> String {
        format!("http://{}/", self.app.address)
    }

    /// Stops the bot first, so that it can finish what it is at, and removes what was written.
    pub async fn stop(self) {
        self.app.stop().await;
        self.sandbox.stop().await;
        drop(self.folder);
    }

    /// Looks until there is an answer, and gives the last difference if there is none in time.
    pub async fn until<T>(&self, look: impl Fn() -> Result<T, String>) -> Result<T, String> {
        let began = Instant::now();
        loop {
            match look() {
                Err(difference) if began.elapsed() > WITHIN => return Err(difference),
                Err(_) => tokio::time::sleep(LOOK_EVERY).await,
                found => return found,
            }
        }
    }

    /// Until no webhook is under way and the bot has nothing left to do, so that what has not happened now will not.
    pub async fn comes_to_rest(&self) -> Result<(), DemoError> {
        let began = Instant::now();
        let mut quiet = 0;
        // Between two looks a delivery can be neither on its way nor counted yet, so one quiet look is not enough.
        while quiet < 2 {
            if began.elapsed() > WITHIN {
                return Err(DemoError::Restless);
            }
            let status = self
                .app
                .store
                .status(self.clock.now())
                .await
                .map_err(|error| DemoError::App(error.into()))?;
            let at_rest = self.github.deliveries_pending() == 0 && status.new + status.due + status.leased == 0;
            quiet = if at_rest { quiet + 1 } else { 0 };
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Lets time pass on both sides at once.
    pub async fn pass(&self, span: SignedDuration) -> Result<(), DemoError> {
        self.comes_to_rest().await?;
        self.github.clock().advance(span);
        self.clock.advance(span);
        self.app.wake();
        self.comes_to_rest().await
    }
}

fn settings(sandbox: &Sandbox, folder: &Folder) -> Settings {
    Settings {
        app_id: i64::try_from(sandbox.app().id).unwrap_or(i64::MAX),
        private_key: APP_PRIVATE_KEY.into(),
        webhook_secrets: vec![WEBHOOK_SECRET.into()],
        client: Some(Client {
            id: sandbox.app().client_id,
            secret: sandbox.app().client_secret.into(),
        }),
        api_url: sandbox.api_url(),
        github_url: sandbox.url(),
        database: Database::Sqlite(folder.path().join("greenlight.db")),
        host: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        public_url: Some("http://127.0.0.1:0".to_owned()),
        log: Log {
            filter: "warn".to_owned(),
            collector: None,
        },
        sweep: Duration::from_secs(900),
        write_pause: WRITE_PAUSE,
        lease: Duration::from_secs(60),
        look_pause: Duration::ZERO,
        metrics: None,
        keep_bodies: Duration::from_secs(86_400),
        welcomes: true,
        notes: Vec::new(),
    }
}
