//! The check run with the buttons of each feature: one on each head, set again whenever it would say something else.

use jiff::SignedDuration;

use super::super::effect::{BUTTON_RUN, Effect};
use super::super::feature::{Buttons, Card};
use super::super::id::PullNumber;
use super::super::memory::Change;
use super::super::snapshot::{Need, Pull};
use super::super::words;
use super::{Draft, Pipeline, feature};

/// As for cards: a run whose sending was cut off may still appear.
const LATE_RUN_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// Sets the buttons of every feature that was looked at.
pub(super) fn keep(draft: &mut Draft<'_>) {
    if !feature::anything_happened(draft) {
        return;
    }
    let Some(Ok(pipeline)) = draft.pipeline() else { return };
    for number in feature::to_look_at(draft, &pipeline) {
        keep_one(draft, &pipeline, number);
    }
}

/// Where a rule requires our check run, it has to let the merge pass before GitHub does. Everywhere else it can follow.
pub(super) fn stand_in_the_way(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    card: &Card,
    pull: &Pull,
) -> Option<bool> {
    let mainline = &pipeline.repository.default_branch;
    let required = draft.snapshot.rules.get(mainline);
    if !required.is_some_and(|required| required.iter().any(|one| one.context == BUTTON_RUN)) {
        return Some(false);
    }
    keep_one(draft, pipeline, card.pull)?;
    let wanted = wanted(draft, pipeline, card, pull)?;
    let is_set = |set: &Buttons| set.head == pull.head_sha && set.says == wanted;
    Some(!card.buttons.as_ref().is_some_and(is_set))
}

fn wanted(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    card: &Card,
    pull: &Pull,
) -> Option<Option<super::super::effect::ButtonRun>> {
    let stand = feature::stand(draft, pipeline, card, pull)?;
    let facts = words::card::Facts {
        config: &pipeline.config,
        mainline: &pipeline.repository.default_branch,
        pull,
        card,
        stand: &stand,
        preview: None,
    };
    Some(words::button::run(&facts, &pipeline.repository.html_url))
}

/// `None` while facts are being asked for.
fn keep_one(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, number: PullNumber) -> Option<()> {
    let card = draft.memory.cards.get(&number).cloned()?;
    let pull = draft.snapshot.pulls.get(&number)?.as_ref()?;
    let Some(says) = wanted(draft, pipeline, &card, pull)? else {
        return Some(());
    };
    let known = card.buttons.as_ref().filter(|set| set.head == pull.head_sha);
    if known.is_some_and(|set| set.says.as_ref() == Some(&says)) {
        return Some(());
    }
    let effect = |run| Effect::SetButtons {
        pull: number,
        head: pull.head_sha.clone(),
        run,
        says: says.clone(),
    };
    if let Some(run) = known.and_then(|set| set.run) {
        draft.effect(effect(Some(run)));
        return Some(());
    }
    let key = Effect::set_buttons_key(number, &pull.head_sha);
    let sent_at = draft.memory.unconfirmed.get(&key).and_then(|begun| begun.sent_at);
    if let Some(settled_at) = sent_at.map(|at| at + LATE_RUN_WAIT)
        && draft.now < settled_at
    {
        draft.look_again_at(settled_at);
        return Some(());
    }
    // One that was made before, and forgotten or cut off, is taken over: there is one on each head.
    let which = (number, pull.head_sha.clone());
    let found = draft.snapshot.button_runs.get(&which).copied();
    match draft.fact(found, || Need::ButtonRun(which.0, which.1.clone()))? {
        Some(run) => draft.change(Change::Card(Box::new(Card {
            buttons: Some(Buttons {
                head: pull.head_sha.clone(),
                run: Some(run),
                says: None,
            }),
            ..card
        }))),
        None => draft.effect(effect(None)),
    }
    Some(())
}
