//! A feature on its way: what is remembered of it beside GitHub's own record, and how it stands.
//!
//! A feature is a pull request into mainline. It gets a card when somebody makes it ready, and keeps it for the rest of its life.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::authority::Why;
use super::checks::Verdict;
use super::effect::{ButtonRun, Refusal};
use super::id::{CommentId, EnvironmentName, Login, Person, PullNumber, RequestId, RunId, Sha};
use super::memory::Reply;
use super::stay::UnderWay;

/// Showings kept of one feature; a command binds to a recent one.
const SHOWINGS_MAX: usize = 50;

/// What is remembered of a feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    pub pull: PullNumber,
    /// Its head when it was last looked at: news of this commit's checks is news of the feature.
    pub head: Sha,
    /// Our comment, once GitHub has confirmed it.
    pub comment: Option<Reply>,
    /// GitHub refused to take it (a locked conversation, for example), so it is not tried again.
    pub unwritable: bool,
    /// Which heads the card showed, oldest first.
    pub shown: Vec<Showing>,
    /// An owner's word, while it counts, and after the merge for the record.
    pub acceptance: Option<Acceptance>,
    /// Why an earlier acceptance does not count any more.
    pub ended: Option<Ended>,
    pub rejection: Option<Rejection>,
    /// GitHub refused to merge this head.
    pub merge_refused: Option<(Sha, Refusal)>,
    /// The commit by which it is in mainline.
    pub merged_as: Option<Sha>,
    /// The environments that were seen to have it running.
    pub reached: Vec<EnvironmentName>,
    /// The next of them, while it is there and not known to run: what the card tells of that.
    #[serde(default)]
    pub under_way: Option<UnderWay>,
    /// The check run with its buttons.
    #[serde(default)]
    pub buttons: Option<Buttons>,
    /// It is live or closed: only its own news makes it worth a look.
    pub finished: bool,
    /// The ledger has the moment at which it was first ready, or it was ready before the ledger told of that.
    #[serde(default = "yes")]
    pub ready_told: bool,
}

fn yes() -> bool {
    true
}

/// What the buttons of a feature were last set to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Buttons {
    pub head: Sha,
    /// `None`: GitHub refused to take it, so just this is not tried again.
    pub run: Option<RunId>,
    /// `None`: a run that was found, and what it says is not known.
    pub says: Option<ButtonRun>,
}

/// The card showed a head, at GitHub's own time of writing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Showing {
    pub head: Sha,
    pub at: Timestamp,
}

/// An owner's word that a feature is what she wants, at one head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acceptance {
    pub by: Person,
    pub head: Sha,
    /// The request it came from, and which of its commands.
    pub request: RequestId,
    pub command: usize,
    /// Where it goes by itself once it is merged.
    pub then: Option<EnvironmentName>,
    /// Its end has been told to who said it.
    pub told: bool,
}

/// An acceptance came to nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    pub accepted_by: Person,
    pub why: WhyEnded,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WhyEnded {
    /// A later push. Who, as a delivery said; for words only.
    Pushed {
        by: Option<Login>,
    },
    /// The label came off, or the pull request left mainline.
    TakenBack,
    Closed,
    SentBack {
        by: Person,
    },
    /// Somebody who may said `/cancel`.
    Cancelled {
        by: Person,
    },
    /// The comment was edited or deleted.
    CommentChanged,
    /// Who accepted is no owner any more.
    NotAllowed,
}

/// An owner sent the feature back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rejection {
    pub by: Person,
    pub why: String,
    /// GitHub's time of the comment; a label put on later makes the feature ready again.
    pub at: Timestamp,
}

/// How a feature stands, by what GitHub says now.
#[derive(Clone, Debug, PartialEq)]
pub enum Stand {
    /// Its label is off, or does not count.
    InProgress(NotReady),
    Ready(Ready),
    /// In mainline, and running in these environments. `under_way`: it was moved to the next, and is not known to run there.
    InMainline {
        reached: Vec<EnvironmentName>,
        under_way: Option<UnderWay>,
    },
    /// Closed without being merged.
    Closed,
    /// It leads into another branch than mainline.
    Elsewhere,
}

#[derive(Clone, Debug, PartialEq)]
pub enum NotReady {
    NoLabel,
    /// Who put the label on may not; `None` when the account is gone.
    LabelledBy {
        who: Option<Person>,
        why: Option<Why>,
    },
    SentBack,
}

/// What stands between a ready feature and mainline.
#[derive(Clone, Debug, PartialEq)]
pub struct Ready {
    pub by: Person,
    pub checks: Verdict,
    pub draft: bool,
    pub conflict: bool,
    /// It comes from a copy of the repository.
    pub fork: bool,
}

impl Card {
    pub fn new(pull: PullNumber, head: Sha) -> Self {
        Self {
            pull,
            head,
            comment: None,
            unwritable: false,
            shown: Vec::new(),
            acceptance: None,
            ended: None,
            rejection: None,
            merge_refused: None,
            merged_as: None,
            reached: Vec::new(),
            under_way: None,
            buttons: None,
            finished: false,
            ready_told: false,
        }
    }

    /// GitHub has confirmed the writing of the card.
    pub fn written(&mut self, comment: CommentId, body: &str, shows: &Sha, at: Timestamp) {
        self.comment = Some(Reply {
            comment,
            body: body.to_owned(),
        });
        if self.shown.last().is_none_or(|last| last.head != *shows) {
            self.shown.push(Showing {
                head: shows.clone(),
                at,
            });
            let excess = self.shown.len().saturating_sub(SHOWINGS_MAX);
            self.shown.drain(..excess);
        }
    }

    /// The head that the card showed at this time of GitHub's.
    pub fn shown_at(&self, at: Timestamp) -> Option<&Sha> {
        let before = self.shown.iter().filter(|showing| showing.at <= at);
        // Equal times are common, because GitHub counts in whole seconds: the later record is the later writing.
        before.max_by_key(|showing| showing.at).map(|showing| &showing.head)
    }

    /// Whether another head than this one was seen since then. A push that is taken back is a push all the same: which of the
    /// two somebody looked at who spoke meanwhile, nobody knows.
    pub fn had_another_head_since(&self, at: Timestamp, head: &Sha) -> bool {
        let mut later = self.shown.iter().filter(|showing| showing.at > at);
        self.head != *head || later.any(|showing| showing.head != *head)
    }

    /// The acceptance of this head, as long as it counts.
    pub fn accepted(&self, head: &Sha) -> Option<&Acceptance> {
        self.acceptance.as_ref().filter(|acceptance| acceptance.head == *head)
    }

    /// Whether this command waits for what becomes of the feature.
    pub fn waits_for(&self, request: RequestId, command: usize) -> bool {
        let is_it = |found: &Acceptance| !found.told && found.request == request && found.command == command;
        self.acceptance.as_ref().is_some_and(is_it)
    }
}
