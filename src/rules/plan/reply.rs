//! Answers on GitHub: one reply per request, edited as its answers change, whatever crashes between.

use jiff::SignedDuration;

use super::super::effect::Effect;
use super::super::memory::{Change, Reply, Request, Unconfirmed};
use super::super::snapshot::Need;
use super::{Draft, courtesy};

/// A reply whose sending was cut off may still appear on GitHub; only after this is it looked for, so that it is not
/// written a second time beside the first.
const LATE_REPLY_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// Writes or edits every reply whose text is not what GitHub last confirmed.
pub(super) fn write(draft: &mut Draft<'_>) {
    let open: Vec<Request> = draft
        .memory
        .requests
        .values()
        .filter(|request| !request.is_settled())
        .cloned()
        .collect();
    for request in open {
        let decided = request.answers.iter().all(|answer| !answer.text.is_empty());
        let in_words = request.reply.is_some() || courtesy::is_admitted(draft, &request);
        if decided && in_words && !request.unanswerable {
            write_one(draft, &request);
        }
    }
}

fn write_one(draft: &mut Draft<'_>, request: &Request) {
    let body = request.body();
    match &request.reply {
        Some(reply) if reply.body == body => {}
        Some(reply) => {
            let (request, reply) = (request.id, reply.comment);
            draft.effect(Effect::EditReply { request, reply, body });
        }
        None => {
            let effect = Effect::Reply {
                request: request.id,
                pull: request.pull,
                body,
            };
            match draft.memory.unconfirmed.get(&effect.key()).cloned() {
                Some(Unconfirmed {
                    sent_at: Some(sent_at), ..
                }) => find_first(draft, request, effect, sent_at),
                _ => draft.effect(effect),
            }
        }
    }
}

/// The reply was sent once and nothing is known of it: it is taken over if GitHub has it, and written if not.
fn find_first(draft: &mut Draft<'_>, request: &Request, effect: Effect, sent_at: jiff::Timestamp) {
    let settled_at = sent_at + LATE_REPLY_WAIT;
    if draft.now < settled_at {
        draft.look_again_at(settled_at);
        return;
    }
    let found = draft.snapshot.replies.get(&request.id).copied();
    let need = || Need::Reply {
        request: request.id,
        pull: request.pull,
        since: request.asked_at,
    };
    let Some(found) = draft.fact(found, need) else { return };
    match found {
        Some(comment) => {
            // What it says is not known, so it is set once more.
            let reply = Some(Reply {
                comment,
                body: String::new(),
            });
            draft.change(Change::Forget { effect: effect.key() });
            draft.change(Change::Request(Request {
                reply,
                ..request.clone()
            }));
        }
        None => draft.effect(effect),
    }
}
