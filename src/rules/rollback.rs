//! The way back: what is remembered of an environment that is taken back to what ran there before.
//!
//! B1 Of one environment at most one rollback is under way, and it is on disk before the branch is moved.
//! B2 What was taken away stays marked until it has come back, at a word that named it or by another road.
//!
//! Accepted: of more than a hundred things that are taken away at once, the earliest are a number, and no word has to name them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::developers::Telling;
use super::effect::Refusal;
use super::id::{BranchName, EnvironmentName, IssueNumber, Person, PullNumber, RequestId, Sha};
use super::stay;
use super::stretch::{Cargo, Item};

/// What is remembered of one environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WayBack {
    pub environment: EnvironmentName,
    pub under_way: Option<Rollback>,
    /// What was taken away and has not come back, oldest first.
    pub taken_back: Vec<TakenBack>,
    /// The mark of the newest stay whose deployment failed and of which it was decided whether it goes back by itself.
    #[serde(default)]
    pub judged_failure: Option<String>,
    /// What developers are told of what was taken away, oldest first.
    #[serde(default)]
    pub tellings: Vec<Telling>,
}

/// A rollback from the word until its deployment has come to an end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollback {
    /// Who said so, or who had promoted what failed.
    pub by: Person,
    /// It goes by itself, because a deployment failed.
    #[serde(default)]
    pub failure: Option<Failure>,
    /// The request it came from, and which of its commands: its answer tells how it goes on.
    pub request: RequestId,
    pub command: usize,
    pub branch: BranchName,
    /// Where the branch was when this was decided: it is moved from there, or not at all.
    pub from: Sha,
    pub to: Goal,
    pub taken_away: Cargo,
    pub brought_back: Cargo,
    /// So long the environment is to be held afterwards.
    pub held_until: Timestamp,
    pub decided_at: Timestamp,
    #[serde(default)]
    pub way: Way,
    pub progress: Progress,
}

/// How the branch comes to have what it goes back to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Way {
    /// It is set back to that commit.
    #[default]
    SetBack,
    /// It goes forward, by a commit of ours that has the tree of that commit.
    OnTop {
        /// That commit of ours, once it was made.
        commit: Option<Sha>,
    },
}

/// A commit of ours that has the tree of an earlier one. Or a commit that says, in git's own words, that it undoes such a one.
///
/// What it takes away stays behind it: whoever asks only what can be reached would believe it to be there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revert {
    /// Where that happened.
    pub environment: EnvironmentName,
    /// Whose tree it has; `None` where somebody else made it.
    pub to: Option<Sha>,
    /// What the commit before it has, and it has not.
    pub away: Vec<Item>,
    /// What it has, and the commit before it has not.
    pub back: Vec<Item>,
    pub at: Timestamp,
}

/// What the ledger says of a rollback that nobody asked for.
pub const BY_ITSELF: &str = "its deployment failed, so the branch was set back to what ran there before";

/// The deployment of what was promoted failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Where a person sees more. Somebody else's text.
    pub log: Option<String>,
}

/// Where it goes back to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    pub commit: Sha,
    /// When that was known to run there.
    pub ran_since: Timestamp,
    /// What came with it last, where that is known.
    pub known_as: Option<Item>,
}

/// How far a rollback has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Progress {
    /// The branch is about to be moved.
    Waiting,
    /// GitHub refused; it remains to be told.
    Refused(Refusal),
    /// The branch was moved; what follows from that remains to be done.
    Moved,
    /// All of that is done, and this was said of its deployment.
    Done { told: stay::State },
}

/// What an environment had, and has not any more because it was taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakenBack {
    pub cargo: Cargo,
    /// The tip that had all of it, and the one that the branch went back to.
    pub bad: Sha,
    pub back_to: Sha,
    /// `None`: Greenlight by itself, because a deployment failed.
    pub by: Option<Person>,
    pub at: Timestamp,
    pub request: RequestId,
    /// The branch's tip at which it was last seen to be away.
    pub away_at: Sha,
    /// The commit that took it away, where that lies on top of it: the branch still contains it, and no promotion brings it.
    #[serde(default)]
    pub undone_by: Option<Sha>,
    /// The issue by which developers are told.
    #[serde(default)]
    pub told_in: Option<IssueNumber>,
}

/// A hold that a rollback made; it is told by the rollback's own answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct After {
    /// `None`: Greenlight by itself, because a deployment failed.
    pub by: Option<Person>,
    pub taken_away: Cargo,
    pub brought_back: Cargo,
}

impl Rollback {
    /// At whose word; `None`: by itself.
    pub fn at_the_word_of(&self) -> Option<&Person> {
        Some(&self.by).filter(|_| self.failure.is_none())
    }

    /// Where the branch is once it went back; `None` while the commit for that is still to be made.
    pub fn tip(&self) -> Option<&Sha> {
        match &self.way {
            Way::SetBack => Some(&self.to.commit),
            Way::OnTop { commit } => commit.as_ref(),
        }
    }

