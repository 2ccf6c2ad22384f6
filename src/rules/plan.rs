//! Decides what one repository needs next: what GitHub says, what is remembered, what was heard and the time, in; a
//! [`Plan`], out. Never waits, never fails. All rules of Greenlight are here and in the gates.
//!
//! P1 A commit enters an environment only from the stage before it, and only the commit that was shown to who asked.
//! P2 A branch is moved only while every gate is open, by facts read as the last thing before the move.
//! P3 Carry a plan out, look again, and nothing is left to do.
//! P4 Every request comes to exactly one reply; its text changes, its number does not. (Or to a reaction: see `courtesy`.)
//! P5 What is not known is asked for; nothing is decided on a fact that was not read.
//! P6 A request is remembered before anything follows from it, so a crash never makes it count twice.
//! P7 Nothing moves an environment while it is held; a hold ends on time, and what waited goes on.
//! P8 What was not shown by a promotion pull request goes only as it was listed to who confirmed, and an offer counts once.
//! P9 Nothing goes on from a stage before it is known to run there, where the repository tells what runs.
//!
//! A plan is one step, not the whole way: its changes are committed, its effects carried out, its needs read, and then
//! `plan` is asked again with what came of them, until nothing is left. Accepted race: what somebody changes on GitHub
//! between the last read and the write counts until the next look; the write itself names what it expects.

mod accept;
mod armed;
mod board;
mod buttons;
mod by_hand;
mod cancel;
mod card;
mod clock;
mod configuration;
mod course;
mod courtesy;
mod deploy;
mod developers;
mod failure;
mod feature;
mod found;
mod hold;
mod hotfix;
mod last_look;
mod leftover;
mod offer;
mod outside;
mod picture;
mod preview;
mod promote;
mod protection;
mod release;
mod reply;
mod request;
mod road;
mod rollback;
mod running;
mod scene;
mod soundness;
mod standing;
mod status;
mod taken_back;
mod welcome;
mod without;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::config::{self, Config, Environment, Mistake};
use super::effect::Effect;
use super::id::{BranchName, EnvironmentName, PullNumber, Sha};
use super::interpret::Heard;
use super::memory::{Change, Memory, Origin};
use super::snapshot::{Between, ConfigFile, Need, Pull, Range, Repository, Snapshot};

use super::stretch::Cargo;

pub use last_look::LAST_LOOK_AGE_MAX;
pub use scene::{Sight, sight};

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    pub snapshot: &'a Snapshot,
    pub memory: &'a Memory,
    pub heard: &'a Heard,
    pub now: Timestamp,
    /// Whether a repository without a configuration is welcomed, before anything else happens there.
    pub welcomes: bool,
}

/// One step: remember `changes`, then carry out `effects`, then read `needs`, then plan again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub changes: Vec<Change>,
    pub effects: Vec<Effect>,
    pub needs: BTreeSet<Need>,
    /// When to look again although nothing was heard.
    pub look_again: Option<Timestamp>,
    /// A fact changed while it was being looked at: forget the snapshot and look anew.
    pub outdated: bool,
}

impl Plan {
    /// Nothing is left to do or to read now.
    pub fn is_finished(&self) -> bool {
        self.changes.is_empty() && self.effects.is_empty() && self.needs.is_empty() && !self.outdated
    }
}

/// Plans the next step.
pub fn plan(look: &Look<'_>) -> Plan {
    let mut draft = Draft::new(*look);
    if look.snapshot.repository.as_ref().is_some_and(|found| found.archived) {
        // GitHub takes no writing there. What waits goes on, or ends in its time, when it can be changed again.
        return draft.plan;
    }
    request::hear(&mut draft);
    if let Some(why) = &look.snapshot.withheld {
        request::say_withheld(&mut draft, why);
        armed::say_withheld(&mut draft, why);
        reply::write(&mut draft);
        return draft.plan;
    }
    match welcome::stands(&mut draft) {
        welcome::Stands::SetUp => {}
        welcome::Stands::NotSetUp => return not_set_up(draft),
        welcome::Stands::Unknown => return draft.plan,
    }
    courtesy::finish(&mut draft);
    running::advance(&mut draft);
    rollback::advance(&mut draft);
    request::decide(&mut draft);
    hold::advance(&mut draft);
    found::advance(&mut draft);
    offer::advance(&mut draft);
    feature::advance(&mut draft);
    preview::advance(&mut draft);
    armed::advance(&mut draft);
    protection::advance(&mut draft);
    reply::write(&mut draft);
    // The answer comes first: who asked waits for it, the pull requests can follow.
    let asked_is_done = draft.plan.needs.is_empty() && draft.plan.effects.is_empty() && !draft.plan.outdated;
    if asked_is_done {
        card::keep(&mut draft);
        buttons::keep(&mut draft);
        standing::keep(&mut draft);
        deploy::keep(&mut draft);
        release::keep(&mut draft);
        developers::keep(&mut draft);
        configuration::report(&mut draft);
        leftover::forget(&mut draft);
    }
    draft.plan
}

/// Who asks is answered, the welcome is opened or followed, and nothing else is done.
fn not_set_up(mut draft: Draft<'_>) -> Plan {
    courtesy::finish(&mut draft);
    request::decide(&mut draft);
    reply::write(&mut draft);
    if draft.plan.needs.is_empty() && draft.plan.effects.is_empty() {
        welcome::keep(&mut draft);
        configuration::report(&mut draft);
    }
    draft.plan
}

