//! The life of one promotion: which commit was meant, whether it may go, waiting for its gates, the move, and its end.

use jiff::{SignedDuration, Timestamp};

use super::super::authority::{Act, Verdict as May};
use super::super::checks::{self, Checks, Verdict, Wanted};
use super::super::config::CheckSetting;
use super::super::effect::Effect;
use super::super::gate::{self, Facts, Gate};
use super::super::id::{BranchName, EnvironmentName, PullNumber, Sha};
use super::super::memory::{Armed, Change, Entry, EntryKind, Progress, Request};
use super::super::snapshot::{Between, Need, Pull, Range, Read};
use super::super::words;
use super::request::{self, Decision};
use super::{Draft, Pipeline, Stage};

/// What the last look read may be this old when the branch is moved: one pause between two writes, and some slow answers.
pub const LAST_LOOK_AGE_MAX: SignedDuration = SignedDuration::from_secs(5);

/// What a `/promote` means.
enum Target {
    /// The commit that the promotion pull request showed when it was said.
    Shown(Sha),
    /// Everything up to and including this merged feature.
    Feature(PullNumber, Sha),
}

/// Whether the pull request is the one from the stage before into this environment.
pub(super) fn is_promotion_pull(pipeline: &Pipeline<'_>, stage: Stage<'_>, pull: &Pull) -> bool {
    pull.head_repo == Some(pipeline.repository.id) && pull.head == *stage.from && pull.base == stage.environment.branch
}

/// Decides a `/promote`: an answer at once, or a promotion that waits for its gates.
pub(super) fn decide(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    request: &Request,
    command: usize,
    environment: &EnvironmentName,
    dry_run: bool,
) -> Option<Decision> {
    let Some(stage) = pipeline.stage(environment) else {
        return Some(Decision::answer(words::answer::unknown_environment(
            environment,
            &pipeline.config,
        )));
    };
    let refused = match request::verdict(
        draft,
        &request.asked_by,
        Act::Promote(&stage.environment.name),
        pipeline,
    )? {
        May::Refused(why) => Some(why),
        _ => None,
    };
    if let (Some(why), false) = (&refused, dry_run) {
        let text = words::answer::not_allowed(&stage.environment.name, why);
        return Some(refuse(
            request,
            stage,
            None,
            text,
            "the person may not promote into this environment",
        ));
    }
    let target = match target(draft, pipeline, request, stage)? {
        Ok(target) => target,
        Err(text) => return Some(Decision::answer(text)),
    };
    let between = match draft.range(&stage.environment.branch, stage.from)? {
        Range::Between(between) => between,
        Range::Missing { branch } => return Some(Decision::answer(words::answer::branch_missing(branch))),
    };
    let (Target::Shown(commit) | Target::Feature(_, commit)) = &target;
    if !between.holds(commit) && is_there(draft, between, commit)? {
        return Some(Decision::answer(words::answer::already_there(stage.environment)));
    }
    let carrying = draft.cargo(&between.up_to(commit), &pipeline.repository.default_branch)?;
    let leaving = draft.cargo(&between.after(commit), &pipeline.repository.default_branch)?;
    if let Target::Feature(number, _) = target {
        let riders = carrying.without(number);
        if !riders.is_empty() && !dry_run {
            let pull = draft.memory.gaps.get(&stage.environment.name).and_then(|gap| gap.pull);
            return Some(Decision::answer(words::answer::riders(
                number,
                &riders,
                stage.environment,
                pull,
            )));
        }
    }
    let verdict = if dry_run {
        Some(green(draft, pipeline, stage, commit, false)?)
    } else {
        None
    };
    let facts = Facts {
        refused: refused.as_ref(),
        from: stage.from,
        branch: &stage.environment.branch,
        between,
        commit,
        checks: verdict.as_ref(),
    };
    let gates = gate::gates(&facts);
    if dry_run {
        return Some(Decision::answer(words::promotion::forecast(
            stage.environment,
            &carrying,
            &leaving,
            &gates,
        )));
    }
    if let Some(reason) = gate::first_shut(&gates) {
        let text = words::promotion::shut(stage.environment, reason);
        return Some(refuse(request, stage, Some(commit), text, "a gate is shut"));
    }
    Some(Decision::Arm(Armed {
        environment: stage.environment.name.clone(),
        commit: commit.clone(),
        asked_by: request.asked_by.clone(),
        request: request.comment,
        command,
        armed_at: draft.now,
        expires_at: draft.now + pipeline.config.armed_for,
        carrying,
        leaving,
        progress: Progress::Waiting,
    }))
}

