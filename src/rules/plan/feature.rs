//! Features on their way into mainline: how each stands, when an acceptance ends, and when it is merged.
//!
//! T1 A feature is merged only at the head that an owner accepted, as her card showed it, and only while its checks are green.
//! T2 A push, a label taken off, an edited comment or a lost right ends an acceptance, and that is told.
//! T3 Pull requests without the label, and without a card, are not touched.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::super::authority::{Act, Verdict as May};
use super::super::checks;
use super::super::effect::Effect;
use super::super::feature::{Acceptance, Card, Ended, NotReady, Ready, Stand, WhyEnded};
use super::super::id::{BranchName, Person, PullNumber};
use super::super::learn;
use super::super::memory::{Change, Entry, EntryKind};
use super::super::snapshot::{Need, Pull, Range};
use super::super::stay::{Stays, UnderWay};
use super::super::words;
use super::{Draft, Pipeline, buttons, last_look, preview, promote, request, running, taken_back};

/// A merge may have come to GitHub a while after it was sent, and be shown a while after it came.
const SHOWN_LATE_WAIT: SignedDuration = SignedDuration::from_secs(60);

/// Takes every feature a step further, where there is a reason to look at it.
pub(super) fn advance(draft: &mut Draft<'_>) {
    if !anything_happened(draft) {
        return;
    }
    // A broken file shuts the gates and is told in answers; the cards stay as they are.
    let Some(Ok(pipeline)) = draft.pipeline() else { return };
    for number in to_look_at(draft, &pipeline) {
        step(draft, &pipeline, number);
    }
}

/// Known without a single request.
pub(super) fn anything_happened(draft: &Draft<'_>) -> bool {
    draft.heard.everything || !draft.heard.labelled.is_empty() || draft.memory.cards.values().any(|c| is_due(draft, c))
}

/// The features that something happened to, and the pull requests that may have become features.
pub(super) fn to_look_at(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>) -> BTreeSet<PullNumber> {
    let due = draft.memory.cards.values().filter(|card| is_due(draft, card));
    let mut found: BTreeSet<PullNumber> = due.map(|card| card.pull).collect();
    found.extend(&draft.heard.labelled);
    if draft.heard.everything {
        let mainline = &pipeline.repository.default_branch;
        let open = draft.fact(draft.snapshot.open_pulls.get(mainline), || {
            Need::OpenPulls(mainline.clone())
        });
        let label = pipeline.config.ready_label();
        let labelled = open.into_iter().flatten().filter(|pull| pull.has_label(label));
        found.extend(labelled.map(|pull| pull.number));
    }
    found
}

fn is_due(draft: &Draft<'_>, card: &Card) -> bool {
    let heard = draft.heard;
    let spoken_of = heard.requests();
    let is_spoken_of = draft.memory.requests.values().any(|request| {
        let unanswered = request.answers.iter().any(|answer| answer.text.is_empty());
        request.pull == card.pull && (unanswered || spoken_of.contains(&request.id))
    });
    let own_news = heard.pulls.contains(&card.pull) || is_spoken_of;
    let on_its_way = heard.everything
        || heard.checks.contains(&card.head)
        || is_moved_under(draft, card)
        || draft
            .memory
            .unconfirmed
            .contains_key(&format!("merge:{}:{}", card.pull, card.head));
    let goes_on = card.under_way.as_ref().is_some_and(|seen| is_changed(draft, seen));
    own_news
        || is_half_written(draft, card)
        || preview::is_due(draft, card.pull)
        || (!card.finished && (on_its_way || goes_on))
}

/// What was under way there goes on, or is there no more.
fn is_changed(draft: &Draft<'_>, seen: &UnderWay) -> bool {
    let now = draft.memory.stays.get(&seen.environment).and_then(Stays::under_way);
    now.as_ref() != Some(seen)
}

/// Something of ours was sent, and nobody knows what became of it.
fn is_half_written(draft: &Draft<'_>, card: &Card) -> bool {
    let unconfirmed = &draft.memory.unconfirmed;
    unconfirmed.contains_key(&format!("card:{}", card.pull))
        || unconfirmed.contains_key(&Effect::set_buttons_key(card.pull, &card.head))
}

/// Mainline matters to every feature, an environment's branch only to those that are merged.
fn is_moved_under(draft: &Draft<'_>, card: &Card) -> bool {
    let moved =
        |branch: &BranchName| draft.heard.branches.contains_key(branch) || draft.snapshot.moved.contains(branch);
    let gaps = &draft.memory.gaps;
    let is_environment = |branch: &BranchName| gaps.values().any(|gap| gap.base == *branch);
    if gaps.is_empty() {
        return !draft.heard.branches.is_empty() || !draft.snapshot.moved.is_empty();
    }
    gaps.values().any(|gap| {
        moved(&gap.head) && (card.merged_as.is_some() || !is_environment(&gap.head))
            || moved(&gap.base) && card.merged_as.is_some()
    })
}

