//! Faults of processes, disks and locks under traffic, and traffic beyond what a server can bear: the
//! checks whose names begin with REL, SEC-118 and SEC-275.
#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside the edge: they wait for real processes and read the environment"
)]

mod abort;
mod backup;
mod backup_crossing;
mod backup_drill;
mod backup_killed;
mod backup_refusals;
mod backup_secrets;
mod backup_tokens;
mod backup_writes;
mod cycle;
mod disk;
mod fault;
mod first_start;
mod ground;
mod history;
mod kill;
mod lock;
mod long_reader;
mod many;
mod master_key;
mod order;
mod overload;
mod pause;
mod power;
mod purge;
mod queue;
mod restart;
mod revoked;
mod rotation;
mod seed;
mod sign_out;
mod stop;
mod trace;
mod trail;
mod workers;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use vidimus_e2e::binary;

/// Tests that measure run one at a time.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bars are an optimised binary's. One built for debugging, beside other tests, may take ten times
/// as long; `cargo xtask bench` holds the figures themselves.
fn patient(limit: Duration) -> Duration {
    if binary::path().iter().any(|part| part == "debug") { limit * 10 } else { limit }
}
