//! What is remembered of an environment beside our own promotions: which of its tips has been judged, and what came to it by
//! another road and still has a say.
//!
//! O1 A tip is judged once, against the tip before it; what was there when Greenlight first looked is never held against anybody.
//! O2 Our own move is never taken for somebody else's: its tip counts as judged from the moment that its outcome is recorded.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{EnvironmentName, Person, PullNumber, Sha};
use super::sighting::Found;
use super::snapshot::Commit;

/// What is remembered of one environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outside {
    pub environment: EnvironmentName,
    /// The tip that was judged last.
    pub tip: Sha,
    /// The tip that our own last move made.
    pub ours: Option<Sha>,
    /// The tip that somebody made by merging the promotion pull request.
    #[serde(default)]
    pub merge: Option<(Sha, Merged)>,
    /// What is said of that merge, until it is known to run.
    #[serde(default)]
    pub by_hand: Option<ByHand>,
    /// A tip that nothing explains yet, and since when: GitHub may tell of a merge later than of the push.
    pub unexplained: Option<(Sha, Timestamp)>,
    pub standing: Standing,
    /// What the promotion pull request tells of it.
    pub shown: Standing,
    /// What the checker found last.
    #[serde(default)]
    pub found: Option<Found>,
    /// What is still to be written on pull requests.
    pub to_tell: Vec<ToTell>,
}

/// What came by another road and still has a say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Changes that have to come back to mainline.
    pub hotfix: Option<Hotfix>,
    /// Who merged its promotion pull request although they may not promote: it is held until an owner says otherwise.
    pub merged_by: Option<Merged>,
    /// The pull request by which GitHub made a copy of what was to be joined.
    pub copies: Option<PullNumber>,
    /// The branch was set back by hand.
    pub set_back: bool,
    /// The checker found it where the ledger does not explain: it is held until an owner says otherwise.
    #[serde(default)]
    pub unexplained: Option<Found>,
}

/// Changes that appeared on an environment and that mainline does not have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hotfix {
    /// Oldest first.
    pub commits: Vec<Commit>,
    /// The pull request that brings them back to mainline.
    pub pull: Option<PullNumber>,
    /// Whether we opened it, so that its description is ours to keep true.
    pub ours: bool,
    /// Somebody closed it without merging it; it is left in peace.
    pub closed: bool,
    /// GitHub would not let us open it.
    pub refused: bool,
    /// The environment is held because of them, until they have landed or an owner says otherwise.
    pub held: bool,
}

/// A promotion pull request was merged by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Merged {
    /// `None` when the account is gone.
    pub by: Option<Person>,
    pub pull: PullNumber,
}

/// What is said on a promotion pull request that was merged by hand, but for how that goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ByHand {
    pub pull: PullNumber,
    /// The tip that the merge made.
    pub tip: Sha,
    pub text: String,
    /// By somebody who may not promote.
    pub refused: bool,
}

/// A description of a pull request of ours, to be written once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToTell {
    pub pull: PullNumber,
    pub body: String,
}

/// Why Greenlight itself holds an environment.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    ByHotfix(Hotfix),
    ByMerge(Merged),
    ByChecker(Found),
}

impl Outside {
    /// An environment that is seen for the first time.
    pub fn first_seen(environment: EnvironmentName, tip: Sha) -> Self {
        Self {
            environment,
            tip,
            ours: None,
            merge: None,
            by_hand: None,
            unexplained: None,
            standing: Standing::default(),
            shown: Standing::default(),
            found: None,
            to_tell: Vec::new(),
        }
    }

    /// Our own move from `before` to `tip`. Where something else came in between, the new tip is still to be judged.
    pub fn moved_by_us(&mut self, before: &Sha, tip: &Sha) {
        if self.tip == *before {
            self.tip = tip.clone();
            self.ours = Some(tip.clone());
            self.standing.set_back = false;
            // Joined by it, or it could not have been moved.
            self.standing.copies = None;
        }
    }
}

impl Outside {
    /// Our own rollback set the branch to `tip`, wherever it was.
    pub fn set_by_us(&mut self, tip: &Sha) {
        self.tip = tip.clone();
        self.ours = Some(tip.clone());
        self.unexplained = None;
        self.standing.set_back = false;
    }
}

impl Standing {
    /// Why Greenlight holds the environment, if it does.
    pub fn held(&self) -> Option<Held> {
        let hotfix = self.hotfix.clone().filter(|hotfix| hotfix.held).map(Held::ByHotfix);
        let merge = || self.merged_by.clone().map(Held::ByMerge);
        hotfix
            .or_else(merge)
            .or_else(|| self.unexplained.clone().map(Held::ByChecker))
    }

    /// An owner opened the environment again. What has to land still has to.
    pub fn open(&mut self) {
        self.merged_by = None;
        self.unexplained = None;
        if let Some(hotfix) = &mut self.hotfix {
            hotfix.held = false;
        }
    }
}
