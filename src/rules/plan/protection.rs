//! Answers GitHub's question whether a workflow run may deploy into an environment, from the gates of that environment.
//!
//! A delivery only says where to look: the run, what waits for it and the branch are read from GitHub, and GitHub takes an
//! answer only from the App that it asked. Accepted race: a run that another rule still holds back looks as if it waited for us,
//! so after a crash the same answer may be sent a second time; GitHub takes the first.

mod answer;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::super::effect::Effect;
use super::super::id::{DeploymentId, EnvironmentName, WorkflowRunId};
use super::super::memory::Change;
use super::super::protection::{self, Answer, Because, Question, REPORTS_MAX, Standing};
use super::super::snapshot::{Found, Need, WorkflowRun};
use super::super::words::protection as words;
use super::{Draft, Pipeline};

/// GitHub may tell of a push or a question before its answers show it; nothing is refused on what may only be late.
const SHOWN_LATE_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// A question that GitHub does not list among what waits for so long was answered elsewhere, or its run was cancelled.
const UNSEEN_WAIT: SignedDuration = SignedDuration::from_secs(60);

/// Remembers what was asked, and takes every question a step further where there is a reason to look at it.
pub(super) fn advance(draft: &mut Draft<'_>) {
    for ((run, environment), deployments) in &draft.heard.questions {
        hear(draft, *run, environment, deployments);
    }
    make_up(draft);
    let questions: Vec<Question> = draft.memory.questions.values().cloned().collect();
    for question in questions.into_iter().filter(Question::is_open) {
        if let Some(at) = question.look_at {
            draft.look_again_at(at);
        }
        if is_due(draft, &question) {
            step(draft, question);
        }
    }
}

/// Questions whose delivery never arrived, where others came before: a repository that never asked pays nothing.
fn make_up(draft: &mut Draft<'_>) -> Option<()> {
    let asking: BTreeSet<String> = draft.memory.questions.keys().map(|(_, name)| name.clone()).collect();
    if !draft.heard.everything || asking.is_empty() {
        return None;
    }
    let Found::It(runs) = draft.fact(draft.snapshot.waiting_runs.as_ref(), || Need::WaitingRuns)? else {
        return None;
    };
    for run in runs {
        let waiting = draft.fact(draft.snapshot.waiting_for.get(run), || Need::WaitingFor(*run));
        if let Some(Found::It(names)) = waiting {
            for name in names
                .iter()
                .filter(|name| asking.contains(&name.as_str().to_lowercase()))
            {
                hear(draft, *run, name, &BTreeSet::new());
            }
        }
    }
    Some(())
}

/// A question counts once GitHub has confirmed that there is such a run. One that was delivered twice is known by the
/// deployments that it names.
fn hear(
    draft: &mut Draft<'_>,
    number: WorkflowRunId,
    environment: &EnvironmentName,
    deployments: &BTreeSet<DeploymentId>,
) -> Option<()> {
    let known = draft.memory.questions.get(&protection::key(number, environment));
    let is_told_again =
        |known: &&Question| known.is_open() || !deployments.is_empty() && deployments.is_subset(&known.deployments);
    if known.is_some_and(|known| is_told_again(&known)) {
        return Some(());
    }
    let known = known.cloned();
    let run = match draft.fact(draft.snapshot.workflow_runs.get(&number), || Need::WorkflowRun(number))? {
        Found::It(run) if !run.completed => Some(run),
        // Without a permission it cannot be looked at; that is told where it waits.
        Found::Unreadable(_) => None,
        Found::It(_) | Found::Missing => return Some(()),
    };
    let mut question = match (known, run) {
        (None, run) => first(draft.now, number, environment, run),
        (Some(known), Some(run)) if run.attempt > known.attempt || is_later(draft, &known, run, deployments)? => {
            let mut again = known;
            again.asked_again(draft.now);
            again.attempt = run.attempt;
            again
        }
        (Some(known), _) => known,
    };
    question.deployments.extend(deployments);
    put(draft, question)
}

