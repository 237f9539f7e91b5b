//! Facts in, writes out: memory, SQLite and PostgreSQL. The only place with SQL.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

pub mod backup;
mod codec;
pub mod memory;
pub mod open;
pub mod postgres;
pub mod quiet;
mod schema;
pub mod sqlite;
pub mod stored;
