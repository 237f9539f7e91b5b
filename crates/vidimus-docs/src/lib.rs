//! The documentation as pages: the repository's own texts, embedded, in the console's dress. It needs
//! no network, no script and no file at run time.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod address;
mod answer;
mod contents;
mod library;
mod markdown;
mod nearest;
mod plain;
mod samples;
mod search;
mod sections;
mod view;

pub use answer::{Answer, Ask, answer};
