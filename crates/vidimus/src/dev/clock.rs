//! The machine's clock and a distance from it.

use std::sync::atomic::{AtomicI64, Ordering};

use vidimus_core::time::Time;
use vidimus_http::clock::{Clock, SystemClock};

#[derive(Default)]
pub struct SandboxClock {
    offset_seconds: AtomicI64,
}

/// A century either way is enough for any test.
const OFFSET_SECONDS_MAX: i64 = 100 * 365 * 86_400;

impl Clock for SandboxClock {
    fn now(&self) -> Time {
        SystemClock.now().plus_seconds(self.offset_seconds())
    }
}

impl SandboxClock {
    pub fn offset_seconds(&self) -> i64 {
        self.offset_seconds.load(Ordering::SeqCst)
    }

    /// `None`: too far.
    pub fn advance(&self, seconds: i64) -> Option<i64> {
        let add = |offset: i64| offset.checked_add(seconds).filter(|sum| is_near(*sum));
        let before = self.offset_seconds.try_update(Ordering::SeqCst, Ordering::SeqCst, add);
        before.ok().map(|before| before + seconds)
    }

    /// So far from the machine's clock. `None`: too far.
    pub fn set_offset(&self, seconds: i64) -> Option<i64> {
        is_near(seconds).then(|| self.offset_seconds.store(seconds, Ordering::SeqCst))?;
        Some(seconds)
    }

    /// It goes on from this moment. `None`: too far.
    pub fn set(&self, seconds_since_1970: i64) -> Option<i64> {
        self.set_offset(seconds_since_1970.checked_sub(SystemClock.now().seconds())?)
    }

    pub fn reset(&self) {
        self.offset_seconds.store(0, Ordering::SeqCst);
    }
}

fn is_near(offset_seconds: i64) -> bool {
    (-OFFSET_SECONDS_MAX..=OFFSET_SECONDS_MAX).contains(&offset_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_moves_both_ways_within_a_century() {
        let clock = SandboxClock::default();
        let before = clock.now();
        assert_eq!(clock.advance(7200), Some(7200));
        assert!(clock.now() >= before.plus_seconds(7200));
        assert_eq!(clock.advance(-3600), Some(3600));
        assert_eq!(clock.advance(i64::MAX), None);
        assert_eq!(clock.offset_seconds(), 3600);
        clock.reset();
        assert_eq!(clock.offset_seconds(), 0);
    }

    #[test]
    fn the_clock_is_set_to_a_moment() {
        let clock = SandboxClock::default();
        let then = 1_900_000_000;
        assert!(clock.set(then).is_some());
        assert!((then..then + 5).contains(&clock.now().seconds()));
        assert_eq!(clock.set(i64::MIN), None);
        assert_eq!(clock.set_offset(60), Some(60));
        assert_eq!(clock.offset_seconds(), 60);
    }
}
