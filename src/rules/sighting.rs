//! What the checker has seen of the environments' branches. It judges by itself (see `checker`); here is only what it
//! remembers, and what it tells the rules.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::EnvironmentName;

/// What was seen of one environment's branch, and what was made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    pub environment: EnvironmentName,
    pub branch: String,
    /// The last commit that is not in question: where it was first seen, explained, or told and held.
    pub settled: String,
    /// A commit that nothing explains yet, and since when it has been seen.
    pub unexplained: Option<(String, Timestamp)>,
    /// What was found wrong last, while the branch is still there.
    pub found: Option<Found>,
}

/// An environment's branch is where no line of the ledger says that it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Where it was before, as far as the checker knows.
    pub before: String,
    pub head: String,
    pub at: Timestamp,
}
