//! What runs where: a stay for each commit that an environment's branch comes to, and GitHub's deployment of it.
//!
//! D1 A deployment is made once for a stay, whatever crashes: it carries the stay's mark, and is looked for first.
//! D2 Where somebody else makes the deployments of an environment, none is made.
//! D3 Nothing about deployments ever stops or undoes a promotion: what GitHub refuses here is left alone.

use jiff::SignedDuration;

use super::super::config::DeployedWhen;
use super::super::deployment::{self, Deployment, Listed, NEWEST_LISTED, NewDeployment, NewStatus};
use super::super::effect::Effect;
use super::super::id::{EnvironmentName, Sha};
use super::super::memory::{Armed, Change};
use super::super::snapshot::Need;
use super::super::stay::{MovedBy, Note, State, Stay, Stays};
use super::super::words::deployment as words;
use super::{Draft, Pipeline, Stage, request};

/// A deployment whose making was cut off may still appear.
const LATE_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// A promotion of ours has arrived: its commit stays there from now on.
pub(super) fn promoted(draft: &mut Draft<'_>, armed: &Armed, stage: Option<Stage<'_>>, tip: &Sha) {
    let moved_by = MovedBy::Promotion {
        by: armed.asked_by.clone(),
        request: armed.request,
        command: armed.command,
    };
    enter(draft, &armed.environment, stage, tip, moved_by, Note::Wanted);
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
    enter(draft, name, Some(stage), &tip, moved_by, note);
}

fn enter(
    draft: &mut Draft<'_>,
    name: &EnvironmentName,
    stage: Option<Stage<'_>>,
    commit: &Sha,
    moved_by: MovedBy,
    note: Note,
) {
    let at_once = stage.is_some_and(|stage| stage.environment.deployed_when == DeployedWhen::Pushed);
    let state = match at_once {
        true => State::Running { since: draft.now },
        false => State::Moved,
    };
    let stay = Stay {
        commit: commit.clone(),
        moved_at: draft.now,
        moved_by,
        state,
        note,
    };
    let stays = Stays::with(draft.memory.stays.get(name), name, stay);
    draft.change(Change::Stays(Box::new(stays)));
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
        Note::Ours { told, .. } => *told != report(stay),
        Note::Refused { permission } => *permission && !stays.told_refused,
        Note::Theirs { .. } | Note::Nothing => false,
    })
}

/// What is to be reported on our own deployment of this stay; `None` while there is nothing to say.
fn report(stay: &Stay) -> Option<deployment::State> {
    match stay.state {
        State::Running { .. } => Some(deployment::State::Success),
        State::Moved | State::Deploying | State::Failed { .. } => None,
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
        Note::Ours { id, .. } => {
            let state = report(stay)?;
            draft.effect(Effect::ReportDeployment {
                environment: stays.environment.clone(),
                deployment: *id,
                status: NewStatus {
                    state,
                    description: words::status(state),
                    environment_url: stage.environment.url.clone(),
                    log_url: None,
                },
            });
        }
        Note::Refused { .. } => say_refused(draft, stays, stay),
        Note::Theirs { .. } | Note::Nothing => {}
    }
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
    let sent_at = draft
        .memory
        .unconfirmed
        .get(&effect.key())
        .and_then(|begun| begun.sent_at);
    if let Some(settled_at) = sent_at.map(|at| at + LATE_WAIT).filter(|at| draft.now < *at) {
        draft.look_again_at(settled_at);
        return None;
    }
    let note = match whose(draft, name, stay)? {
        Whose::Ours(id) => Note::Ours { id, told: None },
        Whose::Theirs(id) => Note::Theirs { id },
        Whose::Nobodys => {
            if draft.snapshot.refused.contains(&effect.key()) {
                return None;
            }
            draft.effect(effect);
            return Some(());
        }
        Whose::SomebodyElses => Note::Nothing,
        Whose::Unreadable => Note::Refused { permission: true },
    };
    draft.change(Change::Forget { effect: effect.key() });
    let stays = stays.with_newest(|stay| stay.note = note);
    draft.change(Change::Stays(Box::new(stays)));
    Some(())
}

/// Said once, to whoever promoted; it is a pity and stops nothing.
fn say_refused(draft: &mut Draft<'_>, stays: &Stays, stay: &Stay) {
    let is_told = draft.memory.stays.values().any(|stays| stays.told_refused);
    if let MovedBy::Promotion { request, command, .. } = &stay.moved_by
        && let Some(answer) = draft
            .memory
            .requests
            .get(request)
            .and_then(|found| found.answers.get(*command))
        && !is_told
    {
        let text = format!("{}\n\n{}", answer.text, words::may_not_be_noted());
        let is_final = answer.is_final;
        request::set_answer(draft, *request, *command, text, is_final);
    }
    let told_refused = true;
    draft.change(Change::Stays(Box::new(Stays {
        told_refused,
        ..stays.clone()
    })));
}

enum Whose {
    Ours(super::super::id::DeploymentId),
    Theirs(super::super::id::DeploymentId),
    /// There is none of this commit, and somebody else makes those of this environment.
    SomebodyElses,
    /// There is none of this commit, and it is ours to make one.
    Nobodys,
    Unreadable,
}

fn whose(draft: &mut Draft<'_>, name: &EnvironmentName, stay: &Stay) -> Option<Whose> {
    let Listed::Deployments(newest) = deployments(draft, name, None)? else {
        return Some(Whose::Unreadable);
    };
    let mut of_commit: Vec<&Deployment> = newest.iter().filter(|one| one.commit == stay.commit).collect();
    // Further ones are not on this page.
    if of_commit.is_empty() && newest.len() >= NEWEST_LISTED {
        let Listed::Deployments(found) = deployments(draft, name, Some(&stay.commit))? else {
            return Some(Whose::Unreadable);
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
        .find(|one| one.mark.is_none() && one.created_at >= stay.moved_at - EARLY);
    if let Some(theirs) = theirs {
        return Some(Whose::Theirs(theirs.id));
    }
    let newest_commit = newest.first().map(|one| &one.commit);
    let is_theirs = newest_commit.is_some_and(|commit| {
        let mut same = newest.iter().filter(|one| one.commit == *commit);
        same.all(|one| one.mark.is_none())
    });
    Some(match is_theirs {
        true => Whose::SomebodyElses,
        false => Whose::Nobodys,
    })
}

/// Somebody's deployment may be made before we see that the branch has moved, and by another clock.
const EARLY: SignedDuration = SignedDuration::from_mins(10);

fn deployments<'a>(draft: &mut Draft<'a>, name: &EnvironmentName, commit: Option<&Sha>) -> Option<&'a Listed> {
    let key = (name.as_str().to_owned(), commit.cloned());
    let found = draft.snapshot.deployments.get(&key);
    let (environment, commit) = key;
    draft.fact(found, || Need::Deployments { environment, commit })
}
