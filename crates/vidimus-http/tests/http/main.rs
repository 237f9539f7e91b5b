//! The crate over real sockets: endpoints, operations, connections.

mod admin;
mod connections;
mod dialects;
mod endpoints;
mod operations;
mod pages;
mod server;
mod sign_in;
mod trail;