fn refuse(request: &Request, stage: Stage<'_>, commit: Option<&Sha>, text: String, why: &str) -> Decision {
    let mut entry = request::about(request, EntryKind::Refused, why.to_owned());
    entry.environment = Some(stage.environment.name.clone());
    entry.after = commit.cloned();
    Decision::Answer {
        text,
        entry: Some(entry),
    }
}

/// Which commit is meant, or what to answer instead.
fn target(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    request: &Request,
    stage: Stage<'_>,
) -> Option<Result<Target, String>> {
    let found = draft.snapshot.pulls.get(&request.pull);
    let Some(pull) = draft.fact(found, || Need::Pull(request.pull))? else {
        return Some(Err(words::answer::not_a_pull_request()));
    };
    if is_promotion_pull(pipeline, stage, pull) {
        let shown = shown(draft, pull.number, stage, request.asked_at);
        return Some(
            shown
                .map(Target::Shown)
                .ok_or_else(|| words::answer::nothing_shown_yet(stage.environment)),
        );
    }
    let other = pipeline
        .stages()
        .into_iter()
        .find(|other| is_promotion_pull(pipeline, *other, pull));
    if let Some(other) = other {
        let right = draft.memory.gaps.get(&stage.environment.name).and_then(|gap| gap.pull);
        return Some(Err(words::answer::other_promotion_pull(
            other.environment,
            stage.environment,
            right,
        )));
    }
    if pull.base != pipeline.repository.default_branch {
        return Some(Err(words::answer::outside_the_pipeline(
            pull,
            &pipeline.repository.default_branch,
        )));
    }
    Some(match (&pull.merge_commit, pull.merged, pull.open) {
        (Some(commit), true, _) => Ok(Target::Feature(pull.number, commit.clone())),
        (None, true, _) => Err(words::answer::merge_commit_unknown()),
        (_, false, true) => Err(words::answer::not_in_mainline_yet(stage.environment)),
        (_, false, false) => Err(words::answer::closed_without_merge()),
    })
}

/// The newest showing at or before the comment's own GitHub time.
fn shown(draft: &Draft<'_>, pull: PullNumber, stage: Stage<'_>, asked_at: Timestamp) -> Option<Sha> {
    let of_this = draft
        .memory
        .shown
        .iter()
        .filter(|shown| shown.pull == pull && shown.environment == stage.environment.name && shown.at <= asked_at);
    // Equal times are common, because GitHub counts in whole seconds: the later record is the later writing.
    of_this.max_by_key(|shown| shown.at).map(|shown| shown.commit.clone())
}

fn is_there(draft: &mut Draft<'_>, between: &Between, commit: &Sha) -> Option<bool> {
    let (ancestor, descendant) = (commit.clone(), between.base_at.clone());
    if ancestor == descendant {
        return Some(true);
    }
    let found = draft
        .snapshot
        .contains
        .get(&(ancestor.clone(), descendant.clone()))
        .copied();
    draft.fact(found, || Need::Contains { ancestor, descendant })
}

/// Arms a promotion. An earlier one for the same environment makes way and says so.
pub(super) fn arm(draft: &mut Draft<'_>, armed: Armed) {
    if let Some(earlier) = draft.memory.armed.get(&armed.environment).cloned() {
        end(
            draft,
            &earlier,
            words::answer::superseded(&earlier, &armed.asked_by),
            EntryKind::Disarmed,
        );
    }
    let entry = entry(&armed, EntryKind::Armed, "asked, and waits for its gates");
    draft.change(Change::Ledger(entry));
    draft.change(Change::Arm(armed));
}

/// Ends an armed promotion with a last word on the command it came from.
pub(super) fn end(draft: &mut Draft<'_>, armed: &Armed, text: String, kind: EntryKind) {
    let mut entry = entry(armed, kind, text.lines().next().unwrap_or_default());
    if let Progress::Moved { before } = &armed.progress {
        entry.before = Some(before.clone());
    }
    request::set_answer(draft, armed.request, armed.command, text, true);
    draft.change(Change::Disarm(armed.environment.clone()));
    draft.change(Change::Forget {
        effect: move_key(armed),
    });
    draft.change(Change::Ledger(entry));
}

fn entry(armed: &Armed, kind: EntryKind, why: &str) -> Entry {
    Entry {
        kind,
        who: Some(armed.asked_by.clone()),
        pull: None,
        request: Some(armed.request),
        environment: Some(armed.environment.clone()),
        before: None,
        after: Some(armed.commit.clone()),
        why: why.to_owned(),
        gates: Vec::new(),
    }
}

