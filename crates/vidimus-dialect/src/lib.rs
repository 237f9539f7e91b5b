//! How each product spells the protocol: routes and shapes as data, never a verdict.
//!
//! A dialect is one file that fills in [`Dialect`] over `..STANDARD`, and one line in [`DIALECTS`].

#![deny(clippy::unwrap_used, clippy::indexing_slicing)]

mod shape;
mod standard;

use serde_json::Value;
use vidimus_core::{
    error::{Fault, OAuthError},
    introspect::IntrospectReply,
    token::TokenReply,
};

pub use shape::{JSON, Refusal, Shape, json};
pub use standard::STANDARD;

/// Every dialect there is.
pub const DIALECTS: [&Dialect; 1] = [&STANDARD];

/// Their names, as a tenant may list them.
pub const NAMES: [&str; DIALECTS.len()] = [STANDARD.name];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    Token,
    Introspect,
    Revoke,
    Metadata,
    Jwks,
}

#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// From the tenant's root on.
    pub path: &'static str,
    pub endpoint: Endpoint,
}

pub struct Dialect {
    /// As in a tenant's `dialects`.
    pub name: &'static str,
    pub routes: &'static [Route],
    pub token: fn(&TokenReply) -> Shape,
    pub introspection: fn(&IntrospectReply) -> Shape,
    /// RFC 7009 §2.2: the status is the answer.
    pub revoked: Shape,
    pub metadata: fn(&Value) -> Shape,
    pub jwks: fn(&Value) -> Shape,
    pub error: fn(Endpoint, &OAuthError) -> Refusal,
    /// Says nothing of what failed.
    pub fault: fn(&Fault) -> Refusal,
}
