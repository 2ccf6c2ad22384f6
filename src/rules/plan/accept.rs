//! What an owner's word on a feature means: `/accept`, `/reject`, and `/promote` on one that is not merged yet.

use super::super::authority::{Act, Verdict as May};
use super::super::feature::{Acceptance, Card, Rejection, WhyEnded};
use super::super::id::EnvironmentName;
use super::super::memory::{Change, EntryKind, Request, Said};
use super::super::snapshot::Pull;
use super::super::words;
use super::request::Decision;
use super::{Draft, Pipeline, Stage, feature, promote, request};

/// Decides an `/accept`; `then` says where the feature goes by itself once it is merged.
pub(super) fn accept(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    asked: &Request,
    command: usize,
    then: Option<&EnvironmentName>,
) -> Option<Decision> {
    let pull = match feature_here(draft, pipeline, asked)? {
        Ok(pull) => pull,
        Err(text) => return Some(Decision::answer(text)),
    };
    let author = pull.author.as_ref();
    if let May::Refused(why) = request::verdict(draft, &asked.asked_by, Act::Accept { author }, pipeline)? {
        return Some(refused(asked, words::feature::may_not_accept(&why)));
    }
    let config = &pipeline.config;
    if !config.needs_acceptance() {
        return Some(Decision::answer(words::feature::acceptance_is_off(config)));
    }
    let card = draft.memory.cards.get(&pull.number).cloned();
    let Some(card) = card.filter(|_| pull.has_label(config.ready_label())) else {
        return Some(Decision::answer(words::feature::not_ready(config)));
    };
    let shown = match &asked.said {
        Some(Said::ByButton { head, .. }) => Some(head),
        Some(Said::OnBoard { showed, .. }) => showed.commit.as_ref(),
        _ => card.shown_at(asked.asked_at),
    };
    let Some(shown) = shown else {
        return Some(Decision::answer(words::feature::not_shown_yet()));
    };
    // A review says itself which commit it looked at; that and what the card showed both have to be the present one.
    let shown = match &asked.said {
        Some(Said::InReview { commit: None, .. }) => {
            return Some(refused(asked, words::feature::looked_at_gone()));
        }
        Some(Said::InReview {
            commit: Some(looked_at),
            ..
        }) if *shown == pull.head_sha => looked_at,
        _ => shown,
    };
    if *shown != pull.head_sha {
        let by = draft.heard.pushed_by.get(&pull.number);
        let text = words::feature::pushed_since(shown, &pull.head_sha, by);
        return Some(refused(asked, text));
    }
    if card.had_another_head_since(asked.asked_at, shown) {
        let by = draft.heard.pushed_by.get(&pull.number);
        return Some(refused(asked, words::feature::pushed_and_taken_back(shown, by)));
    }
    if let (Some(earlier), None) = (card.accepted(&pull.head_sha), then) {
        return Some(Decision::answer(words::feature::accepted_already(earlier)));
    }
    Some(Decision::Accept(Acceptance {
        by: asked.asked_by.clone(),
        head: pull.head_sha.clone(),
        request: asked.id,
        command,
        then: then.cloned(),
        told: false,
    }))
}

/// Remembers an acceptance. An earlier one of the same head makes way and says so.
pub(super) fn remember(draft: &mut Draft<'_>, asked: &Request, acceptance: Acceptance) {
    let Some(mut card) = draft.memory.cards.get(&asked.pull).cloned() else {
        return;
    };
    if let Some(earlier) = card.acceptance.take_if(|earlier| !earlier.told) {
        let text = words::feature::superseded(&acceptance.by);
        request::set_answer(draft, earlier.request, earlier.command, text, true);
    }
    let why = "accepted as it was shown; it is merged once it is green".to_owned();
    draft.change(Change::Ledger(feature::entry(
        &card,
        &acceptance,
        EntryKind::Accepted,
        why,
    )));
    card.ended = None;
    card.acceptance = Some(acceptance);
    draft.change(Change::Card(Box::new(card)));
}

/// Decides a `/reject`.
pub(super) fn reject(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, asked: &Request, why: &str) -> Option<Decision> {
    let pull = match feature_here(draft, pipeline, asked)? {
        Ok(pull) => pull,
        Err(text) => return Some(Decision::answer(text)),
    };
    if let May::Refused(why) = request::verdict(draft, &asked.asked_by, Act::SendBack, pipeline)? {
        return Some(refused(asked, words::feature::may_not_reject(&why)));
    }
    let card = draft.memory.cards.get(&pull.number).cloned();
    let Some(mut card) = card.filter(|_| pull.has_label(pipeline.config.ready_label())) else {
        return Some(Decision::answer(words::feature::nothing_to_reject(&pipeline.config)));
    };
    let by = asked.asked_by.clone();
    feature::end_acceptance(draft, pipeline, &mut card, pull, WhyEnded::SentBack { by: by.clone() });
    card.rejection = Some(Rejection {
        by,
        why: why.to_owned(),
        at: asked.asked_at,
    });
    draft.change(Change::Card(Box::new(card)));
    Some(Decision::Answer {
        text: words::feature::sent_back(pull, why, &pipeline.config),
        entry: Some(request::about(asked, EntryKind::SentBack, why.to_owned())),
    })
}

/// Decides a `/promote` on a feature that is ready and not merged yet; `None` inside: it is no such thing.
pub(super) fn by_promotion(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    asked: promote::Asked<'_>,
    stage: Stage<'_>,
) -> Option<Option<Decision>> {
    let Some(pull) = draft.pull(asked.request.pull)? else {
        return Some(None);
    };
    let is_feature = pull.open && pull.base == pipeline.repository.default_branch;
    let is_ready = pull.has_label(pipeline.config.ready_label()) && pipeline.config.needs_acceptance();
    if !is_feature || !is_ready {
        return Some(None);
    }
    let first = pipeline.config.environments.first();
    let text = match first {
        Some(first) if first.name != stage.environment.name => words::feature::first_comes(stage.environment, first),
        _ if !asked.without.is_empty() => words::without::only_where_merged(stage.environment),
        _ if asked.dry_run => words::feature::whole_way(stage.environment, &pipeline.repository.default_branch),
        _ => {
            let then = Some(&stage.environment.name);
            return accept(draft, pipeline, asked.request, asked.command, then).map(Some);
        }
    };
    Some(Some(Decision::answer(text)))
}

/// The open feature that a command was written on, or what to answer instead.
fn feature_here<'a>(
    draft: &mut Draft<'a>,
    pipeline: &Pipeline<'_>,
    asked: &Request,
) -> Option<Result<&'a Pull, String>> {
    let mainline = &pipeline.repository.default_branch;
    Some(match draft.pull(asked.pull)? {
        Some(pull) if pull.base != *mainline => Err(words::feature::no_feature(mainline)),
        Some(pull) if pull.merged => Err(words::feature::merged_already(mainline)),
        Some(pull) if !pull.open => Err(words::feature::closed()),
        Some(pull) => Ok(pull),
        None => Err(words::feature::no_feature(mainline)),
    })
}

fn refused(asked: &Request, text: String) -> Decision {
    let why = text.lines().next().unwrap_or_default().to_owned();
    Decision::Answer {
        text,
        entry: Some(request::about(asked, EntryKind::Refused, why)),
    }
}

impl Card {
    /// Whether an end of this card is all that is left to tell.
    pub(super) fn is_quiet(&self, body: &str) -> bool {
        self.unwritable || self.comment.as_ref().is_some_and(|comment| comment.body == body)
    }
}
