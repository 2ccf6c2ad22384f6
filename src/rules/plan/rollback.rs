//! `/rollback`: an environment goes back to what ran there before, by one word.
//!
//! R1 An environment never goes backwards except by a rollback, and a rollback goes only to what is known to have run there.
//! R2 It moves the branch once for each command, and only from where it was when the command was decided.
//! R3 What was armed or offered for the environment ends, and the environment is held, so that nothing brings the fault back.
//! R4 What was taken back does not come again by a promotion that was not told its name (see `taken_back`).
//!
//! Accepted race: where the move was sent, nobody knows its outcome, and somebody has moved the branch on since, it is told as
//! not done. Where the branch is now is told with it.

use std::collections::BTreeSet;

use super::super::authority::{Act, Verdict as May};
use super::super::command::Named;
use super::super::effect::Effect;
use super::super::id::{BranchName, EnvironmentName, PullNumber, Sha};
use super::super::memory::{Change, Entry, EntryKind, Origin, Request};
use super::super::rollback::{Goal, Progress, Rollback, WayBack};
use super::super::snapshot::{Between, Need, Range};
use super::super::stay::{State, Stay};
use super::super::stretch::{Cargo, Item};
use super::super::when;
use super::super::words::answer;
use super::super::words::rollback as words;
use super::request::{self, Decision};
use super::{Draft, Pipeline, Stage, armed, deploy, developers, failure, last_look, offer, outside, taken_back};

/// Stays that are asked whether a feature came with them; each costs a question to GitHub.
const ASKED_ABOUT_MAX: usize = 20;

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
    let goal = match goal(draft, pipeline, stage, asked.to, &tip)? {
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
        progress: Progress::Waiting,
    };
    let text = words::begun(name, &rollback, config);
    Some(Decision::RollBack {
        environment: name.clone(),
        rollback: Box::new(rollback),
        text,
    })
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

/// What ran there and is not there now, the newest first, each version once.
pub(super) fn ran_before(draft: &Draft<'_>, name: &EnvironmentName, tip: &Sha) -> Vec<Goal> {
    let stays = draft.memory.stays.get(name).map(|stays| stays.stays.as_slice());
    let mut seen = BTreeSet::from([tip.clone()]);
    let newest_first = stays.unwrap_or_default().iter().rev();
    let ran = newest_first.filter_map(|stay| Some((stay, ran_since(stay)?)));
    ran.filter(|(stay, _)| seen.insert(stay.commit.clone()))
        .map(|(stay, ran_since)| Goal {
            commit: stay.commit.clone(),
            ran_since,
            known_as: None,
        })
        .collect()
}

fn ran_since(stay: &Stay) -> Option<jiff::Timestamp> {
    match stay.state {
        State::Running { since } => Some(since),
        State::Moved | State::Deploying | State::Failed { .. } => None,
    }
}

/// Where it goes, or what to answer instead.
fn goal(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    to: Option<&Named>,
    tip: &Sha,
) -> Option<Result<Goal, String>> {
    let name = &stage.environment.name;
    let ran = ran_before(draft, name, tip);
    let found = match to {
        None => match ran.first() {
            Some(last) => Ok(last.clone()),
            None => return Some(Err(words::nothing_ran_before(name))),
        },
        Some(Named::Feature(number)) => match came_with(draft, name, &ran, *number, tip)? {
            Came::With(goal) => Ok(goal),
            Came::WithWhatIsThere => return Some(Err(words::already_there(stage.environment))),
            Came::Never => Err(words::Wanted::Feature(*number)),
        },
        Some(Named::Commit(commit)) => {
            let mut meant = ran.iter().filter(|goal| goal.commit.as_str().starts_with(commit));
            match (meant.next(), meant.next()) {
                (Some(goal), None) => Ok(goal.clone()),
                (Some(_), Some(_)) => Err(words::Wanted::Several(commit.clone())),
                (None, _) if tip.as_str().starts_with(commit) => {
                    return Some(Err(words::already_there(stage.environment)));
                }
                (None, _) => Err(words::Wanted::Commit(commit.clone())),
            }
        }
    };
    Some(match found {
        Ok(goal) => Ok(named(draft, pipeline, vec![goal])?.remove(0)),
        Err(wanted) => {
            let newest = ran.into_iter().take(words::GOALS_TOLD_MAX).collect();
            let newest = named(draft, pipeline, newest)?;
            Err(words::did_not_run(name, &wanted, &newest, &pipeline.config))
        }
    })
}

