//! The comment on a promotion pull request that somebody merged with GitHub's own button: as the answer to a command does, it
//! follows what became of that until it runs.
//!
//! It is the answer to a request that nobody wrote, so it is written once and kept true in the way of all answers.

use super::super::id::{EnvironmentName, Person, RequestId};
use super::super::memory::{Answer, Change};
use super::super::outside::{ByHand, Outside};
use super::super::snapshot::Pull;
use super::super::stay::{How, KnownBy, State, Stays};
use super::super::words;
use super::{Draft, Pipeline, Stage, deploy, request, rollback};

/// It is told from now on, in place of what was told of an earlier one.
pub(super) fn begin(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    pull: &Pull,
    (text, refused): (String, bool),
    next: &mut Outside,
) {
    if let Some(earlier) = next.by_hand.take() {
        end(draft, &earlier, &words::deployment::by_hand_replaced());
    }
    let id = RequestId::Merge(pull.number);
    let by = pull.merged_by.clone().unwrap_or_else(Person::ghost);
    let mut asked = request::new_request(id, pull.number, by, pull.updated_at);
    asked.acknowledged = true;
    let by_hand = ByHand {
        pull: pull.number,
        tip: next.tip.clone(),
        text,
        refused,
    };
    let runs = deploy::known_by(stage) == KnownBy::Push;
    let goes_on = match runs {
        true => at_rest(pipeline, stage, refused),
        false => Some(words::deployment::by_hand(&How::NotHeard)),
    };
    asked.answers = vec![Answer {
        text: whole(&by_hand.text, goes_on.as_deref()),
        is_final: runs,
    }];
    draft.change(Change::Request(asked));
    if !runs {
        next.by_hand = Some(by_hand);
    }
}

fn whole(text: &str, goes_on: Option<&str>) -> String {
    match goes_on {
        Some(goes_on) => format!("{text}\n\n{goes_on}"),
        None => text.to_owned(),
    }
}

/// It runs; who may not promote is not sent to look at it.
fn at_rest(pipeline: &Pipeline<'_>, stage: Stage<'_>, refused: bool) -> Option<String> {
    let stages = pipeline.stages();
    let next = stages.iter().find(|next| *next.from == stage.environment.branch);
    (!refused).then(|| words::outside::look_at(stage.environment, next.map(|next| next.environment)))
}

fn known(draft: &Draft<'_>, name: &EnvironmentName) -> Option<ByHand> {
    draft.memory.outside.get(name)?.by_hand.clone()
}

/// Says how it stands; the last word once it runs.
pub(super) fn tell(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, stage: Stage<'_>) {
    let name = &stage.environment.name;
    let Some(by_hand) = known(draft, name) else { return };
    let newest = draft.memory.stays.get(name).and_then(Stays::newest);
    let Some(stay) = newest.filter(|stay| stay.commit == by_hand.tip).cloned() else {
        return;
    };
    let goes_on = match stay.how() {
        None => at_rest(pipeline, stage, by_hand.refused),
        Some(how) => {
            let mut text = words::deployment::by_hand(&how);
            let is_failed = matches!(stay.state, State::Failed { .. });
            if is_failed && !rollback::ran_before(draft, name, &stay.commit).is_empty() {
                text = format!("{text} {}", words::deployment::way_back(name));
            }
            Some(text)
        }
    };
    let text = whole(&by_hand.text, goes_on.as_deref());
    request::set_answer(draft, RequestId::Merge(by_hand.pull), 0, text, stay.has_run());
    if stay.has_run() {
        let_go(draft, name);
    }
}

/// Another stay takes the place of what was merged by hand.
pub(super) fn replaced(draft: &mut Draft<'_>, name: &EnvironmentName) {
    let newest = draft.memory.stays.get(name).and_then(Stays::newest);
    let tip = newest.map(|stay| stay.commit.clone());
    if let Some(by_hand) = known(draft, name).filter(|by_hand| Some(&by_hand.tip) == tip.as_ref()) {
        end(draft, &by_hand, &words::deployment::by_hand_replaced());
        let_go(draft, name);
    }
}

/// The environment left the configuration.
pub(super) fn gone(draft: &mut Draft<'_>, name: &EnvironmentName) {
    if let Some(by_hand) = known(draft, name) {
        end(draft, &by_hand, &words::deployment::by_hand_gone(name));
        let_go(draft, name);
    }
}

fn end(draft: &mut Draft<'_>, by_hand: &ByHand, goes_on: &str) {
    let text = whole(&by_hand.text, Some(goes_on));
    request::set_answer(draft, RequestId::Merge(by_hand.pull), 0, text, true);
}

/// From now on somebody else tells of it, or nobody.
pub(super) fn let_go(draft: &mut Draft<'_>, name: &EnvironmentName) {
    if let Some(outside) = draft.memory.outside.get(name).filter(|found| found.by_hand.is_some()) {
        let by_hand = None;
        let next = Outside {
            by_hand,
            ..outside.clone()
        };
        draft.change(Change::Outside(Box::new(next)));
    }
}
