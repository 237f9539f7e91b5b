//! Load from one thread over non-blocking sockets: lanes that send in a closed loop or at a fixed
//! rate, side by side, every answer checked.

pub mod answer;
mod connection;
mod drip;
mod drive;
pub mod histogram;
pub mod requests;

use std::time::Duration;

pub use drip::Drip;
pub use drive::drive;

use crate::load::{histogram::Histogram, requests::Requests};

/// One kind of request to one server.
pub struct Lane<'a> {
    pub address: String,
    pub connections: usize,
    pub pace: Pace,
    pub requests: Box<dyn Requests + 'a>,
    pub expect: Expect,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// Each connection sends the next request when the answer is there.
    Closed,
    /// So many a second, whatever the server does; latency counts from when each was due.
    PerSecond(f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// 200, with this in the body; anything else ends the bench.
    Body(&'static str),
    /// Any answer will do: this lane is a disturbance.
    Anything,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// When the first lane has sent so many.
    After(u64),
    For(Duration),
}

/// What the load does while nothing is due and no answer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    Sleep,
    /// Looks again, at the first lane before the others: what is paced is sent when it is due, and what
    /// is measured is seen when it comes.
    Spin,
}

/// What one lane has seen.
#[derive(Clone, Default)]
pub struct Seen {
    pub answers: u64,
    /// Of a lane that expects anything: those that were no 200.
    pub refusals: u64,
    /// Of answers that were looked for in time.
    pub latencies: Histogram,
    /// Answers to requests that were under way while the load itself stood still: how long they took
    /// is not known.
    pub unseen: u64,
    pub span: Duration,
}

impl Seen {
    #[expect(clippy::cast_precision_loss, reason = "a count of answers")]
    pub fn per_second(&self) -> f64 {
        self.answers as f64 / self.span.as_secs_f64()
    }

    pub fn add(&mut self, other: &Self) {
        self.answers += other.answers;
        self.refusals += other.refusals;
        self.latencies.merge(&other.latencies);
        self.unseen += other.unseen;
        self.span += other.span;
    }
}
