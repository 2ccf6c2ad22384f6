//! Holds: an owner keeps an environment as it is for a while. A hold is told by one reply from its beginning to its end, and
//! what waited because of it goes on by itself.

use jiff::SignedDuration;

use super::super::authority::{Act, Verdict as May};
use super::super::id::{EnvironmentName, Person};
use super::super::memory::{Armed, Change, Entry, EntryKind, Hold, HoldNotice, Request};
use super::super::outside::Outside;
use super::super::when;
use super::super::words;
use super::request::{self, Decision};
use super::{Draft, Pipeline, board, outside};

/// So long before its end a hold is told to be about to end.
const WARNING: SignedDuration = SignedDuration::from_hours(1);

/// A `/hold` as it was written.
#[derive(Clone, Copy)]
pub(super) struct Asked<'r> {
    pub request: &'r Request,
    pub command: usize,
    pub environment: &'r EnvironmentName,
    pub until: Option<&'r str>,
    pub because: Option<&'r str>,
}

/// Decides a `/hold`: who may, and until when.
pub(super) fn decide(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, asked: Asked<'_>) -> Option<Decision> {
    let (request, config) = (asked.request, &pipeline.config);
    let Some(stage) = pipeline.stage(asked.environment) else {
        let text = words::hold::unknown_environment(asked.environment, config, "hold");
        return Some(Decision::answer(text));
    };
    let environment = &stage.environment.name;
    if let May::Refused(why) = request::verdict(draft, &request.asked_by, Act::Hold(environment), pipeline)? {
        return Some(refuse(
            request,
            environment,
            words::hold::may_not_hold(environment, &why),
        ));
    }
    // What was said counts from when it was said, however late it is heard.
    let said = match asked.until {
        Some(text) => when::read(text, request.asked_at, &config.timezone),
        None => Ok(when::next_working_morning(draft.now, &config.timezone)),
    };
    let until = match said {
        Ok(until) if until > draft.now => until,
        Ok(at) => {
            let past = when::Unclear::Past { at, tomorrow: None };
            let text = words::when::asked_back(asked.until.unwrap_or_default(), &past, config);
            return Some(Decision::answer(text));
        }
        Err(unclear) => {
            let text = words::when::asked_back(asked.until.unwrap_or_default(), &unclear, config);
            return Some(Decision::answer(text));
        }
    };
    let hold = Hold {
        environment: environment.clone(),
        held_by: request.asked_by.clone(),
        because: asked.because.map(str::to_owned),
        after: None,
        until,
        request: request.id,
        command: asked.command,
        // A short hold has just been told with its end.
        warned: until.duration_since(draft.now) <= WARNING,
    };
    let armed = draft.memory.armed.get(environment);
    let text = words::hold::begun(&hold, asked.until.is_some(), armed.is_some(), config);
    let armed_for = config.armed_for;
    Some(Decision::Hold { hold, text, armed_for })
}

/// Decides an `/unhold`.
pub(super) fn decide_end(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    request: &Request,
    environment: &EnvironmentName,
) -> Option<Decision> {
    let Some(stage) = pipeline.stage(environment) else {
        let text = words::hold::unknown_environment(environment, &pipeline.config, "unhold");
        return Some(Decision::answer(text));
    };
    let environment = &stage.environment.name;
    if let May::Refused(why) = request::verdict(draft, &request.asked_by, Act::Hold(environment), pipeline)? {
        return Some(refuse(
            request,
            environment,
            words::hold::may_not_unhold(environment, &why),
        ));
    }
    let hold = draft.memory.holds.get(environment).cloned();
    let outside = draft.memory.outside.get(environment).cloned();
    let outside = outside.filter(|outside| outside.standing.held().is_some());
    if hold.is_none() && outside.is_none() {
        return Some(Decision::answer(words::hold::not_held(environment)));
    }
    if let Some(decision) = board::another_hold(request, environment, hold.as_ref()) {
        return Some(decision);
    }
    if let Some(hold) = hold {
        let text = words::hold::lifted(&hold, &request.asked_by);
        end(draft, &hold, text, Some(&request.asked_by));
    }
    let hotfix = outside.as_ref().and_then(|outside| outside.standing.hotfix.clone());
    if let Some(outside) = outside {
        open(draft, outside, request);
    }
    let waits = draft.memory.armed.contains_key(environment);
    let mainline = &pipeline.repository.default_branch;
    Some(Decision::answer(match hotfix {
        Some(hotfix) => words::outside::opened_before_landing(&hotfix, stage.environment, mainline),
        None => words::hold::unheld(environment, waits),
    }))
}

