//! Tells developers what a rollback took away: one issue, closed again once all of it is back; or a pull request for each feature
//! that reverts it, and an issue for what cannot be reverted so.

use jiff::{SignedDuration, Timestamp};

use super::super::config::AfterRollback;
use super::super::developers::{Revert, Reverting, Standing, Telling};
use super::super::effect::{Effect, Refusal};
use super::super::id::{EnvironmentName, IssueNumber, PullNumber};
use super::super::memory::Change;
use super::super::rollback::{Failure, Rollback, WayBack};
use super::super::snapshot::{Found, Need};
use super::super::stay::State;
use super::super::words::developers as words;
use super::{Draft, Pipeline};

/// An issue whose opening was cut off may still appear; only after this is it looked for.
const LATE_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// GitHub's clock and ours may differ; whatever was made since the rollback is asked for from so much earlier.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(1);

/// Takes down what is to be told of a rollback that has just come to pass.
pub(super) fn begin(
    draft: &mut Draft<'_>,
    name: &EnvironmentName,
    rollback: &Rollback,
    pipeline: Option<&Pipeline<'_>>,
) {
    let wanted = pipeline.map_or_else(AfterRollback::default, |pipeline| pipeline.config.after_rollback(name));
    if wanted == AfterRollback::Nothing || rollback.taken_away.is_empty() {
        return;
    }
    let telling = Telling {
        bad: rollback.from.clone(),
        back_to: rollback.to.clone(),
        at: draft.now,
        by: rollback.by.clone(),
        by_itself: rollback.failure.is_some(),
        failure: rollback.failure.clone().or_else(|| failed(draft, name, rollback)),
        taken_away: rollback.taken_away.clone(),
        on_top: rollback.on_top().cloned(),
        request: rollback.request,
        command: rollback.command,
        said_on: draft
            .memory
            .requests
            .get(&rollback.request)
            .and_then(|request| request.pull.there()),
        standing: Standing::Wanted,
        told: false,
        by_reverts: wanted == AfterRollback::Revert,
        reverts: match wanted {
            AfterRollback::Revert => Revert::of(&rollback.taken_away),
            AfterRollback::Issue | AfterRollback::Nothing => Vec::new(),
        },
    };
    if let Some(way_back) = draft.memory.ways_back.get(name).cloned() {
        draft.change(Change::WayBack(Box::new(way_back.with_telling(telling))));
    }
}

/// How the deployment failed of what was taken away.
fn failed(draft: &Draft<'_>, name: &EnvironmentName, rollback: &Rollback) -> Option<Failure> {
    let stays = draft.memory.stays.get(name)?;
    let stay = stays.stays.iter().rfind(|stay| stay.commit == rollback.from)?;
    match &stay.state {
        State::Failed { log, .. } => Some(Failure { log: log.clone() }),
        _ => None,
    }
}

fn of<'d>(draft: &'d Draft<'_>, name: &EnvironmentName, rollback: &Rollback) -> Option<&'d Telling> {
    let way_back = draft.memory.ways_back.get(name)?;
    way_back.tellings.iter().rfind(|telling| telling.is_about(rollback))
}

/// Whether something came of it that the answer to the rollback does not say yet.
pub(super) fn has_news(draft: &Draft<'_>, name: &EnvironmentName, rollback: &Rollback) -> bool {
    of(draft, name, rollback).is_some_and(|telling| telling.standing != Standing::Wanted && !telling.told)
}

/// What the answer to a rollback says of it.
pub(super) struct InAnswer {
    pub said: Option<String>,
    /// There will be more to say.
    pub is_open: bool,
}

/// For the answer to the rollback, which says so from now on.
pub(super) fn tell(draft: &mut Draft<'_>, name: &EnvironmentName, rollback: &Rollback) -> InAnswer {
    let nothing = InAnswer {
        said: None,
        is_open: false,
    };
    let Some(telling) = of(draft, name, rollback).cloned() else {
        return nothing;
    };
    let issue = match &telling.standing {
        Standing::Wanted => {
            return InAnswer {
                is_open: true,
                ..nothing
            };
        }
        Standing::Opened { issue } => Some(words::told_in(*issue)),
        Standing::Reverted => None,
        Standing::Refused(refusal) => Some(words::not_told(refusal)),
    };
    let said: Vec<String> = words::reverts(&telling).into_iter().chain(issue).collect();
    let said = said.join(" ");
    put(draft, name, Telling { told: true, ..telling });
    InAnswer {
        said: Some(said),
        is_open: false,
    }
}

fn put(draft: &mut Draft<'_>, name: &EnvironmentName, telling: Telling) {
    if let Some(way_back) = draft.memory.ways_back.get(name).cloned() {
        let next = way_back.with_telling(telling);
        if next != way_back {
            draft.change(Change::WayBack(Box::new(next)));
        }
    }
}

/// Takes everything that is told a step further.
pub(super) fn keep(draft: &mut Draft<'_>) {
    for way_back in draft.memory.ways_back.values().cloned().collect::<Vec<_>>() {
        for telling in &way_back.tellings {
            let _: Option<()> = advance(draft, &way_back, telling);
        }
    }
}

