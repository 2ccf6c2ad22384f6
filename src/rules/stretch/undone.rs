//! What the rollbacks within a stretch come to, where they are commits on top: they leave behind them what they take away, so
//! reachability alone would call it brought.
//!
//! Accepted: what a rollback took away counts as away until another one, or a commit that says it undoes it, brings it back.
//! That somebody wrote the same once more by hand is not seen.

use std::collections::BTreeMap;

use super::{Cargo, Item};
use crate::rules::id::{PullNumber, Sha};
use crate::rules::memory::Origin;
use crate::rules::rollback::Revert;
use crate::rules::snapshot::{Between, Commit};

/// What is there at the beginning of a stretch and not at its end, and the other way round, as far as rollbacks decide it.
#[derive(Default)]
struct Undone {
    away: Vec<Item>,
    back: Vec<Item>,
}

impl Undone {
    fn follow(&mut self, away: &[Item], back: &[Item]) {
        turn(away, &mut self.back, &mut self.away);
        turn(back, &mut self.away, &mut self.back);
    }
}

/// Whatever was the other way round is as it was; the rest has changed.
fn turn(items: &[Item], before: &mut Vec<Item>, after: &mut Vec<Item>) {
    for item in items {
        match before.iter().position(|found| found.is_same(item)) {
            Some(at) => drop(before.remove(at)),
            None => after.push(item.clone()),
        }
    }
}

impl Between {
    /// The same cargo without what went away on the way, and with what came back.
    pub(super) fn all_in_all(&self, mut brought: Cargo, origins: &BTreeMap<Sha, Origin>) -> Cargo {
        let Undone { away, back } = self.undone(origins);
        if away.is_empty() && back.is_empty() {
            return brought;
        }
        let is_among = |items: &[Item], wanted: &Item| items.iter().any(|item| item.is_same(wanted));
        brought.items.retain(|item| !is_among(&away, item));
        for item in back {
            if !is_among(&brought.items, &item) {
                brought.items.push(item);
            }
        }
        brought.takes_away = away.into_iter().filter(|item| !self.brings(item, origins)).collect();
        brought
    }

    /// The commit by which this feature comes back, where the stretch brings it back.
    pub fn returns_by(&self, feature: PullNumber, origins: &BTreeMap<Sha, Origin>) -> Option<&Sha> {
        let is_back = self.undone(origins).back.iter().any(|item| item.is_feature(feature));
        let brings_it = |commit: &&Commit| {
            let (_, back) = said_of(commit, origins).unwrap_or_default();
            back.iter().any(|item| item.is_feature(feature))
        };
        let last = self.commits.iter().rfind(brings_it);
        last.filter(|_| is_back).map(|commit| &commit.sha)
    }

    fn undone(&self, origins: &BTreeMap<Sha, Origin>) -> Undone {
        let mut undone = Undone::default();
        for commit in &self.commits {
            if let Some((away, back)) = said_of(commit, origins) {
                undone.follow(away, back);
            }
        }
        undone
    }

    /// Whether one of its own commits brought this.
    fn brings(&self, item: &Item, origins: &BTreeMap<Sha, Origin>) -> bool {
        let is_it = |commit: &Commit| match (item, origins.get(&commit.sha)) {
            (Item::Feature(wanted), Some(Origin::Feature(found))) => wanted.number == found.number,
            (Item::Direct(wanted), _) => wanted.sha == commit.sha,
            _ => false,
        };
        self.commits.iter().any(is_it)
    }
}

