//! The whole program in a world made from one seed: the real rules, worker, store and client against the simulated GitHub,
//! people who do anything, days on which anything goes wrong; and afterwards, whether every promise was kept.
//!
//! No sockets, no wall clock, no chance but the seed's: a seed that breaks a promise breaks it every time, and one command
//! shows it. Replicas are not threads: each stands at a gate (`gate`) until the driver (`drive`) lets it on, so leases run out,
//! processes die and people act between any two requests, by the seed.

mod dice;
mod disk;
mod drive;
mod forge;
mod gate;
mod mood;
mod people;
mod plots;
mod promises;
mod setup;
mod sky;
mod tally;
mod trouble;
mod wire;

use std::path::{Path, PathBuf};

pub use drive::RunError;
pub use promises::{Broken, Promise};
pub use tally::Tally;

use crate::store::{SqliteStore, Store};

/// A place for the databases of many runs, and the empty one that each begins with.
pub struct Ground {
    folder: PathBuf,
    template: PathBuf,
}

/// How one seed went.
pub struct Outcome {
    pub seed: u64,
    pub tally: Tally,
    pub broken: Vec<Broken>,
    /// What happened, where it was asked for.
    pub trace: Vec<String>,
}

impl Ground {
    /// Prepares a folder of its own in `/dev/shm`, where there is one: what a disk does is not what is simulated.
    ///
    /// # Errors
    /// [`RunError`] if there is no room for it.
    pub async fn prepare() -> Result<Self, RunError> {
        let memory = Path::new("/dev/shm");
        let parent = match memory.is_dir() {
            true => memory.to_owned(),
            false => std::env::temp_dir(),
        };
        let folder = parent.join(format!("greenlight-simulate-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let template = folder.join("template.db");
        let store = SqliteStore::open(&template).await?;
        store.close().await;
        Ok(Self { folder, template })
    }

    /// Runs one seed. Has to be called on a runtime of one thread, for nothing else may happen meanwhile.
    ///
    /// # Errors
    /// [`RunError`]: nothing was learned.
    pub async fn run(&self, seed: u64, traced: bool) -> Result<Outcome, RunError> {
        let folder = self.folder.join(seed.to_string());
        std::fs::create_dir_all(&folder)?;
        let ended = drive::run(seed, &self.template, &folder, traced).await;
        std::fs::remove_dir_all(&folder)?;
        let ended = ended?;
        Ok(Outcome {
            seed,
            tally: ended.tally,
            broken: ended.broken,
            trace: ended.trace,
        })
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        // Left behind it does no harm: the next one has another name.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}
