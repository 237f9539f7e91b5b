//! Programs for HTTP calls, each in any of [`lang::LANGUAGES`]: of the items of a Postman collection
//! ([`postman`]), and of every endpoint of every dialect ([`catalogue`]). Text in, text out.

#![deny(clippy::unwrap_used)]

/// What every language writes down.
pub mod call;
/// `endpoints()` is what there is; an item's `id()` names it in an address, its `name` to people.
/// `call()` is one of them at a [`catalogue::Place`], with the values that are known by the names of its
/// variables (`clientId`, `_accessToken`, …). A value that is given becomes a default in the program's
/// own text, so what many see is given no secrets; programs take the environment's first.
pub mod catalogue;
/// Downloads: collection, environment, OpenAPI, `.http` file, HAR.
pub mod export;
pub mod lang;
/// `fragment()` is a page's parts as HTML, in a language; `whole()` a page by itself.
pub mod page;
pub mod postman;
pub mod sample;
pub mod text;
