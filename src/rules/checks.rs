//! Answers one question: is this commit green? What CI reported, and what is wanted, in; a [`Verdict`], out.
//!
//! C1 Statuses and check runs both count; the newest of each, and nothing of our own.
//! C2 Only success, neutral and skipped pass. A value GitHub adds tomorrow does not.
//! C3 Nothing reported is not green, and neither is a reading that is not whole.
//! C4 A wanted name that nobody reported is waited for ("expected"), never assumed.
//! C5 One more thing that does not pass never turns a verdict green.
//! C6 The order in which GitHub lists things changes nothing.
//!
//! Accepted: a job that ran in two suites (by push and by pull request) counts twice, and each has to pass by itself. A new
//! suite does not heal an old one: which of the two is meant, GitHub does not say, so a person re-runs the red one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

mod reported;

use reported::Reported;
pub use reported::{CheckRun, Checks, CommitStatus, Conclusion, RunStatus, StatusState};

/// What has to be green before a commit may move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// What the branch's rules require; where they require nothing, everything that was reported, and at least one thing.
    Auto { required: Vec<Required> },
    /// The configuration says `checks: none`: green, whatever was reported and however much of it was read.
    Nothing,
    /// Everything that matches one of these, and at least one thing for each.
    Named(Vec<CheckPattern>),
}

/// A name that a ruleset or branch protection requires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Required {
    /// The status context or the check run's name.
    pub context: String,
    /// The only App whose word counts. `None`, or the -1 of classic branch protection: anybody's.
    pub app_id: Option<i64>,
}

impl Required {
    fn bound_to(&self) -> Option<i64> {
        self.app_id.filter(|id| *id > 0)
    }
}

/// The name of a check as the configuration writes it, where `*` stands for any number of any characters.
///
/// Case is ignored, for runs too: GitHub ignores it in contexts, and reading too much into a pattern only asks for more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CheckPattern(pub String);

impl CheckPattern {
    /// Whether a status context or a check run's name is meant.
    pub fn matches(&self, name: &str) -> bool {
        let pattern: Vec<char> = folded(&self.0).chars().collect();
        let name: Vec<char> = folded(name).chars().collect();
        let (mut p, mut n) = (0, 0);
        // Where the last star stood, and how much of the name it had to swallow so far: going back there is enough.
        let mut star: Option<(usize, usize)> = None;
        while n < name.len() {
            if pattern.get(p) == Some(&'*') {
                star = Some((p, n));
                p += 1;
            } else if pattern.get(p) == Some(&name[n]) {
                p += 1;
                n += 1;
            } else if let Some((at, swallowed)) = star {
                star = Some((at, swallowed + 1));
                p = at + 1;
                n = swallowed + 1;
            } else {
                return false;
            }
        }
        pattern[p..].iter().all(|c| *c == '*')
    }
}

/// The answer, with everything a sentence such as "3 of 5 passed; waiting for e2e" needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub state: State,
    /// Everything that counted, the worst first, then by name.
    pub items: Vec<Item>,
    pub passed: usize,
    pub total: usize,
    /// What keeps the whole from being judged although no single item says so.
    pub shortfall: Option<Shortfall>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum State {
    Green,
    /// It can turn green by itself, or by one click of a person.
    Waiting,
    /// Somebody has to mend or re-run something.
    Red,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shortfall {
    /// No status and no check run yet. "No CI" and "CI not started" look the same on GitHub.
    NothingReported,
    /// Not every page was read, so neither green nor red can be said.
    NotAllRead,
}

/// One check that counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Item {
    /// The status context, the run's name, or the wanted name that nobody reported.
    pub name: String,
    pub source: Source,
    pub reason: Reason,
    /// Where a person sees more.
    pub link: Option<String>,
}

