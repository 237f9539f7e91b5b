//! HTTP to operations and back: routes, limits, headers, metrics, the admin API, the listeners.
//! Cannot see SQL, and decides nothing that the core decides.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

pub mod admin;
pub mod app;
mod assets;
pub mod audit_lines;
pub mod body;
mod browser;
pub mod clock;
mod compress;
pub mod console;
mod cookies;
mod cors;
mod crowd;
pub mod docs;
mod endpoints;
pub mod entropy;
mod events;
mod exchange;
mod explain;
mod failure;
pub mod faults;
mod guessing;
mod headers;
mod html;
mod in_dialect;
mod location;
mod logo;
pub mod metrics;
mod operations;
mod pages;
mod panics;
mod parameters;
mod path;
mod registration;
mod request;
pub mod request_log;
mod respond;
mod routes;
mod run;
pub mod sandbox;
pub mod serve;
pub mod status;
mod tenant;
pub mod trail;
mod trail_check;
mod turn;
mod upstream;
mod used;
mod userinfo;
pub mod watched;
