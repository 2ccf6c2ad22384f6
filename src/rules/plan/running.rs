//! Whether what was moved runs: what GitHub tells of the newest stay of each environment, and what follows from it for
//! answers, cards and the next promotion.
//!
//! R1 Deliveries only say that there is something to read; the state comes from GitHub's own lists.
//! R2 Once a stay was seen to run, only a failure takes that back: a second deployment of it may be under way meanwhile.
//! R3 An environment that is `pushed` costs no request here, unless somebody else made a deployment beside ours.

use jiff::Timestamp;

use super::super::checks::{self, CheckPattern, Wanted};
use super::super::config::DeployedWhen;
use super::super::deployment::{self, Deployment, Listed};
use super::super::gate::Runs;
use super::super::id::{BranchName, EnvironmentName, RequestId, Sha};
use super::super::memory::{Armed, Change, Entry, EntryKind};
use super::super::snapshot::{Between, Need};
use super::super::stay::{How, KnownBy, MovedBy, Note, State, Stay, Stays, UnderWay};
use super::super::words;
use super::{Draft, Pipeline, Stage, by_hand, deploy, request, rollback, taken_back};

/// Reads how the newest stays stand, where there is a reason to.
pub(super) fn advance(draft: &mut Draft<'_>) {
    let due = |stays: &Stays| stays.newest().is_some_and(|stay| is_due(draft, stay));
    if !draft.memory.stays.values().any(due) {
        return;
    }
    let Some(Ok(pipeline)) = draft.pipeline() else { return };
    for stays in draft.memory.stays.values().cloned().collect::<Vec<_>>() {
        let Some(stay) = stays.newest().filter(|stay| is_due(draft, stay)) else {
            continue;
        };
        match pipeline.stage(&stays.environment) {
            Some(stage) => drop(look(draft, &pipeline, stage, &stays, stay)),
            None => let_go(draft, &stays),
        }
    }
}

/// Known without a single request.
fn is_due(draft: &Draft<'_>, stay: &Stay) -> bool {
    let heard = draft.heard;
    if heard.deployed_elsewhere.contains(&stay.commit) {
        return true;
    }
    let told = match stay.known_by {
        KnownBy::Push => false,
        KnownBy::Deployment => heard.deployments.contains(&stay.commit),
        KnownBy::Checks => heard.checks.contains(&stay.commit),
    };
    told || !stay.has_run() && (!stay.looked || heard.everything || heard.is_empty())
}

/// Whether something was heard of a commit that is newest somewhere: what waits for it to run has a reason to look.
pub(super) fn is_heard_of(draft: &Draft<'_>) -> bool {
    let newest = draft.memory.stays.values().filter_map(Stays::newest);
    let mut watched = newest.filter(|stay| stay.known_by != KnownBy::Push);
    watched.any(|stay| draft.heard.deployments.contains(&stay.commit) || draft.heard.checks.contains(&stay.commit))
}

/// The environment left the configuration: nobody will tell any more.
fn let_go(draft: &mut Draft<'_>, stays: &Stays) {
    let Some(newest) = stays.newest() else { return };
    if let Some(armed) = &newest.following {
        let text = words::deployment::let_go(armed);
        request::set_answer(draft, armed.request, armed.command, text, true);
    }
    let next = stays.with_newest(|stay| {
        stay.looked = true;
        stay.following = None;
    });
    put(draft, stays, next);
    by_hand::gone(draft, &stays.environment);
}

/// How GitHub says it stands.
struct Told {
    state: State,
    note: Note,
}

/// `None` while facts are being asked for.
fn look(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, stage: Stage<'_>, stays: &Stays, stay: &Stay) -> Option<()> {
    let told = match &stage.environment.deployed_when {
        DeployedWhen::Pushed => Told {
            state: State::Running { since: stay.moved_at },
            note: by_deployment(draft, stays, stay, false)?.note,
        },
        DeployedWhen::Deployment => by_deployment(draft, stays, stay, true)?,
        DeployedWhen::Checks(patterns) => by_checks(draft, pipeline, stays, stay, patterns)?,
    };
    let state = match (&stay.state, told.state) {
        (State::Running { .. }, State::Failed { at, log }) => State::Failed { at, log },
        (running @ State::Running { .. }, _) => running.clone(),
        (_, state) => state,
    };
    let next = stays.with_newest(|stay| {
        stay.looked = true;
        stay.known_by = deploy::known_by(stage);
        stay.state = state.clone();
        stay.note = told.note;
    });
    if state != stay.state {
        draft.change(Change::Ledger(entry(stays, stay, &state)));
    }
    if next.newest().is_some_and(|next| next.note != Note::Wanted) {
        deploy::wants_none(draft, &stays.environment, stay);
    }
    put(draft, stays, next);
    tell(draft, pipeline, stage);
    by_hand::tell(draft, pipeline, stage);
    Some(())
}

