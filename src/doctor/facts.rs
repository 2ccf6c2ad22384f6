//! What was read of an installation, before anybody judges it.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::github::{Hook, Installed, Registration, RuleSeen};

/// A fact, or why it is not known, for whoever reads the report.
pub type Known<T> = Result<T, String>;

/// Everything that the judgement looks at.
#[derive(Clone, Debug)]
pub struct Facts {
    /// An error here is about key, id, clock or network, and nothing else at GitHub was asked then.
    pub registration: Known<Registration>,
    pub hook: Known<Option<Hook>>,
    pub installed: Known<Vec<Installed>>,
    /// GitHub's newest attempts to deliver, newest first.
    pub attempts: Known<Vec<Attempt>>,
    /// Where people and GitHub reach Greenlight, as the settings say.
    pub public_url: Option<String>,
    /// Whether people can sign in to the pages.
    pub sign_in: bool,
    /// What the database is; an error is why it cannot be used.
    pub database: Known<String>,
    /// How long ago the private key's file was written, where it is a file.
    pub key_age: Option<SignedDuration>,
    /// The repository that was asked about.
    pub repository: Option<Known<RepositoryFacts>>,
}

/// An attempt to deliver, as GitHub's log has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What was answered; 0 where nothing was.
    pub status_code: i64,
}

/// One repository.
#[derive(Clone, Debug)]
pub struct RepositoryFacts {
    pub name: String,
    /// Whether an installation reaches it. Without one, nothing else is known.
    pub is_installed: bool,
    pub is_archived: bool,
    /// `Err`: the mistakes in its configuration, in words. `Ok(false)`: it has none.
    pub configuration: Known<bool>,
    pub owners: Vec<OwnerSeen>,
    pub stages: Vec<StageFacts>,
    /// How pull requests may be merged there, in GitHub's words; empty where GitHub does not tell.
    pub merge_methods: BTreeSet<&'static str>,
    /// How the configuration wants features to be merged, if it says so.
    pub merge_method: Option<&'static str>,
}

/// Somebody whom the configuration names as an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerSeen {
    /// `anna`, or `harbour/product`.
    pub name: String,
    pub is_team: bool,
    pub is_known: Known<bool>,
}

/// One environment.
#[derive(Clone, Debug)]
pub struct StageFacts {
    pub name: String,
    pub branch: String,
    pub exists: bool,
    /// Rules of the branch.
    pub rules: Known<Vec<RuleSeen>>,
    /// Checks that have to pass and that nothing has reported on the newest commit of the stage before.
    pub never_seen: Known<Vec<String>>,
}
