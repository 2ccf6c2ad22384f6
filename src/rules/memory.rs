//! What Greenlight remembers of one repository between two looks, and the changes a look makes to it.
//!
//! Only what GitHub cannot tell is kept: what was asked and answered, what was shown when, and what waits.
//! Lose it all, and the pipeline still reads right from GitHub; a person may have to say a command once more.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::closes::Issue;
use super::command::Command;
use super::effect::{Effect, Refusal};
use super::feature::Card;
use super::form::Showed;
use super::id::{
    BranchName, CommentId, EnvironmentName, Login, Person, PullNumber, RequestId, Sha, UserId, WorkflowRunId,
};
use super::offer::Offer;
use super::outside::Outside;
use super::preview::{Ground, Wish};
use super::protection::{self, Question};
use super::release::Release;
use super::rollback::{After, Revert, TakenBack, WayBack};
use super::scene::Scene;
use super::sighting::Sighting;
use super::stay::{Stays, UnderWay};
use super::stretch::Cargo;
use super::welcome::Welcome;
use super::words;

/// One repository's memory, as the store loads it at the beginning of a look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// Requests that still change their answer, and those that this look's deliveries speak of.
    pub requests: BTreeMap<RequestId, Request>,
    /// The newest requests that were found to be answered in words.
    pub turns: BTreeMap<RequestId, Turn>,
    /// At most one promotion waits for each environment.
    pub armed: BTreeMap<EnvironmentName, Armed>,
    /// At most one hold for each environment.
    pub holds: BTreeMap<EnvironmentName, Hold>,
    /// Since when the stage before an environment has had which commits, where somebody wants to know.
    pub soaking: BTreeMap<EnvironmentName, Soaking>,
    /// What the promotion pull requests showed, oldest first.
    pub shown: Vec<Shown>,
    /// What was last seen of each environment's gap.
    pub gaps: BTreeMap<EnvironmentName, Gap>,
    /// Which pull request brought a commit, for commits of mainline that were asked about before.
    pub origins: BTreeMap<Sha, Origin>,
    /// What came to an environment by another road than a promotion of ours.
    pub outside: BTreeMap<EnvironmentName, Outside>,
    /// What was seen to run in each environment.
    pub stays: BTreeMap<EnvironmentName, Stays>,
    /// The environments that were taken back to what ran there before, or are about to be.
    pub ways_back: BTreeMap<EnvironmentName, WayBack>,
    /// What the checker has seen; only its own work loads and changes them.
    pub sightings: BTreeMap<EnvironmentName, Sighting>,
    /// The features that were made ready once.
    pub cards: BTreeMap<PullNumber, Card>,
    /// What waits for a `/confirm`, and the newest of what did, by the pull request where it was offered.
    pub offers: BTreeMap<PullNumber, Offer>,
    /// What GitHub asked before workflow runs deploy: all that is open, and the newest of the rest.
    pub questions: BTreeMap<(WorkflowRunId, String), Question>,
    /// The features that are to be shown on a dev instance.
    pub previews: BTreeMap<PullNumber, Wish>,
    /// The branches of the dev instances, as we left them.
    pub grounds: BTreeMap<BranchName, Ground>,
    /// Releases, by their commits: all that are open, and the newest of the rest.
    pub releases: BTreeMap<Sha, Release>,
    /// What became of the pull request that proposes a configuration, once there was anything to remember of it.
    pub welcome: Option<Welcome>,
    /// What the pages show of the repository.
    pub scene: Option<Arc<Scene>>,
    /// Effects that were begun and whose end is not known, by key: a crash or a lost answer lies behind them.
    pub unconfirmed: BTreeMap<String, Unconfirmed>,
}

impl Memory {
    /// Whether the environment's branch is about to be taken back: nothing else may move it meanwhile.
    pub fn is_about_to_go_back(&self, environment: &EnvironmentName) -> bool {
        let known = self.ways_back.get(environment);
        known.is_some_and(WayBack::is_about_to_move)
    }

    /// From where this feature was taken back, and has not come again.
    pub fn taken_back(&self, feature: PullNumber) -> Vec<(EnvironmentName, TakenBack)> {
        let marks = self.ways_back.values();
        let of_it = marks.filter_map(|known| Some((known.environment.clone(), known.mark_of(feature)?.clone())));
        of_it.collect()
    }

