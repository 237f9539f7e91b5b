//! As VMware Cloud Services (CSP) spells it: one base path, JWTs with its claims, refresh tokens
//! that live long, and six members for every error.

mod answers;
mod claims;
mod keys;
mod refusal;

use vidimus_core::{
    manner::{AccessShape, Manner},
    model::{SigningAlgorithm, TokenKind},
    secret::Secret,
    token::TokenReply,
};

use crate::{Asked, Dialect, Endpoint, Reading, Route, STANDARD, Shape, members::Members};

pub const CSP: Dialect = Dialect {
    name: "csp",
    routes: &[
        at("/csp/gateway/discovery", Endpoint::Authorize, &MANNER, &Reading::STANDARD),
        at("/csp/gateway/discovery/{flow}", Endpoint::Authorize, &MANNER, &Reading::STANDARD),
        at(SIGN_OUT, Endpoint::EndSession, &MANNER, &Reading::STANDARD),
        at("/csp/gateway/logout/{flow}", Endpoint::EndSession, &MANNER, &Reading::STANDARD),
        at("/csp/gateway/am/api/auth/introspect", Endpoint::Introspect, &ASKING, &READING),
        at("/csp/gateway/am/api/auth/api-tokens/authorize", Endpoint::Token, &HOLDING, &HELD),
        at("/csp/gateway/am/api/auth/api-tokens/details", Endpoint::TokenDetails, &MANNER, &NAMED),
        at("/csp/gateway/am/api/auth/authorize", Endpoint::Token, &MANNER, &READING),
        at("/csp/gateway/am/api/auth/token", Endpoint::Token, &MANNER, &READING),
        at("/csp/gateway/am/api/auth/revoke", Endpoint::Revoke, &ENDING, &READING),
        at("/csp/gateway/am/api/auth/token-public-key", Endpoint::Jwks, &MANNER, &READING),
        at("/csp/gateway/am/api/auth/keys", Endpoint::Jwks, &MANNER, &Reading::STANDARD),
        at("/csp/gateway/am/api/auth/logout", Endpoint::Logout, &MANNER, &READING),
        at("/csp/gateway/am/api/userinfo", Endpoint::Userinfo, &MANNER, &BEARING),
        at("/csp/gateway/am/api/orgs/{id}", Endpoint::Organization, &MANNER, &READING),
        Route::standard(DISCOVERY_OF_AUTH, Endpoint::Metadata),
        Route::standard("/csp/gateway/am/api/.well-known/openid-configuration", Endpoint::Metadata),
    ],
    owns: &["/csp/"],
    token,
    introspection: answers::introspection,
    metadata: answers::metadata,
    jwks: keys::jwks,
    userinfo: answers::userinfo,
    details: answers::details,
    organization: answers::organization,
    logout: answers::logout,
    error: refusal::error,
    fault: refusal::fault,
    ..STANDARD
};

/// Where the browser goes to be signed out.
const SIGN_OUT: &str = "/csp/gateway/logout";
const BASE: &str = "/csp/gateway/am/api";
const DISCOVERY_OF_AUTH: &str = "/csp/gateway/am/api/auth/.well-known/openid-configuration";
const GRANTS: &[&str] = &["authorization_code", "client_credentials", "refresh_token"];
/// The scope that stands for every role of the user.
const ALL_PERMISSIONS: &str = "ALL_PERMISSIONS";

const MANNER: Manner = Manner {
    grants: Some(GRANTS),
    access: AccessShape::Jwt { claims: claims::claims, algorithm: SigningAlgorithm::RS256 },
    access_ttl_seconds_max: Some(1800),
    keeps_refresh_token: true,
    id_token_grants: &["authorization_code", "refresh_token"],
    subject: |subject| claims::user_id(subject.user),
    public_basic: true,
    userinfo_scopes: &["openid", ALL_PERMISSIONS],
    publishes: Some(SigningAlgorithm::RS256),
    ..Manner::STANDARD
};
const ASKING: Manner = Manner { basic_only: true, introspects: &[TokenKind::Refresh], ..MANNER };
/// Who has authenticated and holds an API token may end it: nobody else could.
const ENDING: Manner = Manner { revokes_ownerless: true, ..MANNER };
const HOLDING: Manner =
    Manner { refreshes_without_client: true, grants: Some(&["refresh_token"]), ..MANNER };

const READING: Reading = Reading { query: true, json: true, ..Reading::STANDARD };
/// An API token is a refresh token under another name.
const HELD: Reading = Reading {
    renames: &[("api_token", "refresh_token")],
    implied: &[("grant_type", "refresh_token")],
    ..READING
};
const BEARING: Reading = Reading { token_header: Some("csp-auth-token"), ..Reading::STANDARD };
const NAMED: Reading = Reading { renames: &[("tokenValue", "token")], ..READING };

const fn at(
    path: &'static str,
    endpoint: Endpoint,
    manner: &'static Manner,
    reading: &'static Reading,
) -> Route {
    Route::new(path, endpoint, manner, reading)
}

/// `AccessTokenDto`. The refresh token comes back also where the client has it already, and one
/// second is taken off, as there.
fn token(reply: &TokenReply, _: &Asked<'_>) -> Shape {
    let mut body = Members::default();
    body.put("access_token", reply.access_token.expose());
    body.put("token_type", "bearer");
    body.put("expires_in", reply.expires_in.saturating_sub(1).max(0));
    body.may("id_token", reply.id_token.as_ref().map(Secret::expose));
    body.may("refresh_token", reply.refresh_token.as_ref().map(|token| token.expose()));
    body.may("scope", Some(reply.scope.as_str()).filter(|scope| !scope.is_empty()));
    body.shape()
}

#[cfg(test)]
mod tests;
