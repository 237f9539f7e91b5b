//! A client's public keys: given with it, or behind its `jwks_uri` (RFC 7591 §2).

use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;

use crate::{
    errand::{Done, Errand},
    facts::{Facts, mismatch},
    outcome::Stop,
};

/// `Err` within: why there are none, for the operator. `kid` is the key that is looked for.
pub fn of(
    jwks: Option<&Arc<JwkSet>>,
    jwks_uri: Option<&str>,
    kid: Option<&str>,
    facts: &Facts,
) -> Result<Result<Arc<JwkSet>, String>, Stop> {
    if let Some(keys) = jwks {
        return Ok(Ok(Arc::clone(keys)));
    }
    let Some(uri) = jwks_uri else { return Ok(Err("the client has no keys".to_owned())) };
    let errand = Errand::FetchJwks { uri: uri.to_owned(), kid: kid.map(str::to_owned) };
    match facts.errand(errand)? {
        Done::Jwks(keys) => Ok(keys.clone()),
        other => Err(mismatch(other)),
    }
}
