//! What every store must do, asked of all three; and what is special to one of them.

mod backup;
mod conformance;
mod ends;
mod epochs;
mod file;
mod hot;
mod locators;
mod migration;
mod model;
mod postgres;
mod races;
mod root_clients;
mod searches;
mod sessions;
mod speed;
mod tickets;
mod world;