/// Takes every armed promotion a step further, where there is a reason to look at it.
pub(super) fn advance(draft: &mut Draft<'_>) {
    for armed in draft.memory.armed.values().cloned().collect::<Vec<_>>() {
        draft.look_again_at(armed.expires_at);
        match &armed.progress {
            Progress::Moved { .. } => tell_moved(draft, &armed),
            Progress::Refused(refusal) => {
                let text = words::promotion::refused_by_github(&armed, refusal);
                end(draft, &armed, text, EntryKind::Refused);
            }
            Progress::Waiting if is_due(draft, &armed) => {
                step(draft, &armed);
            }
            Progress::Waiting => {}
        }
    }
}

fn tell_moved(draft: &mut Draft<'_>, armed: &Armed) {
    let Some(Ok(pipeline)) = draft.pipeline() else { return };
    let environment = pipeline.stage(&armed.environment).map(|stage| stage.environment);
    let next = environment.and_then(|here| pipeline.stages().into_iter().find(|stage| *stage.from == here.branch));
    let text = words::promotion::moved(armed, environment, next.map(|stage| stage.environment));
    end(draft, armed, text, EntryKind::Promoted);
}

/// News of anything else costs no request.
fn is_due(draft: &Draft<'_>, armed: &Armed) -> bool {
    let unanswered = draft.memory.requests.get(&armed.request).is_none_or(|request| {
        request
            .answers
            .get(armed.command)
            .is_none_or(|answer| answer.text.is_empty())
    });
    let on_its_way = |branch: &BranchName| {
        draft
            .memory
            .gaps
            .values()
            .any(|gap| gap.base == *branch || gap.head == *branch)
    };
    unanswered
        || draft.heard.everything
        || draft.heard.checks.contains(&armed.commit)
        || draft.heard.branches.keys().any(on_its_way)
        || draft.memory.unconfirmed.contains_key(&move_key(armed))
        || draft.snapshot.moved.iter().any(on_its_way)
        || draft.now >= armed.expires_at
}

fn move_key(armed: &Armed) -> String {
    format!("move:{}:{}", armed.environment, armed.commit)
}

/// `None` while facts are being asked for.
fn step(draft: &mut Draft<'_>, armed: &Armed) -> Option<()> {
    let pipeline = match draft.pipeline()? {
        Ok(pipeline) => pipeline,
        Err(mistakes) => {
            let text = words::promotion::waiting_for_configuration(armed, &mistakes);
            request::set_answer(draft, armed.request, armed.command, text, false);
            return Some(());
        }
    };
    let Some(stage) = pipeline.stage(&armed.environment) else {
        end(
            draft,
            armed,
            words::promotion::environment_gone(armed),
            EntryKind::Disarmed,
        );
        return Some(());
    };
    let between = match draft.range(&stage.environment.branch, stage.from)? {
        Range::Between(between) => between,
        Range::Missing { branch } => {
            end(draft, armed, words::answer::branch_missing(branch), EntryKind::Disarmed);
            return Some(());
        }
    };
    if !between.holds(&armed.commit) && is_there(draft, between, &armed.commit)? {
        arrived(draft, armed, stage, &pipeline);
        return Some(());
    }
    if draft.now >= armed.expires_at {
        end(draft, armed, words::promotion::expired(armed), EntryKind::Disarmed);
        return Some(());
    }
    if !draft.snapshot.checks.contains_key(&armed.commit) {
        // Read together, these two are the last look already when everything else is known.
        draft.need(Need::Head(stage.environment.branch.clone()));
    }
    let verdict = green(draft, &pipeline, stage, &armed.commit, false)?;
    let said = |refused| Facts {
        refused,
        from: stage.from,
        branch: &stage.environment.branch,
        between,
        commit: &armed.commit,
        checks: Some(&verdict),
    };
    if verdict.state != checks::State::Green {
        tell_waiting(draft, armed, &pipeline, &gate::gates(&said(None)));
        return Some(());
    }
    // Who asked, and that they still may, is read again as close to the move as the checks are.
    let comment = draft.fact(draft.snapshot.comments.get(&armed.request), || {
        Need::Comment(armed.request)
    })?;
    if comment
        .as_ref()
        .is_none_or(|comment| comment.updated_at > comment.created_at)
    {
        end(draft, armed, words::answer::edited(), EntryKind::Disarmed);
        return Some(());
    }
    let refused = match request::verdict(draft, &armed.asked_by, Act::Promote(&armed.environment), &pipeline)? {
        May::Refused(why) => Some(why),
        _ => None,
    };
    let gates = gate::gates(&said(refused.as_ref()));
    if let Some(reason) = gate::first_shut(&gates) {
        end(
            draft,
            armed,
            words::promotion::shut(stage.environment, reason),
            EntryKind::Refused,
        );
        return Some(());
    }
    go(draft, armed, &pipeline, stage, between, &gates)
}

