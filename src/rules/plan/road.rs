//! The roads by which people speak other than a comment: the summary of a review, and the buttons of a check run. They end in the
//! same commands, and are decided by the same functions.
//!
//! R1 What a delivery says is a hint: a review is read from GitHub, and a click counts only as GitHub's own log has it.
//! R2 A word said of one commit never counts for another.
//!
//! Accepted race: GitHub does not tell whether a review was edited. An edit that came before its delivery was written goes
//! unseen; any later one is seen, because the summary then differs from what was delivered or recorded.

use std::borrow::Cow;

use super::super::command::{self, Command, Misread};
use super::super::config::Config;
use super::super::id::{EnvironmentName, Person, PullNumber, RequestId, ReviewId};
use super::super::memory::{EntryKind, Request, Said};
use super::super::snapshot::{Click, Need, Review};
use super::super::words;
use super::Draft;
use super::request::{self, Decision, Utterance};

/// What was said, line by line.
pub(super) type Commands = Vec<Result<Command, Misread>>;

/// Turns reviews that deliveries told of into requests.
pub(super) fn hear_reviews(draft: &mut Draft<'_>) {
    for ((pull, review), delivered) in draft.heard.reviews.clone() {
        let id = RequestId::Review(pull, review);
        if draft.memory.requests.contains_key(&id) {
            continue;
        }
        let read = draft.snapshot.reviews.get(&(pull, review));
        let Some(Some(found)) = draft.fact(read, || Need::Review(pull, review)) else {
            continue;
        };
        if let Some(heard) = utterance(id, found, &delivered) {
            request::record(draft, heard);
        }
    }
}

fn utterance(id: RequestId, review: &Review, delivered: &str) -> Option<Utterance> {
    let mut request = request::new_request(id, review.pull, review.author.clone()?, review.submitted_at);
    // GitHub takes no reaction on a review, so there is nothing to acknowledge it by.
    request.acknowledged = true;
    request.said = Some(Said::InReview {
        body: review.body.clone(),
        commit: review.commit.clone(),
    });
    Some(Utterance {
        request,
        by_hand: review.by_hand,
        commands: command::read(&review.body).len(),
        is_changed: !request::is_same_text(delivered, &review.body),
        only_looks: false,
        written: request::command_lines(&review.body),
    })
}

/// Turns clicks into requests, each from GitHub's own copy of the delivery that told of it. What GitHub does not list was
/// never said.
pub(super) fn hear_clicks(draft: &mut Draft<'_>) {
    for delivery in draft.heard.clicks.clone() {
        let id = RequestId::Click(delivery);
        if draft.memory.requests.contains_key(&id) {
            continue;
        }
        let read = draft.snapshot.clicks.get(&delivery).cloned();
        if let Some(Some(click)) = draft.fact(read, || Need::Click(delivery)) {
            let heard = pressed(draft, id, click);
            request::record(draft, heard);
        }
    }
}

fn pressed(draft: &Draft<'_>, id: RequestId, click: Click) -> Utterance {
    let means_something =
        draft.memory.cards.contains_key(&click.pull) && words::button::command(&click.identifier).is_some();
    let by_hand = click.by_hand && click.by.is_some();
    let written = format!("the button {}", click.identifier);
    let mut request = request::new_request(id, click.pull, click.by.unwrap_or_else(Person::ghost), click.at);
    request.acknowledged = true;
    request.said = Some(Said::ByButton {
        identifier: click.identifier,
        head: click.head,
    });
    Utterance {
        request,
        by_hand,
        commands: usize::from(means_something),
        is_changed: false,
        only_looks: false,
        written,
    }
}

/// The commands of a review, if its summary is as it was recorded.
pub(super) fn in_review(
    draft: &mut Draft<'_>,
    id: RequestId,
    pull: PullNumber,
    review: ReviewId,
) -> Option<Option<Commands>> {
    let read = draft.snapshot.reviews.get(&(pull, review));
    let found = draft.fact(read, || Need::Review(pull, review))?;
    let recorded = draft.memory.requests.get(&id).and_then(|request| request.said.as_ref());
    let is_recorded =
        |now: &&Review| matches!(recorded, Some(Said::InReview { body, .. }) if request::is_same_text(body, &now.body));
    Some(found.as_ref().filter(is_recorded).map(|now| command::read(&now.body)))
}

/// The command of a button. What was pressed cannot be changed afterwards, so what was recorded counts.
pub(super) fn by_button(draft: &Draft<'_>, id: RequestId) -> Option<Commands> {
    match draft.memory.requests.get(&id)?.said.as_ref()? {
        Said::ByButton { identifier, .. } => words::button::command(identifier).map(|command| vec![Ok(command)]),
        Said::InReview { .. } | Said::OnBoard { .. } => None,
    }
}

/// A button is bound to the commit whose run showed it; `None` inside where that is still the one.
pub(super) fn pressed_too_late(draft: &mut Draft<'_>, asked: &Request) -> Option<Option<Decision>> {
    let Some(Said::ByButton { head, .. }) = &asked.said else {
        return Some(None);
    };
    let Some(pull) = draft.pull(asked.pull)?.filter(|pull| pull.head_sha != *head) else {
        return Some(None);
    };
    let by = draft.heard.pushed_by.get(&asked.pull);
    let text = words::button::pushed_since(head, &pull.head_sha, by);
    let why = text.lines().next().unwrap_or_default().to_owned();
    let entry = Some(request::about(asked, EntryKind::Refused, why));
    Some(Some(Decision::Answer { text, entry }))
}

/// A button names its environment within GitHub's few characters; everybody else writes its name.
pub(super) fn meant<'n>(asked: &Request, named: &'n EnvironmentName, config: &Config) -> Cow<'n, EnvironmentName> {
    match (&asked.said, words::button::environment(named, config)) {
        (Some(Said::ByButton { .. }), Some(environment)) => Cow::Owned(environment.name.clone()),
        _ => Cow::Borrowed(named),
    }
}
