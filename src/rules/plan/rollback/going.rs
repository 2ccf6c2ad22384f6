//! A rollback under way: from the last look to the moved branch, and from there until what was gone back to runs.

use jiff::{SignedDuration, Timestamp};

use super::super::super::authority::{Act, Verdict as May};
use super::super::super::effect::Effect;
use super::super::super::id::{BranchName, EnvironmentName, Sha};
use super::super::super::memory::{Change, EntryKind};
use super::super::super::rollback::{BY_ITSELF, Progress, Rollback, Way};
use super::super::super::snapshot::{Need, Range};
use super::super::super::stay::State;
use super::super::super::stretch::Cargo;
use super::super::super::words::answer;
use super::super::super::words::rollback as words;
use super::super::{Draft, deploy, developers, last_look, outside, request, taken_back};
use super::{drop_what_waits, end, entry, forget, known, put, settle_answer, was_sent};

/// `None` while facts are being asked for.
pub(super) fn step(draft: &mut Draft<'_>, name: &EnvironmentName, rollback: &Rollback) -> Option<()> {
    let sent = was_sent(draft, name, rollback);
    let stopped = stopped(draft, name, rollback)?;
    if let (Some(text), false) = (&stopped, sent) {
        end(draft, name, rollback, text.clone());
        return Some(());
    }
    if !is_shown(draft, rollback) {
        return None;
    }
    let branch = &rollback.branch;
    let head = draft
        .snapshot
        .heads
        .get(branch)
        .filter(|head| last_look::is_fresh(draft, head))
        .cloned();
    let head = draft.fact(head, || Need::Head(branch.clone()))?;
    if let Some(tip) = rollback.tip().filter(|tip| head.value.as_ref() == Some(tip)) {
        outside::set_by_us(draft, name, tip);
        forget(draft, name, rollback);
        let moved = Rollback {
            progress: Progress::Moved,
            ..rollback.clone()
        };
        put(draft, name, Some(moved));
        return Some(());
    }
    if let Some(text) = stopped {
        end(draft, name, rollback, text);
        return Some(());
    }
    match head.value {
        Some(tip) if tip == rollback.from => {
            let effect = next_effect(name, rollback, head.at);
            draft.effect(effect);
        }
        Some(tip) => {
            let now = came_since(draft, &rollback.from, &tip)?;
            let text = words::stale(name, now.as_ref());
            end(draft, name, rollback, text);
        }
        None => {
            let text = words::stale(name, None);
            end(draft, name, rollback, text);
        }
    }
    Some(())
}

/// The branch is set to where it goes, once there is a commit for that.
fn next_effect(name: &EnvironmentName, rollback: &Rollback, read_at: Timestamp) -> Effect {
    let (environment, request, command) = (name.clone(), rollback.request, rollback.command);
    match rollback.tip() {
        Some(tip) => Effect::RollBack {
            environment,
            request,
            command,
            branch: rollback.branch.clone(),
            from: rollback.from.clone(),
            to: tip.clone(),
            force: rollback.way == Way::SetBack,
            read_at,
        },
        None => Effect::MakeRevert {
            environment,
            request,
            command,
            on: rollback.from.clone(),
            of: rollback.to.commit.clone(),
            message: words::commit_message(name, rollback),
        },
    }
}

/// Her word and her right to say it, read again as close to the move as the branch is; `Some` inside: why it may not go on.
fn stopped(draft: &mut Draft<'_>, name: &EnvironmentName, rollback: &Rollback) -> Option<Option<String>> {
    let pipeline = draft.pipeline();
    let unchanged = match rollback.failure {
        None => request::said_unchanged(draft, rollback.request).map(|said| said.is_some()),
        // Nobody said a word.
        Some(_) => Some(true),
    };
    let pipeline = match pipeline? {
        Ok(pipeline) => pipeline,
        Err(mistakes) => return Some(Some(answer::broken_configuration(&mistakes))),
    };
    let Some(stage) = pipeline.stage(name) else {
        return Some(Some(words::environment_gone(name)));
    };
    if !unchanged? {
        return Some(Some(answer::edited()));
    }
    if rollback.failure.is_some() {
        return Some(None);
    }
    let act = Act::RollBack(&stage.environment.name);
    Some(match request::verdict(draft, &rollback.by, act, &pipeline)? {
        May::Refused(why) => Some(words::not_allowed(name, &why)),
        _ => None,
    })
}