/// What this commit takes away and brings back, if it is a rollback, or says that it undoes one.
fn said_of<'o>(commit: &Commit, origins: &'o BTreeMap<Sha, Origin>) -> Option<(&'o [Item], &'o [Item])> {
    if let Some(Origin::Revert(revert)) = origins.get(&commit.sha) {
        return Some((&revert.away, &revert.back));
    }
    match origins.get(commit.reverts.as_ref()?) {
        Some(Origin::Revert(revert)) => {
            let Revert { away, back, .. } = revert.as_ref();
            Some((back, away))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::rules::id::EnvironmentName;
    use crate::rules::memory::Feature;

    fn sha(index: usize) -> Sha {
        Sha::parse(&format!("{:040x}", index + 1)).expect("forty digits")
    }

    fn feature(index: usize) -> Feature {
        Feature {
            number: PullNumber(index as i64),
            title: format!("Feature {index}"),
            author: None,
            closes: Vec::new(),
        }
    }

    /// A line of commits, and what each of them has; a checker that knows the contents and no commits.
    struct Line {
        commits: Vec<Commit>,
        origins: BTreeMap<Sha, Origin>,
        has: Vec<std::collections::BTreeSet<i64>>,
    }

    impl Line {
        fn new() -> Self {
            let mut line = Self {
                commits: Vec::new(),
                origins: BTreeMap::new(),
                has: Vec::new(),
            };
            line.put(Origin::Direct, None, Default::default());
            line
        }

        fn put(&mut self, origin: Origin, reverts: Option<Sha>, has: std::collections::BTreeSet<i64>) {
            let index = self.commits.len();
            self.commits.push(Commit {
                sha: sha(index),
                parents: index.checked_sub(1).map(sha).into_iter().collect(),
                title: String::new(),
                author: None,
                reverts,
            });
            self.origins.insert(sha(index), origin);
            self.has.push(has);
        }

        fn lands(&mut self) {
            let index = self.commits.len();
            let mut has = self.has[index - 1].clone();
            has.insert(index as i64);
            self.put(Origin::Feature(feature(index)), None, has);
        }

        fn goes_back_to(&mut self, to: usize) {
            let (now, then) = (&self.has[self.has.len() - 1], &self.has[to]);
            let items = |numbers: Vec<&i64>| numbers.iter().map(|n| Item::Feature(feature(**n as usize))).collect();
            let revert = Revert {
                environment: EnvironmentName::from("staging"),
                to: Some(sha(to)),
                away: items(now.difference(then).collect()),
                back: items(then.difference(now).collect()),
                at: Timestamp::UNIX_EPOCH,
            };
            let then = then.clone();
            self.put(Origin::Revert(Box::new(revert)), None, then);
        }

        /// Somebody undoes the newest commit, if that was a rollback.
        fn undoes_the_last(&mut self) {
            let last = self.commits.len() - 1;
            if matches!(self.origins[&sha(last)], Origin::Revert(_)) {
                let before = self.has[last - 1].clone();
                self.put(Origin::Direct, Some(sha(last)), before);
            }
        }

        fn between(&self, from: usize, to: usize) -> Between {
            Between {
                base_at: sha(from),
                head_at: sha(to),
                commits: self.commits[from + 1..=to].to_vec(),
                behind_by: 0,
            }
        }
    }

    fn numbers<'i>(items: impl IntoIterator<Item = &'i Item>) -> std::collections::BTreeSet<i64> {
        let number = |item: &Item| match item {
            Item::Feature(feature) => Some(feature.number.0),
            Item::Direct(_) => None,
        };
        items.into_iter().filter_map(number).collect()
    }

    proptest! {
        /// Between any two points, whatever went back and came again on the way: just the difference of what they have.
        #[test]
        fn a_stretch_brings_and_takes_away_just_the_difference(
            events in prop::collection::vec((0..4_usize, 0..12_usize), 1..12),
            ends in (0..13_usize, 0..13_usize),
        ) {
            let mut line = Line::new();
            for (event, to) in events {
                match event {
                    0 | 1 => line.lands(),
                    2 => line.goes_back_to(to % line.commits.len()),
                    _ => line.undoes_the_last(),
                }
            }
            let (one, other) = (ends.0 % line.commits.len(), ends.1 % line.commits.len());
            let (from, to) = (one.min(other), one.max(other));
            let between = line.between(from, to);
            let cargo = between.cargo(&line.origins).expect("every origin is known");
            let (before, after) = (&line.has[from], &line.has[to]);
            prop_assert_eq!(numbers(&cargo.items), after.difference(before).copied().collect());
            prop_assert_eq!(numbers(&cargo.takes_away), before.difference(after).copied().collect());
            for number in after.difference(before) {
                let landed = between.holds(&sha(*number as usize));
                let returned = between.returns_by(PullNumber(*number), &line.origins).is_some();
                prop_assert!(landed || returned, "{} comes by no commit", number);
            }
        }
    }
}
