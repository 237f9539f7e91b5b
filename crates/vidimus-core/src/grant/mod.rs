//! Grants (RFC 6749 §1.3): one file each, one line each here. The pipeline in `token.rs` owns the
//! phases every grant shares, so that none can forget one.

pub mod assertion;
pub mod authorization_code;
mod client_credentials;
pub mod device_code;
pub mod jwt_bearer;
mod password;
mod refresh_token;
pub mod token_exchange;

use std::net::IpAddr;

use crate::{
    context::Context,
    error::{Cause, ErrorCode, OAuthError},
    facts::{Facts, Needs},
    form::Form,
    jwt::Unverified,
    manner::Manner,
    model::{Client, Family, Named, Tenant, Token, User},
    outcome::{Stop, Write},
    policy::Policy,
    row_key::RowKey,
    scope::Scope,
    secret::Secret,
    vault::Vault,
};

pub const GRANTS: &[&Grant] = &[
    &authorization_code::GRANT,
    &client_credentials::GRANT,
    &refresh_token::GRANT,
    &jwt_bearer::GRANT,
    &token_exchange::GRANT,
    &device_code::GRANT,
    &password::GRANT,
];

pub struct Grant {
    /// The value of `grant_type`.
    pub name: &'static str,
    /// Whether the tenant offers it; discovery lists it only then.
    pub is_on: fn(&Policy) -> bool,
    /// Whether a client without credentials (`none`) may use it.
    pub allows_public: bool,
    /// The parameter that brings an assertion, where the grant takes one.
    pub assertion: Option<&'static str>,
    /// Rows that the request names beside the caller's.
    pub needs: fn(&Asked<'_>, Needs, &Vault) -> Needs,
    /// What the client may have, and on whose behalf.
    pub decide: for<'a> fn(&GrantRequest<'a>, &mut Context<'_>) -> Result<Granted<'a>, Stop>,
}

/// The request as it came, before anybody is known.
pub struct Asked<'a> {
    pub form: &'a Form,
    /// Read and not believed; `None` if it is no JWT.
    pub assertion: Option<&'a Unverified>,
    pub manner: &'static Manner,
    /// Who the client said it is, by whatever means.
    pub client_id: Option<&'a str>,
}

/// An authenticated client that may use the grant, and its request.
pub struct GrantRequest<'a> {
    pub tenant: Named<'a, Tenant>,
    /// `None` only where [`Manner::refreshes_without_client`] lets a holder refresh.
    pub client: Option<Named<'a, Client>>,
    pub form: &'a Form,
    /// As in [`Asked`].
    pub assertion: Option<&'a Unverified>,
    pub manner: &'static Manner,
    /// Who is at the other end of the connection.
    pub peer: Option<IpAddr>,
    pub facts: &'a Facts,
}

impl<'a> GrantRequest<'a> {
    /// What an authorization that begins here has where no scope is asked for.
    pub fn default_scope(&self) -> Option<Scope> {
        (!self.manner.grants_unasked_scope).then(Scope::default)
    }

    /// # Errors
    /// `invalid_client`: the grant is for clients.
    pub fn client(&self) -> Result<Named<'a, Client>, OAuthError> {
        self.client.ok_or_else(|| {
            OAuthError::invalid_client("the grant needs a client").caused(Cause::NoCredentials)
        })
    }
}

/// What a grant comes to; narrowing and issuing are the pipeline's.
pub struct Granted<'a> {
    /// What may be had at most.
    pub ceiling: Scope,
    /// What is had where no scope is asked for; `None`: the ceiling.
    pub default_scope: Option<Scope>,
    pub user: Option<Named<'a, User>>,
    /// Resources that may be asked for, and are had where none is; `None`: any of the tenant.
    pub audience: Option<Vec<String>>,
    pub continues: Continues<'a>,
    /// Of the authorization request, for the ID token (OpenID Connect Core §3.1.2.1).
    pub nonce: Option<String>,
    /// The token may not outlive this many seconds.
    pub ttl_seconds_max: Option<i64>,
    /// RFC 8693 §2.2.1.
    pub issued_token_type: Option<&'static str>,
    pub writes: Vec<Write>,
}

impl Granted<'_> {
    pub const fn of(ceiling: Scope) -> Self {
        Self {
            ceiling,
            default_scope: None,
            user: None,
            audience: None,
            continues: Continues::Not,
            nonce: None,
            ttl_seconds_max: None,
            issued_token_type: None,
            writes: Vec::new(),
        }
    }
}

/// Whether the authorization goes on with refresh tokens.
pub enum Continues<'a> {
    Not,
    /// It begins, where the client may refresh.
    Anew,
    /// It began at the authorization endpoint; what was given there may have stored it.
    Begun {
        family: Family,
        is_stored: bool,
    },
    /// The token joins it, and ends with it at the latest.
    Within {
        family: &'a Family,
    },
    /// The refresh token is exchanged for its successor.
    Rotated {
        family: &'a Family,
        token: &'a Token,
    },
    /// It stays as it is.
    Kept {
        family: &'a Family,
        text: Secret,
    },
    /// It was rotated a moment ago; its successor is given again.
    Again {
        family: &'a Family,
        successor: RowKey,
    },
}

/// The grant of this name, whether a tenant offers it or not.
pub fn named(name: &str) -> Option<&'static Grant> {
    GRANTS.iter().copied().find(|grant| grant.name == name)
}

pub fn unauthorized() -> OAuthError {
    OAuthError::new(
        ErrorCode::UnauthorizedClient,
        "The client is not authorized to use this grant type.",
    )
    .caused(Cause::GrantNotAllowed)
}

pub fn unsupported() -> OAuthError {
    OAuthError::new(ErrorCode::UnsupportedGrantType, "The grant type is not supported.")
        .caused(Cause::UnknownGrant)
}
