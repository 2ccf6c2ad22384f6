//! The gates of a promotion: every one is evaluated, in the design's order, each with the reason for which it is not open.
//!
//! G1 A promotion goes only while every gate is open.
//! G2 What was not read, or is not understood, never opens a gate.
//! G3 Gates are plain values: answers, pull requests and the ledger all speak from the same ones.

use jiff::{SignedDuration, Timestamp};

use super::authority::Why;
use super::checks::{self, Verdict};
use super::config::Strategy;
use super::id::{BranchName, PullNumber};
use super::memory::Hold;
use super::outside::{Held, Hotfix, Standing};
use super::snapshot::Between;
use super::stay::{How, UnderWay};

/// The gates this version knows, in the order they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    Owner,
    Order,
    Hold,
    Window,
    Checks,
    Deployed,
    Soak,
    History,
}

impl Name {
    /// As it is shown and written to the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Order => "order",
            Self::Hold => "hold",
            Self::Window => "window",
            Self::Checks => "checks",
            Self::Deployed => "deployed",
            Self::Soak => "soak",
            Self::History => "history",
        }
    }
}

/// One condition of a promotion.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    pub name: Name,
    pub state: State,
}

/// How a gate stands.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    Open,
    /// It can open by itself.
    Waiting(Reason),
    /// Somebody has to do something first.
    Shut(Reason),
}

/// Why a gate is not open.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    NotAllowed(Why),
    /// The commit is not on the stage before.
    NotOnStageBefore {
        from: BranchName,
    },
    /// Shut, and opened again by the end of the hold.
    OnHold(Hold),
    /// Greenlight itself holds it, until something is mended or an owner opens it again.
    HeldBack(Held),
    /// It may be moved at certain times only; this is the next.
    OutsideWindows {
        opens_at: Timestamp,
    },
    /// The checks, with every one that counted.
    Checks(Verdict),
    ChecksNotRead,
    /// It is on the stage before, and is not known to run there.
    NotRunning(UnderWay),
    /// It has to have been on the stage before for so long; `until` is `None` while it does not run there.
    Soaking {
        from: BranchName,
        wanted: SignedDuration,
        until: Option<Timestamp>,
    },
    /// The environment's branch has commits that the stage before has not.
    Diverged {
        branch: BranchName,
        from: BranchName,
        mainline: BranchName,
        own_commits: u64,
    },
    /// What was put on the environment directly has to come back to mainline first.
    HotfixFirst {
        hotfix: Hotfix,
        mainline: BranchName,
    },
    /// This pull request made copies, so that the two branches have the same changes as different commits.
    Copies {
        from: BranchName,
        pull: PullNumber,
    },
    /// The environment's branch has merges of its own, which bring nothing that the stage before lacks.
    OnlyMerges {
        branch: BranchName,
        from: BranchName,
    },
    /// The environment's branch cannot be moved straight to this commit.
    NoStraightWay {
        branch: BranchName,
    },
}

/// What the gates look at. Each field was read from GitHub in this look.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub refused: Option<&'a Why>,
    /// The branch of the stage before, and of the environment.
    pub from: &'a BranchName,
    pub branch: &'a BranchName,
    /// The stretch from the environment to the stage before.
    pub between: &'a Between,
    /// The commit that was shown.
    pub commit: &'a super::id::Sha,
    /// The commit's checks; `None` when they have not been read.
    pub checks: Option<&'a Verdict>,
    pub runs: &'a Runs,
    pub clock: &'a Clock,
    pub own: &'a Own,
}

/// Whether the stage before has the commit running.
#[derive(Clone, Debug, PartialEq)]
pub enum Runs {
    /// So far as the repository tells.
    Yes,
    NotYet(UnderWay),
}

/// How the environment's branch is moved, and what it has that the stage before has not.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    pub strategy: Strategy,
    pub mainline: BranchName,
    /// Commits that change something.
    pub changes: u64,
    /// Commits that only join two others.
    pub merges: u64,
    /// What came by another road and still has a say.
    pub standing: Standing,
}

/// What the clock says now. Each is `None` where it does not stand in the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clock {
    pub hold: Option<Hold>,
    /// Why Greenlight itself holds the environment.
    pub held_back: Option<Held>,
    /// When the next allowed time begins.
    pub opens_at: Option<Timestamp>,
    /// For how long the commit has to have been on the stage before, and when that will be so; `None` inside: it has not
    /// begun.
    pub soaking: Option<(SignedDuration, Option<Timestamp>)>,
}

/// Evaluates every gate.
pub fn gates(facts: &Facts<'_>) -> Vec<Gate> {
    vec![
        Gate {
            name: Name::Owner,
            state: owner(facts),
        },
        Gate {
            name: Name::Order,
            state: order(facts),
        },
        Gate {
            name: Name::Hold,
            state: hold(facts.clock),
        },
        Gate {
            name: Name::Window,
            state: window(facts.clock),
        },
        Gate {
            name: Name::Checks,
            state: checks_gate(facts.checks),
        },
        Gate {
            name: Name::Deployed,
            state: deployed(facts.runs),
        },
        Gate {
            name: Name::Soak,
            state: soak(facts),
        },
        Gate {
            name: Name::History,
            state: history(facts),
        },
    ]
}

