//! Random days with previews: features come, push, close and go, people ask and free, developers try things on an instance's
//! branch, GitHub stumbles, deliveries are lost or doubled, the bot stops and starts. What must never happen does not, and in the
//! end everybody has what is theirs.

use std::collections::{BTreeMap, BTreeSet};

use greenlight::sandbox::Fault;
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, LABEL, World};

const INSTANCES: [&str; 2] = ["dev-1", "dev-2"];

const FAULTS: [Fault; 7] = [
    Fault::Status(502),
    Fault::StatusAfter(502),
    Fault::Reset,
    Fault::ResetAfter,
    Fault::Twice,
    Fault::Lost,
    Fault::Late(SignedDuration::from_secs(20)),
];

/// The same sequence for the same seed: Numerical Recipes' linear congruential generator.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) % (1 << 32);
        (self.0 >> 8) as usize % bound
    }
}

struct Day {
    world: World,
    dice: Dice,
    features: Vec<u64>,
    /// What a developer tried on an instance's branch, as long as nobody took it away.
    tried: BTreeMap<&'static str, String>,
    commits: usize,
}

impl Day {
    async fn begin(seed: u64) -> Self {
        let previews = "previews:\n  - name: dev-1\n  - name: dev-2\n";
        Self {
            world: World::with_configuration(Some(&format!("{CONFIGURATION}{previews}"))).await,
            dice: Dice(seed),
            features: Vec::new(),
            tried: BTreeMap::new(),
            commits: 0,
        }
    }

    fn any_feature(&mut self) -> Option<u64> {
        let open: Vec<u64> = self.features.iter().copied().filter(|one| self.is_open(*one)).collect();
        (!open.is_empty()).then(|| open[self.dice.below(open.len())])
    }

    fn is_open(&self, number: u64) -> bool {
        self.world.shop.pull(number).expect("it").open
    }

    fn commits_to(&mut self, branch: &str) -> String {
        self.commits += 1;
        let file = format!("random-{}.txt", self.commits);
        self.world
            .shop
            .commit(branch, "dora", "Something", &[(file.as_str(), "1")])
    }

    async fn something_happens(&mut self) {
        let kind = self.dice.below(16);
        let shop = self.world.shop.clone();
        match (kind, self.any_feature()) {
            (0..4, _) | (_, None) => {
                let number = self.world.feature("A feature");
                shop.label("dora", number, LABEL).expect("a label");
                self.features.push(number);
            }
            (4..7, Some(number)) => {
                let branch = shop.pull(number).expect("it").head;
                self.commits_to(&branch);
            }
            (7, Some(number)) => shop.close_pull("dora", number).expect("closed"),
            (8, Some(number)) => shop.unlabel("dora", number, LABEL).unwrap_or_default(),
            (9, Some(number)) => shop.label("dora", number, LABEL).expect("a label"),
            (10, Some(number)) => drop(self.world.writes("dora", number, "/preview off")),
            (11, Some(number)) => drop(self.world.writes("anna", number, "/preview dev-2")),
            (12, Some(number)) => drop(self.world.writes("dora", number, "/preview")),
            (13, Some(_)) => self.somebody_tries_something(),
            (14, Some(_)) => {
                self.world.bot_stops().await;
                self.world.bot_starts().await;
            }
            _ => self.world.passes(SignedDuration::from_secs(30)).await,
        }
        // On bad days it does not come to rest; what it did by then has to be right all the same.
        tokio::task::yield_now().await;
    }

    fn somebody_tries_something(&mut self) {
        let instance = INSTANCES[self.dice.below(INSTANCES.len())];
        match self.tried.remove(instance) {
            Some(_) => self.world.shop.delete_branch("dora", instance).expect("it is there"),
            None if self.world.shop.head(instance).is_some() => {
                let commit = self.commits_to(instance);
                self.tried.insert(instance, commit);
            }
            None => {}
        }
    }

    /// What a card claims.
    fn shown_on(&self, number: u64) -> Vec<&'static str> {
        let cards = self.world.bot_comments(number).into_iter().map(|comment| comment.body);
        let cards: Vec<String> = cards.filter(|body| body.contains("<!-- greenlight:card -->")).collect();
        assert!(cards.len() <= 1, "#{number} has {} cards", cards.len());
        let says = |name: &&&str| {
            cards
                .iter()
                .any(|card| card.contains(&format!("**{name}** shows this since")))
        };
        INSTANCES.iter().filter(says).copied().collect()
    }

    fn nothing_is_overwritten(&self) {
        for (instance, commit) in &self.tried {
            assert_eq!(self.world.shop.head(instance).as_ref(), Some(commit), "{instance}");
        }
    }

    fn is_in_order(&self) {
        self.nothing_is_overwritten();
        let mut taken = BTreeSet::new();
        for number in self.features.iter().copied() {
            let on = self.shown_on(number);
            assert!(on.len() <= 1, "#{number} is shown on {on:?}");
            for instance in on {
                assert!(taken.insert(instance), "{instance} shows two features");
                let pull = self.world.shop.pull(number).expect("it");
                assert!(
                    pull.open && pull.labels.contains(&LABEL.to_owned()),
                    "#{number} is shown"
                );
                assert_eq!(self.world.head(instance), pull.head_sha, "{instance} shows #{number}");
            }
        }
    }
}

async fn a_random_day(seed: u64) {
    let mut day = Day::begin(seed).await;
    for hour in 0..24 {
        let is_bad = hour % 3 != 0;
        if is_bad {
            day.world.sandbox.bad_days(seed * 100 + hour, &FAULTS);
        }
        day.something_happens().await;
        if is_bad {
            day.world.sandbox.good_days();
        }
        for _ in 0..2 {
            day.world.passes(SignedDuration::from_secs(30)).await;
        }
        day.nothing_is_overwritten();
    }
    // What was lost on the way is made up for by a look at everything, as every start begins with.
    day.world.bot_stops().await;
    day.world.bot_starts().await;
    for _ in 0..3 {
        day.world.passes(SignedDuration::from_secs(30)).await;
    }
    day.is_in_order();
    for instance in INSTANCES.into_iter().filter(|one| !day.tried.contains_key(one)) {
        let is_taken = day.features.iter().any(|number| day.shown_on(*number) == [instance]);
        let waits = |number: &u64| {
            let cards = day.world.bot_comments(*number);
            cards.iter().any(|card| card.body.contains("All previews are taken"))
        };
        let waiting: Vec<&u64> = day.features.iter().filter(|one| waits(one)).collect();
        assert!(
            is_taken || waiting.is_empty(),
            "{instance} is free, and {waiting:?} wait"
        );
    }
}

#[tokio::test]
async fn whatever_the_day_brings_no_instance_has_two_features_and_nobody_waits_for_a_free_one() {
    for seed in [1, 7, 42, 2026] {
        a_random_day(seed).await;
    }
}
