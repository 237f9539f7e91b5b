//! The sandbox as those meet it who test a client against it: faults, the request log, the clock, world
//! files that change, tenants of their own, and no way in for web pages.
#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside the edge: they measure time and wait for real processes"
)]

mod action;
mod clock;
mod commands;
mod faults;
mod keys;
mod pages;
mod parallel;
mod requests;
mod stage;
mod watch;