/// `None` while facts are being asked for.
fn step(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, number: PullNumber) -> Option<()> {
    let found = draft.snapshot.pulls.get(&number);
    let pull = draft.fact(found, || Need::Pull(number))?.as_ref()?;
    let card = known_or_new(draft, pipeline, pull)?;
    let stand = stand(draft, pipeline, &card, pull)?;
    let mut next = follow(draft, pipeline, &card, pull, &stand);
    if let (false, Stand::Ready(ready)) = (next.ready_told, &stand) {
        next.ready_told = true;
        draft.change(Change::Ledger(made_ready(pull, &ready.by)));
    }
    if draft.memory.cards.get(&number) != Some(&next) {
        draft.change(Change::Card(Box::new(next.clone())));
    }
    match &stand {
        Stand::InProgress(NotReady::SentBack) => {
            let label = pipeline.config.ready_label();
            if pull.has_label(label) {
                let (pull, label) = (pull.number, label.to_owned());
                draft.effect(Effect::RemoveLabel { pull, label });
            }
        }
        Stand::Ready(ready) => {
            merge_when_wanted(draft, pipeline, &next, pull, ready)?;
            forget_merge_not_wanted(draft, pull);
        }
        _ => {}
    }
    Some(())
}

/// For the ledger, with the title that it had then: from here on it waits for others.
fn made_ready(pull: &Pull, by: &Person) -> Entry {
    Entry {
        kind: EntryKind::Ready,
        who: Some(by.clone()),
        pull: Some(pull.number),
        request: None,
        environment: None,
        before: None,
        after: Some(pull.head_sha.clone()),
        why: pull.title.clone(),
        gates: Vec::new(),
        features: Vec::new(),
    }
}

/// The card of this feature; a new one for a pull request that has just become one.
fn known_or_new(draft: &Draft<'_>, pipeline: &Pipeline<'_>, pull: &Pull) -> Option<Card> {
    let is_new =
        pull.open && pull.base == pipeline.repository.default_branch && pull.has_label(pipeline.config.ready_label());
    let known = draft.memory.cards.get(&pull.number).cloned();
    known.or_else(|| is_new.then(|| Card::new(pull.number, pull.head_sha.clone())))
}

/// How the feature stands, by what GitHub says now.
pub(super) fn stand(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, card: &Card, pull: &Pull) -> Option<Stand> {
    let mainline = &pipeline.repository.default_branch;
    if pull.base != *mainline {
        return Some(Stand::Elsewhere);
    }
    if pull.merged {
        return in_mainline(draft, pipeline, card, pull);
    }
    if !pull.open {
        return Some(Stand::Closed);
    }
    let by = match labeller(draft, pipeline, card, pull)? {
        Ok(by) => by,
        Err(not_ready) => return Some(Stand::InProgress(not_ready)),
    };
    let checks = last_look::judged_for_mainline(draft, pipeline, &pull.head_sha)?;
    Some(Stand::Ready(Ready {
        by,
        checks,
        draft: pull.draft,
        conflict: pull.mergeable == Some(false),
        fork: pull.head_repo != Some(pipeline.repository.id),
    }))
}

/// Who made it ready, or why it is not.
fn labeller(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    card: &Card,
    pull: &Pull,
) -> Option<Result<super::super::id::Person, NotReady>> {
    let label = pipeline.config.ready_label();
    if !pull.has_label(label) {
        let was_sent_back = card.rejection.is_some();
        return Some(Err(if was_sent_back {
            NotReady::SentBack
        } else {
            NotReady::NoLabel
        }));
    }
    let which = (pull.number, label.to_owned());
    let found = draft.snapshot.labellers.get(&which);
    let labelled = draft.fact(found, || Need::Labeller(which.0, which.1.clone()))?;
    let (Some(by), Some(at)) = (
        labelled.as_ref().and_then(|labelled| labelled.by.clone()),
        labelled.as_ref().map(|labelled| labelled.at),
    ) else {
        return Some(Err(NotReady::LabelledBy { who: None, why: None }));
    };
    if card.rejection.as_ref().is_some_and(|rejection| at <= rejection.at) {
        return Some(Err(NotReady::SentBack));
    }
    Some(match request::verdict(draft, &by, Act::Ready, pipeline)? {
        May::Refused(why) => Err(NotReady::LabelledBy {
            who: Some(by),
            why: Some(why),
        }),
        _ => Ok(by),
    })
}

