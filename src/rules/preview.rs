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
use super::deployment::{State, Status};
use super::effect::Refusal;
use super::id::{BranchName, DeploymentId, Person, PullNumber, Sha};

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
    #[serde(default)]
    pub idle: Idle,
}

/// How long nothing has happened to a feature that has an instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Idle {
    /// Of the last push, comment or `/preview`, as far as is known.
    pub since: Option<Timestamp>,
    /// When its card first told that it is about to be freed.
    pub warned_at: Option<Timestamp>,
    /// When to see whether it is idle.
    pub look_at: Option<Timestamp>,
}

impl Idle {
    /// Something happened to it.
    pub fn since(at: Timestamp) -> Self {
        Self {
            since: Some(at),
            ..Self::default()
        }
    }
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
    /// When this version was seen to be there; with the commit it makes the mark of its deployment.
    pub at: Timestamp,
    pub notice: Notice,
}

/// GitHub's deployment of what an instance shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Notice {
    /// Still to be found or made.
    Wanted,
    Ours {
        id: DeploymentId,
        /// It was reported as a success.
        told: bool,
    },
    /// Somebody else makes the deployments of this instance, and made this one.
    Theirs { id: DeploymentId, status: Option<Status> },
    /// Somebody else makes them, and none of this version yet.
    Awaited,
    /// GitHub would not take one from us, or show them; not tried again.
    Refused,
}

impl Shows {
    pub fn new(commit: Sha, since: Timestamp, at: Timestamp) -> Self {
        Self {
            commit,
            since,
            at,
            notice: Notice::Wanted,
        }
    }

    /// By which our deployment of it is found again after a crash.
    pub fn mark(&self) -> String {
        format!("preview-{}-{}", self.at.as_millisecond(), self.commit)
    }
}

/// Why a ready feature is not to be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Resting {
    /// Somebody said `/preview off`.
    Freed { by: Person },
    /// Nothing happened to it for too long. The next push asks again.
    Idle,
}

/// The branch of an instance, as we left it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ground {
    pub branch: BranchName,
    /// The commit that we last put there, by GitHub's word.
    pub put: Option<Sha>,
    pub trouble: Option<Trouble>,
    /// Deployments of ours that stand for what is not shown there any more, by the instance's name then.
    #[serde(default)]
    pub over: Vec<(String, DeploymentId)>,
    /// Marks of deployments whose making was cut off, and whose version is not shown any more, by the instance's name then: they
    /// may be there, and nobody knows their number.
    #[serde(default)]
    pub cut_off: Vec<(String, String)>,
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
            idle: Idle::default(),
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

    /// Whether this deployment of ours stands for what is shown.
    pub fn has_deployment(&self, id: DeploymentId) -> bool {
        let shows = self.has.as_ref().and_then(|held| held.shows.as_ref());
        shows.is_some_and(|shows| matches!(shows.notice, Notice::Ours { id: ours, .. } if ours == id))
    }

    /// With another word on the deployment of what is shown.
    pub fn with_notice(&self, notice: Notice) -> Self {
        let mut next = self.clone();
        if let Some(shows) = next.has.as_mut().and_then(|held| held.shows.as_mut()) {
            next.to_tell |= matches!(notice, Notice::Theirs { .. } | Notice::Awaited);
            shows.notice = notice;
        }
        next
    }

    /// The deployment of ours that stands for what is shown.
    pub fn our_deployment(&self) -> Option<(String, DeploymentId)> {
        let held = self.has.as_ref()?;
        match held.shows.as_ref()?.notice {
            Notice::Ours { id, .. } => Some((held.instance.clone(), id)),
            _ => None,
        }
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
            over: Vec::new(),
            cut_off: Vec::new(),
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

/// What is known of somebody else's deployment of what an instance shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deployed {
    /// There is none of this version.
    NotYet,
    Stands {
        state: State,
        /// Where a person sees more. Somebody else's text.
        log: Option<String>,
    },
}

/// How a feature stands with the previews, for whoever looks at it.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    Shown {
        on: Preview,
        since: Timestamp,
        /// How somebody else's deployment of it stands.
        deployed: Option<Deployed>,
        /// When it is freed, unless something happens to the feature.
        frees_at: Option<Timestamp>,
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
            (None, Some(shows)) => View::Shown {
                on,
                since: shows.since,
                frees_at: wish.idle.warned_at.and(wish.idle.look_at),
                deployed: match &shows.notice {
                    Notice::Theirs { status, .. } => Some(Deployed::Stands {
                        state: status.as_ref().map_or(State::Pending, |status| status.state),
                        log: status.as_ref().and_then(|status| status.log_url.clone()),
                    }),
                    Notice::Awaited => Some(Deployed::NotYet),
                    Notice::Wanted | Notice::Ours { .. } | Notice::Refused => None,
                },
            },
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
