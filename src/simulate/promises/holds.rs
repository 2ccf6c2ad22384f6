//! Holds: nothing goes into a held environment, a rollback leaves a hold, and only whoever may puts one up or takes it down.

use jiff::{SignedDuration, Timestamp};

use super::moves::{KNOWN_WITHIN, Move};
use super::{APP, Broken, Evidence, Promise, broken};
use crate::rules::memory::{Entry, EntryKind};
use crate::sandbox::What;

impl Evidence {
    /// No move into a held environment; a hold lasts to its time, or until an owner ends it.
    pub(super) fn judge_holds(&self, one: &Move<'_>, found: &mut Vec<Broken>) {
        let until = self.held_until(one.branch, one.at);
        if let Some(until) = until.filter(|until| one.at < *until) {
            let how = format!(
                "{} was moved at {}, while it was held until {until}",
                one.branch, one.at
            );
            found.push(broken(Promise::HoldsKept, how));
        }
        self.judge_spoken_holds(one, found);
    }

    /// Until when the newest hold that stood at that moment was to last. What Greenlight holds by itself, because somebody else
    /// put something there, has no end of its own and is not meant.
    fn held_until(&self, environment: &str, at: Timestamp) -> Option<Timestamp> {
        let before = self.ledger.iter().take_while(|(told_at, _)| *told_at <= at);
        let of_it = before.map(|(_, entry)| entry).filter(|entry| {
            let name = entry.environment.as_ref();
            name.is_some_and(|name| name.as_str() == environment)
        });
        let mut standing: Option<(&Entry, Timestamp)> = None;
        for entry in of_it {
            match entry.kind {
                EntryKind::Held => standing = held_until(&entry.why).map(|until| (entry, until)).or(standing),
                EntryKind::Unheld => standing = standing.filter(|(held, _)| held.request != entry.request),
                _ => {}
            }
        }
        standing.map(|(_, until)| until)
    }

    /// The same without the ledger: an owner said `/hold`, that was answered, and no owner said anything else of it since.
    fn judge_spoken_holds(&self, one: &Move<'_>, found: &mut Vec<Broken>) {
        let holds = format!("/hold {}", one.branch);
        let about = [holds.clone(), format!("/unhold {}", one.branch)];
        let mut last = None;
        for (place, event) in self.history.iter().enumerate().take(one.place) {
            let (What::Commented { body, .. } | What::CommentEdited { body, .. }) = &event.what else {
                continue;
            };
            if body.lines().any(|line| about.iter().any(|word| line.starts_with(word))) {
                last = Some((place, event));
            }
        }
        last = last.filter(|(_, event)| match event.what {
            What::Commented { comment, .. } => !self.was_touched(comment) && !self.forged.contains(&comment),
            _ => false,
        });
        let Some((place, event)) = last else { return };
        let What::Commented { comment, body, by, .. } = &event.what else {
            return;
        };
        let marker = format!("<!-- greenlight:answer {comment} -->");
        let answered = self.history.iter().take(one.place).position(
            |event| matches!(&event.what, What::Commented { body, by, .. } if by == APP && body.contains(&marker)),
        );
        let Some(answered) = answered.filter(|_| body.starts_with(&holds) && body.lines().count() == 1) else {
            return;
        };
        let owns = self
            .states(event.at - KNOWN_WITHIN, answered.max(place))
            .iter()
            .all(|state| {
                let setup = self.setup_at(state);
                setup.is_some_and(|setup| state.owns(by, setup, Some(one.branch)))
            });
        let until = event.at + at_least(body);
        if owns && one.at < until {
            let how = format!(
                "{} was moved at {}, and {by} had said {body:?} at {}",
                one.branch, one.at, event.at
            );
            found.push(broken(Promise::HoldsKept, how));
        }
    }

    fn was_touched(&self, id: u64) -> bool {
        self.history.iter().any(|event| match event.what {
            What::CommentEdited { comment, .. } | What::CommentDeleted { comment, .. } => comment == id,
            _ => false,
        })
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
            if self.goes_back_with(place) {
                continue;
            }
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

    /// Whether this hold came with a rollback, which is judged by itself.
    fn goes_back_with(&self, place: usize) -> bool {
        let (at, held) = &self.ledger[place];
        self.ledger.iter().any(|(told_at, entry)| {
            let same = entry.environment == held.environment && entry.request == held.request;
            let back = entry.kind == EntryKind::RolledBack && held.kind == EntryKind::Held;
            same && back && told_at.duration_since(*at).abs().as_secs() < 120
        })
    }

    /// Whether a hold was put up with what stands at this place of the ledger, or was there and lasts longer.
    fn holds_after(&self, place: usize) -> bool {
        let (at, rollback) = &self.ledger[place];
        let environment = rollback.environment.as_ref();
        if environment.is_some_and(|name| self.held_until(name.as_str(), *at).is_some_and(|until| until > *at)) {
            return true;
        }
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

/// How long a hold lasts at the very least, by its own words; without any, to the next working morning.
fn at_least(words: &str) -> SignedDuration {
    let given = [("for 2 hours", 120), ("for 90 minutes", 90), ("for 30 minutes", 30)];
    let mins = given
        .iter()
        .find(|(said, _)| words.contains(said))
        .map_or(60, |(_, mins)| *mins);
    // GitHub's times are full seconds.
    SignedDuration::from_mins(mins) - SignedDuration::from_secs(2)
}

/// What the ledger writes of a hold begins with its end.
fn held_until(why: &str) -> Option<Timestamp> {
    let rest = why.strip_prefix("held until ")?;
    let word = rest.split_whitespace().next()?;
    word.trim_end_matches(':').parse().ok()
}
