//! `apply`: a declared world beside the stored one. Idempotent, all or nothing, with the diff.
//!
//! A keyed fingerprint of each entry is kept: what did not change costs nothing, and no password
//! is hashed again.

mod apply;
mod asks;
mod claims;
mod diff;
mod parse;
mod plan;
mod reach;

pub use apply::Apply;
pub use parse::World;
