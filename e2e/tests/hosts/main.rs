//! The products' own host names over HTTPS, and what a sandbox passes on behind a bearer token.

mod mock;
mod names;
mod stage;
mod upstream;
