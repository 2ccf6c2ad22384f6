//! The last look before a move: a commit's checks, judged as the environment wants them, and how fresh a fact has to be.

use jiff::SignedDuration;

use super::super::checks::{self, Checks, Required, Verdict, Wanted};
use super::super::config::CheckSetting;
use super::super::effect::BUTTON_RUN;
use super::super::id::{BranchName, Sha};
use super::super::protection::WaitForUs;
use super::super::snapshot::{Need, Read};
use super::{Draft, Pipeline, Stage};

/// What the last look read may be this old when the branch is moved: one pause between two writes, and some slow answers.
pub const LAST_LOOK_AGE_MAX: SignedDuration = SignedDuration::from_secs(5);

/// Judges the commit's checks as this environment wants them.
pub(super) fn judged(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    commit: &Sha,
) -> Option<Verdict> {
    let read = draft.snapshot.checks.get(commit);
    let environment = stage.environment;
    judge(
        draft,
        pipeline,
        (&environment.branch, &environment.checks),
        commit,
        read,
        None,
    )
}

/// The same, by a reading that came after everything else was read.
pub(super) fn judged_last(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    commit: &Sha,
) -> Option<Verdict> {
    judged_for_run(draft, pipeline, stage, commit, None)
}

/// The same for a workflow run that asks to be let through: the jobs of its own check suite are not waited for.
pub(super) fn judged_for_run(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    commit: &Sha,
    suite: Option<i64>,
) -> Option<Verdict> {
    let read = draft.snapshot.checks.get(commit).filter(|read| is_fresh(draft, read));
    let environment = stage.environment;
    judge(
        draft,
        pipeline,
        (&environment.branch, &environment.checks),
        commit,
        read,
        suite,
    )
}

/// Judges the checks of a feature's head, by what mainline requires.
pub(super) fn judged_for_mainline(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, head: &Sha) -> Option<Verdict> {
    let read = draft.snapshot.checks.get(head);
    let mainline = &pipeline.repository.default_branch;
    judge(draft, pipeline, (mainline, &CheckSetting::Auto), head, read, None)
}

/// The same, by a reading that came after everything else was read.
pub(super) fn judged_last_for_mainline(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, head: &Sha) -> Option<Verdict> {
    let read = draft.snapshot.checks.get(head).filter(|read| is_fresh(draft, read));
    let mainline = &pipeline.repository.default_branch;
    judge(draft, pipeline, (mainline, &CheckSetting::Auto), head, read, None)
}

fn judge(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    (branch, setting): (&BranchName, &CheckSetting),
    commit: &Sha,
    read: Option<&Read<Checks>>,
    own_suite: Option<i64>,
) -> Option<Verdict> {
    let own = pipeline.repository.app_id;
    let required = match setting {
        CheckSetting::Nothing => return Some(checks::judge(&Checks::default(), &Wanted::Nothing, own)),
        CheckSetting::Named(_) => Some(Vec::new()),
        CheckSetting::Auto => draft
            .fact(draft.snapshot.rules.get(branch), || Need::Rules(branch.clone()))
            .map(|required| without_our_own(required, own)),
    };
    let read = draft.fact(read, || Need::Checks(commit.clone()))?;
    let waits = WaitForUs {
        own: own_suite,
        ..waits_for_us(draft, commit)
    };
    let (checks, wanted) = waits.without(&read.value, setting.wanted(required?));
    Some(checks::judge(&checks, &wanted, own))
}

/// A job that waits until we let it deploy would otherwise be waited for by what it waits for.
fn waits_for_us(draft: &Draft<'_>, commit: &Sha) -> WaitForUs {
    let questions = draft.memory.questions.values();
    let open = questions.filter(|question| question.is_open() && question.commit.as_ref() == Some(commit));
    WaitForUs {
        suites: open.filter_map(|question| question.suite).collect(),
        own: None,
    }
}

/// A rule may require our own check run, so that nobody merges what is not accepted. It says what we decide, so we do not wait
/// for it.
fn without_our_own(required: &[Required], own: i64) -> Vec<Required> {
    let is_ours = |one: &&Required| one.context == BUTTON_RUN && one.app_id.is_none_or(|app| app <= 0 || app == own);
    required.iter().filter(|one| !is_ours(one)).cloned().collect()
}

/// Read after everything else, and not long ago.
pub(super) fn is_fresh<T>(draft: &Draft<'_>, read: &Read<T>) -> bool {
    let last = draft.snapshot.facts_at.is_none_or(|others| read.at >= others);
    last && draft.now.duration_since(read.at) <= LAST_LOOK_AGE_MAX
}