fn put(draft: &mut Draft<'_>, known: &Stays, next: Stays) {
    if *known != next {
        draft.change(Change::Stays(Box::new(next)));
    }
}

/// By GitHub's deployments of this commit. Where somebody else makes them theirs counts, and ours makes way.
fn by_deployment(draft: &mut Draft<'_>, stays: &Stays, stay: &Stay, states: bool) -> Option<Told> {
    let unchanged = |note: Note| Told {
        state: stay.state.clone(),
        note,
    };
    let listed = match deploy::deployments(draft, &stays.environment, Some(&stay.commit))? {
        Listed::Deployments(listed) => listed,
        Listed::Unclear => return Some(unchanged(stay.note.clone())),
        Listed::Unreadable => {
            return Some(unchanged(match stay.note {
                Note::Nothing | Note::Wanted => Note::Refused { permission: true },
                _ => stay.note.clone(),
            }));
        }
    };
    let own = |one: &&Deployment| match stay.moved_by {
        // Its mark was lost together with the database.
        MovedBy::FoundThere => one.mark.is_some(),
        _ => one.mark.as_ref() == Some(&stay.mark()),
    };
    let theirs = |one: &&Deployment| one.mark.is_none() && stays.may_be_of_newest(one.created_at);
    let (theirs, ours) = (listed.iter().find(theirs), listed.iter().find(own));
    if let (Some(_), None, Some(settles_at)) = (theirs, ours, deploy::settles_at(draft, &stays.environment, stay)) {
        // Ours makes way for theirs, and may have been made without our hearing of it.
        draft.look_again_at(settles_at);
        return None;
    }
    let (note, id) = match (theirs, ours) {
        (Some(theirs), ours) => (adopted(stay, theirs, ours), theirs.id),
        (None, Some(ours)) => match &stay.note {
            Note::Nothing => (
                Note::Ours {
                    id: ours.id,
                    told: None,
                },
                ours.id,
            ),
            note => (note.clone(), ours.id),
        },
        (None, None) => {
            // It can be read after all.
            let note = match stay.note {
                Note::Refused { permission: true } => Note::Nothing,
                _ => stay.note.clone(),
            };
            return Some(unchanged(note));
        }
    };
    if !states {
        return Some(unchanged(note));
    }
    let status = draft.snapshot.deployment_statuses.get(&id);
    let status = draft.fact(status, || Need::DeploymentStatus(id))?;
    // Ours alone says only that we moved the branch.
    let unreported = match note {
        Note::Theirs { .. } => State::Deploying,
        _ => State::Moved,
    };
    let state = status.as_ref().map_or(unreported, of_status);
    Some(Told { state, note })
}

/// Their deployment stands for this stay from now on; one of ours is set inactive.
fn adopted(stay: &Stay, theirs: &Deployment, ours: Option<&Deployment>) -> Note {
    let retire = match &stay.note {
        Note::Ours { id, .. } => Some(*id),
        Note::Theirs { retire, .. } => *retire,
        // Ours was made, and a crash kept that from us.
        Note::Wanted => ours.map(|ours| ours.id),
        Note::Nothing | Note::Refused { .. } => None,
    };
    Note::Theirs { id: theirs.id, retire }
}

fn of_status(status: &deployment::Status) -> State {
    use deployment::State as Github;
    match (status.state, status.succeeded_at) {
        (Github::Success, since) => State::Running {
            since: since.unwrap_or(status.at),
        },
        (Github::Failure | Github::Error, _) => State::Failed {
            at: status.at,
            log: status.log_url.clone(),
        },
        // It ran, and another took its place.
        (Github::Inactive, Some(since)) => State::Running { since },
        (Github::Inactive, None) => State::Moved,
        (Github::InProgress | Github::Queued | Github::Pending | Github::Waiting | Github::Unknown, _) => {
            State::Deploying
        }
    }
}

