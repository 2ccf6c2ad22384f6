//! Offers: what would go is listed, and goes at a further word, just as it was listed.
//!
//! O1 Who confirms has to be allowed to promote there; who asked first need not be the one.
//! O2 A word counts only if it was written after the list, within the hour, and while the command it belongs to stands as written.
//! O3 If the environment has moved since, the list is no longer right: it is made again instead of going.
//! O4 An offer comes to one end, and that is told where it was made.

use super::super::authority::{Act, Verdict as May, Why};
use super::super::command::Named;
use super::super::feature::Card;
use super::super::id::{EnvironmentName, Person, PullNumber};
use super::super::memory::{Change, Entry, EntryKind, Request};
use super::super::offer::{Binding, Ended, Offer, Offered};
use super::super::snapshot::Range;
use super::super::stretch::{Cargo, Item};
use super::super::words;
use super::promote::{self, Listing, Wish};
use super::request::{self, Decision};
use super::{Draft, Pipeline, taken_back};

/// Lists what would go, for somebody to confirm.
pub(super) fn offered(
    draft: &Draft<'_>,
    pipeline: &Pipeline<'_>,
    wish: &Wish<'_>,
    listing: &Listing,
    carrying: &Cargo,
) -> Decision {
    let environment = &wish.stage.environment.name;
    let listed = words::offer::Listed {
        environment: wish.stage.environment,
        acceptances: acceptances(draft, pipeline, carrying),
        carrying,
        not_before: wish.not_before,
        promotion: draft.memory.gaps.get(environment).and_then(|gap| gap.pull),
        config: &pipeline.config,
    };
    let text = match listing {
        Listing::UpTo(number) => words::offer::riders(*number, &listed),
        Listing::Without { left, leaving, remarks } => words::offer::without(left, leaving, remarks, &listed),
        Listing::TakenBack => words::taken_back::comes_again(
            environment,
            &taken_back::among(draft, environment, carrying),
            carrying,
            wish.not_before,
            &pipeline.config,
        ),
        Listing::Again | Listing::Shown | Listing::OnBoard(_) | Listing::Confirmed(_) => words::offer::again(&listed),
    };
    let offer = Offer {
        pull: wish.request.pull,
        what: Offered::Promotion {
            environment: environment.clone(),
            from: wish.between.base_at.clone(),
            commit: wish.commit.clone(),
            not_before: wish.not_before,
        },
        asked_by: wish.request.asked_by.clone(),
        request: wish.request.id,
        command: wish.command,
        made_at: draft.now,
        shown: None,
        ended: None,
    };
    Decision::Offer { offer, text }
}

/// Who accepted what; nothing where nobody is asked to accept.
fn acceptances(draft: &Draft<'_>, pipeline: &Pipeline<'_>, carrying: &Cargo) -> Option<words::offer::Acceptances> {
    let by = |number: PullNumber| {
        let card: &Card = draft.memory.cards.get(&number)?;
        card.acceptance.as_ref().map(|acceptance| acceptance.by.login.clone())
    };
    let features = carrying.items.iter().filter_map(|item| match item {
        Item::Feature(feature) => Some((feature.number, by(feature.number))),
        Item::Direct(_) => None,
    });
    pipeline.config.needs_acceptance().then(|| features.collect())
}

/// Remembers an offer; its answer waits for what becomes of it.
pub(super) fn make(draft: &mut Draft<'_>, offer: Offer, text: String) {
    request::set_answer(draft, offer.request, offer.command, text, false);
    let told = entry(&offer, EntryKind::Offered, "listed, and waits for a further word");
    draft.change(Change::Ledger(told));
    draft.change(Change::Offer(offer));
}

/// What is asked for on a pull request takes the place of what was offered there.
pub(super) fn make_way(draft: &mut Draft<'_>, newer: &Request) {
    let Some(offer) = standing(draft, newer.pull) else {
        return;
    };
    let by = newer.asked_by.clone();
    let text = words::offer::replaced(offer.environment(), &by);
    end(draft, &offer, Ended::Replaced { by }, text);
}

fn standing(draft: &Draft<'_>, pull: PullNumber) -> Option<Offer> {
    draft.memory.offers.get(&pull).filter(|offer| offer.is_open()).cloned()
}

/// The end of an offer, with a last word where it was made.
fn end(draft: &mut Draft<'_>, offer: &Offer, ended: Ended, text: String) {
    let why = text.lines().next().unwrap_or_default().to_owned();
    request::set_answer(draft, offer.request, offer.command, text, true);
    draft.change(Change::Ledger(entry(offer, EntryKind::OfferEnded, &why)));
    draft.change(Change::Offer(Offer {
        ended: Some(ended),
        ..offer.clone()
    }));
}

fn entry(offer: &Offer, kind: EntryKind, why: &str) -> Entry {
    let Offered::Promotion {
        environment,
        from,
        commit,
        ..
    } = &offer.what;
    Entry {
        kind,
        who: Some(offer.asked_by.clone()),
        pull: Some(offer.pull),
        request: Some(offer.request),
        environment: Some(environment.clone()),
        before: Some(from.clone()),
        after: Some(commit.clone()),
        why: why.to_owned(),
        gates: Vec::new(),
        features: Vec::new(),
    }
}

