//! What every store must do, asked of all three; and what is special to one of them.

mod conformance;
mod file;
mod model;
mod postgres;
mod races;
mod speed;
mod world;
