//! One connection of a node: a statement under way, and whoever waits for the next.

use std::collections::VecDeque;

use super::{costs, event::Request};

/// Whom a node asks.
pub const PRIMARY: usize = 0;
pub const REPLICA: usize = 1;

#[derive(Default)]
pub struct Line {
    waiting: VecDeque<Request>,
    pub under_way: Vec<Request>,
    /// What the statement can see: all that was committed before.
    pub position: u64,
}

impl Line {
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= costs::BATCH_MAX
    }

    /// Whether there was room.
    pub fn wait(&mut self, request: Request) -> bool {
        let room = self.waiting.len() < costs::QUEUE_MAX;
        if room {
            self.waiting.push_back(request);
        }
        room
    }

    /// Whoever waits comes along, if nothing is under way.
    pub fn begin(&mut self) -> bool {
        if !self.under_way.is_empty() || self.waiting.is_empty() {
            return false;
        }
        let count = self.waiting.len().min(costs::BATCH_MAX);
        self.under_way.extend(self.waiting.drain(..count));
        true
    }
}

/// The lines of all nodes, in one row: a node has some to the primary and as many to its replica.
pub fn number(node: usize, whom: usize, turn: usize) -> usize {
    (node * 2 + whom) * costs::LINES + turn
}

pub fn node(number: usize) -> usize {
    number / costs::LINES / 2
}

pub fn whom(number: usize) -> usize {
    number / costs::LINES % 2
}
