//! Intentions that nobody wishes for any more. A crash, or an answer that was lost, leaves an effect whose end nobody knows;
//! most are wished for again and looked for. What only makes GitHub's state like ours is compared with it by each look at
//! everything, so what that look does not wish for is done, or not needed.

use super::super::effect::Effect;
use super::super::memory::Change;
use super::Draft;

/// Forgets them at the end of a look at everything.
pub(super) fn forget(draft: &mut Draft<'_>) {
    if !draft.heard.everything || !draft.plan.is_finished() {
        return;
    }
    let begun = draft.memory.unconfirmed.iter();
    let left = begun.filter(|(_, begun)| only_compares(&begun.effect));
    for effect in left.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
        draft.change(Change::Forget { effect });
    }
}

fn only_compares(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Acknowledge { .. }
            | Effect::ReportDeployment { .. }
            | Effect::OpenPromotionPull { .. }
            | Effect::EditPromotionPull { .. }
            | Effect::ClosePromotionPull { .. }
            | Effect::OpenHotfixPull { .. }
            | Effect::RemoveLabel { .. }
    )
}