/// Ends a hold of Greenlight's own.
fn open(draft: &mut Draft<'_>, mut outside: Outside, request: &Request) {
    let told = Entry {
        who: Some(request.asked_by.clone()),
        request: Some(request.id),
        ..outside::entry(&outside, EntryKind::Unheld, "an owner opened it again")
    };
    draft.change(Change::Ledger(told));
    outside.standing.open();
    let environment = outside.environment.clone();
    draft.change(Change::Outside(Box::new(outside)));
    look_at_what_waits(draft, &environment);
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

/// Holds the environment. An earlier hold makes way and says so; what waits may wait for as long after the hold as before.
pub(super) fn begin(draft: &mut Draft<'_>, hold: Hold, text: String, armed_for: SignedDuration) {
    if let Some(earlier) = draft.memory.holds.get(&hold.environment).cloned() {
        let replaced = words::hold::replaced(&earlier, &hold.held_by);
        say(draft, &earlier, replaced, true);
    }
    say(draft, &hold, text, false);
    if let Some(armed) = draft.memory.armed.get(&hold.environment).cloned() {
        let expires_at = armed.expires_at.max(hold.until + armed_for);
        draft.change(Change::Arm(Armed { expires_at, ..armed }));
    }
    let by = hold.held_by.clone();
    draft.change(Change::Ledger(entry(&hold, EntryKind::Held, Some(&by))));
    let environment = hold.environment.clone();
    draft.change(Change::Hold(hold));
    look_at_what_waits(draft, &environment);
}

/// Holds the environment after a rollback, whose own answer tells of it. Nothing waits there then.
pub(super) fn begin_after(draft: &mut Draft<'_>, hold: Hold) {
    begin(draft, hold, String::new(), SignedDuration::ZERO);
}

/// The answer of a rollback tells the hold that it made with its end; it is not written over.
fn say(draft: &mut Draft<'_>, hold: &Hold, text: String, is_final: bool) {
    if hold.after.is_none() {
        request::set_answer(draft, hold.request, hold.command, text, is_final);
    }
}

/// Warns of holds that are about to end, and ends those whose time has come.
pub(super) fn advance(draft: &mut Draft<'_>) {
    for hold in draft.memory.holds.values().cloned().collect::<Vec<_>>() {
        if draft.now >= hold.until {
            end(draft, &hold, words::hold::over(&hold), None);
            continue;
        }
        draft.look_again_at(hold.until);
        let warning_at = hold.until - WARNING;
        if !hold.warned && draft.now >= warning_at {
            warn(draft, hold);
        } else if !hold.warned {
            draft.look_again_at(warning_at);
        }
    }
}

fn warn(draft: &mut Draft<'_>, hold: Hold) -> Option<()> {
    // Without a configuration nobody knows the time zone; then the end alone is told, when it comes.
    let Ok(pipeline) = draft.pipeline()? else {
        return Some(());
    };
    let waits = draft.memory.armed.contains_key(&hold.environment);
    let text = words::hold::ends_soon(&hold, waits, &pipeline.config);
    say(draft, &hold, text, false);
    draft.change(Change::Hold(Hold { warned: true, ..hold }));
    Some(())
}

fn end(draft: &mut Draft<'_>, hold: &Hold, text: String, by: Option<&Person>) {
    say(draft, hold, text, true);
    draft.change(Change::Ledger(entry(hold, EntryKind::Unheld, by)));
    draft.change(Change::Unhold(hold.environment.clone()));
    look_at_what_waits(draft, &hold.environment);
}

/// Remembered, so that it is looked at whatever comes between.
pub(super) fn look_at_what_waits(draft: &mut Draft<'_>, environment: &EnvironmentName) {
    if let Some(armed) = draft.memory.armed.get(environment).cloned() {
        let look_at = Some(draft.now);
        draft.change(Change::Arm(Armed { look_at, ..armed }));
    }
}

fn entry(hold: &Hold, kind: EntryKind, by: Option<&Person>) -> Entry {
    let why = match (kind, &hold.because) {
        (EntryKind::Held, Some(because)) => format!("held until {}: {because}", hold.until),
        (EntryKind::Held, None) if hold.after.is_some() => format!("held until {} after a rollback", hold.until),
        (EntryKind::Held, None) => format!("held until {}", hold.until),
        _ if by.is_some() => "the hold was ended by a person".to_owned(),
        _ => "the hold came to its end".to_owned(),
    };
    Entry {
        kind,
        who: by.cloned(),
        pull: None,
        request: Some(hold.request),
        environment: Some(hold.environment.clone()),
        before: None,
        after: None,
        why,
        gates: Vec::new(),
        features: Vec::new(),
    }
}

/// By a person, or by Greenlight itself.
pub(super) fn is_held(draft: &Draft<'_>, environment: &EnvironmentName) -> bool {
    let outside = draft.memory.outside.get(environment);
    draft.memory.holds.contains_key(environment) || outside.is_some_and(|outside| outside.standing.held().is_some())
}

/// What a promotion pull request has to tell of a hold on its environment.
pub(super) fn notice(draft: &Draft<'_>, environment: &EnvironmentName) -> Option<HoldNotice> {
    draft.memory.holds.get(environment).map(Hold::notice)
}
