//! What runs where: a stay for each commit that an environment's branch comes to, and GitHub's deployment of it.
//!
//! D1 A deployment is made once for a stay, whatever crashes: it carries the stay's mark, and is looked for first.
//! D2 Where somebody else makes the deployments of an environment, none is made.
//! D3 Nothing about deployments ever stops or undoes a promotion: what GitHub refuses here is left alone.

use jiff::{SignedDuration, Timestamp};

use super::super::config::DeployedWhen;
use super::super::deployment::{Deployment, Listed, NEWEST_LISTED, NewDeployment, NewStatus, State as Reported};
use super::super::effect::Effect;
use super::super::id::{DeploymentId, EnvironmentName, Sha};
use super::super::memory::{Armed, Change};
use super::super::rollback::Rollback;
use super::super::snapshot::Need;
use super::super::stay::{KnownBy, MovedBy, Note, State, Stay, Stays};
use super::super::words::deployment as words;
use super::{Draft, Pipeline, Stage, request, running};

/// A deployment whose making was cut off may still appear.
const LATE_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// A promotion of ours has arrived: its commit stays there from now on.
pub(super) fn promoted(draft: &mut Draft<'_>, armed: &Armed, stage: Option<Stage<'_>>, tip: &Sha) -> Stay {
    let moved_by = MovedBy::Promotion {
        by: armed.asked_by.clone(),
        request: armed.request,
        command: armed.command,
    };
    let mut stay = new(
        draft,
        told_by(draft, &armed.environment, stage),
        tip,
        moved_by,
        Note::Wanted,
    );
    if !stay.has_run() {
        stay.following = Some(Box::new(armed.clone()));
    }
    enter(draft, &armed.environment, stay.clone());
    stay
}

/// While the configuration is broken, what told of the stay before goes on to tell.
fn told_by(draft: &Draft<'_>, name: &EnvironmentName, stage: Option<Stage<'_>>) -> KnownBy {
    let before = draft.memory.stays.get(name).and_then(Stays::newest);
    let known_by = stage.map(known_by).or(before.map(|before| before.known_by));
    known_by.unwrap_or_default()
}

/// A rollback of ours has arrived: what ran there before stays there again.
pub(super) fn rolled_back(
    draft: &mut Draft<'_>,
    name: &EnvironmentName,
    rollback: &Rollback,
    stage: Option<Stage<'_>>,
) {
    let moved_by = MovedBy::Rollback {
        by: rollback.by.clone(),
        request: rollback.request,
        command: rollback.command,
    };
    let stay = new(
        draft,
        told_by(draft, name, stage),
        rollback.tip().unwrap_or(&rollback.to.commit),
        moved_by,
        Note::Wanted,
    );
    enter(draft, name, stay);
}

/// What came by another road, and what is seen for the first time. The tip was judged before, so a late answer of GitHub's
/// is not taken for a move.
pub(super) fn follow(draft: &mut Draft<'_>, stage: Stage<'_>) {
    let name = &stage.environment.name;
    let Some(outside) = draft.memory.outside.get(name) else {
        return;
    };
    let newest = draft.memory.stays.get(name).and_then(Stays::newest);
    // A promotion of ours is entered by itself, with who asked for it.
    if newest.is_some_and(|stay| stay.commit == outside.tip)
        || draft.memory.armed.get(name).is_some_and(Armed::has_moved)
    {
        return;
    }
    let merge = outside.merge.as_ref().filter(|(tip, _)| *tip == outside.tip);
    let (moved_by, note) = match (newest, merge) {
        (None, _) => (MovedBy::FoundThere, Note::Nothing),
        (Some(_), Some((_, merged))) => {
            let (by, pull) = (merged.by.clone(), merged.pull);
            (MovedBy::Merge { by, pull }, Note::Wanted)
        }
        (Some(_), None) => (MovedBy::Other, Note::Wanted),
    };
    let tip = outside.tip.clone();
    let stay = new(draft, known_by(stage), &tip, moved_by, note);
    enter(draft, name, stay);
}

fn new(draft: &Draft<'_>, known_by: KnownBy, commit: &Sha, moved_by: MovedBy, note: Note) -> Stay {
    let state = match known_by {
        KnownBy::Push => State::Running { since: draft.now },
        KnownBy::Deployment | KnownBy::Checks => State::Moved,
    };
    Stay {
        commit: commit.clone(),
        moved_at: draft.now,
        moved_by,
        state,
        note,
        known_by,
        looked: false,
        following: None,
        says_refused: false,
    }
}

fn enter(draft: &mut Draft<'_>, name: &EnvironmentName, stay: Stay) {
    running::replaced(draft, name);
    let before = draft.memory.stays.get(name).and_then(Stays::newest).cloned();
    if let Some(before) = before {
        wants_none(draft, name, &before);
    }
    let stays = Stays::with(draft.memory.stays.get(name), name, stay);
    draft.change(Change::Stays(Box::new(stays)));
}

