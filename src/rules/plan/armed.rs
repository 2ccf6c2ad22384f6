//! The life of an armed promotion: it waits for its gates, is moved when they are all open, and comes to an end that is told.

use jiff::{SignedDuration, Timestamp};

use super::super::authority::{Act, Verdict as May};
use super::super::checks;
use super::super::effect::Effect;
use super::super::gate::{self, Facts, Gate, Reason};
use super::super::id::{BranchName, Sha};
use super::super::memory::{Armed, Change, Entry, EntryKind, Progress};
use super::super::snapshot::{Between, Need, Range, Withheld};
use super::super::words;
use super::{Draft, Pipeline, Stage, clock, course, deploy, last_look, outside, promote, request, running, taken_back};

/// GitHub may tell of a check before its own answers show it, so what waits for it is looked at once more.
const SHOWN_LATE_WAIT: SignedDuration = SignedDuration::from_secs(5);

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
    let mut told = entry(armed, kind, text.lines().next().unwrap_or_default());
    if let Progress::Moved { before, merged_as } = &armed.progress {
        told.before = Some(before.clone());
        told.after = merged_as.clone().or(told.after);
    }
    finish(draft, armed, text, told);
}

fn finish(draft: &mut Draft<'_>, armed: &Armed, text: String, told: Entry) {
    finish_saying(draft, armed, text, told, true);
}

/// `is_final`: nothing more is said of this command.
fn finish_saying(draft: &mut Draft<'_>, armed: &Armed, text: String, told: Entry, is_final: bool) {
    request::set_answer(draft, armed.request, armed.command, text, is_final);
    draft.change(Change::Disarm(armed.environment.clone()));
    draft.change(Change::Forget {
        effect: move_key(armed),
    });
    draft.change(Change::Ledger(told));
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
        features: Vec::new(),
    }
}

/// Takes every armed promotion a step further, where there is a reason to look at it.
pub(super) fn advance(draft: &mut Draft<'_>) {
    for armed in draft.memory.armed.values().cloned().collect::<Vec<_>>() {
        draft.look_again_at(armed.expires_at);
        if draft.heard.checks.contains(&armed.commit) {
            draft.look_again_at(draft.now + SHOWN_LATE_WAIT);
        }
        if let Some(at) = armed.look_at.filter(|at| *at > draft.now) {
            draft.look_again_at(at);
        }
        match &armed.progress {
            Progress::Moved { .. } => tell_moved(draft, &armed),
            Progress::Refused(refusal) => {
                let text = words::promotion::refused_by_github(&armed, refusal);
                end(draft, &armed, text, EntryKind::Refused);
            }
            // It is about to be taken back, which ends this.
            Progress::Waiting if draft.memory.is_about_to_go_back(&armed.environment) => {}
            Progress::Waiting if is_due(draft, &armed) => {
                step(draft, &armed);
            }
            Progress::Waiting => {}
        }
    }
}

fn tell_moved(draft: &mut Draft<'_>, armed: &Armed) {
    let Some(found) = draft.pipeline() else { return };
    // What happened is told, whatever has become of the configuration since.
    let pipeline = found.ok();
    let stages = pipeline.as_ref().map(Pipeline::stages).unwrap_or_default();
    let stage = stages.iter().find(|stage| stage.environment.name == armed.environment);
    if let Progress::Moved { merged_as, .. } = &armed.progress {
        let tip = merged_as.as_ref().unwrap_or(&armed.commit);
        tell_arrival(draft, armed, stage.copied(), &stages, tip);
    }
}

