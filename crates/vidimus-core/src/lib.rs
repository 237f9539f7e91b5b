//! The protocol: what an operation must know, how it decides, what it changes. No I/O.
//!
//! Needs → load → decide → commit → render is the only way from request to reply; see ARCHITECTURE.md.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

pub mod account;
pub mod admin;
pub mod admission;
pub mod audit;
pub mod authorize;
pub mod base62;
pub mod browser;
pub mod claims;
pub mod claims_request;
pub mod client_auth;
mod client_keys;
pub mod consent;
pub mod context;
pub mod der;
pub mod device;
pub mod discovery;
pub mod engine;
pub mod entity_id;
pub mod errand;
pub mod error;
pub mod facts;
pub mod form;
pub mod grant;
pub mod id_token;
pub mod imported_hash;
pub mod introspect;
pub mod json;
pub mod jwks;
pub mod jwt;
pub mod limits;
pub mod logo;
pub mod logout;
pub mod manner;
pub mod model;
pub mod outcome;
pub mod page;
pub mod par;
pub mod password;
pub mod policy;
pub mod public_url;
pub mod redirect_uri;
pub mod register;
pub mod resource;
pub mod revoke;
pub mod rotation;
pub mod row_key;
pub mod scope;
pub mod search;
pub mod secret;
pub mod session;
pub mod subject;
#[cfg(test)]
mod testing;
mod ticket;
pub mod time;
pub mod token;
pub mod token_format;
pub mod userinfo;
pub mod username;
pub mod vault;
