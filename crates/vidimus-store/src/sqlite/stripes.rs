//! Whether what was read still stands: every place has a stripe, and a commit that changes what
//! lies there moves the stripe on.

// A stripe's number is odd while a commit that changes something in it is under way, and then even
// again and higher. The numbers move before COMMIT and after it, and only then is the change
// acknowledged. So whoever noted an even number before reading, and later finds the same number,
// holds what stands: a look that begins after an acknowledgement never meets what was before it.

use std::{
    hash::{BuildHasher as _, Hash},
    sync::atomic::{AtomicU64, Ordering::SeqCst},
};

use quick_cache::DefaultHashBuilder;

/// A change makes what shares its stripe be read anew, so there are more than changes in flight.
const STRIPES: usize = 1 << 17;

pub struct Stripes {
    numbers: Box<[AtomicU64]>,
    /// Moves whenever any of them does.
    moves: AtomicU64,
    hashes: DefaultHashBuilder,
}

/// A stripe and its even number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    stripe: u32,
    number: u64,
}

impl Default for Stripes {
    fn default() -> Self {
        let numbers = std::iter::repeat_with(AtomicU64::default).take(STRIPES).collect();
        Self { numbers, moves: AtomicU64::default(), hashes: DefaultHashBuilder::default() }
    }
}

impl Stripes {
    fn stripe(&self, place: &impl Hash) -> u32 {
        // Truncation is meant: the stripe is a hash.
        self.hashes.hash_one(place) as u32 % (STRIPES as u32)
    }

    fn number(&self, stripe: u32) -> u64 {
        self.numbers.get(stripe as usize).map_or(1, |number| number.load(SeqCst))
    }

    /// `None` while what lies there changes.
    pub fn stamp(&self, place: &impl Hash) -> Option<Stamp> {
        let stripe = self.stripe(place);
        let number = self.number(stripe);
        number.is_multiple_of(2).then_some(Stamp { stripe, number })
    }

    pub fn stands(&self, stamp: Stamp) -> bool {
        self.number(stamp.stripe) == stamp.number
    }

    /// The same as long as no commit that moves a stripe begins or ends.
    pub fn moves(&self) -> u64 {
        self.moves.load(SeqCst)
    }

    pub const fn touched(&self) -> Touched<'_> {
        Touched { stripes: self, marked: Vec::new(), all: false }
    }

    fn advance(&self, touched: &Touched<'_>) {
        self.moves.fetch_add(1, SeqCst);
        if touched.all {
            for number in &self.numbers {
                number.fetch_add(1, SeqCst);
            }
        } else {
            for &stripe in &touched.marked {
                if let Some(number) = self.numbers.get(stripe as usize) {
                    number.fetch_add(1, SeqCst);
                }
            }
        }
    }
}

/// What one transaction changes of what may be kept.
pub struct Touched<'a> {
    stripes: &'a Stripes,
    marked: Vec<u32>,
    all: bool,
}

impl Touched<'_> {
    pub fn touch(&mut self, place: &impl Hash) {
        self.marked.push(self.stripes.stripe(place));
    }

    /// For what changes too much at once to name it.
    pub const fn touch_all(&mut self) {
        self.all = true;
    }

    /// Brackets the COMMIT. Only the writer calls it.
    pub fn committing<T>(mut self, commit: impl FnOnce() -> T) -> T {
        if self.marked.is_empty() && !self.all {
            return commit();
        }
        // Each once, or twice would be even while the commit is under way.
        self.marked.sort_unstable();
        self.marked.dedup();
        self.stripes.advance(&self);
        let result = commit();
        self.stripes.advance(&self);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_ends_with_the_change_of_its_place() {
        let stripes = Stripes::default();
        let (changed, other) = (stripes.stamp(&1).unwrap(), stripes.stamp(&2).unwrap());
        let mut touched = stripes.touched();
        touched.touch(&1);
        touched.touch(&1);
        touched.committing(|| {
            assert!(!stripes.stands(changed));
            assert!(stripes.stamp(&1).is_none());
            assert!(stripes.stands(other));
        });
        assert!(!stripes.stands(changed));
        assert!(stripes.stands(stripes.stamp(&1).unwrap()));
        assert!(stripes.stands(other));
    }

    #[test]
    fn everything_may_change_at_once() {
        let stripes = Stripes::default();
        let stamp = stripes.stamp(&2).unwrap();
        let before = stripes.moves();
        stripes.touched().committing(|| ());
        assert_eq!(stripes.moves(), before, "nothing was touched");
        let mut touched = stripes.touched();
        touched.touch_all();
        touched.committing(|| assert!(stripes.stamp(&9).is_none()));
        assert!(!stripes.stands(stamp));
        assert_ne!(stripes.moves(), before);
    }
}
