//! `/preview` and `/preview off`: what somebody may say about where a feature is shown, and how the pool stands.

use super::super::super::authority::{Act, Verdict as May};
use super::super::super::feature::{Card, Stand};
use super::super::super::memory::{Change, EntryKind, Request, Said};
use super::super::super::preview::{self, Idle, Resting, Wish};
use super::super::super::snapshot::Pull;
use super::super::super::words::preview as words;
use super::super::request::{self, Decision};
use super::super::{Draft, Pipeline, feature};
use super::hand_out;

/// Decides a `/preview`.
pub(in super::super) fn ask(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    asked: &Request,
    instance: Option<&str>,
) -> Option<Decision> {
    let pull = match feature_here(draft, pipeline, asked)? {
        Ok(pull) => pull,
        Err(text) => return Some(Decision::answer(text)),
    };
    if let Some(refused) = may(draft, pipeline, asked, Act::Preview)? {
        return Some(refused);
    }
    let previews = &pipeline.config.previews;
    if let Some(name) = instance.filter(|name| previews.iter().all(|one| one.name != *name)) {
        return Some(Decision::answer(words::unknown(name, previews)));
    }
    let card = draft.memory.cards.get(&pull.number).cloned();
    let card = card.unwrap_or_else(|| Card::new(pull.number, pull.head_sha.clone()));
    let Stand::Ready(ready) = feature::stand(draft, pipeline, &card, pull)? else {
        return Some(Decision::answer(words::not_ready(&pipeline.config)));
    };
    let mut wish = wish(draft, asked, pull);
    if ready.fork {
        if !pipeline.config.preview_forks || pull.head_repo.is_none() {
            return Some(Decision::answer(words::never_a_fork()));
        }
        if let Some(refused) = may(draft, pipeline, asked, Act::PreviewFork)? {
            return Some(refused);
        }
        // As an acceptance, the word is for what was shown.
        let shown = match &asked.said {
            Some(Said::InReview { commit, .. }) => commit.as_ref(),
            Some(Said::OnBoard { showed, .. }) => showed.commit.as_ref(),
            _ => card.shown_at(asked.asked_at),
        };
        if shown != Some(&pull.head_sha) {
            return Some(Decision::answer(words::another_version()));
        }
        wish.only = Some(pull.head_sha.clone());
    }
    wish.idle = Idle::since(draft.now);
    wish.ask(instance.map(str::to_owned), (draft.now, asked.asked_at));
    draft.change(Change::Preview(wish));
    hand_out(draft, pipeline);
    let view = super::view(draft, pipeline, pull, &Stand::Ready(ready))?;
    Some(Decision::answer(words::asked(&view, &pipeline.config)))
}

/// Decides a `/preview off`.
pub(in super::super) fn free(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, asked: &Request) -> Option<Decision> {
    if let Err(text) = feature_here(draft, pipeline, asked)? {
        return Some(Decision::answer(text));
    }
    if let Some(refused) = may(draft, pipeline, asked, Act::Preview)? {
        return Some(refused);
    }
    let known = draft.memory.previews.get(&asked.pull).cloned();
    let Some(wish) = known.filter(|wish| wish.resting.is_none()) else {
        return Some(Decision::answer(words::nothing_to_free()));
    };
    let had = wish.has.clone();
    draft.change(Change::Preview(Wish {
        resting: Some(Resting::Freed {
            by: asked.asked_by.clone(),
        }),
        to_tell: true,
        ..wish
    }));
    hand_out(draft, pipeline);
    let Some(had) = had else {
        return Some(Decision::answer(words::waits_no_more()));
    };
    let goes_to = draft.memory.previews.values().find(|wish| {
        let has = wish.has.as_ref();
        has.is_some_and(|held| held.instance == had.instance)
    });
    Some(Decision::answer(words::freed(
        &had.instance,
        goes_to.map(|wish| wish.pull),
    )))
}

/// How the pool stands; `None` without previews.
pub(in super::super) fn pool(draft: &Draft<'_>, pipeline: &Pipeline<'_>) -> Option<String> {
    let config = &pipeline.config;
    let memory = &draft.memory;
    let pool = preview::pool(&config.previews, &memory.previews, &memory.grounds);
    (!config.previews.is_empty()).then(|| words::pool(&pool, config))
}

/// What is remembered of the feature, or a new wish.
fn wish(draft: &Draft<'_>, asked: &Request, pull: &Pull) -> Wish {
    let known = draft.memory.previews.get(&pull.number).cloned();
    let wish = known.unwrap_or_else(|| {
        let asked_at = (draft.now, asked.asked_at);
        Wish::new(pull.number, pull.head_sha.clone(), asked_at)
    });
    Wish {
        head: pull.head_sha.clone(),
        ..wish
    }
}

/// `None` inside: they may.
fn may(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, asked: &Request, act: Act<'_>) -> Option<Option<Decision>> {
    Some(match request::verdict(draft, &asked.asked_by, act, pipeline)? {
        May::Refused(why) => {
            let text = words::may_not(&why);
            let first = text.lines().next().unwrap_or_default().to_owned();
            Some(Decision::Answer {
                entry: Some(request::about(asked, EntryKind::Refused, first)),
                text,
            })
        }
        _ => None,
    })
}

/// The open feature that a command was written on, or what to answer instead.
fn feature_here<'a>(
    draft: &mut Draft<'a>,
    pipeline: &Pipeline<'_>,
    asked: &Request,
) -> Option<Result<&'a Pull, String>> {
    if pipeline.config.previews.is_empty() {
        return Some(Err(words::no_previews()));
    }
    let mainline = &pipeline.repository.default_branch;
    let feature = draft
        .pull(asked.pull)?
        .filter(|pull| pull.base == *mainline && pull.open);
    Some(feature.ok_or_else(|| words::no_open_feature(mainline)))
}
