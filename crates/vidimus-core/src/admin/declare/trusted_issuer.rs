//! `[[tenant.trusted_issuer]]`: whose assertions are grants (RFC 7523 §2.1), for whom, and for what.

use super::{Declaration, Declared, Place, keys};
use crate::{
    error::OAuthError,
    limits::NAME_BYTES_MAX,
    model::{Body, TrustedIssuer},
    scope::Scope,
};

pub const TRUSTED_ISSUER_KEYS: [&str; 7] =
    ["issuer", "jwks", "jwks_uri", "subjects", "scope", "audiences", "disabled"];

pub fn settle(
    declaration: &Declaration<'_>,
    id: &str,
    place: &Place<'_>,
) -> Result<Declared, OAuthError> {
    let fields = declaration.fields();
    fields.only(&TRUSTED_ISSUER_KEYS)?;
    let (jwks, jwks_uri) = keys::read(declaration)?;
    if jwks.is_none() && jwks_uri.is_none() {
        return Err(fields.wrong("jwks_uri", "a trusted issuer needs jwks or jwks_uri"));
    }
    let subjects = fields.list("subjects")?.filter(|subjects| !subjects.is_empty());
    // Left out, it could be meant either way.
    let subjects = subjects.ok_or_else(|| {
        let what = "subjects is missing: list the users it may speak for; [\"*\"] is all of them";
        fields.wrong("subjects", what)
    })?;
    let scope = fields.text("scope")?.ok_or_else(|| {
        fields.wrong("scope", "scope is missing: all that its assertions may ever be granted")
    })?;
    Scope::parse(scope).map_err(|error| error.at(format!("{}/scope", declaration.pointer)))?;
    let audiences = fields.list("audiences")?.unwrap_or_default();
    for (key, names) in [("subjects", &subjects), ("audiences", &audiences)] {
        if names.iter().any(|name| name.is_empty() || name.len() > NAME_BYTES_MAX) {
            return Err(fields.wrong(key, format!("{key} has a name that is empty or too long")));
        }
    }
    let trusted = TrustedIssuer {
        issuer: id.to_owned(),
        jwks,
        jwks_uri,
        subjects,
        scope: scope.to_owned(),
        audiences,
        fingerprint: None,
    };
    Ok(Declared::of(Body::TrustedIssuer(trusted), place))
}