/// How people know these versions: by what landed last in them.
pub(super) fn named(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, goals: Vec<Goal>) -> Option<Vec<Goal>> {
    let origin = |draft: &Draft<'_>, commit: &Sha| {
        let known = draft.memory.origins.get(commit);
        known.or_else(|| draft.snapshot.origins.get(commit)).cloned()
    };
    let unknown = goals.iter().filter(|goal| origin(draft, &goal.commit).is_none());
    let unknown: Vec<Sha> = unknown.map(|goal| goal.commit.clone()).collect();
    if !unknown.is_empty() {
        draft.need(Need::Origins(pipeline.repository.default_branch.clone(), unknown));
        return None;
    }
    let known = goals.into_iter().map(|goal| {
        let known_as = match origin(draft, &goal.commit) {
            Some(Origin::Feature(feature)) => Some(Item::Feature(feature)),
            _ => None,
        };
        Goal { known_as, ..goal }
    });
    Some(known.collect())
}

enum Came {
    With(Goal),
    WithWhatIsThere,
    Never,
}

/// The version by which the feature came there, the last time that it did.
fn came_with(
    draft: &mut Draft<'_>,
    name: &EnvironmentName,
    ran: &[Goal],
    feature: PullNumber,
    tip: &Sha,
) -> Option<Came> {
    let found = draft.snapshot.pulls.get(&feature);
    let pull = draft.fact(found, || Need::Pull(feature))?;
    let Some(commit) = pull
        .as_ref()
        .filter(|pull| pull.merged)
        .and_then(|pull| pull.merge_commit.clone())
    else {
        return Some(Came::Never);
    };
    let stays = draft
        .memory
        .stays
        .get(name)
        .map(|stays| stays.stays.clone())
        .unwrap_or_default();
    let mut line: Vec<Sha> = stays
        .into_iter()
        .filter(|stay| ran_since(stay).is_some())
        .map(|stay| stay.commit)
        .collect();
    line.dedup();
    let recent: Vec<Sha> = line.into_iter().rev().take(ASKED_ABOUT_MAX).collect();
    let has: Vec<Option<bool>> = recent.iter().map(|at| outside::contains(draft, &commit, at)).collect();
    let has: Vec<bool> = has.into_iter().collect::<Option<_>>()?;
    // Newest first: the last one before it was not there yet, counted from when it was there last.
    let from = has.iter().position(|has| *has);
    let Some(from) = from else { return Some(Came::Never) };
    let end = has[from..]
        .iter()
        .position(|has| !has)
        .map_or(has.len(), |beyond| from + beyond);
    let came = &recent[end - 1];
    if came == tip {
        return Some(Came::WithWhatIsThere);
    }
    let goal = ran.iter().find(|goal| goal.commit == *came).cloned();
    Some(goal.map_or(Came::Never, Came::With))
}

/// What going there takes away and brings back, or why that cannot be told.
pub(super) fn difference(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    goal: &Goal,
    tip: &Sha,
) -> Option<Result<(Cargo, Cargo), String>> {
    let mainline = &pipeline.repository.default_branch;
    let back = match between(draft, &goal.commit, tip)? {
        Ok(back) => back,
        Err(why) => return Some(Err(why.told(stage, goal))),
    };
    let forward = match back.behind_by {
        0 => None,
        _ => match between(draft, tip, &goal.commit)? {
            Ok(forward) => Some(forward),
            Err(why) => return Some(Err(why.told(stage, goal))),
        },
    };
    let taken_away = draft.cargo(&back, mainline)?;
    let brought_back = match forward {
        Some(forward) => draft.cargo(&forward, mainline)?,
        None => Cargo::default(),
    };
    Some(Ok((taken_away, brought_back)))
}

