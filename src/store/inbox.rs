//! Deliveries: as they arrive, as they are handed to a worker, and what can become of them.

use bytes::Bytes;
use jiff::Timestamp;

use crate::rules::id::{InstallationId, RepoId, RepoName};
use crate::rules::interpret::Urgency;

/// A delivery whose signature was found right, as it is to be kept.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// `X-GitHub-Delivery`; a redelivery keeps it.
    pub guid: String,
    /// `X-GitHub-Event`.
    pub event: String,
    /// The payload's `action`, where it has one.
    pub action: Option<String>,
    /// `None` for deliveries about the App itself.
    pub repo: Option<RepoId>,
    /// Where the repository is found, as the payload says.
    pub name: Option<RepoName>,
    pub installation: Option<InstallationId>,
    pub received_at: Timestamp,
    pub urgency: Urgency,
    /// The raw payload.
    pub body: Bytes,
    pub readable: Readable,
}

/// Whether a payload can be read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readable {
    Yes,
    /// Authentic, but no JSON we can read, and why. Kept as dead, for a person to look at.
    No(&'static str),
}

/// What became of a call to `receive`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    Stored,
    /// This GUID is known already; nothing was changed.
    SeenBefore,
}

/// A new delivery, as a worker gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDelivery {
    pub guid: String,
    pub event: String,
    pub action: Option<String>,
    pub installation: Option<InstallationId>,
    pub received_at: Timestamp,
    pub body: Vec<u8>,
}

/// What a look made of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Done,
    /// It says nothing that matters here, and why.
    Ignored(String),
    /// It cannot be worked on, and why; a person has to look.
    Dead(String),
}

/// As it is written in the database; in rising order.
pub(super) fn rank(urgency: Urgency) -> u8 {
    match urgency {
        Urgency::Patient => 0,
        Urgency::News => 1,
        Urgency::Word => 2,
    }
}
