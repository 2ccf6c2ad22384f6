//! What was taken back: marked, held, and not brought again by a promotion that does not know its name.

use super::super::command::Named;
use super::super::id::{BranchName, EnvironmentName, PullNumber, Sha};
use super::super::memory::{Change, Entry, EntryKind, Hold, Origin};
use super::super::rollback::{After, Again, Revert, Rollback, TakenBack, WayBack};
use super::super::snapshot::{Between, Range};
use super::super::stretch::{Cargo, Item};
use super::super::words::taken_back as words;
use super::{Draft, Pipeline, Stage, hold, outside, promote};

/// What of this was taken back from the environment.
pub(super) fn among(draft: &Draft<'_>, environment: &EnvironmentName, carrying: &Cargo) -> Vec<Again> {
    let known = draft.memory.ways_back.get(environment);
    known.map(|known| known.among(carrying)).unwrap_or_default()
}

/// The same, thing by thing.
pub(super) fn items(again: &[Again]) -> Vec<Item> {
    again.iter().flat_map(|again| again.items.clone()).collect()
}

/// Whether one of these words means this thing.
pub(super) fn is_named(item: &Item, named: &[Named]) -> bool {
    named.iter().any(|word| match (word, item) {
        (Named::Feature(number), Item::Feature(feature)) => feature.number == *number,
        (Named::Commit(id), Item::Direct(commit)) => commit.sha.as_str().starts_with(id),
        _ => false,
    })
}

/// With what this rollback took away marked, and what it brought back not any more.
pub(super) fn mark(draft: &mut Draft<'_>, known: &WayBack, rollback: &Rollback) -> WayBack {
    let mut next = known.without(&rollback.brought_back);
    for item in &rollback.taken_away.items {
        takes_a_step_back(draft, &known.environment, item);
    }
    for item in &rollback.brought_back.items {
        takes_a_step_back(draft, &known.environment, item);
    }
    let away_at = rollback.tip().unwrap_or(&rollback.to.commit);
    if let Some(commit) = rollback.on_top() {
        remember(draft, &known.environment, rollback, commit);
    }
    if !rollback.taken_away.items.is_empty() {
        next.taken_back.push(TakenBack {
            cargo: rollback.taken_away.clone(),
            bad: rollback.from.clone(),
            back_to: rollback.to.commit.clone(),
            by: rollback.at_the_word_of().cloned(),
            at: draft.now,
            request: rollback.request,
            away_at: away_at.clone(),
            undone_by: rollback.on_top().cloned(),
            told_in: None,
        });
    }
    next
}

/// What a commit on top of the branch takes away and brings back, wherever that commit goes from here.
fn remember(draft: &mut Draft<'_>, environment: &EnvironmentName, rollback: &Rollback, commit: &Sha) {
    let revert = Revert {
        environment: environment.clone(),
        to: Some(rollback.to.commit.clone()),
        away: rollback.taken_away.items.clone(),
        back: rollback.brought_back.items.clone(),
        at: draft.now,
    };
    draft.change(Change::Origin {
        commit: commit.clone(),
        origin: Origin::Revert(Box::new(revert)),
    });
}

/// Where the feature is has to be found out anew.
fn takes_a_step_back(draft: &mut Draft<'_>, environment: &EnvironmentName, item: &Item) {
    let Item::Feature(feature) = item else { return };
    if let Some(mut card) = draft.memory.cards.get(&feature.number).cloned() {
        card.reached.retain(|reached| reached != environment);
        card.finished = false;
        draft.change(Change::Card(Box::new(card)));
    }
}

/// Holds the environment. A hold of somebody's that lasts longer stays.
pub(super) fn hold(draft: &mut Draft<'_>, environment: &EnvironmentName, rollback: &Rollback) {
    let earlier = draft.memory.holds.get(environment);
    if earlier.is_some_and(|hold| hold.after.is_none() && hold.until >= rollback.held_until) {
        return;
    }
    let until = earlier.map_or(rollback.held_until, |hold| hold.until.max(rollback.held_until));
    hold::begin_after(
        draft,
        Hold {
            environment: environment.clone(),
            held_by: rollback.by.clone(),
            because: None,
            until,
            request: rollback.request,
            command: rollback.command,
            warned: false,
            after: Some(Box::new(After {
                by: rollback.at_the_word_of().cloned(),
                taken_away: rollback.taken_away.clone(),
                brought_back: rollback.brought_back.clone(),
            })),
        },
    );
}

/// A promotion has brought this, so it is not taken back any more.
pub(super) fn came(draft: &mut Draft<'_>, environment: &EnvironmentName, brought: &Cargo) {
    for item in &brought.takes_away {
        takes_a_step_back(draft, environment, item);
    }
    let Some(known) = draft.memory.ways_back.get(environment).cloned() else {
        return;
    };
    let next = known.without(brought);
    if next != known {
        draft.change(Change::Ledger(entry(environment, "it was promoted again")));
        draft.change(Change::WayBack(Box::new(next)));
    }
}

