//! Whether a repository is set up as Greenlight needs it: what is asked of GitHub for that, what was seen, and the form of what is found.
//! `words::soundness` judges and says it; `greenlight doctor` asks for itself and has the same judged.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::checks::{Checks, Required, Source, judge};
use super::config::{Config, Environment, Owner};
use super::id::{BranchName, TeamName};
use super::snapshot::Found;

/// A fact, or why it is not known, for whoever reads of it.
pub type Known<T> = Result<T, String>;

/// One thing that is asked of GitHub for this alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What the App may do and hears here.
    Grant,
    /// The rules of this branch that stand in rulesets.
    Rulesets(BranchName),
    /// Whether there is an account of this name.
    Account(String),
    /// Whether the App sees who is in this team.
    Team(TeamName),
}

/// What a part was answered with.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Grant(Found<Grant>),
    Rulesets(BranchName, Found<Vec<RuleSeen>>),
    Account(String, bool),
    Team(TeamName, Found<()>),
}

/// All that was answered in a look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    pub grant: Option<Found<Grant>>,
    pub rulesets: BTreeMap<BranchName, Found<Vec<RuleSeen>>>,
    pub accounts: BTreeMap<String, bool>,
    pub teams: BTreeMap<TeamName, Found<()>>,
}

impl Seen {
    pub fn knows(&self, part: &Part) -> bool {
        match part {
            Part::Grant => self.grant.is_some(),
            Part::Rulesets(branch) => self.rulesets.contains_key(branch),
            Part::Account(login) => self.accounts.contains_key(login),
            Part::Team(team) => self.teams.contains_key(team),
        }
    }

    pub fn put(&mut self, answer: Answer) {
        match answer {
            Answer::Grant(grant) => self.grant = Some(grant),
            Answer::Rulesets(branch, rules) => drop(self.rulesets.insert(branch, rules)),
            Answer::Account(login, is_there) => drop(self.accounts.insert(login, is_there)),
            Answer::Team(team, found) => drop(self.teams.insert(team, found)),
        }
    }
}

/// What an installation was granted, in GitHub's words: less than the App asks for until an owner of the account accepts it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// `read`, `write` or `admin`, by name.
    pub permissions: BTreeMap<String, String>,
    pub events: BTreeSet<String>,
}

impl Grant {
    pub fn covers(&self, permission: &str, wanted: &str) -> bool {
        covers(self.permissions.get(permission), wanted)
    }
}

/// Whether one level of a permission includes another.
pub fn covers(granted: Option<&String>, wanted: &str) -> bool {
    match granted.map(String::as_str) {
        Some("admin" | "write") => true,
        Some("read") => wanted == "read",
        _ => false,
    }
}

/// One rule of a branch that stands in a ruleset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSeen {
    /// GitHub's name for it: `update`, `non_fast_forward`, …
    pub kind: String,
    /// Whether Greenlight may do what the rule forbids; `None` where GitHub does not say.
    pub may_bypass: Option<bool>,
}

/// One repository, as it is judged.
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

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Something does not work.
    Wrong,
    /// It works, but less well or less safely than it could; or it could not be found out.
    Doubtful,
    Fine,
}

/// One thing that was looked at. What stands in backticks is to be copied as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub weight: Weight,
    /// Which of the things: the same word in every report.
    pub about: &'static str,
    pub what: String,
    /// What to do. Empty where nothing has to be done.
    pub remedy: String,
}

impl Finding {
    pub fn wrong(about: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            weight: Weight::Wrong,
            about,
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    pub fn doubtful(about: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            weight: Weight::Doubtful,
            ..Self::wrong(about, what, remedy)
        }
    }

    pub fn fine(about: &'static str, what: impl Into<String>) -> Self {
        Self {
            weight: Weight::Fine,
            ..Self::wrong(about, what, "")
        }
    }

    /// What could not be read is no good news.
    pub fn unknown(about: &'static str, why: &str) -> Self {
        Self::doubtful(
            about,
            format!("This could not be found out: {why}."),
            "Try again once that is mended.",
        )
    }

    /// The same, where there is a word for what it is.
    pub fn unread(about: &'static str, what: &str, why: &str) -> Self {
        Self::doubtful(
            about,
            format!("{what} could not be read: {why}."),
            "Try again once that is mended.",
        )
    }
}

/// Everybody whom a configuration names as an owner of anything, by login or by team, once each.
pub fn named_owners(config: &Config) -> Vec<&Owner> {
    let of_stages = config
        .environments
        .iter()
        .filter_map(|stage| stage.owners.as_ref())
        .flatten();
    let mut named: Vec<&Owner> = Vec::new();
    for owner in config.owners.iter().chain(of_stages) {
        if !matches!(owner, Owner::Role(_)) && !named.contains(&owner) {
            named.push(owner);
        }
    }
    named
}

/// The checks that an environment wants and that nobody has reported.
pub fn never_seen(environment: &Environment, required: Vec<Required>, checks: &Checks, own_app_id: i64) -> Vec<String> {
    let verdict = judge(checks, &environment.checks.wanted(required), own_app_id);
    let nobody = verdict.items.into_iter().filter(|item| item.source == Source::Nobody);
    nobody.map(|item| item.name).collect()
}
