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
use super::stretch::{Cargo, Item};

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
    /// The commit on top that takes it away, where the branch has merges of its own.
    #[serde(default)]
    pub on_top: Option<Sha>,
    /// The command whose answer says where developers are told.
    pub request: RequestId,
    pub command: usize,
    /// Where that was said, as far as it is known.
    pub said_on: Option<PullNumber>,
    pub standing: Standing,
    /// The answer says so.
    pub told: bool,
    /// Pull requests that revert it were wanted, rather than an issue.
    #[serde(default)]
    pub by_reverts: bool,
    /// Those to be opened, one for each feature, the newest first.
    #[serde(default)]
    pub reverts: Vec<Revert>,
}

/// A pull request that takes a feature out of the default branch again. People merge it, or do not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revert {
    pub feature: PullNumber,
    pub standing: Reverting,
}

/// How far that has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reverting {
    Wanted,
    Opened { pull: PullNumber },
    Refused(Refusal),
}

/// More features than this are told by an issue: nobody wants a dozen pull requests by one word.
pub const REVERTS_MAX: usize = 10;

impl Revert {
    /// One for each feature of this, the newest first; none where there are too many.
    pub fn of(taken_away: &Cargo) -> Vec<Self> {
        let features = taken_away.items.iter().rev().filter_map(|item| match item {
            Item::Feature(feature) => Some(feature.number),
            Item::Direct(_) => None,
        });
        let wanted: Vec<Self> = features
            .map(|feature| Self {
                feature,
                standing: Reverting::Wanted,
            })
            .collect();
        if wanted.len() + taken_away.earlier > REVERTS_MAX {
            return Vec::new();
        }
        wanted
    }
}

/// How far it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Standing {
    Wanted,
    Opened {
        issue: IssueNumber,
    },
    /// All of it by pull requests.
    Reverted,
    Refused(Refusal),
}

impl Telling {
    /// With this of one of its reverts.
    pub fn with_revert(&self, feature: PullNumber, standing: Reverting) -> Self {
        let mut next = self.clone();
        for revert in next.reverts.iter_mut().filter(|revert| revert.feature == feature) {
            revert.standing = standing.clone();
        }
        next
    }

    /// Whether nothing of it is left for an issue.
    pub fn is_all_reverted(&self) -> bool {
        let is_open = |revert: &Revert| matches!(revert.standing, Reverting::Opened { .. });
        !self.reverts.is_empty() && self.reverts.len() == self.taken_away.len() && self.reverts.iter().all(is_open)
    }

    /// By what the pull request that reverts this feature is known on GitHub.
    pub fn mark_of_revert(&self, environment: &EnvironmentName, feature: PullNumber) -> String {
        format!("{} #{feature}", self.mark(environment))
    }

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
