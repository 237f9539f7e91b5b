//! Grants (RFC 6749 §1.3): one file each, one line each here. The pipeline in `token.rs` owns the
//! phases every grant shares, so that none can forget one.

mod client_credentials;

use crate::{
    context::Context,
    facts::Facts,
    form::Form,
    model::{Client, Named, Tenant},
    outcome::{Stop, Write},
    policy::Policy,
    row_key::RowKey,
    scope::Scope,
};

pub const GRANTS: [&Grant; 1] = [&client_credentials::GRANT];

pub struct Grant {
    /// The value of `grant_type`.
    pub name: &'static str,
    /// Whether the tenant offers it; discovery lists it only then.
    pub is_on: fn(&Policy) -> bool,
    /// Whether a client without credentials (`none`) may use it.
    pub allows_public: bool,
    /// What the client may have, and on whose behalf.
    pub decide: fn(&GrantRequest<'_>, &mut Context<'_>) -> Result<Granted, Stop>,
}

/// An authenticated client that may use the grant, and its request.
pub struct GrantRequest<'a> {
    pub tenant: Named<'a, Tenant>,
    pub client: Named<'a, Client>,
    pub form: &'a Form,
    pub facts: &'a Facts,
}

/// What a grant comes to; issuing is the pipeline's.
pub struct Granted {
    pub ceiling: Scope,
    pub user: Option<RowKey>,
    pub writes: Vec<Write>,
}

/// The grant a tenant offers under this name.
pub fn find(name: &str, policy: &Policy) -> Option<&'static Grant> {
    GRANTS.into_iter().find(|grant| grant.name == name && (grant.is_on)(policy))
}
