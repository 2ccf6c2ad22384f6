//! Wires settings, store, GitHub, web and worker together, and stops them gracefully.

pub mod setup;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::github::face::Faces;
use crate::github::sign_in::{SignIn, SignInAccess};
use crate::github::{Access, Github, GithubError};
use crate::metrics::Metrics;
use crate::reconcile::Bot;
use crate::settings::{Database, Settings, SettingsError};
use crate::store::{PostgresStore, SqliteStore, Store, StoreError};
use crate::web::board::{self, Door, Entrance};
use crate::web::metrics::Watched;
use crate::web::{self, Timers, WebState};
use crate::worker::Worker;

/// A running Greenlight that is told to stop is gone within this, whatever GitHub and clients do.
const STOP_WITHIN: Duration = Duration::from_secs(9);

/// A running Greenlight.
pub struct App {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where the metrics are, if they are wanted.
    pub metrics_address: Option<SocketAddr>,
    pub store: Arc<dyn Store>,
    wake: Arc<Notify>,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

/// Why Greenlight does not start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("could not listen on {address}: is another program using this port?")]
    Listen {
        address: SocketAddr,
        #[source]
        source: std::io::Error,
    },
    #[error("could not open the database")]
    Store(#[from] StoreError),
    #[error("could not prepare the GitHub client")]
    Github(#[from] GithubError),
    /// They are checked once more when set-up has made the App.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("the system has no random numbers")]
    NoRandomNumbers,
}

impl App {
    /// Starts everything; returns once deliveries are accepted. GitHub is not asked before that.
    ///
    /// # Errors
    /// See [`AppError`].
    pub async fn start(settings: &Settings, clock: Clock) -> Result<Self, AppError> {
        Self::start_on(None, settings, clock).await
    }

    /// The same, where somebody listens already.
    async fn start_on(
        listening: Option<(Arc<TcpListener>, SocketAddr)>,
        settings: &Settings,
        clock: Clock,
    ) -> Result<Self, AppError> {
        let wake = Arc::new(Notify::new());
        let store: Arc<dyn Store> = match &settings.database {
            Database::Sqlite(file) => Arc::new(SqliteStore::open(file).await?),
            Database::Postgres(url) => Arc::new(PostgresStore::open(url, wake.clone()).await?),
        };
        let mut access = Access::new(settings.app_id, settings.private_key.clone(), settings.api_url.clone());
        access.write_pause = settings.write_pause;
        let github = Github::new(&access, clock.clone())?;
        let (listener, address) = match listening {
            Some(listening) => listening,
            None => listen(SocketAddr::new(settings.host, settings.port)).await?,
        };
        let watching = match settings.metrics {
            Some(wanted) => Some(listen(wanted).await?),
            None => None,
        };

        let stop = CancellationToken::new();
        let metrics = Metrics::default();
        let state = WebState::new(store.clone(), &settings.webhook_secrets, clock.clone(), wake.clone())
            .counted_in(metrics.clone());
        let watched = Watched {
            metrics: metrics.clone(),
            store: store.clone(),
            github: github.clone(),
            clock: clock.clone(),
        };
        let entrance = entrance(settings, &access, address, clock.clone())?;
        let pages = board::router(
            store.clone(),
            github.clone(),
            clock.clone(),
            wake.clone(),
            entrance,
            stop.clone(),
        );
        let worker = Worker {
            bot: Bot {
                metrics,
                store: store.clone(),
                github,
                clock,
                welcomes: settings.welcomes,
            },
            wake: wake.clone(),
            sweep_every: settings.sweep,
            lease: settings.lease,
            look_pause: settings.look_pause,
            keep_bodies: settings.keep_bodies,
            name: format!("{}@{address}", std::process::id()),
        };
        let mut tasks = vec![
            tokio::spawn(web::serve(listener, state, pages, stop.clone())),
            tokio::spawn(worker.run(stop.clone())),
        ];
        let mut metrics_address = None;
        if let Some((listener, address)) = watching {
            metrics_address = Some(address);
            let page = web::metrics::router(watched);
            tasks.push(tokio::spawn(web::serve_pages(
                listener,
                page,
                Timers::default(),
                stop.clone(),
            )));
            tracing::info!(%address, "metrics at /metrics");
        }
        tracing::info!(%address, "ready for deliveries at /webhook");
        Ok(Self {
            address,
            metrics_address,
            store,
            wake,
            stop,
            tasks,
        })
    }

    /// Makes the worker look at what is due now, instead of at its next poll.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Finishes what is under way or hands it back, closes the database, and returns, within [`STOP_WITHIN`].
    pub async fn stop(self) {
        self.stop.cancel();
        let finished = async {
            for task in self.tasks {
                if let Err(error) = task.await {
                    tracing::error!(error = &error as &dyn std::error::Error, "a part ended unexpectedly");
                }
            }
            self.store.close().await;
        };
        if tokio::time::timeout(STOP_WITHIN, finished).await.is_err() {
            tracing::warn!("stopped in the middle of a look; the next start goes on where it was");
        }
    }
}

async fn listen(wanted: SocketAddr) -> Result<(Arc<TcpListener>, SocketAddr), AppError> {
    let failed = |source| AppError::Listen {
        address: wanted,
        source,
    };
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((Arc::new(listener), address))
}

/// The address with the port that the system chose, where it was left to choose.
fn with_port(url: &str, listening: SocketAddr) -> String {
    match url.strip_suffix(":0") {
        Some(host) => format!("{host}:{}", listening.port()),
        None => url.to_owned(),
    }
}

/// How people come in, or why they cannot. `listening` stands in for a port of 0 in `PUBLIC_URL`, as for one in `PORT`.
fn entrance(settings: &Settings, access: &Access, listening: SocketAddr, clock: Clock) -> Result<Entrance, AppError> {
    let (Some(client), Some(public_url)) = (&settings.client, &settings.public_url) else {
        let client = settings.client.is_none();
        let missing = client.then_some(["GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"]);
        let missing = missing.into_iter().flatten();
        let missing = missing.chain(settings.public_url.is_none().then_some("PUBLIC_URL"));
        return Ok(Entrance::Missing(missing.collect()));
    };
    let public_url = with_port(public_url, listening);
    if public_url.starts_with("http://") && !board::is_loopback(&public_url) {
        return Ok(Entrance::Unprotected);
    }
    let sign_in = SignInAccess {
        client_id: client.id.clone(),
        client_secret: client.secret.clone(),
        github_url: settings.github_url.clone(),
        api_url: settings.api_url.clone(),
        callback: format!("{public_url}{}", board::CALLBACK),
        connect_timeout: access.connect_timeout,
        request_timeout: access.request_timeout,
    };
    Ok(Entrance::Open(Box::new(Door {
        sign_in: SignIn::new(sign_in, clock)?,
        faces: Faces::new(&settings.github_url, access.connect_timeout, access.request_timeout)?,
        github_url: settings.github_url.clone(),
        secret: client.secret.clone(),
        public_url,
    })))
}