    /// Makes one change, as the store will have made it when memory is loaded again.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Request(request) => {
                self.requests.insert(request.id, request.clone());
            }
            Change::Turn(turn) => {
                self.turns.insert(turn.request, turn.clone());
            }
            Change::Arm(armed) => {
                self.armed.insert(armed.environment.clone(), armed.clone());
            }
            Change::Disarm(environment) => {
                self.armed.remove(environment);
            }
            Change::Hold(hold) => {
                self.holds.insert(hold.environment.clone(), hold.clone());
            }
            Change::Unhold(environment) => {
                self.holds.remove(environment);
            }
            Change::Soaking(soaking) => {
                self.soaking.insert(soaking.environment.clone(), soaking.clone());
            }
            Change::Shown(shown) => self.shown.push(shown.clone()),
            Change::Gap(gap) => {
                self.gaps.insert(gap.environment.clone(), gap.clone());
            }
            Change::Origin { commit, origin } => {
                self.origins.insert(commit.clone(), origin.clone());
            }
            Change::Card(card) => {
                self.cards.insert(card.pull, card.as_ref().clone());
            }
            Change::Outside(outside) => {
                self.outside
                    .insert(outside.environment.clone(), outside.as_ref().clone());
            }
            Change::Stays(stays) => {
                self.stays.insert(stays.environment.clone(), stays.as_ref().clone());
            }
            Change::WayBack(way_back) => {
                self.ways_back
                    .insert(way_back.environment.clone(), way_back.as_ref().clone());
            }
            Change::Sighting(sighting) => {
                self.sightings
                    .insert(sighting.environment.clone(), sighting.as_ref().clone());
            }
            Change::Offer(offer) => {
                self.offers.insert(offer.pull, offer.clone());
            }
            Change::Question(question) => {
                let key = protection::key(question.run, &question.environment);
                self.questions.insert(key, question.as_ref().clone());
            }
            Change::Preview(wish) => {
                self.previews.insert(wish.pull, wish.clone());
            }
            Change::Unpreview(pull) => {
                self.previews.remove(pull);
            }
            Change::Ground(ground) => {
                self.grounds.insert(ground.branch.clone(), ground.clone());
            }
            Change::Release(release) => {
                self.releases.insert(release.commit.clone(), release.as_ref().clone());
            }
            Change::Welcome(welcome) => self.welcome = Some(welcome.clone()),
            Change::Scene(scene) => self.scene = Some(scene.clone()),
            Change::Forget { effect } => {
                self.unconfirmed.remove(effect);
            }
            Change::Ledger(_) => {}
        }
    }
}

/// Something said that holds commands, whichever road it came by: one row for ever, so that no command is ever carried out twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    #[serde(alias = "comment")]
    pub id: RequestId,
    /// What it is about, and where it is answered; [`PullNumber::NONE`] for what was asked on the board of no pull request.
    pub pull: PullNumber,
    pub asked_by: Person,
    /// GitHub's time of it; ours of what was asked on the board.
    pub asked_at: Timestamp,
    /// The commands as they were written, each with what is to be said of it now.
    pub answers: Vec<Answer>,
    /// Whether the 👀 was put on it (or could not be).
    pub acknowledged: bool,
    /// Our reply, once GitHub has confirmed it.
    pub reply: Option<Reply>,
    /// What was said, where GitHub does not keep it as it was: a review may be edited unseen, and a click is told once.
    #[serde(default)]
    pub said: Option<Said>,
    /// SHA-256 of a comment's text as it was taken up, in hexadecimal: GitHub's times are whole seconds, so an edit within the
    /// first one does not show in them.
    #[serde(default)]
    pub text_sha256: Option<String>,
    /// No reply is written: GitHub refused to take it (a locked conversation, for example), or a reaction stands for it.
    pub unanswerable: bool,
}

/// What was said by another road than a comment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Said {
    /// In the summary of a review, having looked at this commit.
    InReview { body: String, commit: Option<Sha> },
    /// By a button of this name, shown on this commit.
    ByButton { identifier: String, head: Sha },
    /// By a form of the board, which had shown this.
    OnBoard { command: Command, showed: Showed },
}

impl Request {
    /// Nothing about this request changes any more: it needs no further look.
    pub fn is_settled(&self) -> bool {
        let told = self.unanswerable || self.reply.as_ref().is_some_and(|reply| reply.body == self.body());
        self.answers.is_empty() || (told && self.answers.iter().all(|answer| answer.is_final))
    }