/// A plan in the making, with the facts at hand and memory as the plan's own changes have left it.
struct Draft<'a> {
    snapshot: &'a Snapshot,
    heard: &'a Heard,
    now: Timestamp,
    welcomes: bool,
    memory: Memory,
    plan: Plan,
}

/// The pipeline as the configuration on the default branch describes it.
#[derive(Clone)]
struct Pipeline<'a> {
    repository: &'a Repository,
    config: Cow<'a, Config>,
}

/// An environment and the branch of the stage before it.
#[derive(Clone, Copy)]
struct Stage<'c> {
    environment: &'c Environment,
    from: &'c BranchName,
}

impl Pipeline<'_> {
    fn stages(&self) -> Vec<Stage<'_>> {
        let mainline = &self.repository.default_branch;
        let before = std::iter::once(mainline).chain(self.config.environments.iter().map(|found| &found.branch));
        let stages = self.config.environments.iter().zip(before);
        stages.map(|(environment, from)| Stage { environment, from }).collect()
    }

    /// The stage of this name; people do not mind capitals, so neither does this.
    fn stage(&self, name: &EnvironmentName) -> Option<Stage<'_>> {
        let environment = self.config.environment(name)?;
        self.stages()
            .into_iter()
            .find(|stage| stage.environment.name == environment.name)
    }
}

impl<'a> Draft<'a> {
    fn new(look: Look<'a>) -> Self {
        let Look {
            snapshot,
            memory,
            heard,
            now,
            welcomes,
        } = look;
        Self {
            snapshot,
            heard,
            now,
            welcomes,
            memory: memory.clone(),
            plan: Plan::default(),
        }
    }

    fn change(&mut self, change: Change) {
        self.memory.apply(&change);
        self.plan.changes.push(change);
    }

    fn need(&mut self, need: Need) {
        self.plan.needs.insert(need);
    }

    fn effect(&mut self, effect: Effect) {
        if !self.snapshot.refused.contains(&effect.key()) {
            self.plan.effects.push(effect);
        }
    }

    /// A time that has passed asks for nothing: whatever was due then is done in this look, or waits for news or the sweep.
    /// Otherwise something that cannot be done now would be looked at again at once, for ever.
    fn look_again_at(&mut self, at: Timestamp) {
        if at <= self.now {
            return;
        }
        self.plan.look_again = Some(self.plan.look_again.map_or(at, |other| other.min(at)));
    }

    /// The fact, or `None` after asking for it.
    fn fact<T>(&mut self, fact: Option<T>, need: impl FnOnce() -> Need) -> Option<T> {
        if fact.is_none() {
            self.need(need());
        }
        fact
    }

    /// The pull request; `None` inside if there is none of this number.
    fn pull(&mut self, number: PullNumber) -> Option<Option<&'a Pull>> {
        if number == PullNumber::NONE {
            return Some(None);
        }
        let found = self.snapshot.pulls.get(&number);
        Some(self.fact(found, || Need::Pull(number))?.as_ref())
    }

    fn repository(&mut self) -> Option<&'a Repository> {
        self.fact(self.snapshot.repository.as_ref(), || Need::Repository)
    }

    /// The pipeline, or why its configuration cannot be used: a broken file never falls back to the defaults.
    fn pipeline(&mut self) -> Option<Result<Pipeline<'a>, Vec<Mistake>>> {
        let repository = self.repository();
        let file = self.fact(self.snapshot.config.as_ref(), || Need::Config)?;
        let repository = repository?;
        let mainline = &repository.default_branch;
        let config = match file {
            ConfigFile::Broken(mistakes) => return Some(Err(mistakes.clone())),
            ConfigFile::Absent { branches } => Cow::Owned(config::defaults(branches, mainline)),
            ConfigFile::Valid { config, branches } if config.environments.is_empty() => {
                Cow::Owned(config.as_ref().clone().with_environments_of(branches, mainline))
            }
            ConfigFile::Valid { config, .. } => Cow::Borrowed(config.as_ref()),
        };
        match config.validate_against(mainline) {
            Ok(()) => Some(Ok(Pipeline { repository, config })),
            Err(mistakes) => Some(Err(mistakes)),
        }
    }

    fn range(&mut self, base: &BranchName, head: &BranchName) -> Option<&'a Range> {
        let found = self.snapshot.ranges.get(&(base.clone(), head.clone()));
        self.fact(found, || Need::Range {
            base: base.clone(),
            head: head.clone(),
        })
    }

    /// What a stretch brings; asks for origins that neither memory nor this look knows, and remembers new ones.
    fn cargo(&mut self, between: &Between, mainline: &BranchName) -> Option<Cargo> {
        match between.cargo(&self.origins()) {
            Ok(cargo) => {
                self.remember_origins(between);
                Some(cargo)
            }
            Err(unknown) => {
                self.need(Need::Origins(mainline.clone(), unknown));
                None
            }
        }
    }

    /// Where commits came from, as far as that is known. What is remembered may be more than GitHub tells.
    fn origins(&self) -> BTreeMap<Sha, Origin> {
        let mut known = self.snapshot.origins.clone();
        known.extend(self.memory.origins.clone());
        known
    }

    fn remember_origins(&mut self, between: &Between) {
        for commit in &between.commits {
            let sha = &commit.sha;
            if let (Some(origin), None) = (self.snapshot.origins.get(sha), self.memory.origins.get(sha)) {
                self.change(Change::Origin {
                    commit: sha.clone(),
                    origin: origin.clone(),
                });
            }
        }
    }
}
