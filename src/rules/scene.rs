//! What a repository looks like, as plain data: the features on their way lane by lane, and the environments with what runs there,
//! what waits for them, and who holds them. It is kept as one row, and a page is made from it without asking GitHub anything.
//!
//! C1 It is made from what looks read and remember anyway. What a look did not read stays as the look before saw it.
//! C2 It holds moments and no ages, so it is right although nothing happens for days.
//! C3 Its size is bounded, whatever there is to show. Texts of others are in it as they are; whoever shows them escapes and cuts.
//! C4 The same facts make the same scene, so it is written only when there is something new to see.
//!
//! What went live is known from the moment on at which a first scene was made: before that, nobody looked.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{BranchName, EnvironmentName, Login, Person, PullNumber, RequestId, Sha};
use super::stay::{MovedBy, State};

/// Open features that are kept one by one; the rest is a number.
pub const OPEN_MAX: usize = 1000;

/// Promotions into the last environment that are kept.
pub const ARRIVALS_MAX: usize = 5;

/// Names of checks that are kept of each kind.
pub const CHECKS_NAMED_MAX: usize = 5;

/// Characters kept of a title. GitHub allows 256.
pub const TITLE_CHARS_MAX: usize = 300;

/// The whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    pub mainline: BranchName,
    /// The repository's time zone: a name of the IANA database.
    pub timezone: String,
    /// The label that makes a feature ready.
    pub ready_label: String,
    /// Whether a feature enters mainline only at an owner's word.
    pub acceptance: bool,
    /// Who accepts features and sends them back, in words.
    #[serde(default)]
    pub owners: String,
    /// The dev instances by name, where features can be seen before they are merged.
    #[serde(default)]
    pub instances: Vec<String>,
    /// The configuration cannot be used at the moment; the rest is as it was before.
    pub broken: bool,
    /// Nothing can be changed there.
    #[serde(default)]
    pub archived: bool,
    /// There is no configuration yet.
    #[serde(default)]
    pub not_set_up: bool,
    /// The open pull request that proposes one.
    #[serde(default)]
    pub welcome: Option<PullNumber>,
    /// Not yet in mainline, by number.
    pub open: Vec<Open>,
    /// Open features beyond [`OPEN_MAX`].
    pub unlisted: usize,
    /// The environments in the pipeline's order.
    pub stages: Vec<Stage>,
    /// What came to the last environment, newest first.
    pub arrivals: Vec<Arrival>,
}

/// A feature that is not in mainline yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Open {
    pub number: PullNumber,
    pub title: String,
    pub author: Option<Person>,
    pub opened_at: Option<Timestamp>,
    /// The version that this tells of.
    pub head: Sha,
    pub lane: Lane,
    /// In this lane since.
    pub since: Option<Timestamp>,
    /// What stands between it and the next lane, apart from its checks.
    pub waits: Vec<Waits>,
    /// `None` where they are not looked at yet.
    pub checks: Option<Checks>,
    pub preview: Option<Preview>,
    /// Who accepted this version.
    pub accepted_by: Option<Login>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Lane {
    InProgress,
    Ready,
    Accepted,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Waits {
    /// Nobody has said yet that there is something to look at.
    Label,
    /// Whoever put the label on may not; `None` where GitHub does not tell who.
    LabelOf(Option<Login>),
    SentBack {
        by: Login,
        why: String,
    },
    Draft,
    Conflict,
    /// It comes from a copy of the repository.
    Fork,
    /// An earlier acceptance does not count any more.
    AcceptedBefore(Login),
    /// GitHub did not merge it.
    NotMerged(String),
}

/// Checks in numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checks {
    pub passed: usize,
    pub total: usize,
    /// The first of those that failed, and of those that are not done.
    pub failed: Vec<String>,
    pub waiting: Vec<String>,
    pub green: bool,
}

/// Where a feature can be seen before it is merged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Preview {
    On {
        instance: String,
        url: Option<String>,
        since: Timestamp,
        /// Nobody has told yet that it runs there.
        under_way: bool,
    },
    /// It is being set.
    Coming { instance: String },
    /// It has one that cannot be set.
    Stuck { instance: String },
    /// It waits for one, behind so many.
    Waits { before: usize },
}