    /// The visible part of the reply: every command's answer, in the order they were written.
    pub fn body(&self) -> String {
        let texts: Vec<&str> = self.answers.iter().map(|answer| answer.text.as_str()).collect();
        let texts = texts.join("\n\n---\n\n");
        match words::button::said(self) {
            Some(said) if !texts.is_empty() => format!("{said}\n\n{texts}"),
            _ => texts,
        }
    }
}

/// A request is answered in words; it counts when the same person asks again on the same pull request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    pub request: RequestId,
    pub pull: PullNumber,
    pub person: UserId,
    /// When it was asked, by GitHub's time.
    pub at: Timestamp,
}

/// What is said of one command.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Markdown for the person who asked; empty until the first decision.
    pub text: String,
    /// Whether the command has come to its end.
    pub is_final: bool,
}

/// Our comment that answers a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    pub comment: CommentId,
    /// The body as last confirmed by GitHub, without the hidden marker.
    pub body: String,
}

/// A promotion that was asked for and waits for its gates; it goes by itself when they open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Armed {
    pub environment: EnvironmentName,
    /// The commit that was shown to who asked: this one goes, and no other.
    pub commit: Sha,
    pub asked_by: Person,
    /// The request it came from, and which of its commands.
    pub request: RequestId,
    pub command: usize,
    pub armed_at: Timestamp,
    /// Not before this, where the person said when.
    pub not_before: Option<Timestamp>,
    /// When the clock gives a reason to look at it, although nothing was heard: a hold ends, an allowed time begins.
    pub look_at: Option<Timestamp>,
    /// After this it ends by itself.
    pub expires_at: Timestamp,
    /// What it takes along, and what landed later and stays behind.
    pub carrying: Cargo,
    pub leaving: Cargo,
    /// Nothing may go along that `carrying` does not name: who asked was told just that.
    #[serde(default)]
    pub as_listed: bool,
    /// How far it has come.
    pub progress: Progress,
}

impl Armed {
    /// GitHub has confirmed the move; it remains to be told.
    pub fn has_moved(&self) -> bool {
        matches!(self.progress, Progress::Moved { .. })
    }
}

/// Nothing goes into the environment until the hold ends; what waits goes on by itself afterwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    pub environment: EnvironmentName,
    pub held_by: Person,
    /// Somebody's own words: shown through `quote` only.
    pub because: Option<String>,
    pub until: Timestamp,
    /// The request it came from, and which of its commands: its answer tells how the hold goes on.
    pub request: RequestId,
    pub command: usize,
    /// Whether it was told that the hold is about to end.
    pub warned: bool,
    /// A rollback made it.
    #[serde(default)]
    pub after: Option<Box<After>>,
}

impl Hold {
    /// By what it is known on a promotion pull request.
    pub fn notice(&self) -> HoldNotice {
        HoldNotice {
            request: self.request,
            command: self.command,
            warned: self.warned,
        }
    }
}

/// Which hold a promotion pull request tells of, and whether as one that is about to end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldNotice {
    pub request: RequestId,
    pub command: usize,
    pub warned: bool,
}

/// Which tips the stage before an environment was seen to have, and since when; only those that still wait there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Soaking {
    pub environment: EnvironmentName,
    /// Oldest first.
    pub seen: Vec<(Sha, Timestamp)>,
}

/// How far an armed promotion has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Progress {
    /// It waits, or is about to move.
    Waiting,
    /// GitHub has confirmed the move, from this commit; it remains to be told.
    Moved {
        before: Sha,
        /// The commit that merged it in, where the environment has commits of its own.
        #[serde(default)]
        merged_as: Option<Sha>,
    },
    /// GitHub refused the move; it remains to be told.
    Refused(Refusal),
}

/// A promotion pull request showed a commit, at GitHub's own time of writing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    pub environment: EnvironmentName,
    pub pull: PullNumber,
    pub commit: Sha,
    pub at: Timestamp,
}

/// What was last seen between an environment and the stage before it; news that only repeats it costs no request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    pub environment: EnvironmentName,
    pub base: BranchName,
    pub head: BranchName,
    pub base_at: Option<Sha>,
    pub head_at: Option<Sha>,
    /// The standing promotion pull request, while it is open.
    pub pull: Option<PullNumber>,
    /// The hold that the pull request's description tells of.
    pub hold: Option<HoldNotice>,
    /// Whether the pull request's description tells of a promotion that waits.
    #[serde(default)]
    pub waits: bool,
    /// What the description tells of the stage before: that its newest is not known to run.
    #[serde(default)]
    pub under_way: Option<UnderWay>,
    /// Since when the pull request has nothing left to promote although GitHub still calls it open.
    pub empty_since: Option<Timestamp>,
    /// When to look once more, because GitHub told of a push and did not show it yet when it was asked.
    #[serde(default)]
    pub look_again: Option<Timestamp>,
}

