//! The pool of previews: which feature is shown on which dev instance, and who comes next.
//!
//! V1 No instance shows two features.
//! V2 No feature has two instances.
//! V3 Instances are given in the order of asking; who asked for one by name waits for just that one.
//! V4 Nobody loses an instance but by an end of their own, or because the configuration does not name it any more.
//! V5 Nobody waits while an instance that they would take is free.
//!
//! From V3 and V5 it follows that nobody starves: whoever waits has finitely many before them, and later ones never pass.
//! What a branch shows is another matter, which `plan::preview` brings about.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::config::Preview;
use super::effect::Refusal;
use super::id::{BranchName, Person, PullNumber, Sha};

/// A feature that is to be shown, whether it has an instance or waits for one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    pub pull: PullNumber,
    /// The version to be shown: the feature's head when it was last looked at.
    pub head: Sha,
    /// The place in the queue; of two that were heard of together, by GitHub's own times.
    pub asked_at: (Timestamp, Timestamp),
    /// It comes from a fork, and somebody with write access asked for just this version.
    #[serde(default)]
    pub only: Option<Sha>,
    /// The instance that somebody asked for by name.
    pub named: Option<String>,
    pub has: Option<Held>,
    /// It is not shown, and does not wait either.
    pub resting: Option<Resting>,
    /// Its card does not tell yet how this stands.
    pub to_tell: bool,
}

/// An instance that a feature has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    pub instance: String,
    pub branch: BranchName,
    /// What GitHub confirmed to be there.
    pub shows: Option<Shows>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shows {
    pub commit: Sha,
    /// Since when the feature is shown there, in whatever version.
    pub since: Timestamp,
}

/// Why a ready feature is not to be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Resting {
    /// Somebody said `/preview off`.
    Freed { by: Person },
}

/// The branch of an instance, as we left it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ground {
    pub branch: BranchName,
    /// The commit that we last put there, by GitHub's word.
    pub put: Option<Sha>,
    pub trouble: Option<Trouble>,
}

/// Why an instance cannot be used until somebody does something about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Trouble {
    /// Its branch is at a commit that is nobody's feature.
    Foreign { at: Sha },
    /// GitHub refused to set its branch.
    Refused(Refusal),
}

/// One step of handing out; those that free come before those that give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Free(PullNumber),
    Give(PullNumber, String),
}

impl Wish {
    pub fn new(pull: PullNumber, head: Sha, asked_at: (Timestamp, Timestamp)) -> Self {
        Self {
            pull,
            head,
            asked_at,
            only: None,
            named: None,
            has: None,
            resting: None,
            to_tell: true,
        }
    }

    /// Somebody asks for it, for any instance or for one by name. Who waits already keeps the place; who has one and wants
    /// another begins at the end.
    pub fn ask(&mut self, named: Option<String>, at: (Timestamp, Timestamp)) {
        if self.resting.take().is_some() || (self.has.is_some() && named.is_some() && named != self.named) {
            self.asked_at = at;
        }
        self.named = named;
        self.to_tell = true;
    }

    /// Whether it waits for an instance: for any, or for one that it named and has not.
    pub fn waits(&self) -> bool {
        self.resting.is_none()
            && self
                .has
                .as_ref()
                .is_none_or(|held| !self.is_content_with(&held.instance))
    }

    /// Whether its branch is to be set.
    pub fn is_behind(&self) -> bool {
        let shown = |held: &Held| held.shows.as_ref().is_some_and(|shows| shows.commit == self.head);
        self.has.as_ref().is_some_and(|held| !shown(held))
    }

    fn is_content_with(&self, instance: &str) -> bool {
        self.named.as_deref().is_none_or(|named| named == instance)
    }

    /// The earlier asked, the smaller.
    pub fn rank(&self) -> ((Timestamp, Timestamp), PullNumber) {
        (self.asked_at, self.pull)
    }
}

impl Ground {
    pub fn new(branch: BranchName) -> Self {
        Self {
            branch,
            put: None,
            trouble: None,
        }
    }
}

/// The instances as the configuration names them, in its order; `closed` are those in trouble.
#[derive(Clone, Debug, Default)]
pub struct Instances {
    pub names: Vec<String>,
    pub closed: BTreeSet<String>,
}

/// Hands instances out. Carried out, it leaves nothing to hand out.
pub fn allot(instances: &Instances, wishes: &BTreeMap<PullNumber, Wish>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut has: BTreeMap<PullNumber, &str> = BTreeMap::new();
    for wish in wishes.values() {
        match &wish.has {
            Some(held) if ends(instances, wish, held) => steps.push(Step::Free(wish.pull)),
            Some(held) => drop(has.insert(wish.pull, &held.instance)),
            None => {}
        }
    }
    let mut waiting: Vec<&Wish> = wishes.values().filter(|wish| wish.resting.is_none()).collect();
    waiting.sort_by_key(|wish| wish.rank());
    // What somebody leaves for a named one may be what somebody earlier waits for, so it begins anew after each.
    while let Some((wish, instance)) = waiting.iter().find_map(|wish| next_for(instances, wish, &has)) {
        if has.insert(wish.pull, instance).is_some() {
            steps.push(Step::Free(wish.pull));
        }
        steps.push(Step::Give(wish.pull, instance.to_owned()));
    }
    steps
}

