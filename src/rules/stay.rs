//! What runs where: each environment's stays, which are the commits that its branch was at, one after the other.
//!
//! S1 A stay begins when its environment's branch was seen to have moved, or at the first look; it is never rewritten.
//! S2 A commit counts as running only where the repository tells so, by the environment's `deployed_when`.
//! S3 Only the newest stay still changes. Those before it keep what was last known of them: where they ran, and since when.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::deployment;
use super::effect::Refusal;
use super::id::{DeploymentId, EnvironmentName, Person, PullNumber, RequestId, Sha};
use super::memory::Armed;

/// Stays kept of one environment: months of promotions, and as far back as anybody would want to go.
pub const STAYS_MAX: usize = 50;

/// GitHub's clock and ours may differ by this much.
const CLOCKS_APART_MAX: SignedDuration = SignedDuration::from_mins(1);

/// What was seen in one environment, oldest first and never empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stays {
    pub environment: EnvironmentName,
    pub stays: Vec<Stay>,
    /// It was told that GitHub does not let us note deployments here.
    #[serde(default)]
    pub told_refused: bool,
}

/// The environment's branch is, or was, at this commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stay {
    pub commit: Sha,
    /// When it was seen to have moved there; with the commit it makes the stay's mark.
    pub moved_at: Timestamp,
    pub moved_by: MovedBy,
    pub state: State,
    /// GitHub's note of it.
    pub note: Note,
    /// How it is known whether it runs.
    #[serde(default)]
    pub known_by: KnownBy,
    /// GitHub was asked how it stands, once at least.
    #[serde(default)]
    pub looked: bool,
    /// The promotion whose answer follows it until it runs.
    #[serde(default)]
    pub following: Option<Box<Armed>>,
    /// That answer says that we may not note deployments.
    #[serde(default)]
    pub says_refused: bool,
}

/// What tells whether a commit runs, as `deployed_when` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KnownBy {
    #[default]
    Push,
    Deployment,
    Checks,
}

/// A commit is on an environment's branch, and is not known to run there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnderWay {
    pub environment: EnvironmentName,
    pub how: How,
}

/// Why a commit is not known to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum How {
    /// Nobody has told of a deployment of it.
    NotHeard,
    /// The App may not read deployments.
    Unreadable,
    Deploying,
    Failed {
        /// Somebody else's text.
        log: Option<String>,
    },
}

/// By which road a commit came to an environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MovedBy {
    /// A promotion of ours, at this person's word.
    Promotion {
        by: Person,
        request: RequestId,
        command: usize,
    },
    /// The promotion pull request was merged with GitHub's own button; `by` is `None` when the account is gone.
    Merge { by: Option<Person>, pull: PullNumber },
    /// A rollback of ours.
    Rollback {
        by: Person,
        request: RequestId,
        command: usize,
    },
    /// Another road: a push, a branch set back.
    Other,
    /// It was there when Greenlight first looked.
    FoundThere,
}

/// Whether it runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum State {
    /// The branch is there; nothing is known of a deployment yet.
    Moved,
    Deploying,
    Running {
        since: Timestamp,
    },
    /// Its deployment failed. A later run of it may still succeed.
    Failed {
        at: Timestamp,
        /// Where a person sees more. Somebody else's text.
        log: Option<String>,
    },
}

/// The GitHub deployment of a stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Note {
    /// Still to be found or made.
    Wanted,
    /// We made it, and last reported this on it.
    Ours {
        id: DeploymentId,
        told: Option<deployment::State>,
    },
    /// Somebody else makes the deployments of this environment, and made this one.
    /// `retire`: the one that we had made before theirs came, until it is set inactive.
    Theirs {
        id: DeploymentId,
        retire: Option<DeploymentId>,
    },
    /// There is none, and none is wanted.
    Nothing,
    /// GitHub would not take one from us; not tried again.
    Refused {
        /// Because the App lacks the permission.
        permission: bool,
    },
}

impl Stays {
    /// The newest: what the branch is at now, as far as was seen.
    pub fn newest(&self) -> Option<&Stay> {
        self.stays.last()
    }

    /// Whether a deployment of the newest stay's commit that was made then can be of this stay: one from before the stay
    /// before it began was of an earlier stay of the same commit.
    pub fn may_be_of_newest(&self, created_at: Timestamp) -> bool {
        let before = self.stays.len().checked_sub(2).and_then(|at| self.stays.get(at));
        before.is_none_or(|before| created_at >= before.moved_at - CLOCKS_APART_MAX)
    }

    /// What keeps the newest from being known to run.
    pub fn under_way(&self) -> Option<UnderWay> {
        Some(UnderWay {
            environment: self.environment.clone(),
            how: self.newest()?.how()?,
        })
    }

    /// With one more stay, and no more of them than are kept.
    pub fn with(known: Option<&Self>, environment: &EnvironmentName, stay: Stay) -> Self {
        let mut stays = known.map(|known| known.stays.clone()).unwrap_or_default();
        stays.push(stay);
        let excess = stays.len().saturating_sub(STAYS_MAX);
        stays.drain(..excess);
        Self {
            environment: environment.clone(),
            stays,
            told_refused: known.is_some_and(|known| known.told_refused),
        }
    }

    /// With the newest stay changed.
    pub fn with_newest(&self, change: impl FnOnce(&mut Stay)) -> Self {
        let mut next = self.clone();
        if let Some(newest) = next.stays.last_mut() {
            change(newest);
        }
        next
    }
}

impl Note {
    /// This was reported on that deployment of ours.
    pub fn told(&mut self, deployment: DeploymentId, state: deployment::State) {
        match self {
            Self::Ours { id, told } if *id == deployment => *told = Some(state),
            Self::Theirs { retire, .. } if *retire == Some(deployment) => *retire = None,
            _ => {}
        }
    }

    /// GitHub would not take it, for this reason.
    pub fn refused(refusal: &Refusal) -> Self {
        Self::Refused {
            permission: matches!(refusal, Refusal::PermissionMissing { .. }),
        }
    }
}

impl Stay {
    /// By what its deployment is found again: no other stay of its environment has both the same.
    pub fn mark(&self) -> String {
        format!("{}-{}", self.moved_at.as_millisecond(), self.commit)
    }

    /// Whether it runs, or ran before another took its place.
    pub fn has_run(&self) -> bool {
        matches!(self.state, State::Running { .. })
    }

    /// Why it is not known to run; `None` where it runs or ran.
    pub fn how(&self) -> Option<How> {
        match &self.state {
            State::Running { .. } => None,
            State::Deploying => Some(How::Deploying),
            State::Failed { log, .. } => Some(How::Failed { log: log.clone() }),
            State::Moved
                if self.known_by == KnownBy::Deployment && self.note == (Note::Refused { permission: true }) =>
            {
                Some(How::Unreadable)
            }
            State::Moved => Some(How::NotHeard),
        }
    }
}
