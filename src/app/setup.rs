//! Before there is an App: serves set-up alone and, once the App is made, everything else on the same port in the same process.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{App, AppError, listen, with_port};
use crate::clock::Clock;
use crate::settings::{self, StoredApp};
use crate::web::setup::{self as pages, Asked, Begun, Lines, Made, PATH, Place};
use crate::web::{Timers, serve_pages};

/// Set-up that waits for a person.
pub struct SetUp {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where the person begins, with the one-time code in it.
    pub begin_at: String,
    settings: settings::SetUp,
    clock: Clock,
    listener: Arc<TcpListener>,
    made: oneshot::Receiver<Made>,
    stop: CancellationToken,
    serving: Option<JoinHandle<()>>,
}

/// What became of it, for who does not go on by himself.
pub struct Finished {
    pub name: String,
    /// Whether the credentials are on disk.
    pub kept: bool,
    pub lines: Lines,
}

impl SetUp {
    /// Listens where Greenlight will.
    ///
    /// # Errors
    /// See [`AppError`].
    pub async fn start(settings: settings::SetUp, clock: Clock) -> Result<Self, AppError> {
        let wanted = SocketAddr::new(settings.host, settings.port);
        let (listener, address) = listen(wanted).await?;
        let public_url = settings.public_url.as_ref().map(|url| with_port(url, address));
        let place = place(&settings);
        Self::serve(settings, clock, (listener, address), public_url, None, place)
    }

    /// The same on this computer alone, for who begins in a terminal. With `print`, nothing is kept.
    ///
    /// # Errors
    /// See [`AppError`].
    pub async fn start_here(settings: settings::SetUp, port: u16, print: bool, clock: Clock) -> Result<Self, AppError> {
        let (listener, address) = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let public_url = settings.public_url.clone();
        let place = match place(&settings) {
            file @ Place::File { .. } if !print => file,
            _ => Place::Terminal,
        };
        let local = format!("http://{address}");
        Self::serve(settings, clock, (listener, address), public_url, Some(local), place)
    }

    fn serve(
        settings: settings::SetUp,
        clock: Clock,
        (listener, address): (Arc<TcpListener>, SocketAddr),
        public_url: Option<String>,
        local_url: Option<String>,
        place: Place,
    ) -> Result<Self, AppError> {
        let near = format!("http://localhost:{}", address.port());
        let base = local_url.clone().or(public_url.clone()).unwrap_or(near);
        let asked = Asked {
            clock: clock.clone(),
            github_url: settings.github_url.clone(),
            api_url: settings.api_url.clone(),
            public_url,
            local_url,
            place,
        };
        let Begun { router, code, made } = pages::begin(asked).ok_or(AppError::NoRandomNumbers)?;
        let stop = CancellationToken::new();
        let serving = serve_pages(listener.clone(), router, Timers::default(), stop.clone());
        Ok(Self {
            address,
            begin_at: format!("{base}{PATH}?code={code}"),
            settings,
            clock,
            listener,
            made,
            stop,
            serving: Some(tokio::spawn(serving)),
        })
    }

    /// Waits until the App is made, and goes on as Greenlight, on the same port. Whoever asks meanwhile waits a moment.
    ///
    /// # Errors
    /// See [`AppError`]. The credentials are kept by then, so that the next start has them.
    pub async fn goes_on(mut self) -> Result<App, AppError> {
        let Ok(made) = (&mut self.made).await else {
            unreachable!("the pages hold the sender as long as they are served, and they are until `self` is dropped");
        };
        // What is under way, such as the page that says so, is finished.
        self.stop.cancel();
        if !made.is_kept {
            tracing::warn!("the App's credentials are only in memory: set them before the next start");
        }
        let settings = self.settings.clone().with(stored(&made, &self.settings.github_url))?;
        let listening = Some((self.listener.clone(), self.address));
        App::start_on(listening, &settings, self.clock.clone()).await
    }

    /// Waits until the App is made.
    pub async fn finishes(mut self) -> Finished {
        let Ok(made) = (&mut self.made).await else {
            unreachable!("the pages hold the sender as long as they are served, and they are until `self` is dropped");
        };
        // The browser gets to read the page that says so before the process ends.
        self.stop.cancel();
        if let Some(serving) = self.serving.take()
            && let Err(error) = serving.await
        {
            tracing::error!(error = &error as &dyn std::error::Error, "set-up ended unexpectedly");
        }
        Finished {
            lines: pages::lines(&made),
            kept: made.is_kept,
            name: made.app.name,
        }
    }
}

/// Ends what is served; what is under way is finished.
impl Drop for SetUp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn place(settings: &settings::SetUp) -> Place {
    let Some(file) = settings.place.clone() else {
        return Place::Page;
    };
    let github_url = settings.github_url.clone();
    Place::File {
        path: file.display().to_string(),
        keep: Box::new(move |made| settings::SetUp::keep(&file, &stored(made, &github_url))),
    }
}

fn stored(made: &Made, github_url: &str) -> StoredApp {
    StoredApp {
        app_id: made.app.id,
        name: made.app.name.clone(),
        github_url: github_url.to_owned(),
        public_url: made.public_url.clone(),
        private_key: made.app.private_key.clone(),
        webhook_secret: made.webhook_secret.clone(),
        client_id: made.app.client_id.clone(),
        client_secret: made.app.client_secret.clone(),
    }
}
