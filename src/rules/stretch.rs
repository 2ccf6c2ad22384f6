//! The stretch of commits between two branches, read as a graph: what lies on the way, in which order it landed, and
//! which features it is.
//!
//! S1 Only ancestry counts. Dates inside commits are chosen by whoever pushes, and are never looked at.
//! S2 A feature is listed once, wherever its commits lie; a commit without a pull request is listed as such, never left out.

mod undone;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::id::{PullNumber, Sha};
use super::memory::{Feature, Origin};
use super::snapshot::{Between, Commit};

/// Landings that are told apart one by one. More than this at once is told as a number, because each unknown commit may
/// cost a question to GitHub, and nobody reads a longer list.
pub const LANDINGS_TOLD_MAX: usize = 100;

/// What a stretch brings, in the order it landed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cargo {
    pub items: Vec<Item>,
    /// Landings before the first item that are not told apart.
    pub earlier: usize,
    /// What is there, and goes away with this: it was taken back on the stage before.
    #[serde(default)]
    pub takes_away: Vec<Item>,
}

/// One thing that landed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Item {
    Feature(Feature),
    /// A commit that no pull request brought.
    Direct(Commit),
}

impl Cargo {
    /// Just these.
    pub fn of(items: Vec<Item>) -> Self {
        Self {
            items,
            ..Self::default()
        }
    }

    /// The features among what it brings.
    pub fn features(&self) -> Vec<PullNumber> {
        let number = |item: &Item| match item {
            Item::Feature(feature) => Some(feature.number),
            Item::Direct(_) => None,
        };
        self.items.iter().filter_map(number).collect()
    }

    /// Everything but this feature.
    pub fn without(&self, feature: PullNumber) -> Self {
        let others = self.items.iter().filter(|item| !item.is_feature(feature));
        Self {
            items: others.cloned().collect(),
            ..self.clone()
        }
    }

    /// Whether everything that `other` brings is among this, told apart or not.
    pub fn covers(&self, other: &Self) -> bool {
        let among = |items: &[Item], wanted: &Item| items.iter().any(|own| own.is_same(wanted));
        other.earlier <= self.earlier
            && other.items.iter().all(|wanted| among(&self.items, wanted))
            && other.takes_away.iter().all(|wanted| among(&self.takes_away, wanted))
    }

    /// Nothing lands, and nothing goes away.
    pub fn is_empty(&self) -> bool {
        self.brings_nothing() && self.takes_away.is_empty()
    }

    /// Nothing lands, whatever goes away.
    pub fn brings_nothing(&self) -> bool {
        self.items.is_empty() && self.earlier == 0
    }

    /// How many things land.
    pub fn len(&self) -> usize {
        self.items.len() + self.earlier
    }
}

impl Between {
    /// Whether the commit lies in this stretch.
    pub fn holds(&self, commit: &Sha) -> bool {
        self.commits.iter().any(|candidate| candidate.sha == *commit)
    }

    /// Whether `tip`, a commit of this stretch, has `commit` behind it or is it.
    pub fn contains(&self, tip: &Sha, commit: &Sha) -> bool {
        self.ancestry(tip).iter().any(|found| found.sha == *commit)
    }

    /// Whether `base` can be moved to this commit without leaving anything behind.
    pub fn can_fast_forward_to(&self, commit: &Sha) -> bool {
        self.behind_by == 0
            && self
                .ancestry(commit)
                .iter()
                .any(|found| found.parents.contains(&self.base_at))
    }

    /// The part of the stretch that moving `base` to `commit` would bring.
    pub fn up_to(&self, commit: &Sha) -> Self {
        let wanted: BTreeSet<&Sha> = self.ancestry(commit).into_iter().map(|found| &found.sha).collect();
        let commits = self
            .commits
            .iter()
            .filter(|found| wanted.contains(&found.sha))
            .cloned()
            .collect();
        Self {
            head_at: commit.clone(),
            commits,
            ..self.clone()
        }
    }

    /// What is left of the stretch once `base` is at `commit`.
    pub fn after(&self, commit: &Sha) -> Self {
        let gone: BTreeSet<&Sha> = self.ancestry(commit).into_iter().map(|found| &found.sha).collect();
        let commits = self
            .commits
            .iter()
            .filter(|found| !gone.contains(&found.sha))
            .cloned()
            .collect();
        Self {
            base_at: commit.clone(),
            commits,
            ..self.clone()
        }
    }

    /// The commits by which something landed: the line of first parents, oldest first.
    pub fn landings(&self) -> Vec<&Commit> {
        self.line(&self.head_at)
    }

    /// The newest landing that has none of these commits behind it, which is how far `base` can be moved without them.
    pub fn last_without(&self, unwanted: &BTreeSet<Sha>) -> Option<&Commit> {
        let landings = self.landings();
        let is_free = |landing: &&Commit| {
            !self
                .ancestry(&landing.sha)
                .iter()
                .any(|one| unwanted.contains(&one.sha))
        };
        // Each landing has all earlier ones behind it, so once one is not free none after it is.
        let free = landings.partition_point(is_free);
        free.checked_sub(1).map(|last| landings[last])
    }

