//! Golden exchanges written in Markdown and played over real HTTP; the format is in wire/README.md.

pub mod compare;
pub mod document;
pub mod jar;
pub mod jwt;
pub mod message;
pub mod run;
pub mod template;
