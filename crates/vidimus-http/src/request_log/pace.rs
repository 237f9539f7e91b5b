//! So many in a second, and how many more there were: one atomic addition each.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub struct Pace {
    per_second_max: u32,
    /// The second in the upper half, in the lower how many there were in it.
    now: AtomicU64,
    refused_before: AtomicU64,
}

impl Pace {
    pub const fn new(per_second_max: u32) -> Self {
        Self { per_second_max, now: AtomicU64::new(0), refused_before: AtomicU64::new(0) }
    }

    pub fn admits(&self, second: u64) -> bool {
        let second = second & u64::from(u32::MAX);
        loop {
            let seen = self.now.load(Relaxed);
            if seen >> 32 == second {
                return (self.now.fetch_add(1, Relaxed) as u32) < self.per_second_max;
            }
            let begun = second << 32 | 1;
            if self.now.compare_exchange(seen, begun, Relaxed, Relaxed).is_ok() {
                self.refused_before.fetch_add(self.over(seen), Relaxed);
                return true;
            }
        }
    }

    pub fn refused(&self) -> u64 {
        self.refused_before.load(Relaxed) + self.over(self.now.load(Relaxed))
    }

    fn over(&self, seen: u64) -> u64 {
        u64::from((seen as u32).saturating_sub(self.per_second_max))
    }
}
