//! What two branches have between them, told by reachability alone, over random pipelines whose environments are merged into.

use std::collections::{BTreeMap, BTreeSet};

use greenlight::rules::id::{PullNumber, Sha};
use greenlight::rules::memory::{Feature, Origin};
use greenlight::rules::snapshot::{Between, Commit};
use greenlight::rules::stretch::Item;
use proptest::prelude::*;

/// What happens to mainline (0), staging (1) and production (2), each a tip in one graph.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A feature lands on mainline, by a squash or by a merge of two commits of its own.
    Lands { by_merge: bool },
    /// The stage before is merged into this environment, by a merge commit always.
    Merges { stage: usize },
    /// The environment is moved forward, where that will do.
    Moves { stage: usize },
}

#[derive(Default)]
struct Graph {
    parents: Vec<Vec<usize>>,
    origins: BTreeMap<Sha, Origin>,
    features: i64,
}

fn sha(index: usize) -> Sha {
    Sha::parse(&format!("{:040x}", index + 1)).expect("forty digits")
}

impl Graph {
    fn commit(&mut self, parents: &[usize], origin: Origin) -> usize {
        self.parents.push(parents.to_vec());
        let index = self.parents.len() - 1;
        self.origins.insert(sha(index), origin);
        index
    }

    fn feature(&mut self) -> Origin {
        self.features += 1;
        Origin::Feature(Feature {
            number: PullNumber(self.features),
            title: format!("Feature {}", self.features),
            author: None,
            closes: Vec::new(),
        })
    }

    fn reach(&self, tip: usize) -> BTreeSet<usize> {
        let mut left = vec![tip];
        let mut found = BTreeSet::new();
        while let Some(commit) = left.pop() {
            if found.insert(commit) {
                left.extend(&self.parents[commit]);
            }
        }
        found
    }

    fn between(&self, base: usize, head: usize) -> Between {
        let (of_base, of_head) = (self.reach(base), self.reach(head));
        let commit = |index: &usize| Commit {
            sha: sha(*index),
            parents: self.parents[*index].iter().map(|parent| sha(*parent)).collect(),
            title: format!("change {index}"),
            author: None,
            reverts: None,
        };
        Between {
            base_at: sha(base),
            head_at: sha(head),
            commits: of_head.difference(&of_base).map(commit).collect(),
            behind_by: of_base.difference(&of_head).count() as u64,
        }
    }

    /// The features that the head has and the base has not.
    fn brought(&self, between: &Between) -> BTreeSet<i64> {
        let origins = between
            .commits
            .iter()
            .filter_map(|commit| self.origins.get(&commit.sha));
        let numbers = origins.filter_map(|origin| match origin {
            Origin::Feature(feature) => Some(feature.number.0),
            Origin::Direct | Origin::Revert(_) => None,
        });
        numbers.collect()
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => any::<bool>().prop_map(|by_merge| Event::Lands { by_merge }),
        2 => (1..3_usize).prop_map(|stage| Event::Merges { stage }),
        1 => (1..3_usize).prop_map(|stage| Event::Moves { stage }),
    ]
}

proptest! {
    /// S1, S2: every feature that is reached is told once, no other is, and a merge made by a promotion is none.
    #[test]
    fn what_waits_is_told_by_what_is_reached(events in prop::collection::vec(any_event(), 1..40)) {
        let mut graph = Graph::default();
        let first = graph.commit(&[], Origin::Direct);
        let mut tips = [first; 3];
        for event in events {
            match event {
                Event::Lands { by_merge } => {
                    let origin = graph.feature();
                    let main = tips[0];
                    tips[0] = if by_merge {
                        let one = graph.commit(&[main], origin.clone());
                        let two = graph.commit(&[one], origin.clone());
                        graph.commit(&[main, two], origin)
                    } else {
                        graph.commit(&[main], origin)
                    };
                }
                Event::Merges { stage } if !graph.reach(tips[stage]).contains(&tips[stage - 1]) => {
                    tips[stage] = graph.commit(&[tips[stage], tips[stage - 1]], Origin::Direct);
                }
                Event::Moves { stage } if graph.reach(tips[stage - 1]).contains(&tips[stage]) => {
                    tips[stage] = tips[stage - 1];
                }
                Event::Merges { .. } | Event::Moves { .. } => {}
            }
            for stage in 1..3 {
                let between = graph.between(tips[stage], tips[stage - 1]);
                let cargo = between.cargo(&graph.origins).expect("every origin is known");
                let told: Vec<i64> = cargo.items.iter().filter_map(|item| match item {
                    Item::Feature(feature) => Some(feature.number.0),
                    Item::Direct(_) => None,
                }).collect();
                let once: BTreeSet<i64> = told.iter().copied().collect();
                prop_assert_eq!(told.len(), once.len(), "told twice: {:?}", told);
                prop_assert_eq!(&once, &graph.brought(&between), "stage {}", stage);
                if !once.is_empty() {
                    prop_assert_eq!(cargo.len(), once.len(), "a merge was told beside features: {:?}", cargo);
                }
                prop_assert!(told.is_sorted(), "not in the order they landed: {:?}", told);
            }
        }
    }
}
