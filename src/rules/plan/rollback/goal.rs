//! Where a rollback goes: to what is known to have run there, and what that takes away and brings back.

use std::collections::BTreeSet;

use super::super::super::command::Named;
use super::super::super::id::{BranchName, EnvironmentName, PullNumber, Sha};
use super::super::super::memory::Origin;
use super::super::super::rollback::Goal;
use super::super::super::snapshot::{Between, Need, Range};
use super::super::super::stay::{State, Stay};
use super::super::super::stretch::{Cargo, Item};
use super::super::super::words::rollback as words;
use super::super::{Draft, Pipeline, Stage, outside};

/// Stays that are asked whether a feature came with them; each costs a question to GitHub.
const ASKED_ABOUT_MAX: usize = 20;

/// What ran there and is not there now, the newest first, each version once.
pub(in super::super) fn ran_before(draft: &Draft<'_>, name: &EnvironmentName, tip: &Sha) -> Vec<Goal> {
    let mut seen = BTreeSet::from([version(draft, tip)]);
    let ran = ran(draft, name, tip).into_iter();
    ran.filter(|goal| seen.insert(version(draft, &goal.commit))).collect()
}

/// The commit that is a version by itself: one of ours with the tree of an earlier one is that one's version again.
fn version(draft: &Draft<'_>, commit: &Sha) -> Sha {
    let mut commit = commit.clone();
    while let Some(Origin::Revert(revert)) = draft.memory.origins.get(&commit)
        && let Some(to) = &revert.to
    {
        commit = to.clone();
    }
    commit
}

/// The commits at which it ran there, but for the one that is there now, the newest first.
fn ran(draft: &Draft<'_>, name: &EnvironmentName, tip: &Sha) -> Vec<Goal> {
    let stays = draft.memory.stays.get(name).map(|stays| stays.stays.as_slice());
    let mut seen = BTreeSet::from([tip.clone()]);
    let newest_first = stays.unwrap_or_default().iter().rev();
    let ran = newest_first.filter_map(|stay| Some((stay, ran_since(stay)?)));
    ran.filter(|(stay, _)| seen.insert(stay.commit.clone()))
        .map(|(stay, ran_since)| Goal {
            commit: stay.commit.clone(),
            ran_since,
            known_as: None,
        })
        .collect()
}

fn ran_since(stay: &Stay) -> Option<jiff::Timestamp> {
    match stay.state {
        State::Running { since } => Some(since),
        State::Moved | State::Deploying | State::Failed { .. } => None,
    }
}

/// Where it goes, or what to answer instead.
pub(super) fn goal(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    to: Option<&Named>,
    tip: &Sha,
) -> Option<Result<Goal, String>> {
    let name = &stage.environment.name;
    let ran = ran_before(draft, name, tip);
    let found = match to {
        None => match ran.first() {
            Some(last) => Ok(last.clone()),
            None => return Some(Err(words::nothing_ran_before(name))),
        },
        Some(Named::Feature(number)) => match came_with(draft, name, *number, tip)? {
            Came::With(goal) => Ok(goal),
            Came::WithWhatIsThere => return Some(Err(words::already_there(stage.environment))),
            Came::Never => Err(words::Wanted::Feature(*number)),
        },
        Some(Named::Commit(commit)) => {
            let ran = self::ran(draft, name, tip);
            let mut meant = ran.iter().filter(|goal| goal.commit.as_str().starts_with(commit));
            match (meant.next(), meant.next()) {
                (Some(goal), None) if version(draft, &goal.commit) == version(draft, tip) => {
                    return Some(Err(words::already_there(stage.environment)));
                }
                (Some(goal), None) => Ok(goal.clone()),
                (Some(_), Some(_)) => Err(words::Wanted::Several(commit.clone())),
                (None, _) if tip.as_str().starts_with(commit) => {
                    return Some(Err(words::already_there(stage.environment)));
                }
                (None, _) => Err(words::Wanted::Commit(commit.clone())),
            }
        }
    };
    Some(match found {
        Ok(goal) => Ok(named(draft, pipeline, vec![goal])?.remove(0)),
        Err(wanted) => {
            let newest = ran.into_iter().take(words::GOALS_TOLD_MAX).collect();
            let newest = named(draft, pipeline, newest)?;
            Err(words::did_not_run(name, &wanted, &newest, &pipeline.config))
        }
    })
}

