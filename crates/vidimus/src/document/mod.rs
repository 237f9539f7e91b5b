//! A TOML file read so that every key and value still knows its file, line and column.

mod merge;
mod node;
mod problem;
mod read;

pub use merge::merge;
pub use node::{Entry, Node, Shape};
pub use problem::{Place, Problem, nearest};
pub use read::{parse, read};
