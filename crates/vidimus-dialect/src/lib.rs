//! How each product spells the protocol: routes and shapes as data, never a verdict.
//!
//! A dialect is one file that fills in [`Dialect`] over `..STANDARD`, and one line in [`DIALECTS`].

#![deny(clippy::unwrap_used, clippy::indexing_slicing)]

mod asked;
mod csp;
mod members;
mod route;
mod salesforce;
mod shape;
mod standard;
#[cfg(test)]
mod testing;
mod wso2;

use std::{borrow::Cow, sync::LazyLock};

use serde_json::Value;
use vidimus_core::{
    authorize::reply::Back,
    device::DeviceReply,
    error::{Fault, OAuthError},
    introspect::{Details, IntrospectReply},
    par::PushReply,
    register::RegistrationReply,
    revoke::RevokeReply,
    secret::Secret,
    token::TokenReply,
    userinfo::Userinfo,
};

pub use asked::Asked;
pub use csp::CSP;
pub use route::{Endpoint, Reading, Route};
pub use salesforce::SALESFORCE;
pub use shape::{Header, JSON, Shape, json};
pub use standard::STANDARD;
pub use wso2::WSO2;

/// Every dialect there is. Where two share a path, the first that the tenant has answers.
pub const DIALECTS: [&Dialect; 4] = [&STANDARD, &SALESFORCE, &CSP, &WSO2];

/// Where commands get their administrator's token, at the root.
const ADMIN_TOKEN_PATH: &str = "/oauth2/token";

/// Their names, as a tenant may list them.
#[expect(clippy::indexing_slicing, reason = "a constant out of bounds does not compile")]
pub const NAMES: [&str; DIALECTS.len()] = {
    let mut names = [""; DIALECTS.len()];
    let mut at = 0;
    while at < DIALECTS.len() {
        names[at] = DIALECTS[at].name;
        at += 1;
    }
    names
};

/// Every flag that a tenant may set for some dialect.
pub fn settings() -> &'static [&'static str] {
    static SETTINGS: LazyLock<Vec<&str>> = LazyLock::new(|| {
        DIALECTS.iter().flat_map(|dialect| dialect.settings.iter().copied()).collect()
    });
    &SETTINGS
}

/// The dialects whose tenants are reachable at the root where they have no other.
pub fn at_root() -> &'static [&'static str] {
    static AT_ROOT: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let at_root = DIALECTS.iter().filter(|dialect| dialect.reaches_root);
        at_root.map(|dialect| dialect.name).collect()
    });
    &AT_ROOT
}

/// The dialects that answer where an administrator's client asks for its token.
pub fn for_administrators() -> &'static [&'static str] {
    static FOR_ADMINISTRATORS: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let has =
            |dialect: &&&Dialect| dialect.routes.iter().any(|route| route.path == ADMIN_TOKEN_PATH);
        DIALECTS.iter().filter(has).map(|dialect| dialect.name).collect()
    });
    &FOR_ADMINISTRATORS
}

/// A code, and a text.
pub type Said = (&'static str, Cow<'static, str>);

pub struct Dialect {
    /// As in a tenant's `dialects`.
    pub name: &'static str,
    pub routes: &'static [Route],
    /// What is not there below these paths is answered in its words too.
    pub owns: &'static [&'static str],
    /// Flags that a tenant may set for it in `dialect_settings`.
    pub settings: &'static [&'static str],
    /// Where it shares a path, it answers callers that authenticated as users.
    pub answers_users: bool,
    /// A tenant that has no other dialect is reachable at the root by the ids of its clients.
    pub reaches_root: bool,
    /// Two slashes in a path count as one.
    pub merges_slashes: bool,
    pub token: fn(&TokenReply, &Asked<'_>) -> Shape,
    pub introspection: fn(&IntrospectReply, &Asked<'_>) -> Shape,
    pub revoked: fn(&RevokeReply, &Asked<'_>) -> Shape,
    pub metadata: fn(&Value, &Asked<'_>) -> Shape,
    pub jwks: fn(&Value, &Asked<'_>) -> Shape,
    pub userinfo: fn(&Userinfo, &Asked<'_>) -> Shape,
    pub device: fn(&DeviceReply, &Asked<'_>) -> Shape,
    pub pushed: fn(&PushReply, &Asked<'_>) -> Shape,
    /// Of create, read and update.
    pub registration: fn(&RegistrationReply, &Asked<'_>) -> Shape,
    pub details: fn(&Details, &Asked<'_>) -> Shape,
    /// What the tenant is to those who ask for it by its organization id.
    pub organization: fn(&Asked<'_>) -> Shape,
    /// What pages, and responses that go through the browser, say of a refusal: `error` and
    /// `error_description`.
    pub said: fn(&OAuthError, &Asked<'_>) -> Said,
    /// What a response that goes through the browser says beside its own parameters.
    pub returned: fn(&Back, &Asked<'_>) -> Vec<(&'static str, Secret)>,
    pub logout: fn(&Asked<'_>) -> Shape,
    /// The status is HTTP's own, where it knows better than the error code.
    pub error: fn(&OAuthError, Option<u16>, &Asked<'_>) -> Shape,
    /// Says nothing of what failed.
    pub fault: fn(&Fault, &Asked<'_>) -> Shape,
    /// Changes the headers that every response has: a value replaces, an empty one removes.
    pub headers: fn(Endpoint) -> &'static [(&'static str, &'static str)],
    /// Bodies are compressed for who accepts gzip.
    pub compresses: bool,
}
