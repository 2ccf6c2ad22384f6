//! `greenlight setup`: makes the GitHub App from a terminal. The pages are those of `/setup`, on this computer alone.

use std::io::{self, Write};

use crate::app::AppError;
use crate::app::setup::{Finished, SetUp};
use crate::clock::Clock;
use crate::settings::{self, Args, SettingsError, Start};

/// How set-up is asked for on the command line.
#[derive(clap::Args, Clone, Debug)]
pub struct Setup {
    /// Print the credentials as lines for fly.io and Docker, instead of keeping them beside the database.
    #[arg(long)]
    pub print: bool,
    /// The port on this computer to which GitHub sends the browser back; any free one if it is not given.
    #[arg(long, default_value_t = 0, hide_default_value = true, value_name = "PORT")]
    pub local_port: u16,
    #[command(flatten)]
    pub settings: Args,
}

/// Why there is no App.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(
        "there is an App already: the settings name it, or github-app.json beside the database does. \
         `greenlight doctor` says how it stands. To make another one, take that away first"
    )]
    Already,
    #[error(transparent)]
    App(#[from] AppError),
    #[error(
        "stopped before the App was made; nothing has changed here. If it was made on GitHub meanwhile, delete it there"
    )]
    Stopped,
    #[error("could not write to the terminal")]
    Output(#[from] io::Error),
}

/// Prints where to begin, and waits until the App is made or `stopped` resolves.
///
/// # Errors
/// See [`SetupError`].
pub async fn run(setup: Setup, stopped: impl Future, out: &mut impl Write) -> Result<(), SetupError> {
    let Start::SetUp(wanted) = settings::begin(setup.settings)? else {
        return Err(SetupError::Already);
    };
    for note in &wanted.notes {
        tracing::warn!("{note}");
    }
    let place = wanted.place.clone().filter(|_| !setup.print);
    let waiting = SetUp::start_here(*wanted, setup.local_port, setup.print, Clock::default()).await?;
    writeln!(
        out,
        "Open this address in a browser on this computer. It is good for an hour, and for one browser:\n\n    {}\n\nI wait \
         until the App is made. Ctrl-C ends it, and nothing has changed.",
        waiting.begin_at
    )?;
    out.flush()?;
    let finished = tokio::select! {
        finished = waiting.finishes() => finished,
        _ = stopped => return Err(SetupError::Stopped),
    };
    tell(&finished, place.as_deref(), out)?;
    Ok(())
}

fn tell(finished: &Finished, place: Option<&std::path::Path>, out: &mut impl Write) -> io::Result<()> {
    let name = &finished.name;
    match place.filter(|_| finished.kept) {
        Some(file) => writeln!(
            out,
            "\nGitHub made the App {name}. Its credentials are in {}, which only you can read.\nStart me with `greenlight serve`, \
             and install the App on your repositories.",
            file.display()
        ),
        None => writeln!(
            out,
            "\nGitHub made the App {name}. These are its credentials; they are shown this once.\n\nOn fly.io:\n\n{}\n\nWith \
             Docker, as options of `docker run`:\n\n{}\n",
            finished.lines.fly, finished.lines.docker
        ),
    }
}