    /// The commit on top that takes it away.
    pub fn on_top(&self) -> Option<&Sha> {
        match &self.way {
            Way::SetBack => None,
            Way::OnTop { commit } => commit.as_ref(),
        }
    }
}

impl Revert {
    /// Whether it takes this feature away (yes), brings it back (no), or neither.
    pub fn takes_away(&self, feature: PullNumber) -> Option<bool> {
        let has = |items: &[Item]| items.iter().any(|item| item.is_feature(feature));
        match (has(&self.away), has(&self.back)) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }
}

impl WayBack {
    pub fn new(environment: EnvironmentName) -> Self {
        Self {
            environment,
            under_way: None,
            taken_back: Vec::new(),
            judged_failure: None,
            tellings: Vec::new(),
        }
    }

    /// Whether the branch is about to be moved back: nothing else may move it meanwhile.
    pub fn is_about_to_move(&self) -> bool {
        self.under_way
            .as_ref()
            .is_some_and(|rollback| matches!(rollback.progress, Progress::Waiting | Progress::Moved))
    }

    /// Whether this command waits for what becomes of the rollback.
    pub fn waits_for(&self, request: RequestId, command: usize) -> bool {
        let is_it = |found: &Rollback| found.request == request && found.command == command;
        self.under_way.as_ref().is_some_and(is_it)
    }

    /// Whether something of what this tells is still away.
    pub fn is_away(&self, telling: &Telling) -> bool {
        self.taken_back.iter().any(|mark| telling.is_of(mark))
    }

    /// With what is told of a rollback, in place of what was.
    pub fn with_telling(&self, telling: Telling) -> Self {
        let mark = telling.mark(&self.environment);
        let mut next = self.clone();
        if let Some(mark) = next.taken_back.iter_mut().find(|mark| telling.is_of(mark)) {
            mark.told_in = telling.issue();
        }
        match next
            .tellings
            .iter_mut()
            .find(|known| known.mark(&self.environment) == mark)
        {
            Some(known) => *known = telling,
            None => next.tellings.push(telling),
        }
        next
    }

    /// Nothing is left to be told of that rollback.
    pub fn without_telling(&self, telling: &Telling) -> Self {
        let mut next = self.clone();
        next.tellings
            .retain(|known| known.mark(&self.environment) != telling.mark(&self.environment));
        next
    }

    /// The marks that say that this feature was taken away.
    pub fn mark_of(&self, feature: PullNumber) -> Option<&TakenBack> {
        let is_of_it = |mark: &&TakenBack| mark.cargo.items.iter().any(|item| item.is_feature(feature));
        self.taken_back.iter().rfind(is_of_it)
    }

    /// What of this was taken away.
    pub fn among(&self, cargo: &Cargo) -> Vec<Again> {
        let marks = self.taken_back.iter();
        let again = marks.map(|mark| Again {
            mark: mark.clone(),
            items: cargo.both(&mark.cargo).items,
        });
        again.filter(|again| !again.items.is_empty()).collect()
    }

    /// This has come back.
    pub fn without(&self, cargo: &Cargo) -> Self {
        let marks = self.taken_back.iter().map(|mark| TakenBack {
            cargo: mark.cargo.except(cargo),
            ..mark.clone()
        });
        Self {
            taken_back: marks.filter(|mark| !mark.cargo.items.is_empty()).collect(),
            ..self.clone()
        }
    }
}

/// What a promotion would bring again, of one rollback.
#[derive(Clone, Debug, PartialEq)]
pub struct Again {
    pub mark: TakenBack,
    /// Never empty.
    pub items: Vec<Item>,
}

impl Cargo {
    /// The things of this that are in `other` as well.
    pub fn both(&self, other: &Self) -> Self {
        let items = self.items.iter().filter(|item| other.has(item));
        Self::of(items.cloned().collect())
    }

    /// The things of this that are not in `other`.
    pub fn except(&self, other: &Self) -> Self {
        let items = self.items.iter().filter(|item| !other.has(item));
        Self {
            items: items.cloned().collect(),
            ..self.clone()
        }
    }

    /// What this brings, and these; nothing goes away with it.
    pub fn and(&self, more: &[Item]) -> Self {
        let more = more.iter().filter(|item| !self.has(item));
        Self {
            items: self.items.iter().chain(more).cloned().collect(),
            earlier: self.earlier,
            takes_away: Vec::new(),
        }
    }

    fn has(&self, wanted: &Item) -> bool {
        self.items.iter().any(|own| own.is_same(wanted))
    }
}

impl Item {
    /// Whether it is this feature.
    pub fn is_feature(&self, number: PullNumber) -> bool {
        matches!(self, Self::Feature(found) if found.number == number)
    }

    /// Whether it is the same thing, whatever it is called by now.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Feature(one), Self::Feature(other)) => one.number == other.number,
            (Self::Direct(one), Self::Direct(other)) => one.sha == other.sha,
            _ => false,
        }
    }
}
