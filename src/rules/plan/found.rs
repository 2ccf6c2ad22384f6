//! What the checker found: an environment whose branch is where the ledger does not explain. It is held until an owner says
//! otherwise, and its promotion pull request and `/status` tell so; each finding once, whatever else was said of the commit.

use super::super::id::{EnvironmentName, Sha};
use super::super::memory::{Change, Entry, EntryKind};
use super::super::outside::Outside;
use super::super::sighting::Found;
use super::{Draft, outside};

/// Holds what was found and is not held yet.
pub(super) fn advance(draft: &mut Draft<'_>) {
    for (environment, found) in draft.heard.found.clone() {
        let known = draft.memory.outside.get(&environment).cloned();
        let taken_in = known.as_ref().and_then(|known| known.found.as_ref()) == Some(&found);
        if !taken_in {
            hold(draft, &environment, found, known);
        }
    }
}

fn hold(draft: &mut Draft<'_>, environment: &EnvironmentName, found: Found, known: Option<Outside>) -> Option<()> {
    let head = Sha::parse(&found.head)?;
    let mut outside = known.unwrap_or_else(|| Outside::first_seen(environment.clone(), head.clone()));
    outside.found = Some(found.clone());
    // Who looked at the push itself may have held it for the same reason: one hold, one notice.
    let is_held = outside.tip == head && outside.standing.held().is_some();
    if !is_held {
        outside.standing.unexplained = Some(found.clone());
        draft.change(Change::Ledger(Entry {
            before: Sha::parse(&found.before),
            after: Some(head),
            ..outside::entry(
                &outside,
                EntryKind::Held,
                "nothing in the ledger explains where its branch is",
            )
        }));
    }
    draft.change(Change::Outside(Box::new(outside)));
    Some(())
}
