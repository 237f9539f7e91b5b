//! Denial of service and parser abuse, from outside: the checks SEC-230 to SEC-236.
#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside the edge: they wait for real processes and read the environment"
)]

mod bodies;
mod cost;
mod crowd;
mod depth;
mod frames;
mod hashing;
mod http2;
mod sizes;
mod slow;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use vidimus_e2e::binary;
use vidimus_e2e::subject::{Subject, must_be_active};
use vidimus_e2e::traffic::Traffic;

const MB: u64 = 1_000_000;

/// Tests that measure run one at a time; the small machine is the bar's.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Introspection of a live token at 100 a second.
fn good_traffic(subject: &Subject) -> Traffic {
    let request = subject.introspect(&subject.token());
    let every = Duration::from_millis(10);
    Traffic::start(&subject.server.address(), request, every, must_be_active)
}

/// Times are stated for an optimised binary. One built for debugging, beside other tests, may take
/// this many times as long.
fn patience() -> u32 {
    if binary::path().iter().any(|part| part == "debug") { 20 } else { 1 }
}