/// One that was wished for this stay is of no use any more.
pub(super) fn wants_none(draft: &mut Draft<'_>, name: &EnvironmentName, stay: &Stay) {
    let effect = Effect::create_deployment_key(name.as_str(), &stay.mark());
    if stay.note == Note::Wanted && draft.memory.unconfirmed.contains_key(&effect) {
        draft.change(Change::Forget { effect });
    }
}

/// Until when one of ours that was sent for this stay may not show yet.
pub(super) fn settles_at(draft: &Draft<'_>, name: &EnvironmentName, stay: &Stay) -> Option<Timestamp> {
    let effect = Effect::create_deployment_key(name.as_str(), &stay.mark());
    let sent_at = draft.memory.unconfirmed.get(&effect)?.sent_at?;
    Some(sent_at + LATE_WAIT).filter(|at| draft.now < *at)
}

/// What tells whether a commit runs in this environment.
pub(super) fn known_by(stage: Stage<'_>) -> KnownBy {
    match stage.environment.deployed_when {
        DeployedWhen::Pushed => KnownBy::Push,
        DeployedWhen::Deployment => KnownBy::Deployment,
        DeployedWhen::Checks(_) => KnownBy::Checks,
    }
}

/// Makes the deployments that are wanted, and reports on them.
pub(super) fn keep(draft: &mut Draft<'_>) {
    if !draft.memory.stays.values().any(is_due) {
        return;
    }
    let Some(Ok(pipeline)) = draft.pipeline() else { return };
    for stage in pipeline.stages() {
        let stays = draft.memory.stays.get(&stage.environment.name).cloned();
        if let Some((stays, stay)) = stays.as_ref().and_then(|stays| Some((stays, stays.newest()?)))
            && is_due(stays)
        {
            keep_one(draft, &pipeline, stage, stays, stay);
        }
    }
}

/// Known without a single request.
fn is_due(stays: &Stays) -> bool {
    stays.newest().is_some_and(|stay| match &stay.note {
        Note::Wanted => true,
        Note::Ours { told, .. } => report(stay).is_some_and(|state| *told != Some(state)),
        Note::Theirs { retire, .. } => retire.is_some(),
        Note::Refused { permission } => *permission && !stays.told_refused,
        Note::Nothing => false,
    })
}

/// What is to be reported on our own deployment of this stay; `None` while there is nothing to say.
fn report(stay: &Stay) -> Option<Reported> {
    match (stay.known_by, &stay.state) {
        // Whoever deploys when they see ours reports on it, and theirs is the word that counts.
        (KnownBy::Deployment, _) => None,
        (_, State::Running { .. }) => Some(Reported::Success),
        (KnownBy::Push, _) => None,
        // GitHub takes one that is pending for half an hour for abandoned.
        (KnownBy::Checks, State::Moved | State::Deploying) => Some(Reported::InProgress),
        (KnownBy::Checks, State::Failed { .. }) => Some(Reported::Failure),
    }
}

fn keep_one(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    stays: &Stays,
    stay: &Stay,
) -> Option<()> {
    match &stay.note {
        Note::Wanted => make(draft, pipeline, stays, stay)?,
        Note::Ours { id, .. } => say(draft, stage, stays, *id, report(stay)?, stay)?,
        Note::Theirs { retire: Some(ours), .. } => say(draft, stage, stays, *ours, Reported::Inactive, stay)?,
        Note::Refused { .. } => say_refused(draft, pipeline, stage, stays, stay),
        Note::Theirs { .. } | Note::Nothing => {}
    }
    Some(())
}

/// Puts a status on a deployment of ours. One whose sending was cut off is looked for before it is sent again.
fn say(
    draft: &mut Draft<'_>,
    stage: Stage<'_>,
    stays: &Stays,
    id: DeploymentId,
    state: Reported,
    stay: &Stay,
) -> Option<()> {
    let log_url = match &stay.state {
        State::Failed { log, .. } if state == Reported::Failure => log.clone(),
        _ => None,
    };
    let effect = Effect::ReportDeployment {
        environment: stays.environment.clone(),
        deployment: id,
        status: NewStatus {
            state,
            description: words::status(state, stay.known_by),
            environment_url: stage.environment.url.clone(),
            log_url,
        },
    };
    let begun = draft.memory.unconfirmed.get(&effect.key());
    if begun.is_some_and(|begun| begun.sent_at.is_some()) {
        let found = draft.snapshot.deployment_statuses.get(&id);
        let found = draft.fact(found, || Need::DeploymentStatus(id))?;
        if found.as_ref().is_some_and(|status| status.state == state) {
            draft.change(Change::Forget { effect: effect.key() });
            let stays = stays.with_newest(|stay| stay.note.told(id, state));
            draft.change(Change::Stays(Box::new(stays)));
            return Some(());
        }
    }
    draft.effect(effect);
    Some(())
}