/// What came again by another road, such as a push, ends its mark. Asked of GitHub once for each tip.
pub(super) fn watch(draft: &mut Draft<'_>, environment: &EnvironmentName, tip: &Sha) -> Option<()> {
    let Some(known) = draft.memory.ways_back.get(environment).cloned() else {
        return Some(());
    };
    // A merge by hand is told with what it brought, so its tip is judged first.
    let judged = draft.memory.outside.get(environment);
    if judged.is_none_or(|outside| outside.tip != *tip) {
        return Some(());
    }
    let mut next = known.clone();
    next.taken_back.clear();
    for mark in &known.taken_back {
        if mark.away_at == *tip || is_still_away(draft, environment, mark, tip)? {
            let away_at = tip.clone();
            next.taken_back.push(TakenBack {
                away_at,
                ..mark.clone()
            });
        }
    }
    if next.taken_back.len() < known.taken_back.len() {
        draft.change(Change::Ledger(entry(environment, "the branch has it again")));
    }
    if next != known {
        draft.change(Change::WayBack(Box::new(next)));
    }
    Some(())
}

/// By what the branch has: that which was taken away, and not any more the commit that takes it away, or one that undoes that.
fn is_still_away(draft: &mut Draft<'_>, environment: &EnvironmentName, mark: &TakenBack, tip: &Sha) -> Option<bool> {
    let Some(commit) = &mark.undone_by else {
        return Some(!outside::contains(draft, &mark.bad, tip)?);
    };
    // GitHub compares two commits as it does two branches.
    let (base, head) = (BranchName::from(commit.as_str()), BranchName::from(tip.as_str()));
    let since = match draft.range(&base, &head)? {
        Range::Between(since) if since.behind_by == 0 => since,
        // The branch was set back or aside by hand.
        Range::Between(_) => return Some(!outside::contains(draft, &mark.bad, tip)?),
        Range::Missing { .. } | Range::TooLong { .. } => return Some(true),
    };
    let Some(by) = since
        .commits
        .iter()
        .find(|found| found.reverts.as_ref() == Some(commit))
    else {
        return Some(true);
    };
    if let Some(Origin::Revert(undone)) = draft.memory.origins.get(commit).cloned() {
        for item in &undone.away {
            takes_a_step_back(draft, environment, item);
        }
        let revert = Revert {
            to: None,
            away: undone.back,
            back: undone.away,
            at: draft.now,
            environment: undone.environment,
        };
        draft.change(Change::Origin {
            commit: by.sha.clone(),
            origin: Origin::Revert(Box::new(revert)),
        });
    }
    Some(false)
}

/// Whether this environment's branch has the feature behind it, and nevertheless has it no more: a rollback took it away, here or
/// on a stage before.
pub(super) fn lacks(draft: &mut Draft<'_>, between: &Between, feature: PullNumber) -> Option<bool> {
    let origins = draft.memory.origins.iter();
    let decides = origins.filter_map(|(commit, origin)| match origin {
        Origin::Revert(revert) => Some((revert.at, commit.clone(), revert.takes_away(feature)?)),
        _ => None,
    });
    let mut decides: Vec<_> = decides.collect();
    decides.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    for (_, commit, is_away) in decides {
        if !between.holds(&commit) && promote::is_there(draft, between, &commit)? {
            return Some(is_away);
        }
    }
    Some(false)
}

/// Why a feature that is behind the environment's branch, and not there, does not go there; `None` inside where it is there.
pub(super) fn is_away(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    between: &Between,
    feature: PullNumber,
) -> Option<Option<String>> {
    if !lacks(draft, between, feature)? {
        return Some(None);
    }
    let name = &stage.environment.name;
    let marks = draft.memory.taken_back(feature);
    let here = marks
        .iter()
        .find(|(environment, _)| environment == name)
        .or(marks.first());
    Some(here.map(|(from, mark)| words::is_away(name, feature, from, mark, &pipeline.config)))
}

/// Why a version does not go on: the stage before has taken back, since, what it would bring.
pub(super) fn not_any_more(stage: Stage<'_>, carrying: &Cargo, leaving: &Cargo) -> Option<String> {
    let undone = carrying.both(&Cargo::of(leaving.takes_away.clone())).items;
    (!undone.is_empty()).then(|| words::not_any_more(&stage.environment.name, stage.from, &undone))
}

/// What was taken back by a commit on top: the environment's branch contains it, so no promotion brings it again.
pub(super) fn on_top(draft: &Draft<'_>, environment: &EnvironmentName) -> Vec<TakenBack> {
    let known = draft.memory.ways_back.get(environment);
    let marks = known.map(|known| known.taken_back.as_slice()).unwrap_or_default();
    marks.iter().filter(|mark| mark.undone_by.is_some()).cloned().collect()
}

fn entry(environment: &EnvironmentName, why: &str) -> Entry {
    Entry {
        kind: EntryKind::CameAgain,
        who: None,
        pull: None,
        request: None,
        environment: Some(environment.clone()),
        before: None,
        after: None,
        why: why.to_owned(),
        gates: Vec::new(),
        features: Vec::new(),
    }
}

/// Why a `/confirm` that names these does not let this go; `None` where it names all that was taken back, and nothing else than
/// what was listed.
pub(super) fn not_as_listed(
    environment: &EnvironmentName,
    again: &[Item],
    named: &[Named],
    carrying: &Cargo,
) -> Option<String> {
    let is_listed = |word: &&Named| {
        carrying
            .items
            .iter()
            .any(|item| is_named(item, std::slice::from_ref(word)))
    };
    if let Some(word) = named.iter().find(|word| !is_listed(word)) {
        let word = match word {
            Named::Feature(number) => format!("#{number}"),
            Named::Commit(commit) => commit.clone(),
        };
        return Some(words::not_listed(environment, &word, again));
    }
    let is_unnamed = again.iter().any(|item| !is_named(item, named));
    is_unnamed.then(|| words::not_named(environment, again))
}