/// Ends the offers that nobody can confirm any more.
pub(super) fn advance(draft: &mut Draft<'_>) {
    let open = draft.memory.offers.values().filter(|offer| offer.is_open());
    for offer in open.cloned().collect::<Vec<_>>() {
        if draft.now >= offer.dies_at() {
            let text = words::offer::expired(offer.environment());
            end(draft, &offer, Ended::Expired, text);
        } else {
            draft.look_again_at(offer.dies_at());
        }
    }
}

/// Ends whatever is offered into this environment.
pub(super) fn end_all_into(draft: &mut Draft<'_>, environment: &EnvironmentName, by: Option<&Person>, text: &str) {
    let offers = draft.memory.offers.values();
    let open = offers.filter(|offer| offer.is_open() && offer.environment() == environment);
    for offer in open.cloned().collect::<Vec<_>>() {
        let by = by.cloned();
        end(draft, &offer, Ended::RolledBack { by }, text.to_owned());
    }
}

/// Whether this person may drop the offer: who asked may take their own word back, whatever has become of their rights.
pub(super) fn may_drop(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    asked: &Request,
    offer: &Offer,
) -> Option<Result<(), Why>> {
    if offer.asked_by.id == asked.asked_by.id {
        return Some(Ok(()));
    }
    let act = Act::Promote(offer.environment());
    Some(match request::verdict(draft, &asked.asked_by, act, pipeline)? {
        May::Refused(why) => Err(why),
        _ => Ok(()),
    })
}

pub(super) fn cancel(draft: &mut Draft<'_>, asked: &Request, offer: &Offer) {
    let by = asked.asked_by.clone();
    let text = words::offer::cancelled(offer.environment(), &by);
    end(draft, offer, Ended::Cancelled { by }, text);
}

/// Decides a `/confirm`.
pub(super) fn confirm(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    asked: &Request,
    command: usize,
    named: &[Named],
) -> Option<Decision> {
    let Some(offer) = draft.memory.offers.get(&asked.pull).cloned() else {
        return Some(Decision::answer(words::offer::nothing_offered()));
    };
    let environment = offer.environment().clone();
    if let Some(ended) = &offer.ended {
        return Some(Decision::answer(words::offer::over(&environment, ended)));
    }
    let Some(stage) = pipeline.stage(&environment) else {
        let text = words::answer::unknown_environment(&environment, &pipeline.config);
        end(draft, &offer, Ended::Outrun, text.clone());
        return Some(Decision::answer(text));
    };
    if let May::Refused(why) = request::verdict(draft, &asked.asked_by, Act::Promote(&environment), pipeline)? {
        let text = words::offer::may_not_confirm(&environment, &why);
        return Some(promote::refuse(asked, stage, None, text, &[]));
    }
    match offer.binding(asked.id, asked.asked_at) {
        Binding::InTime => {}
        Binding::TooEarly => return Some(Decision::answer(words::offer::not_seen_yet())),
        Binding::TooLate => {
            end(draft, &offer, Ended::Expired, words::offer::expired(&environment));
            return Some(Decision::answer(words::offer::over(&environment, &Ended::Expired)));
        }
    }
    if request::said_unchanged(draft, offer.request)?.is_none() {
        end(draft, &offer, Ended::CommentChanged, words::answer::edited());
        let text = words::offer::over(&environment, &Ended::CommentChanged);
        return Some(Decision::answer(text));
    }
    go_on(draft, pipeline, (asked, command, named), stage, &offer)
}

/// The word counts: what was listed goes its way through the gates, or is listed again if the environment has moved.
fn go_on(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    (asked, command, named): (&Request, usize, &[Named]),
    stage: super::Stage<'_>,
    offer: &Offer,
) -> Option<Decision> {
    let Offered::Promotion {
        from,
        commit,
        not_before,
        environment,
    } = &offer.what;
    let between = match draft.range(&stage.environment.branch, stage.from)? {
        Range::Between(between) => between,
        Range::Missing { branch } => return Some(Decision::answer(words::answer::branch_missing(branch))),
        Range::TooLong { commits } => {
            let text = words::answer::too_far_apart(stage.environment, stage.from, *commits);
            return Some(Decision::answer(text));
        }
    };
    if !between.holds(commit) && promote::is_there(draft, between, commit)? {
        let text = words::answer::already_there(stage.environment);
        end(draft, offer, Ended::Outrun, text.clone());
        return Some(Decision::answer(text));
    }
    let wish = Wish {
        request: asked,
        command,
        stage,
        between,
        commit,
        not_before: *not_before,
        refused: None,
        dry_run: false,
    };
    let listing = match between.base_at == *from {
        true => Listing::Confirmed(named.to_vec()),
        false => Listing::Again,
    };
    let decision = promote::weigh(draft, pipeline, &wish, &listing)?;
    let by = asked.asked_by.clone();
    match &decision {
        Decision::Arm(_) => {
            let text = words::offer::confirmed(&by);
            let request = asked.id;
            end(draft, offer, Ended::Confirmed { by, request }, text);
        }
        Decision::Offer { .. } => end(draft, offer, Ended::Outrun, words::offer::outrun(environment)),
        _ => {}
    }
    Some(decision)
}