/// Which environments have it running: those whose branch has the commit that it became, as far as more than the branch tells.
fn in_mainline(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, card: &Card, pull: &Pull) -> Option<Stand> {
    let (mut reached, mut under_way) = (Vec::new(), None);
    for stage in pipeline.stages() {
        let name = &stage.environment.name;
        let Some(commit) = &pull.merge_commit else { break };
        let way_back = draft.memory.ways_back.get(name);
        if way_back.is_some_and(|known| known.mark_of(pull.number).is_some()) {
            break;
        }
        if !card.reached.contains(name) {
            let Range::Between(between) = draft.range(&stage.environment.branch, stage.from)? else {
                break;
            };
            if between.holds(commit) || !promote::is_there(draft, between, commit)? {
                break;
            }
            if taken_back::lacks(draft, between, pull.number)? {
                break;
            }
            under_way = running::under_way(draft, stage, &between.base_at);
            if under_way.is_some() {
                break;
            }
        }
        reached.push(name.clone());
    }
    Some(Stand::InMainline { reached, under_way })
}

/// Brings what is remembered in line with how the feature stands, and ends an acceptance that does not count any more.
fn follow(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, card: &Card, pull: &Pull, stand: &Stand) -> Card {
    let mut next = card.clone();
    next.head = pull.head_sha.clone();
    next.merge_refused.take_if(|(head, _)| *head != pull.head_sha);
    let pushed = || WhyEnded::Pushed {
        by: draft.heard.pushed_by.get(&pull.number).cloned(),
    };
    let is_other_head = card.acceptance.as_ref().is_some_and(|one| one.head != pull.head_sha);
    let why = match stand {
        Stand::Ready(_) | Stand::InMainline { .. } => is_other_head.then(pushed),
        Stand::InProgress(_) | Stand::Elsewhere => Some(WhyEnded::TakenBack),
        Stand::Closed => Some(WhyEnded::Closed),
    };
    if let Some(why) = why {
        end_acceptance(draft, pipeline, &mut next, pull, why);
    }
    forget_merges_not_made(draft, pull, stand);
    match stand {
        Stand::Ready(_) => {
            next.rejection = None;
            next.finished = false;
        }
        Stand::InProgress(_) => next.finished = false,
        Stand::InMainline { reached, .. } => {
            next.merged_as.clone_from(&pull.merge_commit);
            next.reached.clone_from(reached);
            tell_lost_merge(draft, pull);
            tell_merged(draft, pipeline, &mut next);
        }
        Stand::Closed | Stand::Elsewhere => {}
    }
    next
}

/// A merge that was intended and cut off, and that nobody wants any more: GitHub has just said that it did not happen.
fn forget_merges_not_made(draft: &mut Draft<'_>, pull: &Pull, stand: &Stand) {
    let of_this = format!("merge:{}:", pull.number);
    let is_open = matches!(stand, Stand::Ready(_) | Stand::InMainline { .. });
    let wanted = is_open.then(|| format!("{of_this}{}", pull.head_sha));
    let keys = draft.memory.unconfirmed.keys();
    let gone = keys.filter(|key| key.starts_with(&of_this) && Some(*key) != wanted.as_ref());
    for effect in gone.cloned().collect::<Vec<_>>() {
        draft.change(Change::Forget { effect });
    }
}

/// The same of this head, where it is open and nobody wants it any more: somebody else may merge it, and that is not ours to
/// claim. What was sent is given time to show.
fn forget_merge_not_wanted(draft: &mut Draft<'_>, pull: &Pull) {
    let effect = format!("merge:{}:{}", pull.number, pull.head_sha);
    let Some(begun) = draft.memory.unconfirmed.get(&effect) else {
        return;
    };
    if draft.plan.effects.iter().any(|wished| wished.key() == effect) {
        return;
    }
    match begun.sent_at.map(|at| at + SHOWN_LATE_WAIT) {
        Some(shows_at) if draft.now < shows_at => draft.look_again_at(shows_at),
        _ => draft.change(Change::Forget { effect }),
    }
}

/// A merge that was sent and whose answer never came is told of once the feature is found in mainline.
fn tell_lost_merge(draft: &mut Draft<'_>, pull: &Pull) {
    let key = format!("merge:{}:{}", pull.number, pull.head_sha);
    let Some(begun) = draft.memory.unconfirmed.get(&key).cloned() else {
        return;
    };
    if let (Some(_), Some(commit)) = (begun.sent_at, &pull.merge_commit) {
        for change in learn::merged(&draft.memory, pull.number, &pull.head_sha, commit) {
            draft.change(change);
        }
    }
    draft.change(Change::Forget { effect: key });
}

