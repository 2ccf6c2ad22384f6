//! `/cancel`: drops what waits: for its gates, for a further word, or, accepted, for its merge.

use super::super::authority::{Act, Verdict, Why};
use super::super::feature::{Acceptance, WhyEnded};
use super::super::memory::{Armed, Change, EntryKind, Request};
use super::super::offer::Offer;
use super::super::snapshot::Pull;
use super::super::words;
use super::request::{self, Decision};
use super::{Draft, Pipeline, armed, feature, offer, promote};

/// Drops what waits for the environment of this pull request, or, on a feature, what was asked there.
pub(super) fn decide(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, asked: &Request) -> Option<Decision> {
    let pull = draft.pull(asked.pull)?;
    let waiting: Vec<Armed> = draft
        .memory
        .armed
        .values()
        .filter(|armed| concerns(draft, armed, pipeline, pull, asked))
        .cloned()
        .collect();
    let mut dropped = Vec::new();
    let mut refused: Option<Why> = None;
    for armed in waiting {
        // Who asked may take their own word back, whatever has become of their rights.
        let own = armed.asked_by.id == asked.asked_by.id;
        match request::verdict(draft, &asked.asked_by, Act::Promote(&armed.environment), pipeline)? {
            Verdict::Refused(why) if !own => refused = Some(why),
            _ => dropped.push(armed),
        }
    }
    let offer = draft.memory.offers.get(&asked.pull).cloned();
    let offer = match offer.filter(Offer::is_open) {
        Some(offer) => match offer::may_drop(draft, pipeline, asked, &offer)? {
            Ok(()) => Some(offer),
            Err(why) => {
                refused = Some(why);
                None
            }
        },
        None => None,
    };
    let acceptance = match acceptance(draft, asked) {
        Some(acceptance) => match may_take_back(draft, pipeline, asked, &acceptance)? {
            Ok(()) => take_back(draft, pipeline, asked)?,
            Err(why) => {
                refused = Some(why);
                false
            }
        },
        None => false,
    };
    for armed in &dropped {
        armed::end(
            draft,
            armed,
            words::answer::cancelled(armed, &asked.asked_by),
            EntryKind::Disarmed,
        );
    }
    if let Some(offer) = &offer {
        offer::cancel(draft, asked, offer);
    }
    let text = match refused {
        Some(why) if dropped.is_empty() && offer.is_none() && !acceptance => words::answer::may_not_cancel(&why),
        _ => words::answer::cancel_done(&dropped, offer.as_ref(), acceptance),
    };
    Some(Decision::answer(text))
}

/// The acceptance of the feature here, as long as it waits for its merge.
fn acceptance(draft: &Draft<'_>, asked: &Request) -> Option<Acceptance> {
    let card = draft.memory.cards.get(&asked.pull)?;
    card.acceptance.clone().filter(|acceptance| !acceptance.told)
}

fn may_take_back(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    asked: &Request,
    acceptance: &Acceptance,
) -> Option<Result<(), Why>> {
    if acceptance.by.id == asked.asked_by.id {
        return Some(Ok(()));
    }
    Some(
        match request::verdict(draft, &asked.asked_by, Act::SendBack, pipeline)? {
            Verdict::Refused(why) => Err(why),
            _ => Ok(()),
        },
    )
}

/// Whether there was something to take back: what is merged by now stays merged.
fn take_back(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, asked: &Request) -> Option<bool> {
    let pull = draft.pull(asked.pull)?;
    let card = draft.memory.cards.get(&asked.pull).cloned();
    let (Some(pull), Some(mut card)) = (pull.filter(|pull| !pull.merged), card) else {
        return Some(false);
    };
    let by = asked.asked_by.clone();
    feature::end_acceptance(draft, pipeline, &mut card, pull, WhyEnded::Cancelled { by });
    draft.change(Change::Card(Box::new(card)));
    Some(true)
}

fn concerns(draft: &Draft<'_>, armed: &Armed, pipeline: &Pipeline<'_>, pull: Option<&Pull>, asked: &Request) -> bool {
    let asked_here = draft
        .memory
        .requests
        .get(&armed.request)
        .is_some_and(|other| other.pull == asked.pull);
    let of_this_pull = pull.is_some_and(|pull| {
        let stage = pipeline
            .stages()
            .into_iter()
            .find(|stage| promote::is_promotion_pull(pipeline, *stage, pull));
        stage.is_some_and(|stage| stage.environment.name == armed.environment)
    });
    asked_here || of_this_pull
}