/// By checks of this commit that tell of its deployment.
fn by_checks(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stays: &Stays,
    stay: &Stay,
    patterns: &[CheckPattern],
) -> Option<Told> {
    let note = match draft.heard.deployed_elsewhere.contains(&stay.commit) {
        true => by_deployment(draft, stays, stay, false)?.note,
        false => stay.note.clone(),
    };
    let found = draft.snapshot.checks.get(&stay.commit);
    let read = draft.fact(found, || Need::Checks(stay.commit.clone()))?;
    let wanted = Wanted::Named(patterns.to_vec());
    let verdict = checks::judge(&read.value, &wanted, pipeline.repository.app_id);
    let failed = verdict.items.iter().find(|item| item.state() == checks::State::Red);
    let is_begun = verdict.items.iter().any(|item| item.source != checks::Source::Nobody);
    let state = match verdict.state {
        checks::State::Green => State::Running { since: draft.now },
        checks::State::Red => State::Failed {
            at: draft.now,
            log: failed.and_then(|item| item.link.clone()),
        },
        checks::State::Waiting if is_begun => State::Deploying,
        checks::State::Waiting => State::Moved,
    };
    // A failure that is read once more did not happen once more.
    let state = match (&stay.state, state) {
        (State::Failed { at, .. }, State::Failed { log, .. }) => State::Failed { at: *at, log },
        (_, state) => state,
    };
    Some(Told { state, note })
}

fn entry(stays: &Stays, stay: &Stay, state: &State) -> Entry {
    let (kind, why) = match state {
        State::Running { .. } => (EntryKind::Running, "it is known to run there"),
        State::Failed { .. } => (EntryKind::DeploymentFailed, "its deployment there failed"),
        State::Moved | State::Deploying => (EntryKind::Deploying, "its deployment there is under way"),
    };
    let (who, request) = match &stay.moved_by {
        MovedBy::Promotion { by, request, .. } | MovedBy::Rollback { by, request, .. } => {
            (Some(by.clone()), Some(*request))
        }
        MovedBy::Merge { by, .. } => (by.clone(), None),
        MovedBy::Other | MovedBy::FoundThere => (None, None),
    };
    Entry {
        kind,
        who,
        pull: None,
        request,
        environment: Some(stays.environment.clone()),
        before: None,
        after: Some(stay.commit.clone()),
        why: why.to_owned(),
        gates: Vec::new(),
        features: Vec::new(),
    }
}

/// Whoever promoted is told how it goes on, until it runs.
pub(super) fn tell(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, stage: Stage<'_>) {
    let Some(stays) = draft.memory.stays.get(&stage.environment.name).cloned() else {
        return;
    };
    let Some((stay, armed)) = stays.newest().and_then(|stay| Some((stay, stay.following.as_ref()?))) else {
        return;
    };
    let stages = pipeline.stages();
    let next = stages.iter().find(|next| *next.from == stage.environment.branch);
    let text = arrival(draft, armed, stay, Some(stage), next.copied());
    let is_final = stay.has_run();
    request::set_answer(draft, armed.request, armed.command, text, is_final);
    if is_final {
        put(draft, &stays, stays.with_newest(|stay| stay.following = None));
    }
}

/// What is said of a promotion whose commit has arrived.
pub(super) fn arrival(
    draft: &Draft<'_>,
    armed: &Armed,
    stay: &Stay,
    stage: Option<Stage<'_>>,
    next: Option<Stage<'_>>,
) -> String {
    let environment = stage.map(|stage| stage.environment);
    let mut text = match stay.how() {
        None => words::promotion::moved(armed, environment, next.map(|next| next.environment)),
        Some(how) => words::deployment::moved(armed, &how),
    };
    let ran_before = || !rollback::ran_before(draft, &armed.environment, &stay.commit).is_empty();
    if matches!(stay.state, State::Failed { .. }) && ran_before() {
        text = format!("{text} {}", words::deployment::way_back(&armed.environment));
    }
    let away = taken_back::on_top(draft, &armed.environment);
    if !away.is_empty() {
        text = format!("{text}\n\n{}", words::taken_back::still_away(&armed.environment, &away));
    }
    match stay.says_refused {
        true => format!("{text}\n\n{}", words::deployment::may_not_be_noted()),
        false => text,
    }
}

