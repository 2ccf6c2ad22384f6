//! What CI reported on one commit, as GitHub tells it, and what each report says by itself.
//!
//! Values that GitHub may add to are kept as they were written, so that an unknown one can be shown and is never a pass.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Failure, Item, Pass, Reason, Source, State, WaitingFor, folded};

/// Everything CI said about one commit, from both of GitHub's stores.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    pub statuses: Vec<CommitStatus>,
    pub runs: Vec<CheckRun>,
    /// Every page of both was read. What was not read is not known, and never green.
    pub complete: bool,
}

/// A commit status. GitHub ignores case in `context`, and holds up to 1,000 for each context of a commit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CommitStatus {
    pub context: String,
    pub state: StatusState,
    pub description: Option<String>,
    pub target_url: Option<String>,
    /// The App that posted it. GitHub has no field for that; the avatar of an App's bot ends in `/in/<app id>`.
    /// `None` never counts for a requirement that is bound to an App.
    pub app_id: Option<i64>,
    pub updated_at: Timestamp,
}

/// A check run. A re-run has the same id, or a higher one with the same name in the same suite.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CheckRun {
    pub id: i64,
    pub name: String,
    pub app_id: Option<i64>,
    pub app_slug: Option<String>,
    pub suite_id: Option<i64>,
    pub status: RunStatus,
    pub conclusion: Option<Conclusion>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    /// The page on GitHub.
    pub html_url: Option<String>,
    /// The page where it ran.
    pub details_url: Option<String>,
}

macro_rules! words_of_github {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $($variant,)*
            /// A word this version does not know, as GitHub wrote it.
            Unknown(String),
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$variant,)*
                    _ => Self::Unknown(word),
                }
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$variant => $word.to_owned(),)*
                    $name::Unknown(word) => word,
                }
            }
        }
    };
}

words_of_github!(
    /// The state of a commit status.
    StatusState {
        Success = "success",
        Failure = "failure",
        Error = "error",
        Pending = "pending",
    }
);
words_of_github!(
    /// How far a check run is. `waiting`, `requested` and `pending` are only used by GitHub Actions.
    RunStatus {
        Queued = "queued",
        InProgress = "in_progress",
        Completed = "completed",
        Waiting = "waiting",
        Requested = "requested",
        Pending = "pending",
    }
);
words_of_github!(
    /// How a check run ended.
    Conclusion {
        Success = "success",
        Neutral = "neutral",
        Skipped = "skipped",
        Failure = "failure",
        Cancelled = "cancelled",
        TimedOut = "timed_out",
        ActionRequired = "action_required",
        Stale = "stale",
        StartupFailure = "startup_failure",
    }
);

/// One report that counts: the newest of its kind, and not ours.
pub(super) struct Reported {
    pub item: Item,
    pub app_id: Option<i64>,
}

impl Checks {
    /// The newest status of each context and the newest run of each name, App and suite; without what `own_app_id` reported.
    pub(super) fn newest(&self, own_app_id: i64) -> Vec<Reported> {
        let is_ours = |app_id: Option<i64>| app_id == Some(own_app_id);
        let statuses = newest_of(
            self.statuses.iter().filter(|status| !is_ours(status.app_id)),
            |status| folded(&status.context),
            |status| (status.updated_at, status.reason().state()),
        );
        let runs = newest_of(
            self.runs.iter().filter(|run| !is_ours(run.app_id)),
            // Of a run without a suite it cannot be told what it re-runs, so each one counts.
            |run| (run.name.as_str(), run.app_id, run.suite_id.ok_or(run.id)),
            |run| (run.id, run.reason().state()),
        );
        let suites = worst_of_suites(&runs);
        let from_statuses = statuses.iter().map(|status| Reported {
            item: status.item(),
            app_id: status.app_id,
        });
        let from_runs = runs.iter().map(|run| Reported {
            item: run.item(suites[&(run.app_id, run.suite_id)]),
            app_id: run.app_id,
        });
        from_statuses.chain(from_runs).collect()
    }
}

/// The highest `age` of each `key`. `age` ends in the state, so that of two equally new ones the worse counts,
/// and the whole content decides last, so that their order never does.
fn newest_of<'a, T: Ord, K: Ord, A: Ord>(
    all: impl Iterator<Item = &'a T>,
    key: impl Fn(&'a T) -> K,
    age: impl Fn(&'a T) -> A,
) -> Vec<&'a T> {
    let mut newest: BTreeMap<K, &T> = BTreeMap::new();
    for one in all {
        newest
            .entry(key(one))
            .and_modify(|kept| {
                if (age(one), one) > (age(kept), *kept) {
                    *kept = one;
                }
            })
            .or_insert(one);
    }
    newest.into_values().collect()
}