/// The answer that tells what is taken away is there, or cannot be written.
fn is_shown(draft: &Draft<'_>, rollback: &Rollback) -> bool {
    let request = draft.memory.requests.get(&rollback.request);
    request.is_none_or(|request| request.unanswerable || request.reply.is_some())
}

/// What somebody brought meanwhile; `None` inside where that cannot be told.
fn came_since(draft: &mut Draft<'_>, from: &Sha, tip: &Sha) -> Option<Option<Cargo>> {
    let Ok(pipeline) = draft.pipeline()? else {
        return Some(None);
    };
    let (from, tip) = (BranchName::from(from.as_str()), BranchName::from(tip.as_str()));
    let Range::Between(since) = draft.range(&from, &tip)? else {
        return Some(None);
    };
    Some(Some(draft.cargo(since, &pipeline.repository.default_branch)?))
}

/// The branch is back: the stay begins, what was taken away is marked, and the environment is held.
pub(super) fn arrive(draft: &mut Draft<'_>, name: &EnvironmentName, rollback: &Rollback) -> Option<()> {
    let found = draft.pipeline()?;
    // What happened is told, whatever has become of the configuration since.
    let pipeline = found.ok();
    let stage = pipeline.as_ref().and_then(|pipeline| pipeline.stage(name));
    drop_what_waits(draft, name, rollback);
    deploy::rolled_back(draft, name, rollback, stage);
    let way_back = taken_back::mark(draft, &known(draft, name), rollback);
    draft.change(Change::WayBack(Box::new(way_back)));
    taken_back::hold(draft, name, rollback);
    developers::begin(draft, name, rollback, pipeline.as_ref());
    let why = match rollback.failure {
        Some(_) => BY_ITSELF,
        None => "the branch was set back to what ran there before",
    };
    let told = entry(name, rollback, EntryKind::RolledBack, why);
    draft.change(Change::Ledger(told));
    tell(draft, name, rollback)
}

/// Its deployment goes on, and the answer with it.
pub(super) fn follow(draft: &mut Draft<'_>, name: &EnvironmentName, rollback: &Rollback, told: &State) -> Option<()> {
    let newest = draft.memory.stays.get(name).and_then(|stays| stays.newest()).cloned();
    let is_there = newest.as_ref().is_some_and(|stay| Some(&stay.commit) == rollback.tip());
    let is_over = !is_there || draft.now >= rollback.decided_at + FOLLOWED_FOR;
    if is_over {
        settle_answer(draft, rollback);
        put(draft, name, None);
        return Some(());
    }
    draft.look_again_at(rollback.decided_at + FOLLOWED_FOR);
    if newest.is_some_and(|stay| stay.state != *told) || developers::has_news(draft, name, rollback) {
        tell(draft, name, rollback)?;
    }
    Some(())
}

/// A deployment of which nothing is heard for so long is not heard of any more.
const FOLLOWED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Says how it stands; the last word once it runs and developers are told.
fn tell(draft: &mut Draft<'_>, name: &EnvironmentName, rollback: &Rollback) -> Option<()> {
    let found = draft.pipeline()?;
    let pipeline = found.ok();
    let config = pipeline
        .as_ref()
        .map(|pipeline| pipeline.config.as_ref().clone())
        .unwrap_or_default();
    let environment = config.environment(name).cloned();
    let newest = draft.memory.stays.get(name).and_then(|stays| stays.newest());
    let state = newest.map_or(State::Moved, |stay| stay.state.clone());
    let mark = known(draft, name)
        .taken_back
        .into_iter()
        .rfind(|mark| mark.request == rollback.request);
    let stays = draft.memory.stays.get(name).map(|stays| stays.stays.as_slice());
    let had_run = stays
        .unwrap_or_default()
        .iter()
        .any(|stay| stay.commit == rollback.from && stay.has_run());
    let text = words::moved(
        name,
        &words::Moved {
            environment: environment.as_ref(),
            rollback,
            state: &state,
            hold: draft.memory.holds.get(name),
            taken_back: mark.as_ref(),
            had_run,
            config: &config,
        },
    );
    let developers = developers::tell(draft, name, rollback);
    let text = developers.said.map_or(text.clone(), |said| format!("{text}\n\n{said}"));
    let is_over = matches!(state, State::Running { .. }) && !developers.is_open;
    request::set_answer(draft, rollback.request, rollback.command, text, is_over);
    let under_way = (!is_over).then(|| Rollback {
        progress: Progress::Done { told: state },
        ..rollback.clone()
    });
    put(draft, name, under_way);
    Some(())
}
