//! The promises of the pool, V1 to V5, over any order of asking, leaving, naming, pushing, and of instances that come, go and
//! fall into trouble.

use std::collections::{BTreeMap, BTreeSet};

use greenlight::rules::id::{BranchName, Login, Person, PullNumber, Sha, UserId};
use greenlight::rules::preview::{Held, Instances, Resting, Shows, Step, Wish, allot, before};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const NOON: Timestamp = Timestamp::constant(1_800_000_000, 0);
const INSTANCES: [&str; 3] = ["dev-1", "dev-2", "dev-3"];
const FEATURES: i64 = 6;

#[derive(Clone, Debug)]
enum Event {
    /// Asks, for whatever there is or for one by name.
    Asks(i64, Option<usize>),
    Rests(i64),
    /// Merged, closed, or sent back.
    Ends(i64),
    Pushes(i64),
    /// Its branch is where the feature is.
    IsShown(i64),
    /// The configuration names these.
    Configured(Vec<usize>),
    Trouble(usize, bool),
}

fn any_event() -> impl Strategy<Value = Event> {
    let feature = 1..=FEATURES;
    let instance = 0..INSTANCES.len();
    prop_oneof![
        6 => (feature.clone(), proptest::option::weighted(0.3, instance.clone())).prop_map(|(f, i)| Event::Asks(f, i)),
        1 => feature.clone().prop_map(Event::Rests),
        3 => feature.clone().prop_map(Event::Ends),
        2 => feature.clone().prop_map(Event::Pushes),
        4 => feature.prop_map(Event::IsShown),
        1 => proptest::sample::subsequence(vec![0, 1, 2], 1..=3).prop_map(Event::Configured),
        1 => (instance, any::<bool>()).prop_map(|(i, t)| Event::Trouble(i, t)),
    ]
}

struct World {
    instances: Instances,
    wishes: BTreeMap<PullNumber, Wish>,
    asked: i64,
}

impl World {
    fn new() -> Self {
        let instances = Instances {
            names: INSTANCES.map(str::to_owned).to_vec(),
            closed: BTreeSet::new(),
        };
        Self {
            instances,
            wishes: BTreeMap::new(),
            asked: 0,
        }
    }

    fn happens(&mut self, event: &Event) {
        let sha = |number: i64| Sha::parse(&format!("{:040x}", number + 1)).expect("an id");
        match event {
            Event::Asks(feature, named) => {
                self.asked += 1;
                let at = NOON + SignedDuration::from_secs(self.asked);
                let pull = PullNumber(*feature);
                let wish = self
                    .wishes
                    .entry(pull)
                    .or_insert_with(|| Wish::new(pull, sha(self.asked), (at, at)));
                wish.ask(named.map(|index| INSTANCES[index].to_owned()), (at, at));
            }
            Event::Rests(feature) => {
                if let Some(wish) = self.wishes.get_mut(&PullNumber(*feature)) {
                    wish.resting = Some(Resting::Freed {
                        by: Person {
                            id: UserId(1),
                            login: Login::from("anna"),
                        },
                    });
                }
            }
            Event::Ends(feature) => drop(self.wishes.remove(&PullNumber(*feature))),
            Event::Pushes(feature) => {
                self.asked += 1;
                if let Some(wish) = self.wishes.get_mut(&PullNumber(*feature)) {
                    wish.head = sha(self.asked);
                }
            }
            Event::IsShown(feature) => {
                if let Some(wish) = self.wishes.get_mut(&PullNumber(*feature))
                    && let Some(held) = &mut wish.has
                    && !self.instances.closed.contains(&held.instance)
                {
                    held.shows = Some(Shows::new(wish.head.clone(), NOON, NOON));
                }
            }
            Event::Configured(names) => {
                self.instances.names = names.iter().map(|index| INSTANCES[*index].to_owned()).collect();
            }
            Event::Trouble(index, true) => drop(self.instances.closed.insert(INSTANCES[*index].to_owned())),
            Event::Trouble(index, false) => drop(self.instances.closed.remove(INSTANCES[*index])),
        }
    }