/// Where a commit of mainline came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Origin {
    /// The pull request that brought it.
    Feature(Feature),
    /// No pull request: pushed directly.
    Direct,
    /// A rollback put it on top, or it undoes such a commit.
    Revert(Box<Revert>),
}

/// A pull request into mainline, as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    pub number: PullNumber,
    pub title: String,
    /// The author's login; `None` when the account is gone.
    pub author: Option<Login>,
    /// The issues that it closes.
    #[serde(default)]
    pub closes: Vec<Issue>,
}

/// An effect whose outcome was never recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unconfirmed {
    pub effect: Effect,
    /// When it was sent; `None` if it was only intended, so that GitHub cannot have seen it.
    pub sent_at: Option<Timestamp>,
}

/// One change of memory. All changes of one decision are committed together, before the effects that follow from it.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Inserts the request, or replaces its answers, acknowledgement and reply.
    Request(Request),
    Turn(Turn),
    Arm(Armed),
    Disarm(EnvironmentName),
    /// Holds the environment, in place of an earlier hold.
    Hold(Hold),
    Unhold(EnvironmentName),
    Soaking(Soaking),
    Shown(Shown),
    Gap(Gap),
    Origin {
        commit: Sha,
        origin: Origin,
    },
    Card(Box<Card>),
    Outside(Box<Outside>),
    Stays(Box<Stays>),
    WayBack(Box<WayBack>),
    Sighting(Box<Sighting>),
    /// Makes an offer in place of an earlier one on the same pull request, or says what became of it.
    Offer(Offer),
    /// Remembers a question of GitHub's, or how far it has come.
    Question(Box<Question>),
    /// How a feature stands with the previews.
    Preview(Wish),
    /// It is not to be shown any more, and leaves what it had.
    Unpreview(PullNumber),
    Ground(Ground),
    /// Wants a release, or says what became of it.
    Release(Box<Release>),
    /// What became of the pull request that proposes a configuration.
    Welcome(Welcome),
    /// There is something new to see.
    Scene(Arc<Scene>),
    /// Forgets an effect that turned out to be done or not to be needed any more.
    Forget {
        effect: String,
    },
    Ledger(Entry),
}

/// A line of the ledger: who asked for what, what was decided and why, what happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub kind: EntryKind,
    pub who: Option<Person>,
    pub pull: Option<PullNumber>,
    pub request: Option<RequestId>,
    pub environment: Option<EnvironmentName>,
    /// The environment's branch before and after, where it moved or was to move.
    pub before: Option<Sha>,
    pub after: Option<Sha>,
    /// Why, in words; and which gates stood how.
    pub why: String,
    pub gates: Vec<String>,
    /// The features that came to the environment with it, or went away, as far as they are told apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<PullNumber>,
}

/// What kind of thing a line of the ledger tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Asked,
    Refused,
    Armed,
    Disarmed,
    Held,
    Unheld,
    /// Every gate was open, and the move was wished for.
    GatesOpen,
    Promoted,
    Answered,
    Ignored,
    PromotionPull,
    EnvironmentMoved,
    Accepted,
    /// A feature was made ready for the first time.
    Ready,
    /// An acceptance came to nothing: a push, a label taken off.
    AcceptanceEnded,
    SentBack,
    Merged,
    /// Changes appeared on an environment that the stage before does not have.
    PushedDirectly,
    /// What would go was listed, and waits for a further word.
    Offered,
    OfferEnded,
    /// What was moved is known to run, or how else its deployment stands.
    Deploying,
    Running,
    DeploymentFailed,
    /// A workflow run was let through into its environment, was refused, or was told why it waits.
    RunApproved,
    RunRejected,
    RunWaits,
    /// A feature was given a dev instance.
    PreviewGiven,
    PreviewFreed,
    /// A release was made, or GitHub would not let us.
    Released,
    /// An environment was taken back to what ran there before.
    RolledBack,
    /// Developers were told of a rollback, or could not be.
    DevelopersTold,
    /// What was taken back has come again.
    CameAgain,
}
