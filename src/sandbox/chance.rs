//! Random numbers for tokens, GUIDs and bad days: unpredictable, or the same sequence again from the same seed.

use ring::rand::{SecureRandom, SystemRandom};

/// Sebastiano Vigna's SplitMix64, small and good enough for a simulation.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    pub fn seeded(seed: u64) -> Chance {
        Chance(seed)
    }

    pub fn unpredictable() -> Chance {
        let mut seed = [0; 8];
        // Without randomness of the system every sandbox has the same tokens, which harms nobody.
        let _ = SystemRandom::new().fill(&mut seed);
        Chance(u64::from_ne_bytes(seed))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// 48 hexadecimal digits.
    pub fn hex(&mut self) -> String {
        (0..3).map(|_| format!("{:016x}", self.next())).collect()
    }

    /// A GUID of the random kind, as in `X-GitHub-Delivery`.
    pub fn guid(&mut self) -> String {
        let hex = self.hex();
        format!(
            "{}-{}-4{}-a{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..15],
            &hex[15..18],
            &hex[18..30]
        )
    }
}
