//! What came to an environment by another road than a promotion of ours: a promotion pull request merged with GitHub's own
//! button, a direct push, a branch set back. Each new tip is judged once, told, and followed until it has no say any more.
//!
//! Accepted race: a merge is told from a push by what GitHub says of the promotion pull request, which may be late; so an
//! open one is asked about a second time before anybody is said to have pushed.

use jiff::SignedDuration;

use super::super::authority::{Act, Verdict as May, Why};
use super::super::checks;
use super::super::effect::Effect;
use super::super::id::{BranchName, EnvironmentName, Sha};
use super::super::memory::{Change, Entry, EntryKind};
use super::super::outside::{Merged, Outside, Standing};
use super::super::snapshot::{Between, Need, Pull, Range};
use super::super::stretch::Cargo;
use super::super::words::outside as words;
use super::{Draft, Pipeline, Stage, by_hand, hotfix, last_look, request, taken_back};

/// GitHub may tell of a push before it shows the merge behind it.
pub(super) const SHOWN_LATE_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// Judges a new tip, follows what still has a say, and gives what has.
pub(super) fn watch(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    between: &Between,
) -> Option<Standing> {
    let name = &stage.environment.name;
    let known = draft.memory.outside.get(name).cloned();
    let mut outside = known.clone().unwrap_or_else(|| first_seen(draft, name, between));
    if outside.tip != between.base_at {
        outside = judge(draft, pipeline, stage, between, &outside)?;
    }
    if between.behind_by == 0 {
        outside.standing.copies = None;
    }
    put(draft, outside.clone());
    hotfix::settle(draft, pipeline, stage, between, &mut outside)?;
    put(draft, outside.clone());
    Some(outside.standing)
}

/// A tip that was seen before this was remembered counts as the one before.
fn first_seen(draft: &Draft<'_>, name: &EnvironmentName, between: &Between) -> Outside {
    let seen = draft.memory.gaps.get(name).and_then(|gap| gap.base_at.clone());
    Outside::first_seen(name.clone(), seen.unwrap_or_else(|| between.base_at.clone()))
}

fn put(draft: &mut Draft<'_>, outside: Outside) {
    if draft.memory.outside.get(&outside.environment) != Some(&outside) {
        draft.change(Change::Outside(Box::new(outside)));
    }
}

/// What the new tip means. Nothing is changed before every fact is at hand.
fn judge(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    between: &Between,
    known: &Outside,
) -> Option<Outside> {
    let branch = &stage.environment.branch;
    let mut next = Outside {
        tip: between.base_at.clone(),
        unexplained: None,
        ..known.clone()
    };
    next.standing.set_back = false;
    if known.ours.as_ref() == Some(&next.tip) || is_ours(draft, &stage.environment.name, &next.tip) {
        return Some(next);
    }
    let waited = is_waited_for(draft, known, &next.tip);
    // GitHub may show an earlier tip for a moment, even after our own move.
    next.standing.set_back = contains(draft, &next.tip, &known.tip)?;
    if next.standing.set_back && !waited {
        return Some(wait(draft, known, &next.tip));
    }
    if next.standing.set_back || between.behind_by == 0 {
        return Some(next);
    }
    let Range::Between(own) = draft.range(stage.from, branch)? else {
        return Some(next);
    };
    let new = own.after(&known.tip);
    let promotion_pull = promotion_pull(draft, &stage.environment.name)?;
    let merged = promotion_pull
        .as_ref()
        .filter(|pull| pull.merged && pull.merge_commit.as_ref().is_some_and(|commit| own.holds(commit)));
    let copied = merged.is_some_and(|pull| !is_join(&new, pull.merge_commit.as_ref()));
    let pushed = match copied {
        true => Vec::new(),
        false => hotfix::not_in_mainline(draft, pipeline, stage, &new)?,
    };
    let is_open = promotion_pull.as_ref().is_some_and(|pull| pull.open);
    if !pushed.is_empty() && is_open && !waited {
        return Some(wait(draft, known, &next.tip));
    }
    if let Some(pull) = merged {
        follow_merge(draft, pipeline, stage, (pull, copied), known, &mut next)?;
    }
    if !pushed.is_empty() {
        hotfix::begin(draft, &mut next, &known.tip, pushed);
    }
    Some(next)
}

