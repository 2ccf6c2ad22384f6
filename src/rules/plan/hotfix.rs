//! Changes that were put on an environment without a promotion: the environment is held, and the pull request that brings them
//! back to mainline is opened once. They have to land before the next promotion, so that it does not lose them.

use super::super::config::Strategy;
use super::super::effect::Effect;
use super::super::id::Sha;
use super::super::memory::{Change, Entry, EntryKind, Origin};
use super::super::outside::{Hotfix, Outside, Place, ToTell};
use super::super::snapshot::{Between, Commit, Need, Range};
use super::super::words::outside as words;
use super::super::words::taken_back as taken_back_words;
use super::outside::{contains, entry};
use super::{Draft, Pipeline, Stage, hold, taken_back};

/// The commits that change something and that mainline does not have either.
pub(super) fn not_in_mainline(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    new: &Between,
) -> Option<Vec<Commit>> {
    // What undoes a rollback of ours leaves nothing that mainline lacks.
    let is_ours = |sha: &Sha| matches!(draft.memory.origins.get(sha), Some(Origin::Revert(_)));
    let is_change = |commit: &&Commit| {
        commit.parents.len() < 2 && !is_ours(&commit.sha) && !commit.reverts.as_ref().is_some_and(is_ours)
    };
    let changes = new.commits.iter().filter(is_change).cloned();
    let mut changes: Vec<Commit> = changes.collect();
    let mainline = &pipeline.repository.default_branch;
    if !changes.is_empty() && stage.from != mainline {
        match draft.range(mainline, &stage.environment.branch)? {
            Range::Between(beside) => changes.retain(|commit| beside.holds(&commit.sha)),
            Range::Missing { .. } | Range::TooLong { .. } => changes.clear(),
        }
    }
    Some(changes)
}

/// Holds the environment because of them.
pub(super) fn begin(draft: &mut Draft<'_>, next: &mut Outside, before: &Sha, pushed: Vec<Commit>) {
    let told = Entry {
        before: Some(before.clone()),
        after: Some(next.tip.clone()),
        ..entry(
            next,
            EntryKind::PushedDirectly,
            "changes appeared that no promotion brought",
        )
    };
    draft.change(Change::Ledger(told));
    draft.change(Change::Ledger(entry(
        next,
        EntryKind::Held,
        "changes were put on it without a promotion",
    )));
    let earlier = next.standing.hotfix.take();
    let mut hotfix = earlier.unwrap_or(Hotfix {
        commits: Vec::new(),
        pull: None,
        ours: false,
        closed: false,
        refused: false,
        held: true,
    });
    hotfix.held = true;
    hotfix.commits.extend(pushed);
    next.standing.hotfix = Some(hotfix);
}

/// Where the changes are that have to come back to mainline.
pub(super) fn settle(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    between: &Between,
    outside: &mut Outside,
) -> Option<()> {
    let Some(mut hotfix) = outside.standing.hotfix.clone() else {
        return Some(());
    };
    let (mainline, branch) = (&pipeline.repository.default_branch, &stage.environment.branch);
    let left = if between.behind_by == 0 && stage.from == mainline {
        false
    } else {
        let Range::Between(beside) = draft.range(mainline, branch)? else {
            return Some(());
        };
        hotfix.commits.iter().any(|commit| beside.holds(&commit.sha))
    };
    if !left {
        let body = words::hotfix_landed(&hotfix, stage.environment, mainline);
        end(draft, outside, &hotfix, body);
        return Some(());
    }
    match hotfix.pull {
        None => {
            let (head, base) = (branch.clone(), mainline.clone());
            let found = draft.snapshot.promotion_pulls.get(&(head.clone(), base.clone()));
            if let Some(pull) = draft.fact(found, || Need::PromotionPull { head, base })? {
                (hotfix.pull, hotfix.ours) = (Some(pull.number), pull.ours);
            }
        }
        Some(number) => {
            let found = draft.snapshot.pulls.get(&number);
            match draft.fact(found, || Need::Pull(number))? {
                Some(pull) if pull.merged => {
                    // Where GitHub's comparison is late, the merge commit itself tells whether it joined the two.
                    let joined = match (&pull.merge_commit, hotfix.commits.last()) {
                        (Some(merge), Some(last)) => contains(draft, &last.sha, merge)?,
                        _ => false,
                    };
                    if !joined && stage.environment.strategy == Strategy::FastForward {
                        outside.standing.copies = Some(number);
                    }
                    let body = match joined {
                        true => words::hotfix_landed(&hotfix, stage.environment, mainline),
                        false => words::hotfix_copied(&hotfix, stage.environment, mainline, stage.from),
                    };
                    end(draft, outside, &hotfix, body);
                    return Some(());
                }
                Some(pull) => hotfix.closed = !pull.open,
                None => {}
            }
        }
    }
    outside.standing.hotfix = Some(hotfix);
    Some(())
}

/// Nothing has to land any more; what waited because of the hold goes on.
fn end(draft: &mut Draft<'_>, outside: &mut Outside, hotfix: &Hotfix, body: String) {
    outside.standing.hotfix = None;
    if let (Some(pull), true) = (hotfix.pull, hotfix.ours) {
        outside.to_tell.push(ToTell {
            pull,
            body,
            place: Place::Description,
        });
    }
    if hotfix.held {
        let told = entry(
            outside,
            EntryKind::Unheld,
            "what it was held for has come back to mainline",
        );
        draft.change(Change::Ledger(told));
        hold::look_at_what_waits(draft, &outside.environment);
    }
}

/// Opens the pull request, unless there is one.
pub(super) fn open(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, stage: Stage<'_>, outside: &Outside) {
    if let Some(hotfix) = outside.standing.hotfix.as_ref().filter(|hotfix| hotfix.pull.is_none()) {
        let mainline = &pipeline.repository.default_branch;
        let away = taken_back::on_top(draft, &stage.environment.name);
        let careful = (!away.is_empty()).then(|| taken_back_words::on_hotfix(&stage.environment.name, mainline, &away));
        let body = words::hotfix_body(hotfix, stage.environment, mainline, &pipeline.config);
        draft.effect(Effect::OpenHotfixPull {
            environment: outside.environment.clone(),
            head: stage.environment.branch.clone(),
            base: mainline.clone(),
            title: words::hotfix_title(&stage.environment.name),
            body: [Some(body), careful]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("\n\n"),
        });
    }
}