/// How people know these versions: by what landed last in them.
pub(in super::super) fn named(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, goals: Vec<Goal>) -> Option<Vec<Goal>> {
    let originals: Vec<Sha> = goals.iter().map(|goal| version(draft, &goal.commit)).collect();
    let origin = |draft: &Draft<'_>, commit: &Sha| {
        let known = draft.memory.origins.get(commit);
        known.or_else(|| draft.snapshot.origins.get(commit)).cloned()
    };
    let unknown = originals.iter().filter(|commit| origin(draft, commit).is_none());
    let unknown: Vec<Sha> = unknown.cloned().collect();
    if !unknown.is_empty() {
        draft.need(Need::Origins(pipeline.repository.default_branch.clone(), unknown));
        return None;
    }
    let known = goals.into_iter().zip(&originals).map(|(goal, original)| {
        let known_as = match origin(draft, original) {
            Some(Origin::Feature(feature)) => Some(Item::Feature(feature)),
            _ => None,
        };
        Goal { known_as, ..goal }
    });
    Some(known.collect())
}

enum Came {
    With(Goal),
    WithWhatIsThere,
    Never,
}

/// The version by which the feature came there, the last time that it did.
fn came_with(draft: &mut Draft<'_>, name: &EnvironmentName, feature: PullNumber, tip: &Sha) -> Option<Came> {
    let found = draft.snapshot.pulls.get(&feature);
    let pull = draft.fact(found, || Need::Pull(feature))?;
    let Some(commit) = pull
        .as_ref()
        .filter(|pull| pull.merged)
        .and_then(|pull| pull.merge_commit.clone())
    else {
        return Some(Came::Never);
    };
    let stays = draft
        .memory
        .stays
        .get(name)
        .map(|stays| stays.stays.clone())
        .unwrap_or_default();
    let mut line: Vec<Sha> = stays
        .into_iter()
        .filter(|stay| ran_since(stay).is_some())
        .map(|stay| stay.commit)
        .collect();
    line.dedup();
    let recent: Vec<Sha> = line.into_iter().rev().take(ASKED_ABOUT_MAX).collect();
    let has: Vec<Option<bool>> = recent.iter().map(|at| outside::contains(draft, &commit, at)).collect();
    let has: Vec<bool> = has.into_iter().collect::<Option<_>>()?;
    // Newest first: the last one before it was not there yet, counted from when it was there last.
    let from = has.iter().position(|has| *has);
    let Some(from) = from else { return Some(Came::Never) };
    let end = has[from..]
        .iter()
        .position(|has| !has)
        .map_or(has.len(), |beyond| from + beyond);
    let came = &recent[end - 1];
    if version(draft, came) == version(draft, tip) {
        return Some(Came::WithWhatIsThere);
    }
    let goal = ran(draft, name, tip).into_iter().find(|goal| goal.commit == *came);
    Some(goal.map_or(Came::Never, Came::With))
}

/// What going there takes away and brings back, or why that cannot be told.
pub(in super::super) fn difference(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    goal: &Goal,
    tip: &Sha,
) -> Option<Result<(Cargo, Cargo), String>> {
    let mainline = &pipeline.repository.default_branch;
    let back = match between(draft, &goal.commit, tip)? {
        Ok(back) => back,
        Err(why) => return Some(Err(why.told(stage, goal))),
    };
    let forward = match back.behind_by {
        0 => None,
        _ => match between(draft, tip, &goal.commit)? {
            Ok(forward) => Some(forward),
            Err(why) => return Some(Err(why.told(stage, goal))),
        },
    };
    let taken_away = draft.cargo(&back, mainline)?;
    let forward = match forward {
        Some(forward) => draft.cargo(&forward, mainline)?,
        None => Cargo::default(),
    };
    // What a commit on top took away since comes back with what it took it away from, and the other way round.
    let brought_back = forward.and(&taken_away.takes_away);
    let taken_away = taken_away.and(&forward.takes_away);
    Some(Ok((taken_away, brought_back)))
}

enum NotComparable {
    Gone,
    TooFar(usize),
}

impl NotComparable {
    fn told(&self, stage: Stage<'_>, goal: &Goal) -> String {
        match self {
            Self::Gone => words::commit_gone(&stage.environment.name, goal),
            Self::TooFar(commits) => words::too_far(&stage.environment.name, *commits),
        }
    }
}

/// What `to` has and `from` has not. GitHub compares two commits as it does two branches.
fn between(draft: &mut Draft<'_>, from: &Sha, to: &Sha) -> Option<Result<Between, NotComparable>> {
    let (from, to) = (BranchName::from(from.as_str()), BranchName::from(to.as_str()));
    Some(match draft.range(&from, &to)? {
        Range::Between(between) => Ok(between.clone()),
        Range::Missing { .. } => Err(NotComparable::Gone),
        Range::TooLong { commits } => Err(NotComparable::TooFar(*commits)),
    })
}
