//! The real binary in a storm: people go on working while its processes are killed, frozen past their leases, and their
//! database server is restarted. Afterwards GitHub's history and the database are asked what became of it all.
//!
//! `./storm --kills 1000 --seed 7` makes it longer. One seed decides who is killed and when, and what people do; how far the
//! processes had come by then, the machine decides.

mod balance;
#[path = "../support/canary.rs"]
mod canary;
mod chance;
#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../support/process.rs"]
mod process;
mod storm;
mod town;
mod verdict;

use storm::{Engine, Storm};

/// Of each engine; together a hundred.
const KILLS: u32 = 50;
const SEED: u64 = 5;

fn setting<T: std::str::FromStr>(name: &str, default: T) -> T {
    let Ok(text) = std::env::var(name) else {
        return default;
    };
    text.parse()
        .unwrap_or_else(|_| panic!("{name} is not a number: {text}"))
}

async fn survives(engine: Engine, replicas: usize) {
    let (kills, seed) = (setting("STORM_KILLS", KILLS), setting("STORM_SEED", SEED));
    let mut storm = Storm::gathers(engine, replicas, seed).await;
    storm.rages(kills).await;
    storm.calms().await;
    let figures = storm.verdict().await;
    println!("{figures}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_on_sqlite_loses_nothing_and_does_nothing_twice() {
    survives(Engine::sqlite(), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_replicas_on_postgresql_lose_nothing_and_do_nothing_twice() {
    survives(Engine::postgres().await, 3).await;
}
