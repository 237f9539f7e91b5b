//! Programs as `vidimus samples` prints them, run against the real server: they say each member of what
//! comes back, send exactly what was asked for, and fail where their call failed.
#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside the edge: they read the environment to find the languages' tools"
)]

mod cases;
mod collection;
mod echo;
mod exact;
mod items;
mod languages;
mod programs;
mod rust;
mod stage;
