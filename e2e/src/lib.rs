//! What the tests that speak HTTP share: real servers, a PostgreSQL cluster, a plain HTTP/1.1 client,
//! and the runner of wire files. Knows the product only from outside.
#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside the edge: they wait for real processes and read the environment"
)]

pub mod binary;
pub mod clients;
pub mod cluster;
pub mod collector;
pub mod connection;
pub mod http;
pub mod postgres;
pub mod process;
pub mod programs;
pub mod server;
pub mod setup;
pub mod subject;
pub mod traffic;
pub mod visitor;
pub mod vitals;
pub mod wire;
