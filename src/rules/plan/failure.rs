//! A deployment failed: where the configuration says so, the environment goes back by itself to what ran there before.
//!
//! W1 It does so once for each failed deployment of a promotion, and never for that of a rollback: there are no loops.
//! W2 It never does where nothing else is known to have run there, nor once somebody has moved the branch on.

use super::super::config::RollbackSetting;
use super::super::id::EnvironmentName;
use super::super::memory::Change;
use super::super::rollback::{Failure, Progress, Rollback, WayBack};
use super::super::snapshot::Need;
use super::super::stay::{MovedBy, State, Stay, Stays};
use super::super::when;
use super::super::words::rollback as words;
use super::{Draft, rollback};

/// Decides of every failure that was not judged yet.
pub(super) fn judge(draft: &mut Draft<'_>) {
    let failed = draft.memory.stays.values().filter_map(|stays| {
        let stay = stays.newest()?;
        let known = draft.memory.ways_back.get(&stays.environment);
        let judged = known.and_then(|known| known.judged_failure.clone());
        let is_new = matches!(stay.state, State::Failed { .. }) && judged != Some(stay.mark());
        is_new.then(|| (stays.clone(), stay.clone()))
    });
    for (stays, stay) in failed.collect::<Vec<_>>() {
        if let Some(wanted) = wanted(draft, &stays.environment, &stay) {
            remember(draft, &stays, &stay);
            if let Some(wanted) = wanted {
                // From now on the answer tells of the rollback.
                let let_go = stays.with_newest(|stay| stay.following = None);
                draft.change(Change::Stays(Box::new(let_go)));
                let (rollback, text) = wanted;
                rollback::begin(draft, &stays.environment, rollback, text);
            }
        }
    }
}

fn remember(draft: &mut Draft<'_>, stays: &Stays, stay: &Stay) {
    let known = draft.memory.ways_back.get(&stays.environment).cloned();
    let known = known.unwrap_or_else(|| WayBack::new(stays.environment.clone()));
    draft.change(Change::WayBack(Box::new(WayBack {
        judged_failure: Some(stay.mark()),
        ..known
    })));
}

/// The rollback that this failure asks for, with its words; `None` inside where it asks for none, `None` while facts are being
/// asked for.
fn wanted(draft: &mut Draft<'_>, name: &EnvironmentName, stay: &Stay) -> Option<Option<(Rollback, String)>> {
    let (MovedBy::Promotion { by, request, command }, State::Failed { log, .. }) = (&stay.moved_by, &stay.state) else {
        return Some(None);
    };
    let Ok(pipeline) = draft.pipeline()? else { return None };
    let Some(stage) = pipeline.stage(name) else {
        return Some(None);
    };
    if stage.environment.rollback != RollbackSetting::Automatic {
        return Some(None);
    }
    let branch = &stage.environment.branch;
    let head = draft.snapshot.heads.get(branch).map(|head| head.value.clone());
    if draft.fact(head, || Need::Head(branch.clone()))?.as_ref() != Some(&stay.commit) {
        return Some(None);
    }
    let Some(goal) = rollback::ran_before(draft, name, &stay.commit).into_iter().next() else {
        return Some(None);
    };
    let goal = rollback::named(draft, &pipeline, vec![goal])?.remove(0);
    let Ok((taken_away, brought_back)) = rollback::difference(draft, &pipeline, stage, &goal, &stay.commit)? else {
        return Some(None);
    };
    let rollback = Rollback {
        by: by.clone(),
        failure: Some(Failure { log: log.clone() }),
        request: *request,
        command: *command,
        branch: branch.clone(),
        from: stay.commit.clone(),
        to: goal,
        taken_away,
        brought_back,
        held_until: when::next_working_morning(draft.now, &pipeline.config.timezone),
        decided_at: draft.now,
        way: rollback::way(stage),
        progress: Progress::Waiting,
    };
    let text = words::begun(name, &rollback, &pipeline.config);
    Some(Some((rollback, text)))
}
