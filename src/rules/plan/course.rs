//! The way of an environment's branch: what it has that the stage before has not, and how a promotion gets into it.
//!
//! Whether something is contained is a question of reachability alone. A commit with several parents is taken for one that
//! only joins them: what somebody changed while merging is not seen, because GitHub compares trees for nobody.

use super::super::config::Strategy;
use super::super::effect::Effect;
use super::super::gate::Own;
use super::super::id::Sha;
use super::super::memory::Armed;
use super::super::snapshot::{Between, Range};
use super::super::words;
use super::{Draft, Pipeline, Stage, outside};

/// What the environment's branch has of its own. Nothing is read where it has nothing.
pub(super) fn own(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, stage: Stage<'_>, between: &Between) -> Option<Own> {
    let none = Own {
        strategy: stage.environment.strategy,
        mainline: pipeline.repository.default_branch.clone(),
        changes: 0,
        merges: 0,
        standing: outside::watch(draft, pipeline, stage, between)?,
    };
    if between.behind_by == 0 {
        return Some(none);
    }
    let Range::Between(own) = draft.range(stage.from, &stage.environment.branch)? else {
        let changes = between.behind_by;
        return Some(Own { changes, ..none });
    };
    // Of two branches without a common past GitHub tells no commits.
    if own.commits.is_empty() {
        let changes = between.behind_by;
        return Some(Own { changes, ..none });
    }
    let merges = own.commits.iter().filter(|commit| commit.parents.len() > 1).count() as u64;
    let changes = own.commits.len() as u64 - merges;
    Some(Own {
        changes,
        merges,
        ..none
    })
}

/// The effect that brings the commit into the environment: a new commit is made only where moving the branch will not do.
pub(super) fn into(stage: Stage<'_>, armed: &Armed, between: &Between, read_at: jiff::Timestamp) -> Effect {
    let environment = armed.environment.clone();
    let (branch, from) = (stage.environment.branch.clone(), between.base_at.clone());
    if stage.environment.strategy == Strategy::Merge && !between.can_fast_forward_to(&armed.commit) {
        return Effect::MergeBranch {
            environment,
            branch,
            from,
            commit: armed.commit.clone(),
            message: words::promotion::merge_message(armed),
            read_at,
        };
    }
    Effect::MoveBranch {
        environment,
        branch,
        from,
        to: armed.commit.clone(),
        read_at,
    }
}

/// The commit that our merge made, and what was there before it: GitHub's answer, which would have told both, was lost. `None`
/// inside where GitHub does not show it.
pub(super) fn joined(
    draft: &mut Draft<'_>,
    stage: Stage<'_>,
    armed: &Armed,
    between: &Between,
) -> Option<Option<(Sha, Sha)>> {
    if between.behind_by == 0 {
        return Some(None);
    }
    let Range::Between(own) = draft.range(stage.from, &stage.environment.branch)? else {
        return Some(None);
    };
    Some(own.commits.iter().find_map(|found| match found.parents.as_slice() {
        [before, merged] if *merged == armed.commit => Some((before.clone(), found.sha.clone())),
        _ => None,
    }))
}

/// The commit by which a feature came to the stage before: what ran there, and so what goes on, is the merge that brought it.
pub(super) fn landing_of(between: &Between, commit: &Sha) -> Sha {
    let landings = between.landings();
    let landing = landings
        .into_iter()
        .find(|landing| between.contains(&landing.sha, commit));
    landing.map_or_else(|| commit.clone(), |landing| landing.sha.clone())
}
