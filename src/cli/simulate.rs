//! `greenlight simulate`: runs seeds, says which promise broke and how to see it again. For whoever changes Greenlight.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use clap::Args;

use crate::fault::{self, Fault};
use crate::simulate::{Ground, Outcome, RunError, Tally};

/// What to simulate.
#[derive(Args, Clone, Debug)]
pub struct Simulate {
    /// How many seeds to run.
    #[arg(long, default_value_t = 100)]
    pub seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    pub first: u64,
    /// Tell everything that happens.
    #[arg(long)]
    pub trace: bool,
    /// Make this mistake, and stop at the first seed that shows it; `list` names them all.
    #[arg(long, value_parser = fault_named)]
    pub fault: Option<Fault>,
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    #[error("a world could not be made")]
    Run(#[from] RunError),
    #[error("the result could not be written")]
    Write(#[from] io::Error),
}

/// Runs the seeds, one thread for each core, and gives whether every promise was kept.
///
/// # Errors
/// If a run could not be made, or the result not be written.
pub fn run(simulate: &Simulate, out: &mut impl Write) -> Result<bool, SimulateError> {
    if let Some(fault) = simulate.fault {
        fault::plant(fault);
    }
    let outcomes = run_all(simulate)?;
    let mut tally = Tally::default();
    let mut kept = true;
    for outcome in outcomes {
        for line in &outcome.trace {
            writeln!(out, "{line}")?;
        }
        tell_broken(&outcome, out)?;
        kept &= outcome.broken.is_empty();
        tally += outcome.tally;
    }
    for (words, count) in tally.counts() {
        writeln!(out, "{count:>9} {words}")?;
    }
    Ok(kept)
}

fn fault_named(name: &str) -> Result<Fault, String> {
    let found = Fault::ALL.iter().find(|fault| fault.name() == name);
    let names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
    found
        .copied()
        .ok_or_else(|| format!("the mistakes that can be planted are {}", names.join(", ")))
}

fn tell_broken(outcome: &Outcome, out: &mut impl Write) -> io::Result<()> {
    for broken in &outcome.broken {
        writeln!(out, "seed {}: {}: {}", outcome.seed, broken.promise.words(), broken.how)?;
    }
    if !outcome.broken.is_empty() {
        writeln!(out, "greenlight simulate --seeds 1 --first {} --trace", outcome.seed)?;
    }
    Ok(())
}

fn run_all(simulate: &Simulate) -> Result<Vec<Outcome>, RunError> {
    let ground = Arc::new(runtime()?.block_on(Ground::prepare())?);
    let next = Arc::new(AtomicU64::new(0));
    let ended: Arc<Mutex<Vec<Result<Outcome, RunError>>>> = Arc::default();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads: Vec<_> = (0..cores)
        .map(|_| {
            let (ground, next, ended, simulate) = (ground.clone(), next.clone(), ended.clone(), simulate.clone());
            thread::spawn(move || {
                loop {
                    let one = next.fetch_add(1, Ordering::Relaxed);
                    if one >= simulate.seeds {
                        return;
                    }
                    let outcome = run_one(&ground, simulate.first + one, simulate.trace);
                    let shows_it = outcome.as_ref().is_ok_and(|outcome| !outcome.broken.is_empty());
                    if simulate.fault.is_some() && shows_it {
                        next.store(simulate.seeds, Ordering::Relaxed);
                    }
                    ended.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
                }
            })
        })
        .collect();
    for thread in threads {
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
    let ended = std::mem::take(&mut *ended.lock().unwrap_or_else(PoisonError::into_inner));
    let mut outcomes = ended.into_iter().collect::<Result<Vec<Outcome>, RunError>>()?;
    outcomes.sort_by_key(|outcome| outcome.seed);
    Ok(outcomes)
}

fn run_one(ground: &Ground, seed: u64, traced: bool) -> Result<Outcome, RunError> {
    runtime()?.block_on(ground.run(seed, traced))
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
