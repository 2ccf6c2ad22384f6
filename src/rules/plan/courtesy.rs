//! How much a stranger makes Greenlight write: one reply for each person, pull request and hour. Further comments get a
//! reaction only, so that nobody can flood a conversation by way of us.
//!
//! C1 Who may accept, promote or hold anywhere here, or has the triage role, is always answered in words.
//! C2 Two replies to one stranger on one pull request are at least an hour apart, by GitHub's own times of the comments.
//! C3 Every request is answered, in words or by the reaction, and which of the two is decided once. What was asked on the board is
//!    answered in words there in any case.
//!
//! Accepted: where the configuration is broken or GitHub withholds what has to be known, nobody is known to be a stranger,
//! so everybody is answered in words.

use jiff::SignedDuration;

use super::super::authority::{Act, Verdict, Why};
use super::super::effect::Effect;
use super::super::id::RequestId;
use super::super::memory::{Answer, Change, EntryKind, Request, Turn};
use super::{Draft, request};

/// So long after a reply the same stranger gets no other one on the same pull request.
const TURN: SignedDuration = SignedDuration::from_hours(1);

/// Whether the request is to be answered in words; `false` also while that is being asked. What a person may do is only
/// read where it matters: they have had a reply here within the hour.
pub(super) fn admits(draft: &mut Draft<'_>, request: &Request) -> bool {
    if request.reply.is_some() || is_admitted(draft, request) {
        return true;
    }
    if request.unanswerable {
        return true;
    }
    let comes_too_soon = draft.memory.turns.values().any(|turn| {
        turn.person == request.asked_by.id && turn.pull == request.pull && request.asked_at < turn.at + TURN
    });
    match comes_too_soon.then(|| is_stranger(draft, request)) {
        None | Some(Some(false)) => {
            draft.change(Change::Turn(Turn {
                request: request.id,
                pull: request.pull,
                person: request.asked_by.id,
                at: request.asked_at,
            }));
            true
        }
        // The page answers; it is GitHub's conversation that nobody is to flood.
        Some(Some(true)) if matches!(request.id, RequestId::Form(_)) => {
            draft.change(Change::Request(Request {
                unanswerable: true,
                ..request.clone()
            }));
            true
        }
        Some(Some(true)) => {
            answer_by_reaction(draft, request);
            false
        }
        Some(None) => false,
    }
}

/// Whether it was decided already that the request is answered in words.
pub(super) fn is_admitted(draft: &Draft<'_>, request: &Request) -> bool {
    // Who merged did not ask for words, and merges once.
    let is_merge = matches!(request.id, RequestId::Merge(_));
    is_merge || draft.snapshot.withheld.is_some() || draft.memory.turns.contains_key(&request.id)
}

/// `None` while facts are being asked for.
fn is_stranger(draft: &mut Draft<'_>, request: &Request) -> Option<bool> {
    let Ok(pipeline) = draft.pipeline()? else {
        return Some(false);
    };
    let verdict = request::verdict(draft, &request.asked_by, Act::AskAgain, &pipeline)?;
    // A team that cannot be read may be one of owners.
    Some(matches!(verdict, Verdict::Refused(Why::NoAccess | Why::NotAnOwner(_))))
}

fn answer_by_reaction(draft: &mut Draft<'_>, request: &Request) {
    let why =
        "answered by a reaction only: somebody who may not act here had a reply on this pull request within the hour";
    draft.change(Change::Ledger(request::about(
        request,
        EntryKind::Answered,
        why.to_owned(),
    )));
    let said = |answer: &Answer| Answer {
        is_final: true,
        ..answer.clone()
    };
    draft.change(Change::Request(Request {
        answers: request.answers.iter().map(said).collect(),
        unanswerable: true,
        ..request.clone()
    }));
    // GitHub takes reactions on comments only; a review or a click that is one too many stands without.
    if let RequestId::Comment(comment) = request.id {
        draft.effect(Effect::AnswerByReaction { comment });
    }
}

/// Reactions that a crash cut off. GitHub answers the second one with the first.
pub(super) fn finish(draft: &mut Draft<'_>) {
    let begun = draft.memory.unconfirmed.values().map(|begun| begun.effect.clone());
    let reactions = begun.filter(|effect| matches!(effect, Effect::AnswerByReaction { .. }));
    for effect in reactions.collect::<Vec<_>>() {
        draft.effect(effect);
    }
}
