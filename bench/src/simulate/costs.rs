//! What the model is calibrated by: processor time and waits, in nanoseconds. Measured by the rows `scaling`
//! and `postgres` and in docs/design/stores.md, except where a line says "assumed".

/// A node's share of one request: to read it, and to judge and answer it. With the statement's share below it
/// is 19.5, 14.5 and 10.0 µs with 1, 2 and 16 requests to a statement; measured 19.5, 13.4 and 10.1 to 11.4.
pub const READ: u64 = 6_000;
pub const ANSWER: u64 = 3_400;
/// A node's share of one statement: to send it, and to receive its rows.
pub const SEND: u64 = 5_050;
pub const RECEIVE: u64 = 5_050;

/// PostgreSQL's share of a statement, and of each token in it: 25.3, 15.1 and 6.1 µs a request with 1, 2 and 16;
/// measured 25.4, 14.9 and 6.1.
pub const STATEMENT: u64 = 20_500;
pub const TOKEN: u64 = 4_800;
/// Of 10,000 tokens that are asked for again and again: 3.9 µs with 16; measured 3.8.
pub const TOKEN_HOT: u64 = 2_600;

/// What a turn on a core costs more for each other process that had its turn since, beyond one; from one, two
/// and three nodes with their connections on one core. More than `REFILL_MAX` others were not measured.
pub const REFILL: u64 = 1_600;
pub const REFILL_MAX: u64 = 4;

/// A durable issue, and (assumed) a revocation, which writes as much.
pub const WRITE_NODE: u64 = 24_400;
pub const WRITE_DATABASE: u64 = 40_600;
/// `fdatasync` of 8 KiB, by `pg_test_fsync` on the same machine. Commits that wait share one.
pub const FSYNC: u64 = 850_000;
/// Assumed: one write, replayed. Replay is one process, whatever the replica has.
pub const REPLAY: u64 = 5_000;

/// From the first change of a tenant's configuration to the end of its fsync, in which no other of that tenant
/// can be: 580 to 925 a second were measured.
pub const EPOCH_HOLD: u64 = 1_330_000;
/// One longer statement, which reads what is no longer remembered: 746,000 instructions of PostgreSQL, where
/// 250,000 take it 25.4 µs.
pub const REREAD_DATABASE: u64 = 75_000;
pub const REREAD_NODE: u64 = 20_000;

/// Until the load on its own core asks again.
pub const TURNAROUND: u64 = 3_000;

/// As in crates/vidimus-store/src/postgres/glance.rs and lines.rs.
pub const BATCH_MAX: usize = 64;
pub const LINES: usize = 2;
pub const QUEUE_MAX: usize = 4096;

/// Assumed: connections of callers to one node. Where all of them wait, nobody asks.
pub const CALLERS_MAX: usize = 1024;

/// What a remembered token takes, as SQLite's cache expects it to.
pub const CACHED_BYTES: f64 = 512.0;

/// How late an answer may know of an acknowledged revocation.
pub const BOUND: u64 = 1_000_000_000;
/// Assumed: how often a node asks the primary how far it has written, and reads what was revoked.
pub const SAMPLE: u64 = 100_000_000;
