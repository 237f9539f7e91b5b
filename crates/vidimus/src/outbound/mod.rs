//! The only way out: fetches that a stranger can cause never reach a private address.
//!
//! No redirects, no proxy, no decompression, one deadline and one size for everything.

mod address;
mod fetch;
pub mod pass_on;
mod resolver;
mod trust;

pub use fetch::Outbound;
