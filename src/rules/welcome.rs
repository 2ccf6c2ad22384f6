//! The welcome: the one pull request that proposes a configuration to a repository on which the App was just installed.
//!
//! W1 Until a configuration is there, nothing happens in the repository but this pull request, and answers to who asks.
//! W2 There is never a second one: an open one stands, a closed one is a no, and either is found on GitHub by its branch.
//! W3 Whatever was found, the proposed file is read by our own parser as what was meant.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::effect::Refusal;
use super::id::{BranchName, Login, PullNumber, Sha, TeamName};
use super::memory::Memory;
use super::snapshot::{Found, Pull};

mod file;

pub use file::{File, LISTED_CHECKS_MAX, proposed};

/// The branch of the pull request. Without a slash, so that no branch `greenlight` stands in its way.
pub const BRANCH: &str = "greenlight-welcome";

/// A refusal may be over once somebody has granted what was missing; more often than this it is not tried.
pub const TRY_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What is remembered of the welcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    pub standing: Standing,
    /// The commit that has the proposed file; `None` where its making was not seen.
    #[serde(default)]
    pub commit: Option<Sha>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Open {
        pull: PullNumber,
    },
    Merged {
        pull: PullNumber,
    },
    /// Closed without being merged, which is a no.
    Closed {
        pull: PullNumber,
    },
    /// GitHub did not let us open it, at that time.
    Refused {
        refusal: Refusal,
        at: Timestamp,
    },
}

impl Standing {
    /// How this pull request of ours stands.
    pub fn of(pull: &Pull) -> Self {
        let number = pull.number;
        match (pull.open, pull.merged) {
            (true, _) => Self::Open { pull: number },
            (false, true) => Self::Merged { pull: number },
            (false, false) => Self::Closed { pull: number },
        }
    }

    /// Its number, once it was opened.
    pub fn pull(&self) -> Option<PullNumber> {
        match self {
            Self::Open { pull } | Self::Merged { pull } | Self::Closed { pull } => Some(*pull),
            Self::Refused { .. } => None,
        }
    }
}

/// Whether Greenlight has been at work here before: who then takes the file away goes on with the defaults.
pub fn is_in_use(memory: &Memory) -> bool {
    !(memory.gaps.is_empty()
        && memory.cards.is_empty()
        && memory.armed.is_empty()
        && memory.holds.is_empty()
        && memory.ways_back.is_empty())
}

/// What a repository looks like to somebody who sees it for the first time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surroundings {
    pub branches: Vec<BranchName>,
    /// What was reported on the newest commits of the default branch, by name.
    pub checks: Vec<SeenCheck>,
    /// The newest commits on which anything was reported.
    pub commits: usize,
    /// Who may maintain or administer the repository.
    pub people: Option<Found<Vec<Login>>>,
    /// The teams of the organisation; `None` for a person's repository.
    pub teams: Option<Found<Vec<TeamName>>>,
}

/// The name of a check, and where it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenCheck {
    pub name: String,
    /// The App that reports it, where GitHub tells.
    pub app: Option<String>,
    /// On how many of those commits.
    pub on: usize,
}

/// The branches that are environments, as their names tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stages {
    /// In pipeline order.
    pub taken: Vec<Candidate>,
    /// Could be environments, too.
    pub others: Vec<BranchName>,
    /// Usual environments that have no branch.
    pub missing: Vec<&'static str>,
}

/// A branch that is taken for an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Of the environment.
    pub name: String,
    pub branch: BranchName,
}

/// Names by which environments usually go, in pipeline order; of each row one branch is taken, the first that is there.
const USUAL: [&[&str]; 4] = [
    &["test", "testing", "qa", "uat"],
    &["staging", "stage", "preprod", "pre-production", "preproduction"],
    &["release"],
    &["production", "prod", "live"],
];

/// These may be environments, or where features are merged before they come to the default branch.
const UNCLEAR: [&str; 3] = ["develop", "development", "dev"];

/// Where the default branch is another one, these are mostly what runs in production.
const TRUNKS: [&str; 2] = ["main", "master"];

/// Picks the branches that are environments.
pub fn stages(branches: &[BranchName], mainline: &BranchName) -> Stages {
    let called = |name: &str| {
        let is_it = |branch: &&BranchName| *branch != mainline && branch.as_str().eq_ignore_ascii_case(name);
        branches.iter().find(is_it)
    };
    let mut stages = Stages::default();
    for row in USUAL {
        let mut there = row.iter().filter_map(|name| Some((*name, called(name)?)));
        if let Some((name, branch)) = there.next() {
            stages.taken.push(Candidate {
                name: name.to_owned(),
                branch: branch.clone(),
            });
        }
        stages.others.extend(there.map(|(_, branch)| branch.clone()));
    }
    let has = |stages: &Stages, row: &[&str]| stages.taken.iter().any(|one| row.contains(&one.name.as_str()));
    if !has(&stages, USUAL[3])
        && !TRUNKS.contains(&mainline.as_str())
        && let Some(trunk) = TRUNKS.iter().find_map(|name| called(name))
    {
        stages.taken.push(Candidate {
            name: "production".to_owned(),
            branch: trunk.clone(),
        });
    }
    // An environment and mainline cannot have one name, whatever their branches are called.
    stages.taken.retain(|one| one.name != mainline.as_str());
    stages
        .others
        .extend(UNCLEAR.iter().filter_map(|name| called(name)).cloned());
    let usual = [("staging", USUAL[1]), ("production", USUAL[3])];
    let missing = usual
        .iter()
        .filter(|(name, row)| !has(&stages, row) && *name != mainline.as_str());
    let missing = missing.map(|(name, _)| *name);
    stages.missing = missing.collect();
    stages
}