/// The commit is in the environment already: by our move, whose outcome a crash kept from us, or by somebody else's.
fn arrived(draft: &mut Draft<'_>, armed: &Armed, stage: Stage<'_>, pipeline: &Pipeline<'_>) {
    let sent = draft
        .memory
        .unconfirmed
        .get(&move_key(armed))
        .filter(|begun| begun.sent_at.is_some());
    match sent.map(|begun| begun.effect.clone()) {
        Some(Effect::MoveBranch { from, .. }) => {
            let moved = Armed {
                progress: Progress::Moved { before: from },
                ..armed.clone()
            };
            let next = pipeline
                .stages()
                .into_iter()
                .find(|next| *next.from == stage.environment.branch);
            let text = words::promotion::moved(&moved, Some(stage.environment), next.map(|next| next.environment));
            end(draft, &moved, text, EntryKind::Promoted);
        }
        _ => end(
            draft,
            armed,
            words::answer::already_there(stage.environment),
            EntryKind::Disarmed,
        ),
    }
}

fn tell_waiting(draft: &mut Draft<'_>, armed: &Armed, pipeline: &Pipeline<'_>, gates: &[Gate]) {
    let text = words::promotion::waiting(armed, gates, &pipeline.config);
    request::set_answer(draft, armed.request, armed.command, text, false);
}

/// Everything is open: read the checks and the branch a last time, and move.
fn go(
    draft: &mut Draft<'_>,
    armed: &Armed,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    between: &Between,
    gates: &[Gate],
) -> Option<()> {
    let branch = &stage.environment.branch;
    let head = draft.snapshot.heads.get(branch).filter(|head| is_fresh(draft, head));
    let last = green(draft, pipeline, stage, &armed.commit, true);
    let head = draft.fact(head, || Need::Head(branch.clone()))?;
    let last = last?;
    if last.state != checks::State::Green || !gate::all_open(gates) {
        tell_waiting(draft, armed, pipeline, gates);
        return Some(());
    }
    if head.value.as_ref() != Some(&between.base_at) {
        draft.plan.outdated = true;
        return None;
    }
    let carrying = draft.cargo(&between.up_to(&armed.commit), &pipeline.repository.default_branch)?;
    let leaving = draft.cargo(&between.after(&armed.commit), &pipeline.repository.default_branch)?;
    let ready = Armed {
        carrying,
        leaving,
        ..armed.clone()
    };
    if ready != *armed {
        draft.change(Change::Arm(ready));
    }
    draft.effect(Effect::MoveBranch {
        environment: armed.environment.clone(),
        branch: branch.clone(),
        from: between.base_at.clone(),
        to: armed.commit.clone(),
        read_at: head.at,
    });
    Some(())
}

/// Read after everything else, and not long ago.
fn is_fresh<T>(draft: &Draft<'_>, read: &Read<T>) -> bool {
    let last = draft.snapshot.facts_at.is_none_or(|others| read.at >= others);
    last && draft.now.duration_since(read.at) <= LAST_LOOK_AGE_MAX
}

/// Judges the commit's checks as this environment wants them; `fresh` asks for a reading after everything else.
fn green(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    commit: &Sha,
    fresh: bool,
) -> Option<Verdict> {
    let own = pipeline.repository.app_id;
    let branch = &stage.environment.branch;
    let required = match stage.environment.checks {
        CheckSetting::Nothing => return Some(checks::judge(&Checks::default(), &Wanted::Nothing, own)),
        CheckSetting::Named(_) => Some(Vec::new()),
        CheckSetting::Auto => draft
            .fact(draft.snapshot.rules.get(branch), || Need::Rules(branch.clone()))
            .cloned(),
    };
    let found = draft
        .snapshot
        .checks
        .get(commit)
        .filter(|read| !fresh || is_fresh(draft, read));
    let read = draft.fact(found, || Need::Checks(commit.clone()))?;
    let wanted = stage.environment.checks.wanted(required?);
    Some(checks::judge(&read.value, &wanted, own))
}