/// Finds the deployment of this stay, or makes it where that is ours to do. `None` while facts are being asked for.
fn make(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, stays: &Stays, stay: &Stay) -> Option<()> {
    let name = &stays.environment;
    let effect = Effect::CreateDeployment(NewDeployment {
        environment: name.as_str().to_owned(),
        commit: stay.commit.clone(),
        mark: stay.mark(),
        description: words::description(&stay.moved_by, name),
        transient: false,
        production: pipeline
            .config
            .environments
            .last()
            .is_some_and(|last| last.name == *name),
    });
    if let Some(settles_at) = settles_at(draft, name, stay) {
        draft.look_again_at(settles_at);
        return None;
    }
    let note = match whose(draft, stays, stay)? {
        Whose::Ours(id) => Note::Ours { id, told: None },
        Whose::Theirs(id) => Note::Theirs { id, retire: None },
        Whose::Nobodys => {
            if draft.snapshot.refused.contains(&effect.key()) {
                return None;
            }
            draft.effect(effect);
            return Some(());
        }
        Whose::SomebodyElses => Note::Nothing,
        Whose::Unreadable => Note::Refused { permission: true },
        Whose::Unclear => Note::Refused { permission: false },
    };
    draft.change(Change::Forget { effect: effect.key() });
    let stays = stays.with_newest(|stay| stay.note = note);
    draft.change(Change::Stays(Box::new(stays)));
    Some(())
}

/// Said once, to whoever promoted; it is a pity and stops nothing.
fn say_refused(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, stage: Stage<'_>, stays: &Stays, stay: &Stay) {
    let is_told = draft.memory.stays.values().any(|stays| stays.told_refused);
    // Where it is in the way, that is said in other words.
    let says_refused = !is_told && stay.known_by != KnownBy::Deployment;
    let mut told = stays.with_newest(|stay| stay.says_refused = says_refused);
    told.told_refused = true;
    draft.change(Change::Stays(Box::new(told)));
    if stay.following.is_some() {
        running::tell(draft, pipeline, stage);
    } else if let MovedBy::Promotion { request, command, .. } | MovedBy::Rollback { request, command, .. } =
        &stay.moved_by
        && let Some(answer) = draft
            .memory
            .requests
            .get(request)
            .and_then(|found| found.answers.get(*command))
        && says_refused
    {
        let (text, is_final) = (
            format!("{}\n\n{}", answer.text, words::may_not_be_noted()),
            answer.is_final,
        );
        request::set_answer(draft, *request, *command, text, is_final);
    }
}

/// How long somebody else is given to make the deployment of a commit, where it is not known whether they do.
const THEIRS_WAIT: SignedDuration = SignedDuration::from_secs(60);

enum Whose {
    Ours(DeploymentId),
    Theirs(DeploymentId),
    /// There is none of this commit, and somebody else makes those of this environment.
    SomebodyElses,
    /// There is none of this commit, and it is ours to make one.
    Nobodys,
    Unreadable,
    /// GitHub does not say in a way that we understand; making one might make a second.
    Unclear,
}

fn whose(draft: &mut Draft<'_>, stays: &Stays, stay: &Stay) -> Option<Whose> {
    let name = &stays.environment;
    let newest = match deployments(draft, name, None)? {
        Listed::Deployments(newest) => newest,
        Listed::Unreadable => return Some(Whose::Unreadable),
        Listed::Unclear => return Some(Whose::Unclear),
    };
    let mut of_commit: Vec<&Deployment> = newest.iter().filter(|one| one.commit == stay.commit).collect();
    // Further ones are not on this page.
    if of_commit.is_empty() && newest.len() >= NEWEST_LISTED {
        let Listed::Deployments(found) = deployments(draft, name, Some(&stay.commit))? else {
            return Some(Whose::Unclear);
        };
        of_commit = found.iter().collect();
    }
    let mark = stay.mark();
    if let Some(ours) = of_commit.iter().find(|one| one.mark.as_ref() == Some(&mark)) {
        return Some(Whose::Ours(ours.id));
    }
    // One of an earlier stay of the same commit says nothing of this one.
    let theirs = of_commit
        .iter()
        .find(|one| one.mark.is_none() && stays.may_be_of_newest(one.created_at));
    if let Some(theirs) = theirs {
        return Some(Whose::Theirs(theirs.id));
    }
    let last: Vec<&Deployment> = match newest.first() {
        Some(first) => newest.iter().filter(|one| one.commit == first.commit).collect(),
        None => Vec::new(),
    };
    let (ours, others) = (
        last.iter().any(|one| one.mark.is_some()),
        last.iter().any(|one| one.mark.is_none()),
    );
    Some(match (ours, others) {
        (false, true) => Whose::SomebodyElses,
        // Last time theirs came beside ours: by itself, or because of ours. If it comes by itself, that shows soon.
        (true, true) if draft.now < stay.moved_at + THEIRS_WAIT => {
            draft.look_again_at(stay.moved_at + THEIRS_WAIT);
            return None;
        }
        _ => Whose::Nobodys,
    })
}

pub(super) fn deployments<'a>(
    draft: &mut Draft<'a>,
    name: &EnvironmentName,
    commit: Option<&Sha>,
) -> Option<&'a Listed> {
    let key = (name.as_str().to_owned(), commit.cloned());
    let found = draft.snapshot.deployments.get(&key);
    let (environment, commit) = key;
    draft.fact(found, || Need::Deployments { environment, commit })
}