fn ends(instances: &Instances, wish: &Wish, held: &Held) -> bool {
    let is_gone = !instances.names.contains(&held.instance);
    // It was given one that turned out to be of no use, and any other will do.
    let is_useless = instances.closed.contains(&held.instance) && held.shows.is_none() && wish.named.is_none();
    wish.resting.is_some() || is_gone || is_useless
}

/// What this feature would be given now.
fn next_for<'a>(
    instances: &'a Instances,
    wish: &'a Wish,
    has: &BTreeMap<PullNumber, &str>,
) -> Option<(&'a Wish, &'a str)> {
    let named = wish
        .named
        .as_deref()
        .filter(|name| instances.names.iter().any(|one| one == name));
    let is_content = |instance: &&str| named.is_none_or(|named| named == *instance);
    if has.get(&wish.pull).is_some_and(is_content) {
        return None;
    }
    let is_free =
        |name: &&String| !instances.closed.contains(*name) && !has.values().any(|taken| *taken == name.as_str());
    let free = instances.names.iter().filter(is_free).map(String::as_str);
    let found = free.into_iter().find(is_content)?;
    Some((wish, found))
}

/// The features that come before this one, for as much as it waits for: in the order of asking.
pub fn before(wish: &Wish, wishes: &BTreeMap<PullNumber, Wish>) -> Vec<PullNumber> {
    let mut before: Vec<&Wish> = wishes
        .values()
        .filter(|other| other.waits() && other.rank() < wish.rank())
        .filter(|other| other.named.is_none() || wish.named.is_none() || other.named == wish.named)
        .collect();
    before.sort_by_key(|other| other.rank());
    before.iter().map(|other| other.pull).collect()
}

/// How a feature stands with the previews, for whoever looks at it.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    Shown {
        on: Preview,
        since: Timestamp,
    },
    /// Its instance is being set to it.
    Coming {
        on: Preview,
    },
    /// It has an instance, which cannot be set.
    Stuck {
        on: Preview,
        trouble: Trouble,
    },
    Waits {
        for_one: Option<Preview>,
        before: Vec<PullNumber>,
        /// How many instances could be used at all.
        usable: usize,
        /// Instances that are not given to anybody, and why.
        closed: Vec<(Preview, Trouble)>,
    },
    Resting(Resting),
    /// It comes from a fork, and nobody asked for this version.
    Fork {
        /// Whether somebody may ask.
        allowed: bool,
    },
}

/// How this feature stands; `None` where it is not to be shown, or nothing is configured.
pub fn view(
    previews: &[Preview],
    wishes: &BTreeMap<PullNumber, Wish>,
    grounds: &BTreeMap<BranchName, Ground>,
    pull: PullNumber,
) -> Option<View> {
    let wish = wishes.get(&pull)?;
    let trouble = |preview: &Preview| grounds.get(&preview.branch).and_then(|ground| ground.trouble.clone());
    if let Some(resting) = &wish.resting {
        return Some(View::Resting(resting.clone()));
    }
    if let Some(held) = &wish.has
        && let Some(on) = previews.iter().find(|preview| preview.name == held.instance)
    {
        let on = on.clone();
        return Some(match (trouble(&on), &held.shows) {
            (Some(trouble), _) => View::Stuck { on, trouble },
            (None, Some(shows)) => View::Shown { on, since: shows.since },
            (None, None) => View::Coming { on },
        });
    }
    let closed: Vec<(Preview, Trouble)> = previews
        .iter()
        .filter_map(|preview| Some((preview.clone(), trouble(preview)?)))
        .collect();
    Some(View::Waits {
        for_one: previews
            .iter()
            .find(|one| Some(&one.name) == wish.named.as_ref())
            .cloned(),
        before: before(wish, wishes),
        usable: previews.len() - closed.len(),
        closed,
    })
}

/// The pool as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pool {
    pub places: Vec<(Preview, Place)>,
    /// In the order of asking.
    pub queue: Vec<PullNumber>,
}

/// What is with one instance.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    Free,
    Closed(Trouble),
    /// Since when the feature is shown; `None`: it is about to be.
    Of(PullNumber, Option<Timestamp>),
    /// It has a feature that cannot be shown.
    Stuck(PullNumber, Trouble),
}

/// Who has what, and who waits.
pub fn pool(previews: &[Preview], wishes: &BTreeMap<PullNumber, Wish>, grounds: &BTreeMap<BranchName, Ground>) -> Pool {
    let place = |preview: &Preview| {
        let trouble = grounds.get(&preview.branch).and_then(|ground| ground.trouble.clone());
        let mut held = wishes.values().filter_map(|wish| Some((wish.pull, wish.has.as_ref()?)));
        let of = held.find(|(_, held)| held.instance == preview.name);
        match (of, trouble) {
            (None, None) => Place::Free,
            (None, Some(trouble)) => Place::Closed(trouble),
            (Some((pull, _)), Some(trouble)) => Place::Stuck(pull, trouble),
            (Some((pull, held)), None) => Place::Of(pull, held.shows.as_ref().map(|shows| shows.since)),
        }
    };
    let mut waiting: Vec<&Wish> = wishes.values().filter(|wish| wish.waits()).collect();
    waiting.sort_by_key(|wish| wish.rank());
    Pool {
        places: previews
            .iter()
            .map(|preview| (preview.clone(), place(preview)))
            .collect(),
        queue: waiting.iter().map(|wish| wish.pull).collect(),
    }
}
