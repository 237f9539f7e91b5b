//! As WSO2 Identity Server 5.3.0 spells it: UUIDs, its own error texts, and bodies that its clients
//! compare by the byte.

mod introspection;
mod jsonp;
mod metadata;
mod refusal;
mod registration;

use vidimus_core::{
    device::DeviceReply,
    manner::{AccessShape, AssertionManner, Manner, RefreshShape, RegistrationManner},
    model::TokenKind,
    revoke::RevokeReply,
    secret::Secret,
    token::TokenReply,
};

use crate::{Asked, Dialect, Endpoint, Reading, Route, STANDARD, Shape, members::Members};

pub const WSO2: Dialect = Dialect {
    name: "wso2",
    routes: &[
        // Before the one that is their end.
        at("/oauth2/{issuer}/.well-known/openid-configuration", Endpoint::Metadata),
        at("/.well-known/openid-configuration", Endpoint::Metadata),
        at("/oauth2/token", Endpoint::Token),
        at("/oauth2/introspect", Endpoint::Introspect),
        Route::new("/oauth2/revoke", Endpoint::Revoke, &MANNER, &LINKED),
        at("/oauth2/userinfo", Endpoint::Userinfo),
        at("/oauth2/jwks", Endpoint::Jwks),
        at("/oauth2/authorize", Endpoint::Authorize),
        at("/oauth2/authorize/{flow}", Endpoint::Authorize),
        at("/oauth2/device_authorize", Endpoint::DeviceAuthorization),
        at(DEVICE, Endpoint::DeviceVerification),
        at("/authenticationendpoint/device.do/{flow}", Endpoint::DeviceVerification),
        at("/oidc/logout", Endpoint::EndSession),
        at("/oidc/logout/{flow}", Endpoint::EndSession),
        at("/oidc/checksession", Endpoint::CheckSession),
        at("/identity/register", Endpoint::Register),
        at("/identity/connect/register", Endpoint::Register),
        at("/api/identity/oauth2/dcr/v1.0/register", Endpoint::Register),
        at("/api/identity/oauth2/dcr/v1.1/register", Endpoint::Register),
        at("/api/identity/oauth2/dcr/v1.1/register/{id}", Endpoint::Registration),
    ],
    owns: &["/identity/", "/api/identity/"],
    settings: &[BODIES_5_2, REVOCATION_HEADERS],
    answers_users: true,
    reaches_root: true,
    token,
    introspection: introspection::introspection,
    revoked,
    metadata: metadata::metadata,
    registration: registration::registration,
    device,
    said: refusal::said,
    error: refusal::error,
    fault: refusal::fault,
    ..STANDARD
};

/// Where a device's user types its code.
const DEVICE: &str = "/authenticationendpoint/device.do";

/// The literal bodies of 5.2, which are no JSON.
const BODIES_5_2: &str = "wso2_5_2_bodies";
/// What was revoked is said again in headers, for gateways that keep tokens in a cache.
const REVOCATION_HEADERS: &str = "wso2_revocation_headers";

/// Grants whose scope was asked for where they began.
const ASKED_BEFORE: [&str; 2] =
    ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"];

const MANNER: Manner = Manner {
    access: AccessShape::Uuid,
    refresh: RefreshShape::Uuid,
    grants_unasked_scope: false,
    introspects: &[TokenKind::Access],
    assertion: AssertionManner {
        paths: &["/oauth2/token"],
        names_client: false,
        ..AssertionManner::STANDARD
    },
    registration: RegistrationManner {
        by_users: true,
        unmatched_response_types: true,
        ..RegistrationManner::STANDARD
    },
    ..Manner::STANDARD
};

const LINKED: Reading = Reading { get: true, ..Reading::STANDARD };

const fn at(path: &'static str, endpoint: Endpoint) -> Route {
    Route::new(path, endpoint, &MANNER, &Reading::STANDARD)
}

/// In the seeds' order: with a scope the token comes first, without one it comes last. The scope is
/// said only where one was asked for.
fn token(reply: &TokenReply, _: &Asked<'_>) -> Shape {
    let mut body = Members::default();
    let access = reply.access_token.expose();
    let refresh = reply.refresh_token.as_ref().map(|token| token.expose());
    let was_asked = reply.scope_was_asked || ASKED_BEFORE.contains(&reply.grant);
    if was_asked && !reply.scope.is_empty() {
        body.put("access_token", access);
        body.may("refresh_token", refresh);
        body.put("scope", reply.scope.as_str());
        tail(&mut body, reply);
    } else {
        tail(&mut body, reply);
        body.may("refresh_token", refresh);
        body.put("access_token", access);
    }
    body.shape()
}

fn tail(body: &mut Members, reply: &TokenReply) {
    body.may("id_token", reply.id_token.as_ref().map(Secret::expose));
    body.put("token_type", "Bearer");
    body.put("expires_in", reply.expires_in);
    body.may("issued_token_type", reply.issued_token_type);
}

/// RFC 8628 §3.2, with the product's own page.
fn device(reply: &DeviceReply, asked: &Asked<'_>) -> Shape {
    let page = format!("{}{DEVICE}", asked.base());
    let whole = format!("{page}?user_code={}", reply.user_code);
    (STANDARD.device)(&reply.at(page, whole), asked)
}

/// Nothing to read but headers, and those only where the tenant wants them.
fn revoked(reply: &RevokeReply, asked: &Asked<'_>) -> Shape {
    let shape = match jsonp::callback(asked) {
        Some(callback) => jsonp::call(callback, ""),
        None => Shape::text("text/html", Vec::new()),
    };
    if !asked.setting(REVOCATION_HEADERS) {
        return shape;
    }
    let shape = match (&reply.token, reply.kind) {
        (Some(token), Some(TokenKind::Refresh)) => {
            shape.header("revokedrefreshtoken", token.expose().to_owned())
        }
        (Some(token), _) => shape.header("revokedaccesstoken", token.expose().to_owned()),
        (None, _) => shape,
    };
    match &reply.username {
        Some(username) => shape.header("authorizeduser", introspection::named(username, asked)),
        None => shape,
    }
}

#[cfg(test)]
mod tests;