/// A move of ours was sent and nothing is known of its end.
fn is_ours(draft: &Draft<'_>, name: &EnvironmentName, tip: &Sha) -> bool {
    draft.memory.unconfirmed.values().any(|begun| {
        let is_it = match &begun.effect {
            Effect::MoveBranch { environment, to, .. } => environment == name && to == tip,
            // Only GitHub knows what commit that became.
            Effect::MergeBranch { environment, .. } => environment == name,
            Effect::RollBack { environment, to, .. } => environment == name && to == tip,
            _ => false,
        };
        is_it && begun.sent_at.is_some()
    })
}

/// A move of ours has arrived, whose outcome a crash kept from us.
pub(super) fn arrived(draft: &mut Draft<'_>, name: &EnvironmentName, tip: &Sha) {
    if let Some(mut outside) = draft.memory.outside.get(name).cloned() {
        let before = outside.tip.clone();
        outside.moved_by_us(&before, tip);
        put(draft, outside);
    }
}

/// A rollback of ours has arrived, whose outcome a crash kept from us.
pub(super) fn set_by_us(draft: &mut Draft<'_>, name: &EnvironmentName, tip: &Sha) {
    if let Some(mut outside) = draft.memory.outside.get(name).cloned() {
        outside.set_by_us(tip);
        put(draft, outside);
    }
}

pub(super) fn contains(draft: &mut Draft<'_>, ancestor: &Sha, descendant: &Sha) -> Option<bool> {
    let pair = (ancestor.clone(), descendant.clone());
    let found = draft.snapshot.contains.get(&pair).copied();
    let (ancestor, descendant) = pair;
    draft.fact(found, || Need::Contains { ancestor, descendant })
}

/// The promotion pull request as it was last seen open, as GitHub has it now.
fn promotion_pull(draft: &mut Draft<'_>, name: &EnvironmentName) -> Option<Option<Pull>> {
    let Some(number) = draft.memory.gaps.get(name).and_then(|gap| gap.pull) else {
        return Some(None);
    };
    draft
        .fact(draft.snapshot.pulls.get(&number), || Need::Pull(number))
        .cloned()
}

fn is_join(own: &Between, commit: Option<&Sha>) -> bool {
    let mut joins = own.commits.iter().filter(|found| found.parents.len() > 1);
    joins.any(|found| Some(&found.sha) == commit)
}

/// Nothing is said of this tip before it is still there some moments later.
fn wait(draft: &mut Draft<'_>, known: &Outside, tip: &Sha) -> Outside {
    let since = known.unexplained.clone().filter(|(seen, _)| seen == tip);
    let since = since.unwrap_or_else(|| (tip.clone(), draft.now));
    draft.look_again_at(since.1 + SHOWN_LATE_WAIT);
    Outside {
        unexplained: Some(since),
        ..known.clone()
    }
}

fn is_waited_for(draft: &Draft<'_>, known: &Outside, tip: &Sha) -> bool {
    let since = known.unexplained.as_ref().filter(|(seen, _)| seen == tip);
    since.is_some_and(|(_, since)| draft.now >= *since + SHOWN_LATE_WAIT)
}