/// Whether a promotion may go now.
pub fn all_open(gates: &[Gate]) -> bool {
    gates.iter().all(|gate| gate.state == State::Open)
}

/// How every gate stands, for the ledger: `checks: waiting`.
pub fn lines(gates: &[Gate]) -> Vec<String> {
    let word = |state: &State| match state {
        State::Open => "open",
        State::Waiting(_) => "waiting",
        State::Shut(_) => "shut",
    };
    gates
        .iter()
        .map(|gate| format!("{}: {}", gate.name.as_str(), word(&gate.state)))
        .collect()
}

/// The first gate that only a person can open: a re-run can open the checks and a deployment again, and a hold comes to its
/// end.
pub fn first_shut(gates: &[Gate]) -> Option<&Reason> {
    gates.iter().find_map(|gate| match &gate.state {
        State::Shut(reason) if !matches!(gate.name, Name::Checks | Name::Deployed | Name::Hold) => Some(reason),
        _ => None,
    })
}

/// When the clock will next change how a gate stands.
pub fn next_change(gates: &[Gate]) -> Option<Timestamp> {
    let changes = gates.iter().filter_map(|gate| match &gate.state {
        State::Shut(Reason::OnHold(hold)) => Some(hold.until),
        State::Waiting(Reason::OutsideWindows { opens_at: at }) => Some(*at),
        State::Waiting(Reason::Soaking { until, .. }) => *until,
        _ => None,
    });
    changes.min()
}

/// Whether nothing but the clock stands in the way.
pub fn only_time_is_missing(gates: &[Gate]) -> bool {
    let by_clock = |gate: &Gate| match &gate.state {
        State::Waiting(_) | State::Open => matches!(gate.name, Name::Window | Name::Soak),
        State::Shut(reason) => matches!(reason, Reason::OnHold(_)),
    };
    gates.iter().all(|gate| gate.state == State::Open || by_clock(gate))
}

/// Whether a hold stands in the way.
pub fn hold(clock: &Clock) -> State {
    let hold = clock.hold.clone().map(Reason::OnHold);
    let reason = hold.or_else(|| clock.held_back.clone().map(Reason::HeldBack));
    reason.map_or(State::Open, State::Shut)
}

/// Whether it is one of the times at which the environment may be moved.
pub fn window(clock: &Clock) -> State {
    clock.opens_at.map_or(State::Open, |opens_at| {
        State::Waiting(Reason::OutsideWindows { opens_at })
    })
}

fn deployed(runs: &Runs) -> State {
    match runs {
        Runs::Yes => State::Open,
        Runs::NotYet(under_way) if matches!(under_way.how, How::Failed { .. }) => {
            State::Shut(Reason::NotRunning(under_way.clone()))
        }
        Runs::NotYet(under_way) => State::Waiting(Reason::NotRunning(under_way.clone())),
    }
}

fn soak(facts: &Facts<'_>) -> State {
    facts.clock.soaking.map_or(State::Open, |(wanted, until)| {
        State::Waiting(Reason::Soaking {
            from: facts.from.clone(),
            wanted,
            until,
        })
    })
}

fn owner(facts: &Facts<'_>) -> State {
    facts
        .refused
        .map_or(State::Open, |why| State::Shut(Reason::NotAllowed(why.clone())))
}

fn order(facts: &Facts<'_>) -> State {
    if facts.between.holds(facts.commit) {
        return State::Open;
    }
    State::Shut(Reason::NotOnStageBefore {
        from: facts.from.clone(),
    })
}

/// Whether the checks let it pass; without a verdict they do not.
pub fn checks_gate(verdict: Option<&Verdict>) -> State {
    let Some(verdict) = verdict else {
        return State::Waiting(Reason::ChecksNotRead);
    };
    match verdict.state {
        checks::State::Green => State::Open,
        checks::State::Waiting => State::Waiting(Reason::Checks(verdict.clone())),
        checks::State::Red => State::Shut(Reason::Checks(verdict.clone())),
    }
}

fn history(facts: &Facts<'_>) -> State {
    let (between, own) = (facts.between, facts.own);
    if let Some(hotfix) = own.standing.hotfix.clone() {
        let mainline = own.mainline.clone();
        return State::Shut(Reason::HotfixFirst { hotfix, mainline });
    }
    if own.strategy == Strategy::Merge {
        return State::Open;
    }
    if let (Some(pull), true) = (own.standing.copies, between.behind_by > 0) {
        let from = facts.from.clone();
        return State::Shut(Reason::Copies { from, pull });
    }
    if between.behind_by > 0 && own.changes == 0 && own.merges > 0 {
        return State::Shut(Reason::OnlyMerges {
            branch: facts.branch.clone(),
            from: facts.from.clone(),
        });
    }
    if between.behind_by > 0 {
        let reason = Reason::Diverged {
            branch: facts.branch.clone(),
            from: facts.from.clone(),
            mainline: own.mainline.clone(),
            own_commits: between.behind_by,
        };
        return State::Shut(reason);
    }
    // A commit that is not in the stretch at all is the order gate's to refuse.
    if between.holds(facts.commit) && !between.can_fast_forward_to(facts.commit) {
        return State::Shut(Reason::NoStraightWay {
            branch: facts.branch.clone(),
        });
    }
    State::Open
}
