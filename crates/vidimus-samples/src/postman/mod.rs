//! Postman collections, format 2.1 (and 2.0 where it differs in spelling only): whole ones, a single
//! item, or a page that shows one.

mod auth;
mod body;
mod document;
mod entities;
mod examples;
mod find;
mod request;
mod url;

pub use document::{Collection, Item, NotPostman, read};
pub use find::{Choice, Missing};
pub use request::Values;
