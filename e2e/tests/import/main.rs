//! Exports of other servers brought in by `vidimus import`, and every client asked to authenticate with
//! the secret that it has had all along.
#![expect(clippy::disallowed_methods, reason = "tests stand outside the edge")]

mod assertions;
mod commands;
mod decisions;
mod login;
mod products;
mod stage;
mod taken_back;
mod tour;
