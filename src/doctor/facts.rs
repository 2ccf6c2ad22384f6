//! What was read of an installation, before anybody judges it.

use jiff::SignedDuration;

use crate::github::{Hook, Installed, Registration};
use crate::rules::soundness::{Known, RepositoryFacts};

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
