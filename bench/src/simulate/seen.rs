//! What is counted after the warming up.

use std::time::Duration;

use crate::load::histogram::Histogram;

#[derive(Default)]
pub struct Seen {
    pub latency: Histogram,
    /// Introspections for which there was no room.
    pub refused: u64,
    pub by_cache: u64,
    pub by_replicas: u64,
    pub by_primary: u64,
    /// Answers of a replica that was too far behind, and asked for again.
    pub too_old: u64,
    pub statements: u64,
    /// Looks to the primary and to replicas, times the nanoseconds for which each is away even if nothing
    /// waits for a core.
    pub under_way: [u64; 2],
    /// Nanoseconds of processors, for introspections.
    pub nodes: u64,
    pub databases: u64,
    pub replayed: u64,
    /// Issues, revocations and changes.
    pub acknowledged: u64,
    pub changes: u64,
    /// A token was shown active though its revocation had been acknowledged for longer than the bound when it
    /// was asked about.
    pub violations: u64,
}

impl Seen {
    pub fn answered(&mut self, after: u64) {
        self.latency.add(Duration::from_nanos(after));
    }
}
