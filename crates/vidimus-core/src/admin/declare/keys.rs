//! A party's public keys (RFC 7591 §2 `jwks`, `jwks_uri`): public only, strong, not too many; and
//! the method of authentication that may need them.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, jwk::JwkSet};
use serde_json::{Value, json};
use url::Url;

use super::{Declaration, certificate};
use crate::{error::OAuthError, limits::JWKS_KEYS_MAX};

const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];
const RSA_MODULUS_BYTES_MIN: usize = 256;
const MALFORMED: &str = "jwks is malformed";

pub type Keys = Option<Arc<JwkSet>>;

/// # Errors
/// At `jwks` or `jwks_uri`: both given, private or weak keys, no http URL.
pub fn read(declaration: &Declaration<'_>) -> Result<(Keys, Option<String>), OAuthError> {
    let fields = declaration.fields();
    let jwks_uri = fields.text("jwks_uri")?.map(str::to_owned);
    if let Some(uri) = &jwks_uri {
        let is_http = Url::parse(uri)
            .is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.username().is_empty());
        if !is_http {
            return Err(fields.wrong(
                "jwks_uri",
                "jwks_uri must be an https URL (http only where outbound.allow_private is on)",
            ));
        }
    }
    let Some(value) = fields.map.get("jwks").filter(|value| !value.is_null()) else {
        return Ok((None, jwks_uri));
    };
    if jwks_uri.is_some() {
        return Err(fields.wrong("jwks", "jwks and jwks_uri exclude each other"));
    }
    let keys = check(value).map_err(|what| fields.wrong("jwks", what))?;
    Ok((Some(Arc::new(keys)), None))
}

/// The method of authentication: the one given or the default, among those known, with its keys.
///
/// # Errors
/// At `token_endpoint_auth_method`.
pub fn auth_method(
    declaration: &Declaration<'_>,
    default: &str,
    known: &[&str],
    has_keys: bool,
) -> Result<String, OAuthError> {
    let fields = declaration.fields();
    let key = "token_endpoint_auth_method";
    let method = fields.text(key)?.unwrap_or(default).to_owned();
    fields.among(key, std::slice::from_ref(&method), known)?;
    if method == "private_key_jwt" && !has_keys {
        return Err(fields.wrong(key, "private_key_jwt needs jwks or jwks_uri"));
    }
    Ok(method)
}

/// The keys of certificates, each of which may have one.
///
/// # Errors
/// At `assertion_certificates`: no certificate, or a weak key.
pub fn of_certificates(declaration: &Declaration<'_>) -> Result<Option<Keys>, OAuthError> {
    let (fields, key) = (declaration.fields(), "assertion_certificates");
    let Some(texts) = fields.list(key)? else { return Ok(None) };
    if texts.is_empty() {
        return Ok(Some(None));
    }
    let wrong = |at: usize, what: &str| {
        let error = fields.wrong(key, format!("{key}: {what}"));
        error.at(format!("{}/{key}/{at}", declaration.pointer))
    };
    let mut keys = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let jwk = certificate::jwk(text).map_err(|what| wrong(at, what))?;
        if !is_strong(&jwk) {
            return Err(wrong(at, "RSA needs 2048 bits or more, and the exponent 65537"));
        }
        keys.push(jwk);
    }
    let set = check(&json!({ "keys": keys })).map_err(|what| fields.wrong(key, what))?;
    Ok(Some(Some(Arc::new(set))))
}

fn check(value: &Value) -> Result<JwkSet, &'static str> {
    let keys = value.get("keys").and_then(Value::as_array).ok_or("jwks has no member keys")?;
    if keys.is_empty() || keys.len() > JWKS_KEYS_MAX {
        return Err("jwks must have 1 to 20 keys");
    }
    for key in keys {
        if PRIVATE_MEMBERS.iter().any(|member| key.get(member).is_some()) {
            return Err("jwks has a private or symmetric key; give the public keys only");
        }
        if !is_strong(key) {
            return Err("jwks has a key that is neither RSA of 2048 bits or more, P-256, P-384 \
                        nor Ed25519");
        }
    }
    let keys: JwkSet = serde_json::from_value(value.clone()).map_err(|_| MALFORMED)?;
    // A member of the wrong form is read as a key of no known kind, which would never verify.
    if keys.keys.iter().any(|key| DecodingKey::from_jwk(key).is_err()) {
        return Err(MALFORMED);
    }
    Ok(keys)
}

fn is_strong(key: &Value) -> bool {
    let text = |member: &str| key.get(member).and_then(Value::as_str).unwrap_or_default();
    match text("kty") {
        "RSA" => {
            let modulus = URL_SAFE_NO_PAD.decode(text("n")).unwrap_or_default();
            // A small exponent is a weak key; every common library uses 65537.
            modulus.len() >= RSA_MODULUS_BYTES_MIN && text("e") == "AQAB"
        }
        "EC" => matches!(text("crv"), "P-256" | "P-384"),
        "OKP" => text("crv") == "Ed25519",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        jwt::{Unverified, verify_with_jwks},
        limits::JWKS_TRIES_MAX,
        model::SigningAlgorithm,
        testing::{Key, compact, es256, jwk_of},
    };

    /// One key of somebody else so often, then the signer's own.
    fn set(others: usize) -> Value {
        let key = |which| jwk_of(SigningAlgorithm::ES256, es256(which));
        let mut keys = vec![key(1); others];
        keys.push(key(0));
        json!({ "keys": keys })
    }

    #[test]
    fn sec_093_a_key_set_is_small_and_only_few_of_it_are_tried() {
        assert!(check(&set(JWKS_KEYS_MAX - 1)).is_ok());
        assert!(check(&set(JWKS_KEYS_MAX)).is_err());
        assert!(check(&set(499)).is_err());
        let header = json!({"alg": "ES256"});
        let text = compact(&header, &json!({"iss": "a"}), Key::Es256(es256(0)));
        let token = Unverified::parse(&text).unwrap();
        let tried = |others| verify_with_jwks(&text, &token, &check(&set(others)).unwrap()).is_ok();
        assert!(tried(JWKS_TRIES_MAX - 1));
        assert!(!tried(JWKS_TRIES_MAX), "without a kid, the fifth is not looked at");
    }
}