    /// What the stretch brings, or the commits whose origin has to be asked about first.
    ///
    /// # Errors
    /// The commits of unknown origin, none of which is in `origins`.
    pub fn cargo(&self, origins: &BTreeMap<Sha, Origin>) -> Result<Cargo, Vec<Sha>> {
        let mut told = Vec::new();
        let mut seen = BTreeSet::new();
        for landing in self.landings() {
            self.tell(landing, origins, &mut seen, &mut told);
        }
        let earlier = told.len().saturating_sub(LANDINGS_TOLD_MAX);
        let mut items = Vec::new();
        let mut unknown = Vec::new();
        let mut listed = BTreeSet::new();
        for commit in &told[earlier..] {
            match origins.get(&commit.sha) {
                None => unknown.push(commit.sha.clone()),
                Some(Origin::Direct) => items.push(Item::Direct((*commit).clone())),
                Some(Origin::Feature(feature)) if listed.insert(feature.number) => {
                    items.push(Item::Feature(feature.clone()));
                }
                // What it takes away and brings back is told for the stretch as a whole.
                Some(Origin::Feature(_) | Origin::Revert(_)) => {}
            }
        }
        if unknown.is_empty() {
            let brought = Cargo {
                items,
                earlier,
                takes_away: Vec::new(),
            };
            Ok(self.all_in_all(brought, origins))
        } else {
            Err(unknown)
        }
    }