/// An environment, and the way into it from the stage before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    pub environment: EnvironmentName,
    pub branch: BranchName,
    /// The branch of the stage before.
    pub from: BranchName,
    pub url: Option<String>,
    /// Whose word it takes to promote, hold and roll back, in words.
    #[serde(default)]
    pub owners: String,
    /// Where its branch is.
    pub at: Option<Sha>,
    /// Where the branch of the stage before is: what a promotion from this page would bring at most.
    pub shows: Option<Sha>,
    pub way: Way,
    pub here: Option<Here>,
    /// What runs while the newest does not yet.
    pub runs_still: Option<(Sha, Timestamp)>,
    pub held: Option<Held>,
    pub armed: Option<Waiting>,
    /// The standing promotion pull request.
    pub pull: Option<PullNumber>,
    /// It has commits that the stage before has not: a change made there directly, or merges of its own.
    pub own: u64,
    /// What else is to be said of it, in plain sentences.
    pub told: Vec<String>,
}

/// What the branch is at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Here {
    pub commit: Sha,
    /// What came with that commit, where it is known.
    pub known_as: Option<What>,
    pub moved_at: Timestamp,
    pub moved_by: MovedBy,
    pub state: State,
}

/// What lies on the way into an environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Way {
    /// Not looked at yet.
    Unknown,
    /// One of the two branches is not there.
    NoBranch,
    /// More commits than can be read.
    TooFar {
        commits: usize,
    },
    Known(Load),
}

/// What waits, in the order it landed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Load {
    pub items: Vec<Landed>,
    /// Before the first item, not told apart.
    pub earlier: usize,
    /// What is there and goes away with the next promotion.
    pub takes_away: Vec<What>,
}

/// One thing on the way, or there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Landed {
    pub what: What,
    /// When it was first seen on this way; `None` if it was there when somebody first looked.
    pub since: Option<Timestamp>,
    /// It was there before and was taken back.
    pub taken_back: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum What {
    Feature {
        number: PullNumber,
        title: String,
        author: Option<Login>,
    },
    /// A commit that no pull request brought.
    Direct {
        commit: Sha,
        title: String,
        author: Option<Login>,
    },
}

/// Why nothing goes there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    pub why: WhyHeld,
    /// Who said so, where a person did.
    pub by: Option<Login>,
    /// `None`: until somebody does something about it.
    pub until: Option<Timestamp>,
    pub because: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WhyHeld {
    Asked,
    TakenBack,
    ChangedDirectly,
    MergedByHand,
    Unexplained,
}

/// A promotion that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    pub by: Login,
    pub commit: Sha,
    pub request: RequestId,
    pub since: Timestamp,
    pub not_before: Option<Timestamp>,
    /// After this it ends by itself.
    pub until: Timestamp,
    /// For what: the beginning of what was answered to who asked, without markup.
    pub said: String,
}

/// What came to the last environment at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrival {
    pub commit: Sha,
    pub at: Timestamp,
    pub by: Option<Login>,
    pub items: Vec<What>,
    /// More of them, not told apart.
    pub earlier: usize,
}

impl Scene {
    /// Of a repository that nobody has looked at.
    pub fn new(mainline: BranchName) -> Self {
        Self {
            mainline,
            timezone: "UTC".to_owned(),
            ready_label: super::config::READY_LABEL.to_owned(),
            acceptance: true,
            owners: String::new(),
            instances: Vec::new(),
            broken: false,
            archived: false,
            not_set_up: false,
            welcome: None,
            open: Vec::new(),
            unlisted: 0,
            stages: Vec::new(),
            arrivals: Vec::new(),
        }
    }

    /// The open features of a lane, those first that have been there longest.
    pub fn lane(&self, lane: Lane) -> Vec<&Open> {
        let mut found: Vec<&Open> = self.open.iter().filter(|one| one.lane == lane).collect();
        found.sort_by_key(|one| (one.since.or(one.opened_at), one.number));
        found
    }

    /// Puts an open feature in its place. A lane that it is in already it has been in since then.
    pub fn put(&mut self, mut one: Open, now: Timestamp) {
        one.title = cut(&one.title);
        match self.open.binary_search_by_key(&one.number, |other| other.number) {
            Ok(at) => {
                let before = &self.open[at];
                let stayed = before.lane == one.lane;
                one.since = one.since.or(if stayed { before.since } else { Some(now) });
                one.opened_at = one.opened_at.or(before.opened_at);
                self.open[at] = one;
            }
            Err(at) if self.open.len() < OPEN_MAX => self.open.insert(at, one),
            Err(_) => self.unlisted += 1,
        }
    }

