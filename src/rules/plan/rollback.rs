//! `/rollback`: an environment goes back to what ran there before, by one word.
//!
//! R1 An environment never goes backwards except by a rollback, and a rollback goes only to what is known to have run there.
//! R2 It moves the branch once for each command, and only from where it was when the command was decided.
//! R3 What was armed or offered for the environment ends, and the environment is held, so that nothing brings the fault back.
//! R4 What was taken back does not come again by a promotion that was not told its name (see `taken_back`).
//! R5 With `strategy: merge` it never moves the branch by force: a commit on top of it has the tree of what is gone back to.
//!
//! Accepted race: where the move was sent, nobody knows its outcome, and somebody has moved the branch on since, it is told as
//! not done. Where the branch is now is told with it.

mod goal;
mod going;

pub(super) use goal::{difference, named, ran_before};

use super::super::authority::{Act, Verdict as May};
use super::super::command::Named;
use super::super::config::Strategy;
use super::super::effect::Effect;
use super::super::id::EnvironmentName;
use super::super::memory::{Change, Entry, EntryKind, Request};
use super::super::rollback::{Progress, Rollback, Way, WayBack};
use super::super::snapshot::Need;
use super::super::when;
use super::super::words::rollback as words;
use super::request::{self, Decision};
use super::{Draft, Pipeline, Stage, armed, board, failure, offer};

/// A `/rollback` as it was written.
#[derive(Clone, Copy)]
pub(super) struct Asked<'r> {
    pub request: &'r Request,
    pub command: usize,
    pub environment: &'r EnvironmentName,
    pub to: Option<&'r Named>,
    pub dry_run: bool,
}

/// Decides a `/rollback`: where it goes, and what that takes away.
pub(super) fn decide(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, asked: Asked<'_>) -> Option<Decision> {
    let (request, config) = (asked.request, &pipeline.config);
    let Some(stage) = pipeline.stage(asked.environment) else {
        return Some(Decision::answer(words::unknown_environment(asked.environment, config)));
    };
    let name = &stage.environment.name;
    let refused = match request::verdict(draft, &request.asked_by, Act::RollBack(name), pipeline)? {
        May::Refused(why) => Some(why),
        _ => None,
    };
    if let (Some(why), false) = (&refused, asked.dry_run) {
        return Some(refuse(request, name, words::not_allowed(name, why)));
    }
    if is_sent(draft, name) {
        // What became of that one is found out first.
        return None;
    }
    let branch = &stage.environment.branch;
    let head = draft.snapshot.heads.get(branch).map(|head| head.value.clone());
    let Some(tip) = draft.fact(head, || Need::Head(branch.clone()))? else {
        return Some(Decision::answer(words::branch_missing(stage.environment)));
    };
    if let Some(decision) = board::moved_since_shown(request, name, &tip) {
        return Some(decision);
    }
    let goal = match goal::goal(draft, pipeline, stage, asked.to, &tip)? {
        Ok(goal) => goal,
        Err(text) => return Some(refuse(request, name, text)),
    };
    let (taken_away, brought_back) = match difference(draft, pipeline, stage, &goal, &tip)? {
        Ok(both) => both,
        Err(text) => return Some(refuse(request, name, text)),
    };
    if asked.dry_run {
        let to = match asked.to {
            None => String::new(),
            Some(Named::Feature(number)) => format!(" to #{number}"),
            Some(Named::Commit(commit)) => format!(" to {commit}"),
        };
        return Some(Decision::answer(words::forecast(&words::Forecast {
            environment: stage.environment,
            to: &goal,
            taken_away: &taken_away,
            brought_back: &brought_back,
            way: &way(stage),
            refused: refused.as_ref(),
            command: &format!("/rollback {name}{to}"),
            config,
        })));
    }
    let rollback = Rollback {
        by: request.asked_by.clone(),
        failure: None,
        request: request.id,
        command: asked.command,
        branch: branch.clone(),
        from: tip,
        to: goal,
        taken_away,
        brought_back,
        held_until: when::next_working_morning(draft.now, &config.timezone),
        decided_at: draft.now,
        way: way(stage),
        progress: Progress::Waiting,
    };
    let text = words::begun(name, &rollback, config);
    Some(Decision::RollBack {
        environment: name.clone(),
        rollback: Box::new(rollback),
        text,
    })
}

/// A branch with merges of its own keeps them: it goes forward to what it had before.
pub(super) fn way(stage: Stage<'_>) -> Way {
    match stage.environment.strategy {
        Strategy::FastForward => Way::SetBack,
        Strategy::Merge => Way::OnTop { commit: None },
    }
}

fn refuse(request: &Request, environment: &EnvironmentName, text: String) -> Decision {
    let why = text.lines().next().unwrap_or_default().to_owned();
    let entry = Entry {
        environment: Some(environment.clone()),
        ..request::about(request, EntryKind::Refused, why)
    };
    Decision::Answer {
        text,
        entry: Some(entry),
    }
}

