//! What GitHub lists as deployed on the dev instances: a deployment of ours for each version that is shown, or somebody else's.
//!
//! L1 A deployment is made once for each version that is shown; it carries a mark, and is looked for first.
//! L2 Where somebody else makes the deployments of an instance, none is made, and how theirs stands is told.
//! L3 What is not shown any more is reported as inactive, once.
//! L4 Nothing about deployments ever keeps a feature from being shown.

use jiff::SignedDuration;

use super::super::super::deployment::{Deployment, Listed, NewDeployment, NewStatus, State};
use super::super::super::effect::Effect;
use super::super::super::id::{EnvironmentName, PullNumber};
use super::super::super::memory::Change;
use super::super::super::preview::{Ground, Held, Notice, Shows, Wish};
use super::super::super::snapshot::Need;
use super::super::super::words::preview as words;
use super::super::{Draft, Pipeline};

/// A deployment whose making was cut off may still appear.
const LATE_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// Known without a single request.
pub(super) fn is_due(draft: &Draft<'_>, pull: PullNumber) -> bool {
    let wish = draft.memory.previews.get(&pull);
    let shows = wish.and_then(|wish| wish.has.as_ref()?.shows.as_ref());
    shows.is_some_and(|shows| match &shows.notice {
        Notice::Wanted | Notice::Ours { told: false, .. } => true,
        Notice::Awaited | Notice::Theirs { .. } => draft.heard.deployments.contains(&shows.commit),
        Notice::Ours { told: true, .. } | Notice::Refused => false,
    })
}

/// What stands for an earlier version, or for a feature that has gone, is to be reported as inactive.
pub(super) fn is_over(draft: &mut Draft<'_>, wish: &Wish) {
    let Some(held) = &wish.has else { return };
    let known = draft.memory.grounds.get(&held.branch).cloned();
    let mut ground = known.clone().unwrap_or_else(|| Ground::new(held.branch.clone()));
    if let Some(over) = wish.our_deployment().filter(|over| !ground.over.contains(over)) {
        ground.over.push(over);
    }
    if let Some(cut_off) = cut_off(draft, held).filter(|cut_off| !ground.cut_off.contains(cut_off)) {
        ground.cut_off.push(cut_off);
    }
    if known.unwrap_or_else(|| Ground::new(held.branch.clone())) != ground {
        draft.change(Change::Ground(ground));
    }
}

/// The deployment of what is shown was sent to GitHub, and nobody knows what became of it.
fn cut_off(draft: &Draft<'_>, held: &Held) -> Option<(String, String)> {
    let mark = held.shows.as_ref()?.mark();
    let begun = draft
        .memory
        .unconfirmed
        .get(&Effect::create_deployment_key(&held.instance, &mark));
    begun?.sent_at?;
    Some((held.instance.clone(), mark))
}

/// Whether something is left behind that no feature has any more.
pub(super) fn is_left_behind(draft: &Draft<'_>) -> bool {
    let is_it = |ground: &Ground| !ground.over.is_empty() || !ground.cut_off.is_empty();
    draft.memory.grounds.values().any(is_it)
}

/// Looks for a deployment that may be there; `None` while facts are being asked for.
fn find_cut_off(draft: &mut Draft<'_>, ground: &Ground, instance: &str, mark: &str) -> Option<()> {
    let effect = Effect::create_deployment_key(instance, mark);
    if is_late(draft, &effect) {
        return None;
    }
    let key = (instance.to_owned(), None);
    let listed = draft.fact(draft.snapshot.deployments.get(&key), || Need::Deployments {
        environment: key.0.clone(),
        commit: None,
    })?;
    let mut next = draft.memory.grounds.get(&ground.branch).cloned()?;
    next.cut_off.retain(|(_, known)| known != mark);
    if let Listed::Deployments(newest) = listed
        && let Some(found) = newest.iter().find(|one| one.mark.as_deref() == Some(mark))
    {
        next.over.push((instance.to_owned(), found.id));
    }
    draft.change(Change::Forget { effect });
    draft.change(Change::Ground(next));
    Some(())
}

/// It was sent so lately that it may still appear.
fn is_late(draft: &mut Draft<'_>, effect: &str) -> bool {
    let sent_at = draft.memory.unconfirmed.get(effect).and_then(|begun| begun.sent_at);
    let settled_at = sent_at.map(|at| at + LATE_WAIT).filter(|at| draft.now < *at);
    if let Some(settled_at) = settled_at {
        draft.look_again_at(settled_at);
    }
    settled_at.is_some()
}

