//! Holds: nothing goes into a held environment, a rollback leaves a hold, and only whoever may puts one up or takes it down.

use jiff::Timestamp;

use super::moves::{KNOWN_WITHIN, Move};
use super::{Broken, Evidence, Promise, broken};
use crate::rules::memory::{Entry, EntryKind};

impl Evidence {
    /// No move into a held environment; a hold lasts to its time, or until an owner ends it.
    pub(super) fn judge_holds(&self, one: &Move<'_>, found: &mut Vec<Broken>) {
        let mut of_it = self.ledger.iter().filter(|(at, entry)| {
            let kind = matches!(entry.kind, EntryKind::Held | EntryKind::Unheld);
            let same = entry
                .environment
                .as_ref()
                .is_some_and(|name| name.as_str() == one.branch);
            kind && same && *at <= one.at
        });
        let last = of_it.next_back().filter(|(_, entry)| entry.kind == EntryKind::Held);
        let until = last.and_then(|(_, entry)| held_until(&entry.why));
        if let Some(until) = until.filter(|until| one.at < *until) {
            let how = format!(
                "{} was moved at {}, while it was held until {until}",
                one.branch, one.at
            );
            found.push(broken(Promise::HoldsKept, how));
        }
    }

    /// Who put a hold up, or took it down, might do so at some moment around it; and what nobody took down ran out.
    pub(super) fn judge_words_of_holds(&self, found: &mut Vec<Broken>) {
        for (place, (at, entry)) in self.ledger.iter().enumerate() {
            let Some(environment) = &entry.environment else {
                continue;
            };
            match entry.kind {
                EntryKind::Held | EntryKind::Unheld => {}
                EntryKind::RolledBack if !self.holds_after(place) => {
                    let how = format!("{environment} was taken back at {at}, and was not held then");
                    found.push(broken(Promise::HoldsKept, how));
                    continue;
                }
                _ => continue,
            }
            let Some(who) = &entry.who else {
                if entry.kind == EntryKind::Unheld && self.ends_early(place) {
                    let how = format!("the hold of {environment} ended at {at}, and nobody ended it");
                    found.push(broken(Promise::HoldsKept, how));
                }
                continue;
            };
            // The word came at most a day earlier; whoever might at any moment since then did.
            let since = *at - KNOWN_WITHIN;
            let may = self.states(since, self.place_of(*at)).iter().any(|state| {
                let setup = self.setup_at(state);
                setup.is_some_and(|setup| state.owns(who.login.as_str(), setup, Some(environment.as_str())))
            });
            if !may {
                let how = format!("{} changed the hold of {environment} at {at}, and might not", who.login);
                found.push(broken(Promise::AuthorityAtTheTime, how));
            }
        }
    }

    /// Whether a hold was put up with what stands at this place of the ledger.
    fn holds_after(&self, place: usize) -> bool {
        let (at, rollback) = &self.ledger[place];
        self.ledger.iter().any(|(held_at, entry)| {
            let same = entry.environment == rollback.environment && entry.kind == EntryKind::Held;
            same && held_at.duration_since(*at).abs().as_secs() < 120
        })
    }

    /// Whether the hold that ends at this place of the ledger was to last longer.
    fn ends_early(&self, place: usize) -> bool {
        let (at, end) = &self.ledger[place];
        let before = self.ledger[..place].iter().rev();
        let begun = before.map(|(_, entry)| entry).find(|entry| {
            let is_its = |entry: &&Entry| entry.environment == end.environment && entry.request == end.request;
            entry.kind == EntryKind::Held && is_its(entry)
        });
        begun
            .and_then(|entry| held_until(&entry.why))
            .is_some_and(|until| *at < until)
    }
}

/// What the ledger writes of a hold begins with its end.
fn held_until(why: &str) -> Option<Timestamp> {
    let rest = why.strip_prefix("held until ")?;
    let word = rest.split_whitespace().next()?;
    word.trim_end_matches(':').parse().ok()
}