/// It is in the environment. Where more than its branch tells whether it runs, the answer goes on until it does.
fn tell_arrival(draft: &mut Draft<'_>, armed: &Armed, stage: Option<Stage<'_>>, stages: &[Stage<'_>], tip: &Sha) {
    let Progress::Moved { before, merged_as } = &armed.progress else {
        return;
    };
    let stay = deploy::promoted(draft, armed, stage, tip);
    taken_back::came(draft, &armed.environment, &armed.carrying);
    let next = stage.and_then(|here| stages.iter().find(|next| *next.from == here.environment.branch));
    let text = running::arrival(draft, armed, &stay, stage, next.copied());
    let told = Entry {
        before: Some(before.clone()),
        after: merged_as.clone().or(Some(armed.commit.clone())),
        features: armed.carrying.features(),
        ..entry(armed, EntryKind::Promoted, text.lines().next().unwrap_or_default())
    };
    finish_saying(draft, armed, text, told, stay.has_run());
}

/// GitHub does not tell us what decides: those that were to be looked at say so, and wait.
pub(super) fn say_withheld(draft: &mut Draft<'_>, why: &Withheld) {
    for armed in draft.memory.armed.values().cloned().collect::<Vec<_>>() {
        draft.look_again_at(armed.expires_at);
        if armed.progress == Progress::Waiting && is_due(draft, &armed) {
            let text = words::promotion::waiting_for_answers(&armed, why);
            request::set_answer(draft, armed.request, armed.command, text, false);
        }
    }
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
        // Nothing was heard: this look was set for what waits.
        || draft.heard.is_empty()
        || draft.heard.checks.contains(&armed.commit)
        || running::is_heard_of(draft)
        || draft.heard.branches.keys().any(on_its_way)
        || draft.memory.unconfirmed.contains_key(&move_key(armed))
        || draft.snapshot.moved.iter().any(on_its_way)
        || draft.now >= armed.expires_at
        || armed.look_at.is_some_and(|at| draft.now >= at)
}

fn move_key(armed: &Armed) -> String {
    format!("move:{}:{}", armed.environment, armed.commit)
}

/// `None` while facts are being asked for.
fn step(draft: &mut Draft<'_>, armed: &Armed) -> Option<()> {
    let pipeline = match draft.pipeline()? {
        Ok(pipeline) => pipeline,
        Err(_) if draft.now >= armed.expires_at && !draft.memory.unconfirmed.contains_key(&move_key(armed)) => {
            end(draft, armed, words::promotion::expired(armed), EntryKind::Disarmed);
            return Some(());
        }
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
    if let Some(not_before) = armed.not_before.filter(|at| *at > draft.now) {
        let text = words::promotion::scheduled(armed, not_before, &pipeline.config);
        request::set_answer(draft, armed.request, armed.command, text, false);
        rest(draft, armed, Some(not_before));
        return Some(());
    }
    let between = match draft.range(&stage.environment.branch, stage.from)? {
        Range::Between(between) => between,
        Range::Missing { branch } => {
            end(draft, armed, words::answer::branch_missing(branch), EntryKind::Disarmed);
            return Some(());
        }
        Range::TooLong { commits } => {
            let text = words::answer::too_far_apart(stage.environment, stage.from, *commits);
            end(draft, armed, text, EntryKind::Disarmed);
            return Some(());
        }
    };
    if !between.holds(&armed.commit) && promote::is_there(draft, between, &armed.commit)? {
        arrived(draft, armed, stage, &pipeline, between)?;
    } else if draft.now >= armed.expires_at {
        end(draft, armed, words::promotion::expired(armed), EntryKind::Disarmed);
    } else {
        pass_the_gates(draft, armed, &pipeline, stage, between)?;
    }
    Some(())
}

/// The checks come first, because they are what it mostly waits for; the rest is only read once they are green.
fn pass_the_gates(
    draft: &mut Draft<'_>,
    armed: &Armed,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    between: &Between,
) -> Option<()> {
    let branch = &stage.environment.branch;
    // Where no checks are wanted they are never read, and the branch is not read again and again for them.
    if !draft.snapshot.checks.contains_key(&armed.commit) && !draft.snapshot.heads.contains_key(branch) {
        // Read together, these two are the last look already when everything else is known.
        draft.need(Need::Head(branch.clone()));
    }
    let verdict = last_look::judged(draft, pipeline, stage, &armed.commit)?;
    clock::watch(draft, stage, between);
    let own = course::own(draft, pipeline, stage, between)?;
    let clock = clock::says(draft, pipeline, stage, between, &armed.commit);
    let runs = running::before(draft, pipeline, stage, between, &armed.commit);
    let mut facts = Facts {
        refused: None,
        from: stage.from,
        branch: &stage.environment.branch,
        between,
        commit: &armed.commit,
        checks: Some(&verdict),
        runs: &runs,
        clock: &clock,
        own: &own,
    };
    let gates = gate::gates(&facts);
    if let Some(reason) = gate::first_shut(&gates) {
        shut(draft, armed, pipeline, stage, reason, &gates);
        return Some(());
    }
    if !gate::all_open(&gates) {
        tell_waiting(draft, armed, pipeline, stage, &gates);
        return Some(());
    }
    // Who asked, and that they still may, is read again as close to the move as the checks are.
    if request::said_unchanged(draft, armed.request)?.is_none() {
        end(draft, armed, words::answer::edited(), EntryKind::Disarmed);
        return Some(());
    }
    let refused = match request::verdict(draft, &armed.asked_by, Act::Promote(&armed.environment), pipeline)? {
        May::Refused(why) => Some(why),
        _ => None,
    };
    facts.refused = refused.as_ref();
    let gates = gate::gates(&facts);
    if let Some(reason) = gate::first_shut(&gates) {
        shut(draft, armed, pipeline, stage, reason, &gates);
        return Some(());
    }
    go(draft, armed, pipeline, stage, between, &gates)
}

fn shut(
    draft: &mut Draft<'_>,
    armed: &Armed,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    reason: &Reason,
    gates: &[Gate],
) {
    let told = Entry {
        gates: gate::lines(gates),
        ..entry(armed, EntryKind::Refused, "a gate is shut")
    };
    let text = words::promotion::shut(stage.environment, reason, &pipeline.config);
    finish(draft, armed, text, told);
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
    let head = draft
        .snapshot
        .heads
        .get(branch)
        .filter(|head| last_look::is_fresh(draft, head));
    let last = last_look::judged_last(draft, pipeline, stage, &armed.commit);
    let head = draft.fact(head, || Need::Head(branch.clone()))?;
    if last?.state != checks::State::Green || head.value.as_ref() != Some(&between.base_at) {
        draft.plan.outdated = true;
        return None;
    }
    let mainline = &pipeline.repository.default_branch;
    let carrying = draft.cargo(&between.up_to(&armed.commit), mainline)?;
    let leaving = draft.cargo(&between.after(&armed.commit), mainline)?;
    if let Some(text) = taken_back::not_any_more(stage, &carrying, &leaving) {
        end(draft, armed, text, EntryKind::Refused);
        return Some(());
    }
    let again = taken_back::among(draft, &armed.environment, &carrying);
    if armed.as_listed && !armed.carrying.covers(&carrying) || !armed.as_listed && !again.is_empty() {
        let text = words::offer::more_would_go(armed, &carrying);
        end(draft, armed, text, EntryKind::Disarmed);
        return Some(());
    }
    let decided = Entry {
        before: Some(between.base_at.clone()),
        gates: gate::lines(gates),
        ..entry(
            armed,
            EntryKind::GatesOpen,
            "every gate is open, so the branch is moved",
        )
    };
    draft.change(Change::Ledger(decided));
    let ready = Armed {
        carrying,
        leaving,
        ..armed.clone()
    };
    if ready != *armed {
        draft.change(Change::Arm(ready));
    }
    draft.effect(course::into(stage, armed, between, head.at));
    Some(())
}

/// The commit is in the environment already: by our move, whose outcome a crash kept from us, or by somebody else's.
fn arrived(
    draft: &mut Draft<'_>,
    armed: &Armed,
    stage: Stage<'_>,
    pipeline: &Pipeline<'_>,
    between: &Between,
) -> Option<()> {
    let sent = draft.memory.unconfirmed.get(&move_key(armed));
    let sent = sent.filter(|begun| begun.sent_at.is_some());
    let (before, merged_as) = match sent.map(|begun| begun.effect.clone()) {
        Some(Effect::MoveBranch { from, .. }) => (from, None),
        Some(Effect::MergeBranch { from, .. }) => {
            let (before, merge) =
                course::joined(draft, stage, armed, between)?.unwrap_or((from, between.base_at.clone()));
            (before, Some(merge))
        }
        _ => {
            let text = words::answer::already_there(stage.environment);
            end(draft, armed, text, EntryKind::Disarmed);
            return Some(());
        }
    };
    // What somebody pushed on top of it since is theirs.
    let tip = merged_as.clone().unwrap_or_else(|| armed.commit.clone());
    outside::arrived(draft, &armed.environment, &tip);
    let moved = Armed {
        progress: Progress::Moved { before, merged_as },
        ..armed.clone()
    };
    tell_arrival(draft, &moved, Some(stage), &pipeline.stages(), &tip);
    Some(())
}

fn tell_waiting(draft: &mut Draft<'_>, armed: &Armed, pipeline: &Pipeline<'_>, stage: Stage<'_>, gates: &[Gate]) {
    let text = words::promotion::waiting(armed, stage.environment, gates, &pipeline.config);
    request::set_answer(draft, armed.request, armed.command, text, false);
    rest(draft, armed, gate::next_change(gates));
}

/// It waits until something is heard, or until the clock gives a reason to look.
fn rest(draft: &mut Draft<'_>, armed: &Armed, look_at: Option<Timestamp>) {
    if armed.look_at != look_at {
        draft.change(Change::Arm(Armed {
            look_at,
            ..armed.clone()
        }));
    }
    if let Some(at) = look_at {
        draft.look_again_at(at);
    }
}
