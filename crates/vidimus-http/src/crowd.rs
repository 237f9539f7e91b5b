//! Requests that are turned away because there are too many are told of once a second: a line for each
//! would be more work than they were.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use vidimus_core::time::Time;

#[derive(Default)]
pub struct Crowd {
    turned_away: AtomicU64,
    /// The second that was told of last.
    told: AtomicI64,
}

impl Crowd {
    /// Counts one. How many there were since they were told of last, if it is time to tell.
    pub fn turn_away(&self, now: Time) -> Option<u64> {
        self.turned_away.fetch_add(1, Relaxed);
        let (told, second) = (self.told.load(Relaxed), now.seconds());
        let mine =
            told != second && self.told.compare_exchange(told, second, Relaxed, Relaxed).is_ok();
        mine.then(|| self.turned_away.swap(0, Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_second_tells_of_all_since_the_last() {
        let crowd = Crowd::default();
        let at = |milliseconds: i64| crowd.turn_away(Time(1_800_000_000_000 + milliseconds));
        assert_eq!(at(0), Some(1));
        assert_eq!([at(1), at(999)], [None, None]);
        assert_eq!(at(1000), Some(3));
        assert_eq!(at(1500), None);
        assert_eq!(at(60_000), Some(2));
    }
}
