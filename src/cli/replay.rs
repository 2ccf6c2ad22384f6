//! `greenlight replay`: has one stored delivery read once more by the program that runs, or tells what would come of it.

use std::io::{self, Write};

use super::rehearsed::{aside, github, print_effects, print_text};
use crate::clock::Clock;
use crate::github::{Address, GithubError};
use crate::rehearse::rehearse;
use crate::rules::interpret::{Heard, News, interpret};
use crate::settings::{Args, Settings, SettingsError, database};
use crate::store::StoreError;
use crate::store::aside::Kept;

/// How it is asked for on the command line.
#[derive(clap::Args, Clone, Debug)]
pub struct Replay {
    /// The GUID of the delivery, as GitHub lists it under *Advanced* in the App's settings, and as the log names it.
    pub delivery: String,
    /// Only tell what would come of it.
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub settings: Args,
}

/// Why it is not read once more.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(
        "no delivery {0} is here; GitHub lists those of the last days under Advanced in the App's settings, where each can be \
         redelivered"
    )]
    Unknown(String),
    #[error(
        "delivery {0} is here, but what it said was let go of; redeliver it on GitHub, under Advanced in the App's settings"
    )]
    LetGoOf(String),
    #[error("delivery {0} waits to be read for the first time, so there is nothing to do once more")]
    NotReadYet(String),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Github(#[from] GithubError),
    #[error("could not print what became of it")]
    Output(#[from] io::Error),
}

/// Does it, and says so.
///
/// # Errors
/// See [`ReplayError`]; nothing was changed then.
pub async fn run(replay: Replay, out: &mut impl Write) -> Result<(), ReplayError> {
    let guid = replay.delivery;
    let mut aside = aside(&database(&replay.settings.database_url)?).await?;
    let Some(kept) = aside.delivery(&guid).await? else {
        return Err(ReplayError::Unknown(guid));
    };
    describe(&guid, &kept, out)?;
    let Some(body) = &kept.body else {
        return Err(ReplayError::LetGoOf(guid));
    };
    let clock = Clock::default();
    if !replay.dry_run {
        if kept.state == "new" {
            return Err(ReplayError::NotReadYet(guid));
        }
        if !aside.once_more(&guid, clock.now()).await? {
            return Err(ReplayError::LetGoOf(guid));
        }
        writeln!(
            out,
            "Greenlight reads it once more within seconds, if it is running. What it asked for is not done twice."
        )?;
        return Ok(());
    }
    let news = interpret(&kept.event, body.as_bytes());
    if let News::Nothing(why) = &news {
        writeln!(out, "It tells nothing that Greenlight acts on: {why}")?;
        return Ok(());
    }
    let Some((installation, name)) = kept.at.clone() else {
        writeln!(
            out,
            "It is about the App itself, or a repository that the App is not on."
        )?;
        return Ok(());
    };
    let mut heard = Heard::default();
    if let News::Click = news {
        heard.add_click(&guid);
    }
    heard.add(news);
    let settings = Settings::check(replay.settings)?;
    let github = github(&settings, clock.clone())?;
    let memory = aside.memory(kept.repo, &heard.requests()).await?;
    let mut at = Address {
        repo: kept.repo,
        installation,
        name,
    };
    let seen = rehearse(&github, &clock, &mut at, memory, &heard, settings.welcomes).await?;
    for request in heard.requests() {
        let Some(request) = seen.memory.requests.get(&request) else {
            continue;
        };
        writeln!(out, "What {} is told:", request.asked_by.login)?;
        for answer in &request.answers {
            print_text(&answer.text, out)?;
        }
    }
    print_effects(&seen, out)?;
    Ok(())
}

fn describe(guid: &str, kept: &Kept, out: &mut impl Write) -> io::Result<()> {
    let of = kept
        .at
        .as_ref()
        .map(|(_, name)| format!(" of {name}"))
        .unwrap_or_default();
    let received = kept
        .received_at
        .map(|at| format!(", received at {at:.0}"))
        .unwrap_or_default();
    let became = match (kept.state.as_str(), &kept.reason) {
        ("new", _) => "It has not been read yet.".to_owned(),
        ("done", _) => "It was read and acted on.".to_owned(),
        ("ignored", Some(why)) => format!("It was ignored: {why}."),
        ("dead", Some(why)) => format!("It was given up: {why}."),
        (state, _) => format!("It is {state}."),
    };
    writeln!(out, "Delivery {guid}: `{}`{of}{received}. {became}", kept.event)
}