/// Makes and reports what is wanted, and reads how others' deployments stand.
pub(super) fn keep(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>) {
    for ground in draft.memory.grounds.values().cloned().collect::<Vec<_>>() {
        for (instance, mark) in &ground.cut_off {
            let _: Option<()> = find_cut_off(draft, &ground, instance, mark);
        }
    }
    let grounds: Vec<Ground> = draft.memory.grounds.values().cloned().collect();
    for (instance, deployment) in grounds.into_iter().flat_map(|ground| ground.over) {
        let status = NewStatus {
            state: State::Inactive,
            description: words::no_longer_shown(),
            environment_url: None,
            log_url: None,
        };
        draft.effect(Effect::ReportDeployment {
            environment: EnvironmentName(instance),
            deployment,
            status,
        });
    }
    for wish in draft.memory.previews.clone().into_values() {
        if let Some(held) = wish.has.clone()
            && let Some(shows) = &held.shows
            && !wish.is_behind()
        {
            keep_one(draft, pipeline, &wish, &held, shows);
        }
    }
}

/// `None` while facts are being asked for.
fn keep_one(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, wish: &Wish, held: &Held, shows: &Shows) -> Option<()> {
    // A place of this name would be listed as one with it.
    if pipeline
        .config
        .environment(&EnvironmentName(held.instance.clone()))
        .is_some()
    {
        return Some(());
    }
    // How others' deployments stand is read whenever the feature is looked at.
    let is_asked = draft.snapshot.pulls.contains_key(&wish.pull);
    match &shows.notice {
        Notice::Wanted => find_or_make(draft, wish, held, shows),
        Notice::Awaited if is_asked => find_or_make(draft, wish, held, shows),
        Notice::Ours { id, told: false } => {
            let preview = pipeline.config.previews.iter().find(|one| one.name == held.instance);
            let status = NewStatus {
                state: State::Success,
                description: words::is_set(),
                environment_url: preview.and_then(|one| one.url.clone()),
                log_url: None,
            };
            draft.effect(Effect::ReportDeployment {
                environment: EnvironmentName(held.instance.clone()),
                deployment: *id,
                status,
            });
            Some(())
        }
        Notice::Theirs { id, status } => {
            let is_news = is_asked || status.is_none();
            if is_news {
                let found = draft.snapshot.deployment_statuses.get(id);
                let now = draft.fact(found, || Need::DeploymentStatus(*id))?.clone();
                let notice = Notice::Theirs { id: *id, status: now };
                if notice != shows.notice {
                    draft.change(Change::Preview(wish.with_notice(notice)));
                }
            }
            Some(())
        }
        Notice::Awaited | Notice::Ours { told: true, .. } | Notice::Refused => Some(()),
    }
}

fn find_or_make(draft: &mut Draft<'_>, wish: &Wish, held: &Held, shows: &Shows) -> Option<()> {
    let effect = Effect::CreateDeployment(NewDeployment {
        environment: held.instance.clone(),
        commit: shows.commit.clone(),
        mark: shows.mark(),
        description: words::shows(wish.pull),
        transient: true,
        production: false,
    });
    if is_late(draft, &effect.key()) {
        return None;
    }
    let notice = match found(draft, held, shows)? {
        Some(notice) => notice,
        None => {
            draft.effect(effect);
            return Some(());
        }
    };
    if draft.memory.unconfirmed.contains_key(&effect.key()) {
        draft.change(Change::Forget { effect: effect.key() });
    }
    if notice != shows.notice {
        draft.change(Change::Preview(wish.with_notice(notice)));
    }
    Some(())
}

/// What GitHub lists of this version; `None` inside where it is ours to make a deployment of it.
fn found(draft: &mut Draft<'_>, held: &Held, shows: &Shows) -> Option<Option<Notice>> {
    let key = (held.instance.clone(), None);
    let listed = draft.fact(draft.snapshot.deployments.get(&key), || Need::Deployments {
        environment: key.0.clone(),
        commit: None,
    })?;
    let Listed::Deployments(newest) = listed else {
        return Some(Some(Notice::Refused));
    };
    let mark = shows.mark();
    let ours = newest.iter().find(|one| one.mark.as_ref() == Some(&mark));
    // One of an earlier time at which the same version was shown says nothing of this one.
    let is_theirs =
        |one: &&Deployment| one.mark.is_none() && one.commit == shows.commit && one.created_at >= shows.at - EARLY;
    let theirs = newest.iter().find(is_theirs);
    Some(match (ours, theirs, newest.first()) {
        (Some(ours), ..) => Some(Notice::Ours {
            id: ours.id,
            told: false,
        }),
        (None, Some(theirs), _) => Some(Notice::Theirs {
            id: theirs.id,
            status: None,
        }),
        (None, None, Some(newest)) if newest.mark.is_none() => Some(Notice::Awaited),
        (None, None, _) => None,
    })
}

/// Somebody's deployment may be made before we see that the branch has moved, and by another clock.
const EARLY: SignedDuration = SignedDuration::from_mins(10);