impl Item {
    /// Follows from the reason.
    pub fn state(&self) -> State {
        self.reason.state()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Source {
    Status,
    CheckRun {
        app_slug: Option<String>,
    },
    /// Wanted, and not reported.
    Nobody,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    Passed(Pass),
    WaitingFor(WaitingFor),
    Failed(Failure),
}

impl Reason {
    /// The colour of a check that has this reason.
    pub fn state(&self) -> State {
        match self {
            Self::Passed(_) => State::Green,
            Self::WaitingFor(_) => State::Waiting,
            Self::Failed(_) => State::Red,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Pass {
    Success,
    Neutral,
    Skipped,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WaitingFor {
    /// It is queued or running.
    Finish,
    /// A person has to approve it where it runs: CircleCI's approval jobs, GitHub's protected environments.
    Person,
    /// Wanted, but not reported on this commit.
    Report,
    /// Reported, but not by the App that the branch's rules name.
    ReportFrom { app_id: i64 },
    /// Skipped, while the rest of its suite is not done: a re-run may still reach it.
    RestOfSuite,
    /// A value that this version does not know.
    Meaning(String),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Failure {
    /// It ran, and says no.
    Red,
    /// It never came to a result (cancelled, timed out, could not start, went stale): somebody re-runs it.
    MustRunAgain,
    /// GitHub's `action_required`: a person has to do something where the check runs.
    PersonMustAct,
    /// Skipped, and something else in its suite is red: it would have run had that passed.
    SkippedAfterFailure,
    /// Completed with a conclusion that this version does not know.
    Meaning(String),
}

/// Judges one commit. `own_app_id` is Greenlight's App: what it reported itself, or is required to report, is left out.
///
/// A required name that only Greenlight reports must be bound to its App in the branch's rules; unbound, it is waited for.
///
/// # Source
/// What passes a required check: "Troubleshooting required status checks" in GitHub's documentation.
pub fn judge(checks: &Checks, wanted: &Wanted, own_app_id: i64) -> Verdict {
    if *wanted == Wanted::Nothing {
        return Verdict::of(Vec::new(), None);
    }
    let reported = checks.newest(own_app_id);
    let (chosen, missing) = choose(&reported, wanted, own_app_id);
    let items: Vec<Item> = chosen
        .into_iter()
        .map(|index| reported[index].item.clone())
        .chain(missing)
        .collect();
    let shortfall = match (checks.complete, items.is_empty()) {
        (false, _) => Some(Shortfall::NotAllRead),
        (true, true) => Some(Shortfall::NothingReported),
        (true, false) => None,
    };
    Verdict::of(items, shortfall)
}

/// Which of the reported things count, and an item for each wanted thing that was not reported.
fn choose(reported: &[Reported], wanted: &Wanted, own_app_id: i64) -> (BTreeSet<usize>, Vec<Item>) {
    let mut chosen = BTreeSet::new();
    let mut missing = Vec::new();
    let mut want = |name: &str, found: Result<Vec<usize>, WaitingFor>| match found {
        Ok(indices) => chosen.extend(indices),
        Err(waiting_for) => missing.push(Item {
            name: name.to_owned(),
            source: Source::Nobody,
            reason: Reason::WaitingFor(waiting_for),
            link: None,
        }),
    };
    match wanted {
        Wanted::Nothing => {}
        Wanted::Named(patterns) => {
            for pattern in patterns {
                let found = indices(reported, |r| pattern.matches(&r.item.name));
                want(&pattern.0, found.ok_or(WaitingFor::Report));
            }
        }
        Wanted::Auto { required } => {
            let mut others = required
                .iter()
                .filter(|required| required.bound_to() != Some(own_app_id))
                .peekable();
            if others.peek().is_none() {
                chosen.extend(0..reported.len());
                return (chosen, missing);
            }
            for required in others {
                want(&required.context, find_required(reported, required));
            }
        }
    }
    (chosen, missing)
}

/// A status and a run of one required name are both required, and so is the run of every suite.
fn find_required(reported: &[Reported], required: &Required) -> Result<Vec<usize>, WaitingFor> {
    let is_named = |r: &Reported| folded(&r.item.name) == folded(&required.context);
    let named = indices(reported, is_named).ok_or(WaitingFor::Report)?;
    let Some(app_id) = required.bound_to() else {
        return Ok(named);
    };
    // What somebody else reported under that name never stands in for the App's word, but it counts against it:
    // GitHub keeps one status per context, so theirs may have taken the place of a red one of the App's.
    match indices(reported, |r| is_named(r) && r.app_id == Some(app_id)) {
        Some(_) => Ok(named),
        None => Err(WaitingFor::ReportFrom { app_id }),
    }
}

/// `None` when there is none.
fn indices(reported: &[Reported], is_meant: impl Fn(&Reported) -> bool) -> Option<Vec<usize>> {
    let found: Vec<usize> = (0..reported.len()).filter(|i| is_meant(&reported[*i])).collect();
    (!found.is_empty()).then_some(found)
}

impl Verdict {
    fn of(mut items: Vec<Item>, shortfall: Option<Shortfall>) -> Self {
        items.sort_by(|a, b| b.state().cmp(&a.state()).then_with(|| a.cmp(b)));
        let worst = items.first().map_or(State::Green, Item::state);
        Self {
            // What was not read may hold the re-run that mended what looks red here.
            state: if shortfall.is_some() { State::Waiting } else { worst },
            passed: items.iter().filter(|item| item.state() == State::Green).count(),
            total: items.len(),
            items,
            shortfall,
        }
    }
}

fn folded(name: &str) -> String {
    name.to_lowercase()
}
