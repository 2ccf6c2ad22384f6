//! Which answer a workflow run gets: where its commit lies, and how the gates stand that can close again.

use jiff::Timestamp;

use super::super::super::checks::{Shortfall, Verdict};
use super::super::super::gate::Reason;
use super::super::super::id::{BranchName, Sha};
use super::super::super::protection::{self, Answer, Because, Place, Question};
use super::super::super::snapshot::{Between, Need, Range, WorkflowRun};
use super::super::{Draft, Pipeline, Stage, clock, course, last_look, outside};

/// The answer, with the time of the reading that it rests on.
pub(super) fn answer(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    question: &Question,
    run: &WorkflowRun,
) -> Option<(Answer, Timestamp)> {
    let now = draft.now;
    let Some(stage) = pipeline.stage(&question.environment) else {
        return Some((Answer::Reject(Because::UnknownEnvironment), now));
    };
    if run.event.starts_with("pull_request") {
        return Some((Answer::Reject(Because::ForPull), now));
    }
    let between = match draft.range(&stage.environment.branch, stage.from)? {
        Range::Between(between) => between,
        Range::Missing { branch } => return Some((Answer::Reject(Because::BranchMissing(branch.clone())), now)),
        Range::TooLong { .. } => return Some((Answer::Wait(Because::TooFarApart), now)),
    };
    let standing = course::own(draft, pipeline, stage, between)?.standing;
    let judged = draft.memory.outside.get(&stage.environment.name);
    // How this came to the branch is not known yet; whoever finds that out looks again by themselves.
    judged.filter(|judged| judged.tip == between.base_at)?;
    let place = place(draft, pipeline, stage, between, &run.commit)?;
    if let Some(answer) = protection::by_place(&place) {
        return Some((answer, now));
    }
    if standing.set_back {
        return Some((Answer::Wait(Because::SetBack), now));
    }
    let clock = clock::says(draft, pipeline, stage, between, &run.commit);
    match protection::by_gates(&clock, None) {
        Answer::Wait(Because::Gate(Reason::ChecksNotRead)) => {}
        shut => return Some((shut, now)),
    }
    let (verdict, read_at) = last_look(draft, pipeline, stage, between, run)?;
    Some((protection::by_gates(&clock, Some(&verdict)), read_at))
}

/// Where the run's commit lies, from the nearest place to the farthest.
fn place(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    between: &Between,
    commit: &Sha,
) -> Option<Place> {
    let (tip, from) = (&between.base_at, stage.from.clone());
    if commit == tip {
        return Some(Place::There);
    }
    if outside::contains(draft, commit, tip)? {
        // GitHub compares a commit with a branch as it does two branches.
        let since = draft.range(&BranchName::from(commit.as_str()), &stage.environment.branch)?;
        let only_joins =
            matches!(since, Range::Between(since) if since.commits.iter().all(|one| one.parents.len() > 1));
        return Some(if only_joins { Place::There } else { Place::Passed });
    }
    if between.holds(commit) {
        let armed = draft.memory.armed.get(&stage.environment.name);
        let asked_by = armed
            .filter(|armed| armed.commit == *commit)
            .map(|armed| armed.asked_by.clone());
        return Some(Place::OnStageBefore { from, asked_by });
    }
    let mainline = pipeline.repository.default_branch.clone();
    if from != mainline {
        let head = draft.fact(draft.snapshot.heads.get(&mainline), || Need::Head(mainline.clone()))?;
        if let Some(head) = &head.value
            && outside::contains(draft, commit, head)?
        {
            return Some(Place::InMainline { from });
        }
    }
    Some(Place::Elsewhere { mainline })
}

/// The checks and the branch, read after everything else.
fn last_look(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    between: &Between,
    run: &WorkflowRun,
) -> Option<(Verdict, Timestamp)> {
    let branch = &stage.environment.branch;
    let head = draft
        .snapshot
        .heads
        .get(branch)
        .filter(|head| last_look::is_fresh(draft, head));
    let mut verdict = last_look::judged_for_run(draft, pipeline, stage, &run.commit, run.suite);
    if let Some(Verdict {
        shortfall: Some(Shortfall::NothingReported),
        ..
    }) = &verdict
        && let Some(joined) = joined_by(draft, stage, &run.commit)
    {
        // Nothing ran on the commit that only joins two others: what was promoted by it is what was checked.
        verdict = last_look::judged_for_run(draft, pipeline, stage, &joined, run.suite);
    }
    let head = draft.fact(head, || Need::Head(branch.clone()))?;
    let verdict = verdict?;
    if head.value.as_ref() != Some(&between.base_at) {
        draft.plan.outdated = true;
        return None;
    }
    Some((verdict, head.at))
}

/// What the environment's own merge commit brought in.
fn joined_by(draft: &Draft<'_>, stage: Stage<'_>, commit: &Sha) -> Option<Sha> {
    let pair = (stage.from.clone(), stage.environment.branch.clone());
    let Some(Range::Between(own)) = draft.snapshot.ranges.get(&pair) else {
        return None;
    };
    let join = own.commits.iter().find(|found| found.sha == *commit)?;
    join.parents.get(1).cloned()
}