    /// Adds what a landing tells. A merge that no pull request brought, made by hand or by a promotion, tells nothing itself;
    /// what landed on the line that it merged does.
    fn tell<'a>(
        &'a self,
        landing: &'a Commit,
        origins: &BTreeMap<Sha, Origin>,
        seen: &mut BTreeSet<&'a Sha>,
        told: &mut Vec<&'a Commit>,
    ) {
        let is_plain_merge = landing.parents.len() > 1 && origins.get(&landing.sha) == Some(&Origin::Direct);
        let merged = if is_plain_merge {
            self.merged_by(landing)
        } else {
            Vec::new()
        };
        if !seen.insert(&landing.sha) {
            return;
        }
        if merged.is_empty() {
            told.push(landing);
            return;
        }
        for inside in merged {
            self.tell(inside, origins, seen, told);
        }
    }

    /// What landed on the lines that come in by a merge and not by its first parent, oldest first.
    fn merged_by(&self, merge: &Commit) -> Vec<&Commit> {
        let before: BTreeSet<&Sha> = match merge.parents.first() {
            Some(first) => self.ancestry(first).into_iter().map(|found| &found.sha).collect(),
            None => BTreeSet::new(),
        };
        let lines = merge.parents.iter().skip(1).flat_map(|tip| self.line(tip));
        lines.filter(|found| !before.contains(&found.sha)).collect()
    }

    /// The line of first parents that ends in this commit, oldest first. No commit descends from itself; should an answer say
    /// so, the line ends there.
    fn line(&self, tip: &Sha) -> Vec<&Commit> {
        let by_sha = self.by_sha();
        let mut line: Vec<&Commit> = Vec::new();
        let mut next = by_sha.get(tip).copied();
        while let Some(commit) = next.filter(|_| line.len() < by_sha.len()) {
            line.push(commit);
            next = commit.parents.first().and_then(|parent| by_sha.get(parent)).copied();
        }
        line.reverse();
        line
    }

    /// The commits of the stretch from which `commit` descends, itself included.
    fn ancestry(&self, commit: &Sha) -> Vec<&Commit> {
        let by_sha = self.by_sha();
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        let mut left = vec![commit];
        while let Some(sha) = left.pop() {
            if let Some(commit) = by_sha.get(sha)
                && seen.insert(sha)
            {
                found.push(*commit);
                left.extend(&commit.parents);
            }
        }
        found
    }

    fn by_sha(&self) -> BTreeMap<&Sha, &Commit> {
        self.commits.iter().map(|commit| (&commit.sha, commit)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha(digit: char) -> Sha {
        Sha::parse(&digit.to_string().repeat(40)).expect("forty digits")
    }

    fn commit(own: char, parents: &str) -> Commit {
        let parents = parents.chars().map(sha).collect();
        Commit {
            sha: sha(own),
            parents,
            title: format!("change {own}"),
            author: None,
            reverts: None,
        }
    }

    fn feature(number: i64) -> Origin {
        Origin::Feature(Feature {
            number: PullNumber(number),
            title: format!("feature {number}"),
            author: None,
            closes: Vec::new(),
        })
    }

    /// `a` is in the environment; `b` was squashed, `c d` came by the merge `e`, `f` was pushed directly.
    fn stretch() -> Between {
        let commits = vec![
            commit('b', "a"),
            commit('c', "a"),
            commit('d', "c"),
            commit('e', "bd"),
            commit('f', "e"),
        ];
        Between {
            base_at: sha('a'),
            head_at: sha('f'),
            commits,
            behind_by: 0,
        }
    }

    /// Git has no such thing, but an answer could; what is read of it has an end all the same.
    #[test]
    fn commits_that_descend_from_themselves_are_read_to_an_end() {
        let circle = Between {
            head_at: sha('d'),
            commits: vec![commit('b', "b"), commit('c', "dc"), commit('d', "cd")],
            ..stretch()
        };
        let origins = BTreeMap::from([(sha('c'), Origin::Direct), (sha('d'), Origin::Direct)]);
        assert!(circle.cargo(&origins).is_ok());
        assert_eq!(circle.landings().len(), 3);
        assert!(circle.contains(&sha('d'), &sha('c')));
    }

    #[test]
    fn features_are_told_in_the_order_they_landed_and_a_merge_tells_its_own_commits_once() {
        let origins = BTreeMap::from([
            (sha('b'), feature(1)),
            (sha('e'), feature(2)),
            (sha('f'), Origin::Direct),
        ]);
        let cargo = stretch().cargo(&origins).expect("every origin is known");
        let told: Vec<String> = cargo
            .items
            .iter()
            .map(|item| match item {
                Item::Feature(feature) => feature.title.clone(),
                Item::Direct(commit) => commit.title.clone(),
            })
            .collect();
        assert_eq!(told, ["feature 1", "feature 2", "change f"]);
    }

    #[test]
    fn a_merge_by_hand_is_told_by_what_it_merged() {
        let mut origins = BTreeMap::from([
            (sha('b'), feature(1)),
            (sha('e'), Origin::Direct),
            (sha('f'), Origin::Direct),
        ]);
        assert_eq!(stretch().cargo(&origins), Err(vec![sha('c'), sha('d')]));
        origins.extend([(sha('c'), feature(3)), (sha('d'), feature(3))]);
        assert_eq!(stretch().cargo(&origins).expect("known").len(), 3);
    }

    /// `1` is on staging by the merge `d`, made by a promotion, beside `2` that came by the merge `e` of another one.
    #[test]
    fn merges_made_by_promotions_are_told_by_the_features_that_they_brought() {
        let commits = vec![commit('1', "8"), commit('d', "91"), commit('2', "1"), commit('e', "d2")];
        let production = Between {
            base_at: sha('9'),
            head_at: sha('e'),
            commits,
            behind_by: 0,
        };
        let mut origins = BTreeMap::new();
        assert_eq!(production.cargo(&origins), Err(vec![sha('d'), sha('e')]));
        origins.extend([(sha('d'), Origin::Direct), (sha('e'), Origin::Direct)]);
        assert_eq!(production.cargo(&origins), Err(vec![sha('1'), sha('2')]));
        origins.extend([(sha('1'), feature(1)), (sha('2'), feature(2))]);
        let cargo = production.cargo(&origins).expect("every origin is known");
        let told: Vec<i64> = cargo
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Feature(feature) => Some(feature.number.0),
                Item::Direct(_) => None,
            })
            .collect();
        assert_eq!(told, [1, 2]);
        assert_eq!(cargo.len(), 2);
    }

    #[test]
    fn going_up_to_a_commit_takes_its_ancestors_and_leaves_the_rest() {
        let up_to = stretch().up_to(&sha('e'));
        assert_eq!(up_to.commits.len(), 4);
        assert_eq!(stretch().after(&sha('e')).commits, vec![commit('f', "e")]);
        assert!(stretch().up_to(&sha('b')).without_side_branch());
    }

    #[test]
    fn a_commit_beside_the_environment_is_no_fast_forward() {
        assert!(stretch().can_fast_forward_to(&sha('b')));
        let diverged = Between {
            behind_by: 1,
            ..stretch()
        };
        assert!(!diverged.can_fast_forward_to(&sha('f')));
        let beside = Between {
            base_at: sha('9'),
            ..stretch()
        };
        assert!(!beside.can_fast_forward_to(&sha('f')));
        assert!(!stretch().can_fast_forward_to(&sha('7')));
    }

    #[test]
    fn what_landed_last_can_be_left_out_and_what_lies_below_takes_the_rest_with_it() {
        let last = |unwanted: &str| {
            let unwanted = unwanted.chars().map(sha).collect();
            stretch().last_without(&unwanted).map(|found| found.sha.clone())
        };
        assert_eq!(last("f"), Some(sha('e')));
        assert_eq!(last("c"), Some(sha('b')));
        assert_eq!(last("b"), None);
        assert_eq!(last(""), Some(sha('f')));
    }

    impl Between {
        fn without_side_branch(&self) -> bool {
            self.commits == vec![commit('b', "a")]
        }
    }
}
