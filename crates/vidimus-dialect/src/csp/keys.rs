//! The key that signs CSP's tokens: as PEM unless a JWK set is asked for.

use serde_json::{Value, json};
use vidimus_core::{
    error::{Cause, OAuthError},
    jwt::public_pem,
};

use super::refusal;
use crate::{Asked, Shape, json};

const FORMATS: &str = "The key format can either be pem or jwks";

/// Without parameters at all the route is the JWK set's own.
pub fn jwks(keys: &Value, asked: &Asked<'_>) -> Shape {
    if asked.form.is_none() {
        return json(keys);
    }
    match asked.parameter("format") {
        Some("jwks") => json(keys),
        None | Some("pem") => pem(keys, asked),
        Some(_) => refused(asked),
    }
}

fn pem(keys: &Value, asked: &Asked<'_>) -> Shape {
    let is_signing = |key: &&Value| key.get("alg").and_then(Value::as_str) == Some("RS256");
    let key = keys.get("keys").and_then(Value::as_array);
    let key = key.and_then(|keys| keys.iter().find(is_signing)).and_then(public_pem);
    match key {
        Some(value) => json(&json!({"alg": "RS256", "issuer": asked.issuer, "value": value})),
        None => refused(asked),
    }
}

fn refused(asked: &Asked<'_>) -> Shape {
    let error = OAuthError::invalid_request(FORMATS).caused(Cause::Other);
    refusal::plain(&error, 400, FORMATS, asked)
}
