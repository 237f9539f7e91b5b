//! `vidimus shadow` between two real servers: what it tells of planted differences, what it never sends
//! twice, what it never says, and that no client waits for the new server.
#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside the edge: they wait for real processes and read the environment"
)]

mod alike;
mod different;
mod never;
mod stage;
mod trusting;
mod waiting;
