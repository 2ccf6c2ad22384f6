//! The story a visitor sees: the real bot beside a simulated GitHub with a small shop on it, on this computer alone.
//!
//! A newcomer plays Anna, the product owner, in the browser (`greenlight demo`), or watches a week of hers in the terminal
//! (`--play`). Both are the real thing over HTTP: nothing here knows what the bot will say, and the played story compares what it
//! says and what becomes of the branches with what it promised.
//!
//! D1 Whatever way it ends, everything it started stops and everything it wrote is removed.
//! D2 `--play` only ends well if every outcome was seen on the simulated GitHub.

use std::future::Future;
use std::io::Write;

use crate::app::AppError;
use crate::sandbox::pages::Idea;
use crate::sandbox::{Method, Refusal, Repository};
use running::{Running, WITHIN};

mod first_day;
mod folder;
mod narrator;
mod outcome;
mod running;
mod shop;
mod story;
mod terminal;

/// How the demo is asked for on the command line.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Demo {
    /// Play the story of a week in this terminal, and check that it ends as it should.
    #[arg(long)]
    pub play: bool,
    /// Play it without pauses for reading.
    #[arg(long, requires = "play")]
    pub fast: bool,
    /// Begin before there is a GitHub App: set Greenlight up in the browser first.
    #[arg(long, conflicts_with = "play")]
    pub setup: bool,
    /// The port of the simulated GitHub's pages; any free one if it is not given.
    #[arg(
        long,
        default_value_t = 0,
        hide_default_value = true,
        value_name = "PORT",
        conflicts_with = "play"
    )]
    pub port: u16,
}

/// Why the demo did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("could not make a temporary folder")]
    Folder(#[source] std::io::Error),
    #[error("could not listen on port {port}, which another program may be using")]
    Port {
        port: u16,
        #[source]
        source: std::io::Error,
    },
    #[error("could not start Greenlight")]
    App(#[from] AppError),
    #[error("could not write to the terminal")]
    Output(#[from] std::io::Error),
    /// What the story promised is not what happened.
    #[error("the story did not end as it should. It should be so: {fact} But {difference}")]
    Differs { fact: String, difference: String },
    /// The script did something that the simulated GitHub does not allow.
    #[error("the simulated GitHub refused what the story does: {0}")]
    Refused(String),
    #[error("Greenlight was still at work after {} seconds", WITHIN.as_secs())]
    Restless,
    #[error("the story was stopped before its end")]
    Stopped,
}

impl From<Refusal> for DemoError {
    fn from(refusal: Refusal) -> DemoError {
        DemoError::Refused(format!("{} {}", refusal.status, refusal.message))
    }
}

/// Runs the demo until its story ends or `stopped` resolves.
///
/// # Errors
/// See [`DemoError`]; a played story that is stopped early is one, a demo in the browser that is stopped is not.
pub async fn run(demo: &Demo, stopped: impl Future) -> Result<(), DemoError> {
    tokio::pin!(stopped);
    if demo.setup {
        return first_day::run(demo.port, stopped).await;
    }
    let monday = demo.play.then_some(story::BEGINS);
    let running = tokio::select! {
        biased;
        _ = &mut stopped => return if demo.play { Err(DemoError::Stopped) } else { Ok(()) },
        running = Running::start(demo.port, shop::visit(), monday) => running?,
    };
    let ended = tokio::select! {
        _ = &mut stopped => if demo.play { Err(DemoError::Stopped) } else { Ok(()) },
        told = tell(demo, &running) => told,
    };
    running.stop().await;
    ended
}

async fn tell(demo: &Demo, running: &Running) -> Result<(), DemoError> {
    if demo.play {
        return story::play(running, demo.fast).await;
    }
    let prepared = prepare(running).await?;
    let mut out = std::io::stdout();
    write!(
        out,
        "{}",
        invitation(&running.github.url(), &running.board(), &prepared)
    )?;
    out.flush()?;
    std::future::pending().await
}

/// What a visitor finds.
struct Prepared {
    /// The pull request that promotes to staging.
    promotion: u64,
    /// A feature that is ready and green, and waits for Anna's word.
    ready: u64,
}

/// Three features are in mainline and wait for staging, and a fourth waits to be accepted.
async fn prepare(running: &Running) -> Result<Prepared, DemoError> {
    let shop = &running.shop;
    let ideas = shop::ideas();
    for (idea, method) in ideas.iter().zip([Method::Squash, Method::Merge, Method::Rebase]) {
        land(shop, idea, method)?;
    }
    let ready = shop::propose(shop, &ideas[3])?;
    let pull = shop
        .pull(ready)
        .ok_or_else(|| DemoError::Refused(format!("there is no pull request {ready}")))?;
    shop::test(shop, &pull.head_sha, "success")?;
    shop::call_ready(shop, ready)?;
    running.comes_to_rest().await?;
    let wanted = || {
        let waiting = shop
            .open_pulls()
            .into_iter()
            .find(|pull| pull.base == shop::ENVIRONMENTS[0]);
        waiting
            .map(|pull| pull.number)
            .ok_or_else(|| "there is none.".to_owned())
    };
    let difference = |difference| DemoError::Differs {
        fact: "Greenlight opens a pull request that says what waits for staging.".to_owned(),
        difference,
    };
    let promotion = running.until(wanted).await.map_err(difference)?;
    Ok(Prepared { promotion, ready })
}

/// A feature is written, tested and merged.
fn land(shop: &Repository, idea: &Idea, method: Method) -> Result<(), DemoError> {
    let number = shop::propose(shop, idea)?;
    let pull = shop
        .pull(number)
        .ok_or_else(|| DemoError::Refused(format!("there is no pull request {number}")))?;
    shop::test(shop, &pull.head_sha, "success")?;
    let merged = shop.merge_pull(shop::DORA, number, method)?;
    shop::test(shop, &merged, "success")?;
    Ok(())
}

fn invitation(url: &str, board: &str, prepared: &Prepared) -> String {
    let (anna, shop) = (shop::ANNA, format!("{url}/{}", shop::NAME));
    let Prepared { promotion, ready } = prepared;
    format!(
        "\n\
         A simulated GitHub with a small shop on it, and the real Greenlight, are running on\n\
         this computer. Nothing leaves it.\n\
         \n\
         Three features are finished and wait to be seen on staging.\n\
         \n\
         \x20 1. Open     {shop}/pull/{promotion}\n\
         \x20 2. You speak as {anna}, the product owner. Write this comment:\n\
         \n\
         \x20                /promote staging\n\
         \n\
         \x20 3. Read the answer below your comment, and look at what runs on staging:\n\
         \x20             {shop}/tree/staging\n\
         \n\
         More to try, from {shop}:\n\
         \n\
         \x20 - Say the same as {carl}, who may only read.\n\
         \x20 - Turn a check red and promote; then turn it green, and see it go by itself.\n\
         \x20 - Accept the feature that waits for your word: write /accept, or press Accept, on\n\
         \x20   {shop}/pull/{ready}\n\
         \x20 - Write /status, or /help.\n\
         \x20 - Sign in to Greenlight's own pages, as {anna}: {board}\n\
         \n\
         To watch a whole week instead, run: greenlight demo --play\n\
         Press Ctrl-C to end. Nothing stays on this computer.\n\n",
        carl = shop::CARL,
    )
}
