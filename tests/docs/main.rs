//! What the documentation shows is true. Every block of every page is of a kind that is held to something (`blocks`); every command of
//! ours is run, by the real program beside a served one; every example of a configuration is judged by `greenlight check`; every
//! word that people are told to type is understood; every address is served, every setting exists, every link leads somewhere.
//!
//! What cannot be run here (other people's programs) stands in tables with what is held of it instead. A block, a line or a word
//! that nobody knows fails.

#[path = "../support/canary.rs"]
mod canary;
#[path = "../support/contract/mod.rs"]
mod contract;
#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../support/process.rs"]
mod process;
#[path = "../story/world.rs"]
#[allow(dead_code, reason = "the stories ask for more of it")]
mod world;

mod blocks;
mod commands;
mod configuration;
mod database;
mod deploying;
mod links;
mod page;
mod programs;
mod settings;
mod told;

use std::path::Path;

/// The top folder of the repository.
fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = top().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
