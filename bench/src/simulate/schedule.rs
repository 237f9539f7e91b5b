//! What happens next: events in the order of their time, and of their making where that is the same.

use std::{cmp::Ordering, collections::BinaryHeap};

use super::event::Event;

struct Scheduled {
    at: u64,
    number: u64,
    /// The cores of which one is free again.
    pool: Option<usize>,
    event: Event,
}

#[derive(Default)]
pub struct Schedule {
    pub now: u64,
    numbers: u64,
    heap: BinaryHeap<Scheduled>,
}

impl Schedule {
    pub fn after(&mut self, delay: u64, event: Event) {
        self.push(delay, None, event);
    }

    pub fn free_after(&mut self, delay: u64, pool: usize, event: Event) {
        self.push(delay, Some(pool), event);
    }

    fn push(&mut self, delay: u64, pool: Option<usize>, event: Event) {
        self.numbers += 1;
        self.heap.push(Scheduled { at: self.now + delay, number: self.numbers, pool, event });
    }

    pub fn next_before(&mut self, end: u64) -> Option<(Option<usize>, Event)> {
        let next = self.heap.pop().filter(|next| next.at < end)?;
        self.now = next.at;
        Some((next.pool, next.event))
    }
}

/// The heap has the greatest first.
impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Scheduled {}