/// Somebody merged the promotion pull request: whether they may, whether it was green, and what it brought.
fn follow_merge(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    (pull, copied): (&Pull, bool),
    known: &Outside,
    next: &mut Outside,
) -> Option<()> {
    let environment = stage.environment;
    let refused = match &pull.merged_by {
        None => Some(Why::NoAccess),
        Some(by) => match request::verdict(draft, by, Act::Promote(&environment.name), pipeline)? {
            May::Refused(why) => Some(why),
            _ => None,
        },
    };
    let verdict = last_look::judged(draft, pipeline, stage, &pull.head_sha)?;
    let mut brought = None;
    if !copied {
        // GitHub compares a commit with a branch as it does two branches.
        let before = BranchName::from(known.tip.as_str());
        if let Range::Between(since) = draft.range(&before, &environment.branch)? {
            brought = Some(draft.cargo(since, &pipeline.repository.default_branch)?);
        }
    }
    let again = brought
        .as_ref()
        .map(|brought| taken_back::among(draft, &environment.name, brought));
    let again = taken_back::items(&again.unwrap_or_default());
    let text = words::merged_by_hand(&words::MergedByHand {
        environment,
        from: stage.from,
        by: pull.merged_by.as_ref(),
        refused: refused.as_ref(),
        copied,
        brought: brought.as_ref(),
        again: &again,
        checks: &verdict,
    });
    if let Some(brought) = &brought {
        taken_back::came(draft, &environment.name, brought);
    }
    let state = match verdict.state {
        checks::State::Green => "open",
        checks::State::Waiting => "waiting",
        checks::State::Red => "shut",
    };
    let owner = if refused.is_some() { "shut" } else { "open" };
    draft.change(Change::Ledger(Entry {
        who: pull.merged_by.clone(),
        pull: Some(pull.number),
        before: Some(known.tip.clone()),
        after: pull.merge_commit.clone(),
        gates: vec![format!("owner: {owner}"), format!("checks: {state}")],
        features: brought.as_ref().map(Cargo::features).unwrap_or_default(),
        ..entry(next, EntryKind::Promoted, "its pull request was merged by hand")
    }));
    next.merge = Some((
        next.tip.clone(),
        Merged {
            by: pull.merged_by.clone(),
            pull: pull.number,
        },
    ));
    if copied {
        next.standing.copies = Some(pull.number);
    }
    if refused.is_some() {
        next.standing.merged_by = Some(Merged {
            by: pull.merged_by.clone(),
            pull: pull.number,
        });
        let why = "who merged its pull request by hand may not promote";
        draft.change(Change::Ledger(entry(next, EntryKind::Held, why)));
    }
    by_hand::begin(draft, pipeline, stage, pull, (text, refused.is_some()), next);
    Some(())
}

/// Writes what is to be told, and opens the pull request that brings a hotfix back.
pub(super) fn carry_out(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, stage: Stage<'_>) {
    let Some(outside) = draft.memory.outside.get(&stage.environment.name).cloned() else {
        return;
    };
    for to_tell in &outside.to_tell {
        draft.effect(Effect::DescribePull {
            environment: outside.environment.clone(),
            pull: to_tell.pull,
            body: to_tell.body.clone(),
        });
    }
    hotfix::open(draft, pipeline, stage, &outside);
}

/// Whether something of it is not done or not told yet, or may have changed. Known without a single request.
pub(super) fn is_due(draft: &Draft<'_>, name: &EnvironmentName) -> bool {
    let Some(outside) = draft.memory.outside.get(name) else {
        return false;
    };
    let hotfix = outside.standing.hotfix.as_ref();
    let may_have_landed = !draft.heard.branches.is_empty() || !draft.snapshot.moved.is_empty();
    let is_heard_of = hotfix
        .and_then(|hotfix| hotfix.pull)
        .is_some_and(|pull| draft.heard.pulls.contains(&pull));
    let unexplained = outside.unexplained.as_ref();
    outside.shown != outside.standing
        || !outside.to_tell.is_empty()
        || hotfix.is_some() && may_have_landed
        || is_heard_of
        || unexplained.is_some_and(|(_, since)| draft.now >= *since + SHOWN_LATE_WAIT)
}

/// The promotion pull request tells it, or there is none to tell it.
pub(super) fn shown(draft: &mut Draft<'_>, name: &EnvironmentName) {
    if let Some(outside) = draft.memory.outside.get(name).cloned() {
        let shown = outside.standing.clone();
        put(draft, Outside { shown, ..outside });
    }
}

pub(super) fn entry(outside: &Outside, kind: EntryKind, why: &str) -> Entry {
    Entry {
        kind,
        who: None,
        pull: None,
        request: None,
        environment: Some(outside.environment.clone()),
        before: None,
        after: None,
        why: why.to_owned(),
        gates: Vec::new(),
        features: Vec::new(),
    }
}