fn first(now: Timestamp, run: WorkflowRunId, environment: &EnvironmentName, read: Option<&WorkflowRun>) -> Question {
    Question {
        run,
        environment: environment.clone(),
        round: 1,
        attempt: read.map_or(0, |run| run.attempt),
        deployments: BTreeSet::new(),
        asked_at: now,
        commit: read.map(|run| run.commit.clone()),
        suite: read.and_then(|run| run.suite),
        reported: Vec::new(),
        look_at: None,
        unseen_since: None,
        lacking: None,
        standing: Standing::Open,
    }
}

/// Another job of the same run has come to the environment, by a deployment that GitHub confirms.
fn is_later(
    draft: &mut Draft<'_>,
    known: &Question,
    run: &WorkflowRun,
    deployments: &BTreeSet<DeploymentId>,
) -> Option<bool> {
    for id in deployments.difference(&known.deployments) {
        let found = draft.fact(draft.snapshot.deployments_by_id.get(id), || Need::Deployment(*id))?;
        if let Found::It(deployment) = found
            && deployment.commit == run.commit
            && is_same(&deployment.environment, &known.environment)
        {
            return Some(true);
        }
    }
    Some(false)
}

fn is_same(one: &EnvironmentName, other: &EnvironmentName) -> bool {
    one.as_str().to_lowercase() == other.as_str().to_lowercase()
}

fn put(draft: &mut Draft<'_>, question: Question) -> Option<()> {
    let key = protection::key(question.run, &question.environment);
    if draft.memory.questions.get(&key) != Some(&question) {
        draft.change(Change::Question(Box::new(question)));
    }
    Some(())
}

/// News of anything else costs no request. What people say may hold or open an environment.
fn is_due(draft: &Draft<'_>, question: &Question) -> bool {
    let heard = draft.heard;
    let is_named = heard
        .questions
        .keys()
        .any(|(run, environment)| *run == question.run && is_same(environment, &question.environment));
    if is_named || heard.everything {
        return true;
    }
    // Only a person can mend that, and nobody tells us that they did.
    if question.lacking.is_some() {
        return false;
    }
    let answered = Effect::answer_run_key(question.run, &question.environment, question.round);
    heard.is_empty()
        || !heard.branches.is_empty()
        || !heard.comments.is_empty()
        || !heard.reviews.is_empty()
        || !heard.clicks.is_empty()
        || !draft.snapshot.moved.is_empty()
        || question
            .commit
            .as_ref()
            .is_some_and(|commit| heard.checks.contains(commit))
        || question.look_at.is_some_and(|at| draft.now >= at)
        || draft.memory.unconfirmed.contains_key(&answered)
}

/// `None` while facts are being asked for.
fn step(draft: &mut Draft<'_>, mut question: Question) -> Option<()> {
    let number = question.run;
    let run = match draft.fact(draft.snapshot.workflow_runs.get(&number), || Need::WorkflowRun(number))? {
        Found::It(run) if !run.completed => run,
        Found::It(_) | Found::Missing => return end(draft, question),
        Found::Unreadable(permission) => {
            let because = Because::Unreadable(permission.clone());
            return wait(draft, None, question, &because);
        }
    };
    if run.attempt > question.attempt {
        if question.attempt > 0 {
            question.asked_again(draft.now);
        }
        question.attempt = run.attempt;
    }
    (question.commit, question.suite) = (Some(run.commit.clone()), run.suite);
    match draft.fact(draft.snapshot.waiting_for.get(&number), || Need::WaitingFor(number))? {
        Found::It(waiting) if !waiting.iter().any(|name| is_same(name, &question.environment)) => {
            return unseen(draft, question);
        }
        // GitHub refuses an answer that nobody waits for.
        Found::It(_) | Found::Missing => question.unseen_since = None,
        Found::Unreadable(permission) => {
            let because = Because::Unreadable(permission.clone());
            return wait(draft, None, question, &because);
        }
    }
    put(draft, question.clone())?;
    if is_late(draft, &question) {
        return Some(());
    }
    let pipeline = match draft.pipeline()? {
        Ok(pipeline) => pipeline,
        Err(mistakes) => return wait(draft, None, question, &Because::Broken(mistakes)),
    };
    let (answer, read_at) = answer::answer(draft, &pipeline, &question, run)?;
    match answer {
        Answer::Approve => finish(draft, &question, true, words::approved(&question.environment), read_at),
        Answer::Reject(_) if draft.now < question.asked_at + SHOWN_LATE_WAIT => {
            draft.look_again_at(question.asked_at + SHOWN_LATE_WAIT);
        }
        Answer::Reject(because) => {
            let comment = words::rejected(&question.environment, &because, &pipeline.config);
            finish(draft, &question, false, comment, read_at);
        }
        Answer::Wait(because) => return wait(draft, Some(&pipeline), question, &because),
    }
    Some(())
}