type Suite = (Option<i64>, Option<i64>);

fn worst_of_suites(runs: &[&CheckRun]) -> BTreeMap<Suite, State> {
    let mut worst = BTreeMap::new();
    for run in runs {
        let state = run.reason().state();
        let kept = worst.entry((run.app_id, run.suite_id)).or_insert(state);
        *kept = state.max(*kept);
    }
    worst
}

impl CommitStatus {
    fn item(&self) -> Item {
        Item {
            name: self.context.clone(),
            source: Source::Status,
            reason: self.reason(),
            link: self.target_url.clone(),
        }
    }

    fn reason(&self) -> Reason {
        match &self.state {
            StatusState::Success => Reason::Passed(Pass::Success),
            StatusState::Failure => Reason::Failed(Failure::Red),
            StatusState::Error if self.was_stopped() => Reason::Failed(Failure::MustRunAgain),
            StatusState::Error => Reason::Failed(Failure::Red),
            StatusState::Pending if self.is_held() => Reason::WaitingFor(WaitingFor::Person),
            StatusState::Pending => Reason::WaitingFor(WaitingFor::Finish),
            StatusState::Unknown(word) => Reason::WaitingFor(WaitingFor::Meaning(word.clone())),
        }
    }

    /// Semaphore reports a stopped pipeline as `error`, "The build was canceled on Semaphore 2.0."
    /// (semaphoreio/semaphore, `github_notifier/utils/state.ex`); CircleCI words a cancelled job alike.
    fn was_stopped(&self) -> bool {
        let description = folded(self.description.as_deref().unwrap_or_default());
        ["canceled", "cancelled", "stopped"]
            .iter()
            .any(|word| description.contains(word))
    }

    /// A CircleCI approval job stays pending, "Your job is on hold on CircleCI!", until somebody approves it there.
    /// Without a description only the usual names of such jobs tell; this chooses words, never a colour.
    fn is_held(&self) -> bool {
        let context = folded(&self.context);
        if !context.starts_with("ci/circleci") {
            return false;
        }
        match self.description.as_deref() {
            Some(text) if !text.is_empty() => folded(text).contains("on hold"),
            _ => context
                .rsplit([':', '/', ' ', '-', '_'])
                .any(|word| matches!(word, "hold" | "approve" | "approval")),
        }
    }
}

impl CheckRun {
    /// `suite` is the worst that any run of its suite says by itself.
    fn item(&self, suite: State) -> Item {
        let reason = match (self.reason(), suite) {
            // A job whose dependency failed is reported as skipped, which would pass; so a skipped run is worth
            // no more than the rest of its suite.
            (Reason::Passed(Pass::Skipped), State::Red) => Reason::Failed(Failure::SkippedAfterFailure),
            (Reason::Passed(Pass::Skipped), State::Waiting) => Reason::WaitingFor(WaitingFor::RestOfSuite),
            (reason, _) => reason,
        };
        Item {
            name: self.name.clone(),
            source: Source::CheckRun {
                app_slug: self.app_slug.clone(),
            },
            reason,
            link: self.html_url.clone().or_else(|| self.details_url.clone()),
        }
    }

    fn reason(&self) -> Reason {
        match &self.status {
            RunStatus::Completed => self.ended(),
            // A deployment protection rule of GitHub's environments: nearly always somebody's approval.
            RunStatus::Waiting => Reason::WaitingFor(WaitingFor::Person),
            RunStatus::Unknown(word) => Reason::WaitingFor(WaitingFor::Meaning(word.clone())),
            RunStatus::Queued | RunStatus::InProgress | RunStatus::Requested | RunStatus::Pending => {
                Reason::WaitingFor(WaitingFor::Finish)
            }
        }
    }

    fn ended(&self) -> Reason {
        match &self.conclusion {
            Some(Conclusion::Success) => Reason::Passed(Pass::Success),
            Some(Conclusion::Neutral) => Reason::Passed(Pass::Neutral),
            Some(Conclusion::Skipped) => Reason::Passed(Pass::Skipped),
            Some(Conclusion::Failure) => Reason::Failed(Failure::Red),
            Some(Conclusion::ActionRequired) => Reason::Failed(Failure::PersonMustAct),
            Some(Conclusion::Cancelled | Conclusion::TimedOut | Conclusion::Stale | Conclusion::StartupFailure) => {
                Reason::Failed(Failure::MustRunAgain)
            }
            Some(Conclusion::Unknown(word)) => Reason::Failed(Failure::Meaning(word.clone())),
            // GitHub clears the conclusion when a re-run is asked for.
            None => Reason::WaitingFor(WaitingFor::Finish),
        }
    }
}
