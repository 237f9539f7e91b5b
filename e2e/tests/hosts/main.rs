//! The products' own host names over HTTPS, and what a sandbox passes on behind a bearer token.
#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside the edge: they wait for real processes and read the environment"
)]

mod mock;
mod names;
mod stage;
mod upstream;
