//! The documentation does what it says: its shell blocks are run, page by page, its configuration is
//! read by the real parsers, and its tables point at tests.
#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside the edge: they wait for real processes and read the environment"
)]

mod apache;
mod blocks;
mod compatibility;
mod configuration;
mod newcomer;
mod nginx;
mod operator;
mod pages;
mod reading;
mod script;
mod words;
