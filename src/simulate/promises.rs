//! What must be true of every run, judged from GitHub's history and the ledger alone. Nothing here asks the rules: what a
//! command is, who may give it and when a commit is green are worked out anew, as simply as can be.

mod ends;
mod holds;
mod moves;
mod once;
mod timeline;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::setup::Meanings;
use super::tally::Tally;
use crate::rules::memory::{Entry, EntryKind, Memory};
use crate::sandbox::{Event, Repository, What};
use crate::store::Status;

/// Everything that a run is judged by.
pub struct Evidence {
    pub history: Vec<Event>,
    pub ledger: Vec<(Timestamp, Entry)>,
    pub memory: Memory,
    pub status: Status,
    /// For the commit graph, which only grows.
    pub shop: Repository,
    pub meanings: Meanings,
    /// Comments whose delivery was answered with 202.
    pub heard: BTreeSet<u64>,
    /// Comments of which somebody told otherwise, with the webhook's secret.
    pub forged: BTreeSet<u64>,
    /// The button that this delivery told of.
    pub clicks: BTreeMap<String, Pressed>,
    pub unknown: Vec<String>,
    pub ended_at: Timestamp,
    /// Deliveries that were answered with 202 and were not on disk then.
    pub forgotten: Vec<String>,
    /// Whether everything came to rest within the good days.
    pub settled: bool,
}

/// A button that somebody pressed, as its delivery told of it.
#[derive(Clone, Debug)]
pub struct Pressed {
    pub by: String,
    run: u64,
    identifier: String,
    told_at: Timestamp,
}

impl Pressed {
    /// Read from GitHub's own payload, when it was sent.
    pub fn told_by(payload: &serde_json::Value, told_at: Timestamp) -> Self {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            by: text(&payload["sender"]["login"]),
            run: payload["check_run"]["id"].as_u64().unwrap_or_default(),
            identifier: text(&payload["requested_action"]["identifier"]),
            told_at,
        }
    }

    /// The head it was shown on, if this is what happened then.
    pub fn was<'a>(&self, event: &'a Event) -> Option<&'a str> {
        match &event.what {
            What::Clicked {
                run,
                sha,
                identifier,
                by,
            } if (*run, identifier, by) == (self.run, &self.identifier, &self.by) && event.at <= self.told_at => {
                Some(sha)
            }
            _ => None,
        }
    }
}

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub promise: Promise,
    pub how: String,
}

/// What is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    GreenOnly,
    SeenIsShipped,
    PushVoids,
    NeverBackwards,
    OrderKept,
    OneAnswer,
    OneEffect,
    AuthorityAtTheTime,
    HoldsKept,
    EveryMoveExplained,
    TimesKept,
    RunsBefore,
    OnDisk,
    EverythingEnds,
}

impl Promise {
    pub fn words(self) -> &'static str {
        match self {
            Self::GreenOnly => "green only",
            Self::SeenIsShipped => "seen is shipped",
            Self::PushVoids => "a push voids",
            Self::NeverBackwards => "never backwards without a rollback",
            Self::OrderKept => "order kept",
            Self::OneAnswer => "one answer per command",
            Self::OneEffect => "at most one effect",
            Self::AuthorityAtTheTime => "authority at the time",
            Self::HoldsKept => "holds kept",
            Self::EveryMoveExplained => "every move explained",
            Self::TimesKept => "times kept",
            Self::RunsBefore => "it runs there before it goes on",
            Self::OnDisk => "acknowledged is on disk",
            Self::EverythingEnds => "everything ends",
        }
    }
}

/// The App, as GitHub names whoever did something.
const APP: &str = "greenlight[bot]";

impl Evidence {
    /// Every promise that was not kept; counts what there was to judge.
    pub fn judge(&self, tally: &mut Tally) -> Vec<Broken> {
        let mut broken = Vec::new();
        self.judge_moves(tally, &mut broken);
        self.judge_once(tally, &mut broken);
        self.judge_words_of_holds(&mut broken);
        for guid in &self.forgotten {
            let how = format!("delivery {guid} was answered with 202, and was not on disk");
            broken.push(self::broken(Promise::OnDisk, how));
        }
        self.judge_ends(&mut broken);
        self.count(tally);
        broken
    }

    fn count(&self, tally: &mut Tally) {
        for (_, entry) in &self.ledger {
            match entry.kind {
                EntryKind::Held => tally.holds += 1,
                EntryKind::Refused => tally.refusals += 1,
                EntryKind::Armed => tally.armed += 1,
                EntryKind::AcceptanceEnded => tally.voided += 1,
                _ => {}
            }
        }
        let deployed = |event: &&Event| matches!(event.what, What::Deployed { .. });
        tally.deployments += u64::try_from(self.history.iter().filter(deployed).count()).unwrap_or(0);
    }
}

fn broken(promise: Promise, how: String) -> Broken {
    Broken { promise, how }
}
