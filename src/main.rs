//! Arguments, logging, exit code. The only place that uses `anyhow`: here an error has nobody left to tell but the operator.

use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use greenlight::app::App;
use greenlight::app::setup::SetUp;
use greenlight::cli::{backup, check, doctor, explain, health, replay, schema, setup, simulate};
use greenlight::clock::Clock;
use greenlight::demo::{self, Demo};
use greenlight::settings::{self, Args, Start};
use greenlight::telemetry;
use tokio::signal::unix::{SignalKind, signal};

/// Hands deployment to the product owner: a self-hosted GitHub App.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Receive GitHub's deliveries and do the work.
    Serve(Box<Args>),
    /// Make the GitHub App, from this computer.
    Setup(Box<setup::Setup>),
    /// Copy the database to a new file, while it is in use.
    Backup(backup::Backup),
    /// See it work, with a simulated GitHub on this computer.
    Demo(Demo),
    /// Say whether everything that Greenlight needs is there, and what to do about what is not.
    Doctor(Box<doctor::Doctor>),
    /// Say why a pull request does or does not move. Changes nothing.
    Explain(Box<explain::Explain>),
    /// Say whether the Greenlight that runs on this machine is well.
    Health(health::Health),
    /// Read one stored delivery once more, or tell what would come of it.
    Replay(Box<replay::Replay>),
    /// Say what is wrong in a configuration file, without asking GitHub.
    Check(check::Check),
    /// Print the JSON Schema of the configuration file, for editors.
    Schema,
    /// Run the whole program in simulated worlds and say which promise broke.
    #[command(hide = true)]
    Simulate(simulate::Simulate),
}

fn main() -> ExitCode {
    // A missing `.env` file is the usual case; an unreadable one would only hide settings that are reported missing below.
    dotenvy::dotenv().ok();
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("greenlight: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve(args) => serve(*args).await?,
        Command::Setup(wanted) => {
            log_or("warn")?;
            setup::run(*wanted, stop_signal()?, &mut std::io::stdout().lock()).await?;
        }
        Command::Backup(wanted) => backup::run(&wanted, &mut std::io::stdout().lock()).await?,
        Command::Demo(demo) => {
            log_or("warn")?;
            demo::run(&demo, stop_signal()?).await?;
        }
        Command::Doctor(doctor) => {
            log_or("error")?;
            let healthy = doctor::run(*doctor, &mut std::io::stdout().lock()).await?;
            return Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Explain(explain) => {
            log_or("error")?;
            explain::run(*explain, &mut std::io::stdout().lock()).await?;
        }
        Command::Health(health) => health::run(&health)?,
        Command::Replay(replay) => {
            log_or("error")?;
            replay::run(*replay, &mut std::io::stdout().lock()).await?;
        }
        Command::Check(check) => {
            let in_order = check::run(&check, &mut std::io::stdout().lock())
                .with_context(|| format!("could not check {}", check.file.display()))?;
            return Ok(if in_order { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Simulate(simulate) => {
            log_or("off")?;
            let kept = tokio::task::block_in_place(|| simulate::run(&simulate, &mut std::io::stdout().lock()))?;
            return Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Schema => schema::run(&mut std::io::stdout().lock())?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(args: Args) -> anyhow::Result<()> {
    let start = settings::begin(args)?;
    let (log, notes) = match &start {
        Start::Ready(settings) => (&settings.log, &settings.notes),
        Start::SetUp(settings) => (&settings.log, &settings.notes),
    };
    let telemetry = telemetry::begin(&log.filter, log.collector.as_deref())?;
    for note in notes {
        tracing::warn!("{note}");
    }
    let ended = serve_until_stopped(start).await;
    telemetry.end().await;
    ended
}

async fn serve_until_stopped(start: Start) -> anyhow::Result<()> {
    let stop = stop_signal()?;
    tokio::pin!(stop);
    let app = match start {
        Start::Ready(settings) => App::start(&settings, Clock::default()).await?,
        Start::SetUp(settings) => {
            let setup = SetUp::start(*settings, Clock::default()).await?;
            tracing::warn!(
                address = %setup.address,
                "there is no GitHub App yet: open {} within the hour to make one; this address is good for one browser, and \
                 for nobody else's eyes",
                setup.begin_at
            );
            tokio::select! {
                app = setup.goes_on() => app?,
                () = &mut stop => return Ok(()),
            }
        }
    };
    stop.await;
    tracing::info!("stopping");
    app.stop().await;
    Ok(())
}

/// Logs this much, or what the operator wants.
fn log_or(filter: &str) -> anyhow::Result<()> {
    let wanted = std::env::var("GREENLIGHT_LOG");
    telemetry::log(wanted.as_deref().unwrap_or(filter))?;
    Ok(())
}

/// Begins to listen at once, so that no signal is lost while the rest starts; resolves when one has come.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("could not listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("could not listen for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
