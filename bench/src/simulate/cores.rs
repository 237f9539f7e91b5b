//! Some cores that work through one queue.

use std::collections::VecDeque;

use super::{costs, event::Event, schedule::Schedule};

/// Whose time is accounted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Node,
    Database,
    /// Not of an introspection.
    Other,
}

pub struct Job {
    pub side: Side,
    pub cost: u64,
    pub then: Event,
}

pub struct Cores {
    number: usize,
    free: usize,
    pub count: usize,
    waiting: VecDeque<Job>,
    /// What a turn costs more because others had theirs on the same core.
    pub refill: u64,
    pub busy: u64,
}

impl Cores {
    /// The pool of that number, on which so many processes take turns.
    pub fn new(number: usize, count: usize, processes: usize) -> Self {
        let others = (processes / count).saturating_sub(2) as u64;
        let refill = costs::REFILL * others.min(costs::REFILL_MAX);
        Self { number, free: count, count, waiting: VecDeque::new(), refill, busy: 0 }
    }

    /// The job, if a core began with it at once.
    pub fn take(&mut self, schedule: &mut Schedule, job: Job) -> Option<(Side, u64)> {
        if self.free == 0 {
            self.waiting.push_back(job);
            return None;
        }
        self.free -= 1;
        Some(self.begin(schedule, job))
    }

    /// One core is done. What it began with instead.
    pub fn next(&mut self, schedule: &mut Schedule) -> Option<(Side, u64)> {
        let Some(job) = self.waiting.pop_front() else {
            self.free += 1;
            return None;
        };
        Some(self.begin(schedule, job))
    }

    fn begin(&mut self, schedule: &mut Schedule, job: Job) -> (Side, u64) {
        schedule.free_after(job.cost, self.number, job.then);
        (job.side, job.cost)
    }
}
