//! What developers are told of a rollback: an owner took something away, and it is theirs to mend.
//!
//! V1 Of one rollback they are told once.
//! V2 Nothing about it ever stops or undoes a rollback.
//! V3 An issue that somebody closed, or deleted, is theirs: it is neither opened again nor written to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::effect::Refusal;
use super::id::{EnvironmentName, IssueNumber, Person, PullNumber, RequestId, Sha};
use super::rollback::{Failure, Goal, Rollback, TakenBack};
use super::stretch::Cargo;

/// What is told of one rollback; kept until what was taken away has come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Telling {
    /// The tip that had all of it, and where the environment is now.
    pub bad: Sha,
    pub back_to: Goal,
    pub at: Timestamp,
    /// Who said so, or who had promoted what failed.
    pub by: Person,
    /// It went back without anybody's word.
    pub by_itself: bool,
    /// Its deployment had failed.
    pub failure: Option<Failure>,
    pub taken_away: Cargo,
    /// The command whose answer says where developers are told.
    pub request: RequestId,
    pub command: usize,
    /// Where that was said, as far as it is known.
    pub said_on: Option<PullNumber>,
    pub standing: Standing,
    /// The answer says so.
    pub told: bool,
}

/// How far it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Standing {
    Wanted,
    Opened { issue: IssueNumber },
    Refused(Refusal),
}

impl Telling {
    /// By what it is known on GitHub, in a hidden marker.
    pub fn mark(&self, environment: &EnvironmentName) -> String {
        format!("{environment} {} {}", self.bad, self.at.as_second())
    }

    /// The issue that tells it.
    pub fn issue(&self) -> Option<IssueNumber> {
        match self.standing {
            Standing::Opened { issue } => Some(issue),
            _ => None,
        }
    }

    /// Whether it is of the rollback that made this mark.
    pub fn is_of(&self, taken_back: &TakenBack) -> bool {
        self.bad == taken_back.bad && self.at == taken_back.at
    }

    /// Whether it is of this rollback.
    pub fn is_about(&self, rollback: &Rollback) -> bool {
        self.bad == rollback.from && (self.request, self.command) == (rollback.request, rollback.command)
    }
}
