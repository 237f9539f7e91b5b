//! The crate over real sockets: endpoints, operations, connections.

mod connections;
mod dialects;
mod endpoints;
mod operations;
mod pages;
mod server;
mod sign_in;
