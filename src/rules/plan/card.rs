//! The card of each feature: one comment, written once and edited in place for the rest of the feature's life.

use jiff::SignedDuration;

use super::super::effect::Effect;
use super::super::feature::{Card, Stand};
use super::super::id::PullNumber;
use super::super::memory::{Change, Reply};
use super::super::snapshot::{Need, Pull};
use super::super::words;
use super::{Draft, Pipeline, feature, preview};

/// As for replies: a card whose sending was cut off may still appear.
const LATE_CARD_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// Writes every card that does not say what is so.
pub(super) fn keep(draft: &mut Draft<'_>) {
    if !feature::anything_happened(draft) {
        return;
    }
    let Some(Ok(pipeline)) = draft.pipeline() else { return };
    for number in feature::to_look_at(draft, &pipeline) {
        keep_one(draft, &pipeline, number);
    }
}

fn keep_one(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, number: PullNumber) -> Option<()> {
    let card = draft.memory.cards.get(&number).cloned()?;
    let pull = draft.snapshot.pulls.get(&number)?.as_ref()?;
    let stand = feature::stand(draft, pipeline, &card, pull)?;
    let preview = preview::view(draft, pipeline, pull, &stand);
    let body = words::card::text(&words::card::Facts {
        config: &pipeline.config,
        mainline: &pipeline.repository.default_branch,
        pull,
        card: &card,
        stand: &stand,
        preview: preview.as_ref(),
        taken_back: &draft.memory.taken_back(pull.number),
    });
    if card.is_quiet(&body) && (card.unwritable || !says_something_else(draft, number)) {
        preview::told(draft, number);
        finish(draft, pipeline, card, &stand);
    } else {
        write(draft, card, pull, body)?;
    }
    Some(())
}

/// An edit was sent whose answer never came. What is to be said may since be what it said before that, and is said once more.
fn says_something_else(draft: &mut Draft<'_>, number: PullNumber) -> bool {
    let effect = Effect::write_card_key(number);
    let sent_at = draft.memory.unconfirmed.get(&effect).map(|begun| begun.sent_at);
    if sent_at == Some(None) {
        draft.change(Change::Forget { effect });
    }
    sent_at.flatten().is_some()
}

/// It says what is so: remember whether anything more is expected.
fn finish(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, card: Card, stand: &Stand) {
    let is_over = match stand {
        Stand::InMainline { reached, .. } => reached.len() == pipeline.config.environments.len(),
        Stand::Closed | Stand::Elsewhere => true,
        Stand::InProgress(_) | Stand::Ready(_) => false,
    };
    let mut next = card.clone();
    next.finished = is_over;
    next.under_way = match stand {
        Stand::InMainline { under_way, .. } => under_way.clone(),
        _ => None,
    };
    if next != card {
        draft.change(Change::Card(Box::new(next)));
    }
}

fn write(draft: &mut Draft<'_>, card: Card, pull: &Pull, body: String) -> Option<()> {
    let effect = Effect::WriteCard {
        pull: card.pull,
        card: card.comment.as_ref().map(|reply| reply.comment),
        body,
        shows: pull.head_sha.clone(),
    };
    if card.comment.is_some() {
        draft.effect(effect);
        return Some(());
    }
    let sent_at = draft
        .memory
        .unconfirmed
        .get(&effect.key())
        .and_then(|begun| begun.sent_at);
    if let Some(settled_at) = sent_at.map(|at| at + LATE_CARD_WAIT)
        && draft.now < settled_at
    {
        draft.look_again_at(settled_at);
        return Some(());
    }
    // One that was written before, and forgotten or cut off, is taken over: there is never a second card.
    let found = draft.snapshot.cards.get(&card.pull).copied();
    match draft.fact(found, || Need::Card(card.pull))? {
        Some(comment) => draft.change(Change::Card(Box::new(Card {
            comment: Some(Reply {
                comment,
                body: String::new(),
            }),
            ..card
        }))),
        None => draft.effect(effect),
    }
    Some(())
}