/// Another stay begins: whoever waited to hear of the one before is told that nothing more will come.
pub(super) fn replaced(draft: &mut Draft<'_>, name: &EnvironmentName) {
    by_hand::replaced(draft, name);
    let Some(stays) = draft.memory.stays.get(name).cloned() else {
        return;
    };
    if let Some(armed) = stays.newest().and_then(|stay| stay.following.clone()) {
        let text = words::deployment::replaced(&armed);
        request::set_answer(draft, armed.request, armed.command, text, true);
        put(draft, &stays, stays.with_newest(|stay| stay.following = None));
    }
}

/// Whether this command's answer follows a deployment.
pub(super) fn is_followed(draft: &Draft<'_>, request: RequestId, command: usize) -> bool {
    let newest = draft.memory.stays.values().filter_map(Stays::newest);
    let mut followed = newest.filter_map(|stay| stay.following.as_ref());
    followed.any(|armed| armed.request == request && armed.command == command)
}

/// What keeps the tip of this environment's branch from being known to run; `None` where it runs.
pub(super) fn under_way(draft: &Draft<'_>, stage: Stage<'_>, tip: &Sha) -> Option<UnderWay> {
    let environment = stage.environment.name.clone();
    if stage.environment.deployed_when == DeployedWhen::Pushed {
        return None;
    }
    let newest = draft.memory.stays.get(&environment).and_then(Stays::newest);
    // One that was not entered yet is entered in this very look.
    let how = match newest.filter(|stay| stay.commit == *tip) {
        Some(stay) => stay.how()?,
        None => How::NotHeard,
    };
    Some(UnderWay { environment, how })
}

/// What keeps the newest on this branch, if it is an environment's, from being known to run; by memory alone.
pub(super) fn at_stage_before(draft: &Draft<'_>, branch: &BranchName) -> Option<UnderWay> {
    let gap = draft.memory.gaps.values().find(|gap| gap.base == *branch)?;
    draft.memory.stays.get(&gap.environment)?.under_way()
}

/// Whether the stage before has this commit running, or a later one that contains it.
pub(super) fn before(
    draft: &Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    between: &Between,
    commit: &Sha,
) -> Runs {
    let Some(before) = stage_before(pipeline, stage) else {
        return Runs::Yes;
    };
    let having: Vec<&Stay> = having(draft, before, between, commit).collect();
    if having.iter().any(|stay| stay.has_run()) {
        return Runs::Yes;
    }
    let environment = before.environment.name.clone();
    match having.last().map_or(Some(How::NotHeard), |stay| stay.how()) {
        None => Runs::Yes,
        Some(how) => Runs::NotYet(UnderWay { environment, how }),
    }
}

/// Since when the stage before has run it; `None` inside: it does not run there yet. `None`: the stage before has no
/// deployments to tell of.
pub(super) fn since(
    draft: &Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    between: &Between,
    commit: &Sha,
) -> Option<Option<Timestamp>> {
    let before = stage_before(pipeline, stage)?;
    let since = having(draft, before, between, commit).filter_map(|stay| match stay.state {
        State::Running { since } => Some(since),
        _ => None,
    });
    Some(since.min())
}

/// The environment before, where more than its branch tells what runs there.
fn stage_before<'p>(pipeline: &'p Pipeline<'_>, stage: Stage<'_>) -> Option<Stage<'p>> {
    let stages = pipeline.stages();
    let before = stages
        .into_iter()
        .find(|before| before.environment.branch == *stage.from)?;
    (before.environment.deployed_when != DeployedWhen::Pushed).then_some(before)
}

/// The stays that have this commit, oldest first.
fn having<'d>(
    draft: &'d Draft<'_>,
    stage: Stage<'_>,
    between: &'d Between,
    commit: &'d Sha,
) -> impl Iterator<Item = &'d Stay> {
    let stays = draft.memory.stays.get(&stage.environment.name);
    let stays = stays.map(|stays| stays.stays.as_slice()).unwrap_or_default();
    stays.iter().filter(|stay| between.contains(&stay.commit, commit))
}
