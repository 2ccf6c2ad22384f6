//! Frees a preview that nobody has use for: no push, no comment and no command for a time, and a warning on the card first.
//!
//! What people write without a command tells Greenlight nothing, so comments are looked for when the time has come, and not
//! before.

use jiff::{SignedDuration, Timestamp};

use super::super::super::memory::Change;
use super::super::super::preview::{Idle, Resting, Wish};
use super::super::super::snapshot::Need;
use super::super::{Draft, Pipeline};

/// So long before it is freed the card says so; where it is freed sooner than after two days, half of that.
const WARNED_BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// Known without a single request; otherwise it is looked at in time.
pub(super) fn is_due(draft: &mut Draft<'_>) -> bool {
    let times: Vec<Timestamp> = draft
        .memory
        .previews
        .values()
        .filter_map(|wish| wish.idle.look_at)
        .collect();
    for time in &times {
        draft.look_again_at(*time);
    }
    times.iter().any(|time| *time <= draft.now)
}

pub(super) fn advance(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>) {
    for wish in draft.memory.previews.clone().into_values() {
        let next = match wish.has.is_some() && wish.resting.is_none() {
            true => look(draft, pipeline, &wish),
            false => Some(Wish {
                idle: Idle {
                    look_at: None,
                    ..wish.idle.clone()
                },
                ..wish.clone()
            }),
        };
        if let Some(next) = next.filter(|next| *next != wish) {
            draft.change(Change::Preview(next));
        }
    }
}

/// `None` while facts are being asked for.
fn look(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, wish: &Wish) -> Option<Wish> {
    let limit = pipeline.config.preview_idle;
    let lead = WARNED_BEFORE.min(limit / 2);
    let since = wish.idle.since.unwrap_or(wish.asked_at.0);
    let due_at = match wish.idle.warned_at {
        None => since + (limit - lead),
        Some(warned_at) => warned_at + lead,
    };
    let idle = Idle {
        since: Some(since),
        look_at: Some(due_at),
        ..wish.idle.clone()
    };
    if draft.now < due_at {
        draft.look_again_at(due_at);
        return Some(Wish { idle, ..wish.clone() });
    }
    let found = draft.snapshot.last_words.get(&(wish.pull, since)).copied();
    let spoken_at = draft.fact(found, || Need::LastWord(wish.pull, since))?;
    let (idle, resting) = match (spoken_at.filter(|at| *at > since), idle.warned_at) {
        (Some(at), _) => (Idle::since(at), None),
        (None, None) => {
            let warned_at = Some(draft.now);
            let look_at = Some(draft.now + lead);
            (
                Idle {
                    warned_at,
                    look_at,
                    ..idle
                },
                None,
            )
        }
        (None, Some(_)) => (Idle::default(), Some(Resting::Idle)),
    };
    draft.look_again_at(idle.look_at.unwrap_or(draft.now));
    Some(Wish {
        idle,
        resting,
        to_tell: true,
        ..wish.clone()
    })
}
