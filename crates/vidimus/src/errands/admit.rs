//! How often somebody may come back within a time: fixed windows, in bounded memory. When too many
//! are counted the oldest windows go first, so that a crowd can free one of its own but no other.

use std::{
    collections::{HashMap, VecDeque, hash_map::RandomState},
    hash::BuildHasher as _,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const WINDOWS_MAX: usize = 100_000;

/// Keyed digest of who it is and how it is counted: a name costs no more than its window.
type Who = u64;

pub struct Admissions {
    hasher: RandomState,
    windows: Mutex<Windows>,
    windows_max: usize,
}

#[derive(Default)]
struct Windows {
    counts: HashMap<Who, Window>,
    /// In the order of their starts. One that was started anew is in here again.
    started: VecDeque<(Who, Window)>,
}

#[derive(Clone, Copy)]
struct Window {
    start: Instant,
    length: Duration,
    times: u32,
}

impl Window {
    /// What is left of it; `None` where it is over.
    fn left(&self, now: Instant) -> Option<Duration> {
        let left = self.length.checked_sub(now.saturating_duration_since(self.start))?;
        (!left.is_zero()).then_some(left)
    }
}

impl Admissions {
    pub fn new() -> Self {
        Self::within(WINDOWS_MAX)
    }

    fn within(windows_max: usize) -> Self {
        Self { hasher: RandomState::new(), windows: Mutex::default(), windows_max }
    }

    /// Counts one more.
    ///
    /// # Errors
    /// The seconds after which it is let in again, where that would be one too many.
    pub fn admit(
        &self,
        who: &str,
        within_seconds: u32,
        times_max: u32,
        now: Instant,
    ) -> Result<(), u32> {
        let who = self.hasher.hash_one((who, within_seconds));
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = windows.counts.get_mut(&who)
            && let Some(left) = window.left(now)
        {
            if window.times < times_max {
                window.times += 1;
                return Ok(());
            }
            let whole = left.as_secs() + u64::from(left.subsec_nanos() > 0);
            return Err(u32::try_from(whole).unwrap_or(u32::MAX));
        }
        if times_max == 0 {
            return Err(within_seconds);
        }
        windows.make_room(self.windows_max, now);
        let length = Duration::from_secs(within_seconds.into());
        let window = Window { start: now, length, times: 1 };
        windows.counts.insert(who, window);
        windows.started.push_back((who, window));
        Ok(())
    }

    /// Takes one back, where it is still counted.
    pub fn forgive(&self, who: &str, within_seconds: u32, now: Instant) {
        let who = self.hasher.hash_one((who, within_seconds));
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = windows.counts.get_mut(&who)
            && window.left(now).is_some()
        {
            window.times = window.times.saturating_sub(1);
        }
    }
}

impl Windows {
    /// Forgets windows that are over, and the oldest where there are too many.
    fn make_room(&mut self, windows_max: usize, now: Instant) {
        while let Some((who, window)) = self.started.front().copied() {
            if window.left(now).is_some() && self.started.len() < windows_max {
                return;
            }
            self.started.pop_front();
            if self.counts.get(&who).is_some_and(|current| current.start == window.start) {
                self.counts.remove(&who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Instant {
        #[expect(clippy::disallowed_methods, reason = "any moment will do")]
        Instant::now()
    }

    fn after(from: Instant, millis: u64) -> Instant {
        from + Duration::from_millis(millis)
    }

    #[test]
    fn so_many_are_let_in_and_the_next_is_told_when() {
        let (admissions, at) = (Admissions::new(), start());
        for n in 0..3 {
            assert_eq!(admissions.admit("a", 60, 3, after(at, n)), Ok(()));
        }
        assert_eq!(admissions.admit("a", 60, 3, after(at, 10)), Err(60));
        assert_eq!(admissions.admit("a", 60, 3, after(at, 58_999)), Err(2));
        assert_eq!(admissions.admit("a", 60, 3, after(at, 59_000)), Err(1));
        assert_eq!(admissions.admit("a", 60, 3, after(at, 59_999)), Err(1));
        assert_eq!(admissions.admit("a", 60, 3, after(at, 60_000)), Ok(()));
    }

    #[test]
    fn whoever_waits_as_long_as_told_is_let_in() {
        let (admissions, at) = (Admissions::new(), start());
        for millis in (0..60_000).step_by(777) {
            let now = after(at, millis);
            if let Err(seconds) = admissions.admit("a", 60, 1, now) {
                let then = after(now, u64::from(seconds) * 1000);
                let end = after(at, 60_000);
                assert!(then >= end && then < after(end, 1000), "{millis} {seconds}");
            }
        }
    }

    #[test]
    fn each_is_counted_alone_and_by_each_limit() {
        let (admissions, at) = (Admissions::new(), start());
        assert_eq!(admissions.admit("a", 60, 1, at), Ok(()));
        assert_eq!(admissions.admit("b", 60, 1, at), Ok(()));
        assert_eq!(admissions.admit("a", 3600, 1, at), Ok(()));
        assert_eq!(admissions.admit("a", 60, 1, at), Err(60));
        assert_eq!(admissions.admit("a", 60, 2, at), Ok(()), "a raised limit counts at once");
        assert_eq!(admissions.admit("c", 60, 0, at), Err(60));
    }

    #[test]
    fn what_was_no_guess_is_taken_back() {
        let (admissions, at) = (Admissions::new(), start());
        admissions.forgive("a", 60, at);
        for _ in 0..10 {
            assert_eq!(admissions.admit("a", 60, 2, at), Ok(()));
            admissions.forgive("a", 60, at);
        }
        assert_eq!(admissions.admit("a", 60, 2, at), Ok(()));
        admissions.forgive("a", 3600, at);
        admissions.forgive("b", 60, at);
        assert_eq!(admissions.admit("a", 60, 2, at), Ok(()));
        assert_eq!(admissions.admit("a", 60, 2, at), Err(60), "another's is not taken back");
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_go_first() {
        let (admissions, at) = (Admissions::within(100), start());
        for n in 0..1000 {
            assert_eq!(admissions.admit(&format!("{n}"), 60, 1, after(at, n)), Ok(()));
        }
        let count = || {
            let windows = admissions.windows.lock().unwrap();
            (windows.counts.len(), windows.started.len())
        };
        assert_eq!(count(), (100, 100));
        assert!(admissions.admit("999", 60, 1, after(at, 1000)).is_err(), "the latest is kept");
        assert_eq!(admissions.admit("0", 60, 1, after(at, 1000)), Ok(()), "the oldest is not");
    }

    #[test]
    fn windows_that_are_over_are_forgotten() {
        let (admissions, at) = (Admissions::new(), start());
        for n in 0..1000 {
            admissions.admit(&format!("{n}"), 60, 1, at).unwrap();
        }
        // One that comes back again and again is in the queue once for each window.
        for minute in 1..5 {
            admissions.admit("a", 60, 1, after(at, minute * 60_000)).unwrap();
        }
        let windows = admissions.windows.lock().unwrap();
        assert_eq!((windows.counts.len(), windows.started.len()), (1, 1));
    }
}
