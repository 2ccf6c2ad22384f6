//! The day on which Greenlight is set up: a simulated GitHub on which there is no App yet, and the real set-up beside it.

use std::future::Future;
use std::io::Write;

use super::folder::Folder;
use super::{DemoError, land, shop};
use crate::app::AppError;
use crate::app::setup::SetUp;
use crate::clock::Clock;
use crate::sandbox::pages;
use crate::sandbox::{Method, Options, Sandbox};
use crate::settings::{self, Args};

/// Until `stopped` resolves. Whatever way it ends, everything it started stops and everything it wrote is removed.
///
/// # Errors
/// See [`DemoError`].
pub async fn run(port: u16, stopped: impl Future) -> Result<(), DemoError> {
    tokio::pin!(stopped);
    let folder = Folder::make().map_err(DemoError::Folder)?;
    let options = Options {
        port,
        registered: false,
        ..Options::default()
    };
    let sandbox = Sandbox::start_with_pages(options, |github| pages::router(github, shop::visit()))
        .await
        .map_err(|source| DemoError::Port { port, source })?;
    let shop = shop::open_without_app(&sandbox);
    land(&shop, &shop::ideas()[0], Method::Squash)?;
    let settings = settings::SetUp::check(args(&sandbox, &folder)).map_err(AppError::from)?;
    let setup = SetUp::start(settings, Clock::default()).await?;
    say(&invitation(&setup.begin_at))?;
    let made = tokio::select! {
        _ = &mut stopped => None,
        app = setup.goes_on() => Some(app?),
    };
    if let Some(app) = made {
        say(&made_text(&sandbox.url()))?;
        stopped.await;
        app.stop().await;
    }
    sandbox.stop().await;
    drop(folder);
    Ok(())
}

fn args(sandbox: &Sandbox, folder: &Folder) -> Args {
    Args {
        github_api_url: sandbox.api_url(),
        github_url: sandbox.url(),
        database_url: format!("sqlite://{}", folder.path().join("greenlight.db").display()).into(),
        host: "127.0.0.1".to_owned(),
        port: "0".to_owned(),
        public_url: Some("http://127.0.0.1:0".to_owned()),
        // The simulated GitHub asks for no pauses.
        greenlight_write_pause_ms: "20".to_owned(),
        greenlight_look_pause_ms: "0".to_owned(),
        ..Args::default()
    }
}

fn say(text: &str) -> Result<(), DemoError> {
    let mut out = std::io::stdout();
    write!(out, "{text}")?;
    out.flush()?;
    Ok(())
}

fn invitation(begin_at: &str) -> String {
    let (organization, _) = shop::NAME.split_once('/').unwrap_or((shop::NAME, ""));
    format!(
        "\n\
         A simulated GitHub with a small shop on it is running on this computer, and the real\n\
         Greenlight, which has no GitHub App there yet. Nothing leaves this computer.\n\
         \n\
         \x20 1. Open     {begin_at}\n\
         \x20 2. Make the App for the organisation {organization}, on the pages that follow.\n\
         \x20 3. Install it on all of its repositories.\n\
         \n\
         To begin where it is all set up, run: greenlight demo\n\
         Press Ctrl-C to end. Nothing stays on this computer.\n\n"
    )
}

fn made_text(url: &str) -> String {
    let (anna, shop) = (shop::ANNA, shop::NAME);
    format!(
        "The App is made. Once it is installed, one feature waits for staging:\n\
         \n\
         \x20 4. Open     {url}/{shop}\n\
         \x20             and there the pull request that promotes to staging.\n\
         \x20 5. You speak as {anna}, the product owner. Write: /promote staging\n\n"
    )
}