    fn carry_out(&mut self, steps: &[Step]) {
        for step in steps {
            let (Step::Free(pull) | Step::Give(pull, _)) = step;
            let wish = self.wishes.get_mut(pull).expect("a feature that is known");
            wish.has = match step {
                Step::Free(_) => None,
                Step::Give(_, instance) => Some(Held {
                    instance: instance.clone(),
                    branch: BranchName::from(instance.as_str()),
                    shows: None,
                }),
            };
            let has = self.has();
            let taken: Vec<&String> = has.values().collect();
            let different: BTreeSet<&&String> = taken.iter().collect();
            assert_eq!(taken.len(), different.len(), "V1, between two steps too: {has:?}");
        }
    }

    fn has(&self) -> BTreeMap<PullNumber, String> {
        let held = self.wishes.values();
        held.filter_map(|wish| Some((wish.pull, wish.has.clone()?.instance)))
            .collect()
    }

    fn is_free(&self, instance: &str) -> bool {
        !self.instances.closed.contains(instance) && !self.has().values().any(|taken| taken == instance)
    }

    /// Whether this wish would take the instance now.
    fn would_take(&self, wish: &Wish, instance: &str) -> bool {
        let named = wish.named.as_ref().filter(|named| self.instances.names.contains(named));
        let wants = named.map_or(wish.has.is_none(), |named| {
            named == instance && wish.has.as_ref().is_none_or(|held| held.instance != instance)
        });
        wish.resting.is_none() && wants
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// V1 to V5, and that a hand-out leaves nothing to hand out.
    #[test]
    fn the_pool_keeps_its_promises(events in proptest::collection::vec(any_event(), 1..60)) {
        let mut world = World::new();
        for event in events {
            world.happens(&event);
            let earlier = world.wishes.clone();
            let had = world.has();
            let steps = allot(&world.instances, &world.wishes);
            world.carry_out(&steps);
            prop_assert_eq!(allot(&world.instances, &world.wishes), vec![], "nothing is left to hand out");
            for (pull, instance) in &had {
                let wish = &world.wishes[pull];
                let is_named = world.instances.names.contains(instance);
                let was_shown = earlier[pull].has.as_ref().is_some_and(|held| held.shows.is_some());
                let left_for_another = wish.has.as_ref().is_some_and(|held| wish.named.as_ref() == Some(&held.instance));
                let useless = world.instances.closed.contains(instance) && !was_shown;
                let may_leave = wish.resting.is_some() || !is_named || left_for_another || useless;
                prop_assert!(may_leave || wish.has.as_ref().map(|held| &held.instance) == Some(instance), "V4: {wish:?}");
            }
            for instance in world.instances.names.iter().filter(|name| world.is_free(name)) {
                let waiting = world.wishes.values().find(|wish| world.would_take(wish, instance));
                prop_assert!(waiting.is_none(), "V5: {instance} is free and {waiting:?}");
            }
            for step in &steps {
                let Step::Give(pull, instance) = step else { continue };
                prop_assert!(world.instances.names.contains(instance));
                let given = &world.wishes[pull];
                let passed = world.wishes.values().find(|wish| {
                    wish.rank() < given.rank() && world.would_take(wish, instance)
                });
                prop_assert!(passed.is_none(), "V3: {passed:?} asked before {given:?}");
            }
            for wish in world.wishes.values().filter(|wish| wish.waits()) {
                let told = before(wish, &world.wishes);
                prop_assert!(!told.contains(&wish.pull));
            }
        }
    }

    /// Whoever waits gets one after those before it have had theirs, whatever comes later.
    #[test]
    fn nobody_starves(late in proptest::collection::vec((1..=FEATURES, proptest::option::of(0..INSTANCES.len())), 0..40)) {
        let mut world = World::new();
        for (number, feature) in (100..103).zip(INSTANCES) {
            world.happens(&Event::Asks(number, None));
            world.carry_out(&allot(&world.instances, &world.wishes));
            prop_assert_eq!(&world.has()[&PullNumber(number)], feature);
        }
        world.happens(&Event::Asks(50, None));
        let mut turns = late.into_iter();
        for round in 0..2 {
            for (feature, named) in turns.by_ref().take(20) {
                world.happens(&Event::Asks(feature, named));
                world.carry_out(&allot(&world.instances, &world.wishes));
            }
            let oldest = *world.has().keys().max().expect("all are taken");
            world.happens(&Event::Ends(oldest.0));
            world.carry_out(&allot(&world.instances, &world.wishes));
            prop_assert!(world.has().contains_key(&PullNumber(50)), "in round {round}: {:?}", world.has());
        }
    }
}