/// An answer was sent, and may still be on its way.
fn is_late(draft: &mut Draft<'_>, question: &Question) -> bool {
    let key = Effect::answer_run_key(question.run, &question.environment, question.round);
    let sent_at = draft.memory.unconfirmed.get(&key).and_then(|begun| begun.sent_at);
    let until = sent_at
        .map(|at| at + SHOWN_LATE_WAIT)
        .filter(|until| *until > draft.now);
    if let Some(until) = until {
        draft.look_again_at(until);
    }
    until.is_some()
}

fn finish(draft: &mut Draft<'_>, question: &Question, approved: bool, comment: String, read_at: Timestamp) {
    draft.effect(Effect::AnswerRun {
        run: question.run,
        environment: question.environment.clone(),
        round: question.round,
        approved,
        comment,
        read_at,
    });
}

/// It waits, and is told why, once for each reason.
fn wait(
    draft: &mut Draft<'_>,
    pipeline: Option<&Pipeline<'_>>,
    mut question: Question,
    because: &Because,
) -> Option<()> {
    let reason = because.key();
    question.look_at = because.changes_at();
    if let Some(at) = question.look_at {
        draft.look_again_at(at);
    }
    if !question.reported.contains(&reason) && question.reported.len() < REPORTS_MAX {
        let effect = Effect::report_to_run_key(question.run, &question.environment, question.round, &reason);
        let begun = draft.memory.unconfirmed.get(&effect).and_then(|begun| begun.sent_at);
        if begun.is_some() {
            // One that may be missing is better than one too many.
            question.reported.push(reason);
            draft.change(Change::Forget { effect });
        } else {
            let config = pipeline.map(|pipeline| pipeline.config.as_ref());
            draft.effect(Effect::ReportToRun {
                run: question.run,
                environment: question.environment.clone(),
                round: question.round,
                reason,
                comment: words::waits(&question.environment, because, config),
            });
        }
    }
    put(draft, question)
}

/// GitHub does not list it among what waits: it was answered, by us before a crash or by somebody else, or is shown late.
fn unseen(draft: &mut Draft<'_>, mut question: Question) -> Option<()> {
    let key = Effect::answer_run_key(question.run, &question.environment, question.round);
    let begun = draft.memory.unconfirmed.get(&key).cloned();
    if let Some(begun) = begun.filter(|begun| begun.sent_at.is_some())
        && let Effect::AnswerRun { approved, .. } = begun.effect
    {
        draft.change(Change::Ledger(protection::entry(&question, approved)));
        question.standing = match approved {
            true => Standing::Approved,
            false => Standing::Rejected,
        };
        draft.change(Change::Forget { effect: key });
        return put(draft, question);
    }
    let since = *question.unseen_since.get_or_insert(draft.now);
    if draft.now >= since + UNSEEN_WAIT {
        return end(draft, question);
    }
    let next = match draft.now < since + SHOWN_LATE_WAIT {
        true => since + SHOWN_LATE_WAIT,
        false => since + UNSEEN_WAIT,
    };
    question.look_at = Some(next);
    draft.look_again_at(next);
    put(draft, question)
}

fn end(draft: &mut Draft<'_>, mut question: Question) -> Option<()> {
    question.standing = Standing::Ended;
    put(draft, question)
}