/// `None` while facts are being asked for.
fn advance(draft: &mut Draft<'_>, way_back: &WayBack, telling: &Telling) -> Option<()> {
    let is_away = way_back.is_away(telling);
    match telling.standing {
        Standing::Wanted => {
            let next = telling.reverts.iter().find(|one| one.standing == Reverting::Wanted);
            match next {
                Some(next) => revert(draft, way_back, telling, next.feature),
                None if telling.is_all_reverted() => {
                    let standing = Standing::Reverted;
                    put(
                        draft,
                        &way_back.environment,
                        Telling {
                            standing,
                            ..telling.clone()
                        },
                    );
                    Some(())
                }
                None => open(draft, way_back, telling),
            }
        }
        _ if is_away => Some(()),
        Standing::Opened { issue } => {
            let found = draft.fact(draft.snapshot.issue.get(&issue), || Need::Issue(issue))?;
            match found {
                Found::It(found) if found.open => draft.effect(Effect::CloseIssue {
                    environment: way_back.environment.clone(),
                    issue,
                    body: Some(words::all_back(&found.body, &way_back.environment)),
                }),
                _ => forget(draft, way_back, telling),
            }
            Some(())
        }
        Standing::Reverted | Standing::Refused(_) => {
            forget(draft, way_back, telling);
            Some(())
        }
    }
}

fn forget(draft: &mut Draft<'_>, way_back: &WayBack, telling: &Telling) {
    if let Some(known) = draft.memory.ways_back.get(&way_back.environment).cloned() {
        draft.change(Change::WayBack(Box::new(known.without_telling(telling))));
    }
}

/// What was sent once is looked for; `Some` inside where nothing more is to be sent.
fn before_sending(
    draft: &mut Draft<'_>,
    way_back: &WayBack,
    telling: &Telling,
    key: &str,
    mark: &str,
) -> Option<Option<Sent>> {
    let sent = draft.memory.unconfirmed.get(key).and_then(|begun| begun.sent_at);
    match sent {
        Some(sent_at) => {
            let found = found(draft, telling, mark, sent_at)?;
            if found.is_some() {
                draft.change(Change::Forget { effect: key.to_owned() });
            }
            Some(found)
        }
        // All of it came back before anybody was told.
        None if !way_back.is_away(telling) => {
            forget(draft, way_back, telling);
            None
        }
        None => Some(None),
    }
}

fn open(draft: &mut Draft<'_>, way_back: &WayBack, telling: &Telling) -> Option<()> {
    let name = &way_back.environment;
    let mark = telling.mark(name);
    let sent = before_sending(draft, way_back, telling, &Effect::open_issue_key(&mark), &mark)?;
    if let Some(sent) = sent {
        let standing = match sent {
            Sent::Found(issue) => Standing::Opened { issue },
            Sent::NoTelling(refusal) => Standing::Refused(refusal),
        };
        put(
            draft,
            name,
            Telling {
                standing,
                ..telling.clone()
            },
        );
        return Some(());
    }
    let (title, body) = words_of(draft, name, telling, |told| (words::title(told), words::body(told)))?;
    draft.effect(Effect::OpenIssue {
        environment: name.clone(),
        title,
        body,
        mark,
    });
    Some(())
}

fn revert(draft: &mut Draft<'_>, way_back: &WayBack, telling: &Telling, feature: PullNumber) -> Option<()> {
    let name = &way_back.environment;
    let mark = telling.mark_of_revert(name, feature);
    let sent = before_sending(draft, way_back, telling, &Effect::revert_pull_key(&mark), &mark)?;
    if let Some(sent) = sent {
        let standing = match sent {
            Sent::Found(IssueNumber(pull)) => Reverting::Opened { pull: PullNumber(pull) },
            Sent::NoTelling(refusal) => Reverting::Refused(refusal),
        };
        put(draft, name, telling.with_revert(feature, standing));
        return Some(());
    }
    let body = words_of(draft, name, telling, |told| words::revert(told, feature))?;
    draft.effect(Effect::RevertPull {
        environment: name.clone(),
        mark,
        pull: feature,
        body,
    });
    Some(())
}

fn words_of<T>(
    draft: &mut Draft<'_>,
    name: &EnvironmentName,
    telling: &Telling,
    made: impl FnOnce(&words::Told<'_>) -> T,
) -> Option<T> {
    let found = draft.pipeline()?;
    let repository = draft.repository()?;
    let config = found.map(|pipeline| pipeline.config.into_owned()).unwrap_or_default();
    Some(made(&words::Told {
        environment: name,
        place: config.environment(name),
        telling,
        hold: draft.memory.holds.get(name),
        repository,
        config: &config,
    }))
}

/// What became of something that was sent once.
enum Sent {
    /// It has this number: pull requests are counted with the issues.
    Found(IssueNumber),
    /// GitHub does not tell, so it is not sent again.
    NoTelling(Refusal),
}

/// `None` inside where it is not there.
fn found(draft: &mut Draft<'_>, telling: &Telling, mark: &str, sent_at: Timestamp) -> Option<Option<Sent>> {
    let settled_at = sent_at + LATE_WAIT;
    if draft.now < settled_at {
        draft.look_again_at(settled_at);
        return None;
    }
    let since = telling.at - CLOCKS_DIFFER;
    let found = draft.fact(draft.snapshot.issues.get(&since), || Need::Issues(since))?;
    Some(match found {
        Found::It(marked) => {
            let ours = marked.iter().find(|(found, _)| found == mark);
            ours.map(|(_, number)| Sent::Found(*number))
        }
        Found::Missing => Some(Sent::NoTelling(Refusal::Missing)),
        Found::Unreadable(permission) => Some(Sent::NoTelling(Refusal::PermissionMissing {
            permission: permission.clone(),
        })),
    })
}