    /// It is open no more, or no feature.
    pub fn remove(&mut self, number: PullNumber) {
        self.open.retain(|one| one.number != number);
    }

    /// Something else is in the last environment than before: what left the way into it came there, and what is on the way
    /// again, or was taken back, is there no more.
    pub fn arrived(&mut self, before: &Stage, now: &Stage, at: Timestamp) {
        let (Way::Known(was), Way::Known(is)) = (&before.way, &now.way) else {
            return;
        };
        for arrival in &mut self.arrivals {
            arrival
                .items
                .retain(|item| !is.items.iter().any(|on| on.what.is_same(item)));
        }
        if before.at.is_some() && before.at != now.at && before.branch == now.branch {
            let gone = was.items.iter().map(|item| &item.what);
            let came: Vec<What> = gone.filter(|item| !is.holds(item)).cloned().collect();
            let here = now.here.as_ref().filter(|here| Some(&here.commit) == now.at.as_ref());
            if let (Some(commit), false) = (&now.at, came.is_empty()) {
                let arrival = Arrival {
                    commit: commit.clone(),
                    at: here.map_or(at, |here| here.moved_at),
                    by: here.and_then(Here::by).cloned(),
                    items: came,
                    earlier: was.earlier.saturating_sub(is.earlier),
                };
                self.arrivals.insert(0, arrival);
            }
        }
        self.arrivals.retain(|arrival| !arrival.items.is_empty());
        self.arrivals.truncate(ARRIVALS_MAX);
    }
}

impl Stage {
    /// How many things wait to go there; `None` where that is not known.
    pub fn waiting(&self) -> Option<usize> {
        match &self.way {
            Way::Known(load) => Some(load.items.len() + load.earlier),
            Way::Unknown | Way::NoBranch | Way::TooFar { .. } => None,
        }
    }
}

impl Here {
    /// Who brought it there, where a person did and is known.
    pub fn by(&self) -> Option<&Login> {
        match &self.moved_by {
            MovedBy::Promotion { by, .. } | MovedBy::Rollback { by, .. } | MovedBy::Merge { by: Some(by), .. } => {
                Some(&by.login)
            }
            MovedBy::Merge { by: None, .. } | MovedBy::Other | MovedBy::FoundThere => None,
        }
    }
}

impl Load {
    /// Whether this is on the way.
    pub fn holds(&self, what: &What) -> bool {
        self.items.iter().any(|item| item.what.is_same(what))
    }

    /// With the moments at which the things were first seen there. `was`: the way as it was known before.
    pub fn first_seen(mut self, was: &Way, now: Timestamp) -> Self {
        for item in &mut self.items {
            item.since = match was {
                Way::Known(was) => {
                    let known = was.items.iter().find(|known| known.what.is_same(&item.what));
                    known.map_or(Some(now), |known| known.since)
                }
                Way::Unknown | Way::NoBranch | Way::TooFar { .. } => None,
            };
        }
        self
    }
}

impl What {
    /// Whether both are the same, whatever its title says now.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Feature { number: one, .. }, Self::Feature { number: other, .. }) => one == other,
            (Self::Direct { commit: one, .. }, Self::Direct { commit: other, .. }) => one == other,
            _ => false,
        }
    }

    pub fn title(&self) -> &str {
        match self {
            Self::Feature { title, .. } | Self::Direct { title, .. } => title,
        }
    }

    pub fn author(&self) -> Option<&Login> {
        match self {
            Self::Feature { author, .. } | Self::Direct { author, .. } => author.as_ref(),
        }
    }
}

impl From<&super::stretch::Item> for What {
    fn from(item: &super::stretch::Item) -> Self {
        match item {
            super::stretch::Item::Feature(feature) => Self::Feature {
                number: feature.number,
                title: cut(&feature.title),
                author: feature.author.clone(),
            },
            super::stretch::Item::Direct(commit) => Self::Direct {
                commit: commit.sha.clone(),
                title: cut(&commit.title),
                author: commit.author.clone(),
            },
        }
    }
}

/// A commit's first line can be as long as anybody likes.
fn cut(title: &str) -> String {
    title.chars().take(TITLE_CHARS_MAX).collect()
}
