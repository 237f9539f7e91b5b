//! Chance that can be repeated: every run prints its seed, and `VIDIMUS_SEED` gives one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub const VARIABLE: &str = "VIDIMUS_SEED";

/// SplitMix64.
#[derive(Clone)]
pub struct Seed(u64);

impl Seed {
    pub fn of_this_run(test: &str) -> Self {
        let given = std::env::var(VARIABLE).ok();
        let seed = given.map_or_else(
            || {
                SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .map_or(0, |at| at.subsec_nanos().into())
            },
            |text| text.parse().unwrap_or_else(|_| panic!("{VARIABLE}={text} is no number")),
        );
        eprintln!("{test}: {VARIABLE}={seed}");
        Self(seed)
    }

    /// One for somebody else: a thread, a cycle.
    pub fn branch(&mut self) -> Self {
        Self(self.next())
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to `end`, `end` not included.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or(0)
    }

    pub fn between(&mut self, from: Duration, to: Duration) -> Duration {
        let span = u64::try_from((to - from).as_micros()).unwrap_or(u64::MAX);
        from + Duration::from_micros(self.next() % span.max(1))
    }
}
