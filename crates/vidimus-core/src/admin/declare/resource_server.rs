//! `[[tenant.resource_server]]`: credentials, audiences, what it may ask and be told.

use super::{
    Declaration, Declared, Place, keys,
    secret::{self, Wanted},
};
use crate::{
    context::Context,
    error::OAuthError,
    facts::Facts,
    model::{Body, IntrospectRight, ResourceServer},
    outcome::Stop,
    resource,
    scope::Scope,
};

pub const RESOURCE_SERVER_KEYS: [&str; 11] = [
    "id",
    "secret",
    "secret_hash",
    "secret_expires_at",
    "audiences",
    "introspect",
    "scope",
    "token_endpoint_auth_method",
    "jwks",
    "jwks_uri",
    "disabled",
];

/// A public resource server would be anybody.
const AUTH_METHODS: [&str; 4] =
    ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"];

pub fn settle(
    declaration: &Declaration<'_>,
    id: &str,
    place: &Place<'_>,
    facts: &Facts,
    cx: &mut Context<'_>,
) -> Result<Declared, Stop> {
    let fields = declaration.fields();
    fields.only(&RESOURCE_SERVER_KEYS)?;
    let (jwks, jwks_uri) = keys::read(declaration)?;
    let has_keys = jwks.is_some() || jwks_uri.is_some();
    let default = if has_keys { "private_key_jwt" } else { "client_secret_basic" };
    let method = keys::auth_method(declaration, default, &AUTH_METHODS, has_keys)?;
    let introspect: Option<IntrospectRight> = fields.word("introspect", "audience, tenant")?;
    if introspect == Some(IntrospectRight::Own) {
        let what = "a resource server owns no tokens: introspect must be audience or tenant";
        return Err(fields.wrong("introspect", what).into());
    }
    let before = place.before.and_then(|object| match &object.body {
        Body::ResourceServer(server) => server.secret.as_ref(),
        _ => None,
    });
    let expires_at = secret::expiry(declaration)?;
    let wanted = Wanted { key: "secret", auth_method: &method, before, expires_at };
    let audiences = audiences(declaration)?;
    let scope = fields.text("scope")?;
    if let Some(scope) = scope {
        Scope::parse(scope).map_err(|e| e.at(format!("{}/scope", declaration.pointer)))?;
    }
    let scope = scope.map(str::to_owned);
    let (secret, made_secret) = secret::settle(&wanted, declaration, place, facts, cx)?;
    let server = ResourceServer {
        id: id.to_owned(),
        audiences,
        introspect: introspect.unwrap_or(IntrospectRight::Audience),
        scope,
        token_endpoint_auth_method: method,
        jwks,
        jwks_uri,
        secret,
        fingerprint: None,
    };
    Ok(Declared { made_secret, ..Declared::of(Body::ResourceServer(server), place) })
}

fn audiences(declaration: &Declaration<'_>) -> Result<Vec<String>, OAuthError> {
    let fields = declaration.fields();
    let audiences = fields.list("audiences")?.unwrap_or_default();
    for audience in &audiences {
        resource::check(audience).map_err(|_| {
            let what = format!("{audience} is no absolute URI without a fragment");
            fields.wrong("audiences", what)
        })?;
    }
    Ok(audiences)
}