/// Ends an acceptance whose feature is not merged, with a last word where it was said.
pub(super) fn end_acceptance(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    card: &mut Card,
    pull: &Pull,
    why: WhyEnded,
) {
    let Some(ended) = card.acceptance.take_if(|acceptance| !acceptance.told) else {
        return;
    };
    let text = words::feature::ended(&ended, &why, pull, &pipeline.config);
    draft.change(Change::Ledger(entry(
        card,
        &ended,
        EntryKind::AcceptanceEnded,
        first_line(&text),
    )));
    request::set_answer(draft, ended.request, ended.command, text, true);
    card.ended = Some(Ended {
        accepted_by: ended.by,
        why,
    });
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

pub(super) fn entry(card: &Card, acceptance: &Acceptance, kind: EntryKind, why: String) -> Entry {
    Entry {
        kind,
        who: Some(acceptance.by.clone()),
        pull: Some(card.pull),
        request: Some(acceptance.request),
        environment: None,
        before: None,
        after: Some(acceptance.head.clone()),
        why,
        gates: Vec::new(),
        features: Vec::new(),
    }
}

/// The last word on an acceptance. One that goes on into an environment is decided there, as of a merged feature.
fn tell_merged(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, card: &mut Card) {
    let Some(acceptance) = card.acceptance.as_mut().filter(|acceptance| !acceptance.told) else {
        return;
    };
    acceptance.told = true;
    if acceptance.then.is_none() {
        let mainline = &pipeline.repository.default_branch;
        let text = words::feature::merged(mainline, pipeline.config.environments.first());
        request::set_answer(draft, acceptance.request, acceptance.command, text, true);
    }
}

/// Merges a feature that is wanted and green, or says what it still waits for.
fn merge_when_wanted(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    card: &Card,
    pull: &Pull,
    ready: &Ready,
) -> Option<()> {
    let accepted = card.accepted(&pull.head_sha).cloned();
    if pipeline.config.needs_acceptance() && accepted.is_none() {
        return Some(());
    }
    if ready.draft || ready.conflict || ready.checks.state != checks::State::Green {
        tell_waiting(draft, pipeline, card, accepted.as_ref(), ready);
        return Some(());
    }
    if let Some(acceptance) = &accepted
        && let Some(why) = why_void(draft, pipeline, acceptance, pull)?
    {
        let mut next = card.clone();
        end_acceptance(draft, pipeline, &mut next, pull, why);
        draft.change(Change::Card(Box::new(next)));
        return Some(());
    }
    if buttons::stand_in_the_way(draft, pipeline, card, pull)? {
        return Some(());
    }
    // The checks are read again as the last thing before the merge; the head is guarded by the merge itself.
    if last_look::judged_last_for_mainline(draft, pipeline, &pull.head_sha)?.state != checks::State::Green {
        draft.plan.outdated = true;
        return None;
    }
    let read_at = draft.snapshot.checks.get(&pull.head_sha).map(|read| read.at)?;
    let merge = Effect::MergePull {
        pull: pull.number,
        base: pull.base.clone(),
        head: pull.head_sha.clone(),
        method: method(pipeline),
        read_at,
    };
    if draft.snapshot.refused.contains(&merge.key()) {
        tell_waiting(draft, pipeline, card, accepted.as_ref(), ready);
    }
    draft.effect(merge);
    Some(())
}

/// As configured, else the first that the repository allows.
fn method(pipeline: &Pipeline<'_>) -> super::super::config::MergeMethod {
    let allowed = pipeline.repository.merge_methods.first().copied();
    let configured = pipeline.config.merge_method;
    configured
        .or(allowed)
        .unwrap_or(super::super::config::MergeMethod::Squash)
}

/// Her word and her right to say it, read again as close to the merge as the checks are.
fn why_void(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    acceptance: &Acceptance,
    pull: &Pull,
) -> Option<Option<WhyEnded>> {
    if request::said_unchanged(draft, acceptance.request)?.is_none() {
        return Some(Some(WhyEnded::CommentChanged));
    }
    let author = pull.author.as_ref();
    Some(
        match request::verdict(draft, &acceptance.by, Act::Accept { author }, pipeline)? {
            May::Refused(_) => Some(WhyEnded::NotAllowed),
            _ => None,
        },
    )
}

fn tell_waiting(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    card: &Card,
    accepted: Option<&Acceptance>,
    ready: &Ready,
) {
    if let Some(acceptance) = accepted {
        let refusal = card.merge_refused.as_ref().map(|(_, refusal)| refusal);
        let mainline = &pipeline.repository.default_branch;
        let text = words::feature::accepted(acceptance, ready, refusal, mainline);
        request::set_answer(draft, acceptance.request, acceptance.command, text, false);
    }
}
