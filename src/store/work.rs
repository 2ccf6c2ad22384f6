//! Work: the right to look at one repository for a while, and how much of it there is.

use jiff::Timestamp;

use crate::rules::id::{InstallationId, RepoId, RepoName};

/// The right to look at one repository, alone, until the lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub repo: RepoId,
    /// `None` for the App itself, and where no delivery named one yet.
    pub installation: Option<InstallationId>,
    /// Where the repository was last found; `None` for the App itself.
    pub name: Option<RepoName>,
    /// Rises with every claim of this repository; writes with an older one are refused.
    pub fence: i64,
    /// Counted failures since the last success.
    pub attempts: u32,
    /// Look at everything, not only at what was heard: the first look, or the sweep's.
    pub everything: bool,
    /// As of the claim; `renew` returns later ones.
    pub lease_until: Timestamp,
    /// The newest delivery there was when the claim was made: `give_up` spares what came later.
    pub newest: i64,
    /// Whether its last holder was not heard of until its lease ran out.
    pub taken_over: bool,
}

/// How much there is of everything, in rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Deliveries that wait for a worker.
    pub new: u64,
    /// Deliveries that a person has to look at.
    pub dead: u64,
    /// Repositories that could be claimed now.
    pub due: u64,
    /// Repositories that have a holder.
    pub leased: u64,
    /// Repositories that are tried again later, after an error.
    pub postponed: u64,
    /// Repositories that were given up until something new comes.
    pub parked: u64,
    /// When the oldest delivery arrived that still waits.
    pub oldest_new_at: Option<Timestamp>,
}