enum NotComparable {
    Gone,
    TooFar(usize),
}

impl NotComparable {
    fn told(&self, stage: Stage<'_>, goal: &Goal) -> String {
        match self {
            Self::Gone => words::commit_gone(&stage.environment.name, goal),
            Self::TooFar(commits) => words::too_far(&stage.environment.name, *commits),
        }
    }
}

/// What `to` has and `from` has not. GitHub compares two commits as it does two branches.
fn between(draft: &mut Draft<'_>, from: &Sha, to: &Sha) -> Option<Result<Between, NotComparable>> {
    let (from, to) = (BranchName::from(from.as_str()), BranchName::from(to.as_str()));
    Some(match draft.range(&from, &to)? {
        Range::Between(between) => Ok(between.clone()),
        Range::Missing { .. } => Err(NotComparable::Gone),
        Range::TooLong { commits } => Err(NotComparable::TooFar(*commits)),
    })
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
        after: Some(rollback.to.commit.clone()),
        why: why.to_owned(),
        gates: Vec::new(),
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
            Progress::Waiting => drop(step(draft, name, &rollback)),
            Progress::Refused(refusal) => {
                let text = words::refused_by_github(name, refusal, rollback.failure.as_ref());
                end(draft, name, &rollback, text);
            }
            Progress::Moved => drop(arrive(draft, name, &rollback)),
            Progress::Done { told } => drop(follow(draft, name, &rollback, told)),
        }
    }
}

/// It came to nothing.
fn end(draft: &mut Draft<'_>, name: &EnvironmentName, rollback: &Rollback, text: String) {
    let why = text.lines().next().unwrap_or_default().to_owned();
    request::set_answer(draft, rollback.request, rollback.command, text, true);
    draft.change(Change::Ledger(entry(name, rollback, EntryKind::Refused, &why)));
    draft.change(Change::Forget {
        effect: Effect::roll_back_key(name, rollback.request, rollback.command),
    });
    put(draft, name, None);
}

fn put(draft: &mut Draft<'_>, name: &EnvironmentName, under_way: Option<Rollback>) {
    let way_back = WayBack {
        under_way,
        ..known(draft, name)
    };
    draft.change(Change::WayBack(Box::new(way_back)));
}

/// `None` while facts are being asked for.
fn step(draft: &mut Draft<'_>, name: &EnvironmentName, rollback: &Rollback) -> Option<()> {
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
    if head.value.as_ref() == Some(&rollback.to.commit) {
        outside::set_by_us(draft, name, &rollback.to.commit);
        draft.change(Change::Forget {
            effect: Effect::roll_back_key(name, rollback.request, rollback.command),
        });
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
        Some(tip) if tip == rollback.from => draft.effect(Effect::RollBack {
            environment: name.clone(),
            request: rollback.request,
            command: rollback.command,
            branch: branch.clone(),
            from: rollback.from.clone(),
            to: rollback.to.commit.clone(),
            read_at: head.at,
        }),
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
fn arrive(draft: &mut Draft<'_>, name: &EnvironmentName, rollback: &Rollback) -> Option<()> {
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
    let told = entry(
        name,
        rollback,
        EntryKind::RolledBack,
        "the branch was set back to what ran there before",
    );
    draft.change(Change::Ledger(told));
    tell(draft, name, rollback)
}

/// Its deployment goes on, and the answer with it.
fn follow(draft: &mut Draft<'_>, name: &EnvironmentName, rollback: &Rollback, told: &State) -> Option<()> {
    let newest = draft.memory.stays.get(name).and_then(|stays| stays.newest()).cloned();
    let is_there = newest.as_ref().is_some_and(|stay| stay.commit == rollback.to.commit);
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
const FOLLOWED_FOR: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

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
