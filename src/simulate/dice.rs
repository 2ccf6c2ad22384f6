//! One seed, one sequence: every choice of a run is thrown here, so the same seed makes the same run again.

/// Sebastiano Vigna's SplitMix64.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of its own for one subject, so that one more throw there changes nothing elsewhere.
    pub fn split(&mut self) -> Self {
        Self(self.throw())
    }

    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is at least 1.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.throw() % bound).unwrap_or(0)
    }

    /// A number from `least` to `most`.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = usize::try_from(most - least + 1).unwrap_or(1);
        least + i64::try_from(self.below(span)).unwrap_or(0)
    }

    /// Whether one of `per_cent` cases in a hundred has come up.
    pub fn happens(&mut self, per_cent: usize) -> bool {
        self.below(100) < per_cent
    }

    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        choices.get(self.below(choices.len()))
    }

    /// One of these that are never none.
    pub fn word(&mut self, choices: &[&'static str]) -> &'static str {
        self.one_of(choices).copied().unwrap_or_default()
    }

    /// One of the choices, as often as its weight says; `None` where all weights are 0.
    pub fn weighted<T: Copy>(&mut self, choices: &[(usize, T)]) -> Option<T> {
        let all: usize = choices.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(all);
        let chosen = choices.iter().find(|(weight, _)| {
            let is_it = left < *weight;
            left = left.wrapping_sub(*weight);
            is_it
        });
        chosen.filter(|_| all > 0).map(|(_, choice)| *choice)
    }
}