/// Remembers a rollback that is about to be carried out. What was to go there otherwise ends.
pub(super) fn begin(draft: &mut Draft<'_>, environment: &EnvironmentName, rollback: Rollback, text: String) {
    drop_what_waits(draft, environment, &rollback);
    let mut way_back = known(draft, environment);
    if let Some(earlier) = way_back.under_way.take() {
        if earlier.progress == Progress::Waiting {
            let text = words::superseded(environment, rollback.at_the_word_of());
            request::set_answer(draft, earlier.request, earlier.command, text, true);
        } else {
            settle_answer(draft, &earlier);
        }
    }
    request::set_answer(draft, rollback.request, rollback.command, text, false);
    let told = entry(
        environment,
        &rollback,
        EntryKind::Armed,
        "asked, and the branch is moved next",
    );
    draft.change(Change::Ledger(told));
    way_back.under_way = Some(rollback);
    draft.change(Change::WayBack(Box::new(way_back)));
}

fn known(draft: &Draft<'_>, environment: &EnvironmentName) -> WayBack {
    let known = draft.memory.ways_back.get(environment).cloned();
    known.unwrap_or_else(|| WayBack::new(environment.clone()))
}

fn drop_what_waits(draft: &mut Draft<'_>, environment: &EnvironmentName, rollback: &Rollback) {
    let text = words::promotion_dropped(environment, rollback.at_the_word_of());
    if let Some(waiting) = draft
        .memory
        .armed
        .get(environment)
        .cloned()
        .filter(|armed| !armed.has_moved())
    {
        armed::end(draft, &waiting, text.clone(), EntryKind::Disarmed);
    }
    offer::end_all_into(draft, environment, rollback.at_the_word_of(), &text);
}

/// What is said stays said, and is not said anew.
fn settle_answer(draft: &mut Draft<'_>, rollback: &Rollback) {
    let request = draft.memory.requests.get(&rollback.request);
    let text = request
        .and_then(|request| request.answers.get(rollback.command))
        .map(|answer| answer.text.clone());
    if let Some(text) = text {
        request::set_answer(draft, rollback.request, rollback.command, text, true);
    }
}

fn entry(environment: &EnvironmentName, rollback: &Rollback, kind: EntryKind, why: &str) -> Entry {
    Entry {
        kind,
        who: Some(rollback.by.clone()),
        pull: None,
        request: Some(rollback.request),
        environment: Some(environment.clone()),
        before: Some(rollback.from.clone()),
        after: Some(rollback.tip().unwrap_or(&rollback.to.commit).clone()),
        why: why.to_owned(),
        gates: Vec::new(),
        features: rollback.taken_away.features(),
    }
}

/// Whether a rollback was sent to GitHub and nobody knows what became of it: no other one can be decided before that is known.
fn is_sent(draft: &Draft<'_>, environment: &EnvironmentName) -> bool {
    let under_way = draft
        .memory
        .ways_back
        .get(environment)
        .and_then(|known| known.under_way.as_ref());
    under_way.is_some_and(|rollback| rollback.progress == Progress::Waiting && was_sent(draft, environment, rollback))
}

fn was_sent(draft: &Draft<'_>, environment: &EnvironmentName, rollback: &Rollback) -> bool {
    let key = Effect::roll_back_key(environment, rollback.request, rollback.command);
    let begun = draft.memory.unconfirmed.get(&key);
    begun.is_some_and(|begun| begun.sent_at.is_some())
}

/// Takes every rollback that is under way a step further.
pub(super) fn advance(draft: &mut Draft<'_>) {
    failure::judge(draft);
    for way_back in draft.memory.ways_back.values().cloned().collect::<Vec<_>>() {
        let name = &way_back.environment;
        let Some(rollback) = way_back.under_way.clone() else {
            continue;
        };
        match &rollback.progress {
            Progress::Waiting => drop(going::step(draft, name, &rollback)),
            Progress::Refused(refusal) => {
                let text = words::refused_by_github(name, refusal, &rollback);
                end(draft, name, &rollback, text);
            }
            Progress::Moved => drop(going::arrive(draft, name, &rollback)),
            Progress::Done { told } => drop(going::follow(draft, name, &rollback, told)),
        }
    }
}

/// It came to nothing.
fn end(draft: &mut Draft<'_>, name: &EnvironmentName, rollback: &Rollback, text: String) {
    let why = text.lines().next().unwrap_or_default().to_owned();
    request::set_answer(draft, rollback.request, rollback.command, text, true);
    draft.change(Change::Ledger(entry(name, rollback, EntryKind::Refused, &why)));
    forget(draft, name, rollback);
    put(draft, name, None);
}

/// Nothing of it is left to be found out.
fn forget(draft: &mut Draft<'_>, name: &EnvironmentName, rollback: &Rollback) {
    for effect in [
        Effect::make_revert_key(name, rollback.request, rollback.command),
        Effect::roll_back_key(name, rollback.request, rollback.command),
    ] {
        if draft.memory.unconfirmed.contains_key(&effect) {
            draft.change(Change::Forget { effect });
        }
    }
}

fn put(draft: &mut Draft<'_>, name: &EnvironmentName, under_way: Option<Rollback>) {
    let way_back = WayBack {
        under_way,
        ..known(draft, name)
    };
    draft.change(Change::WayBack(Box::new(way_back)));
}
