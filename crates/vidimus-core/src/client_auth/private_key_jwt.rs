//! `private_key_jwt` (OpenID Connect Core §9): an assertion under one of the client's own keys.

use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;

use super::{Claim, Method, Proof, assertion};
use crate::{
    context::Context,
    errand::{Done, Errand},
    error::OAuthError,
    facts::mismatch,
    jwt::verify_with_jwks,
    outcome::{Stop, Write},
};

pub const METHOD: Method = Method {
    name: "private_key_jwt",
    is_header: false,
    find: |sent| assertion::find(sent, |algorithm| !algorithm.starts_with("HS")),
    verify,
};

fn verify(claim: &Claim<'_>, cx: &mut Context<'_>) -> Result<Vec<Write>, Stop> {
    let refuse = |why: String| Err(OAuthError::invalid_client(why).into());
    let Proof::Assertion { text, token } = claim.proof else {
        return refuse("no assertion was sent".to_owned());
    };
    // The cheap checks come before any fetch and any signature.
    assertion::accepts(claim, token)?;
    assertion::redeem(claim, &token.claims, cx)?;
    let keys = match keys(claim, token.header("kid"))? {
        Ok(keys) => keys,
        Err(why) => return refuse(why),
    };
    match verify_with_jwks(text.expose(), token, &keys) {
        Ok(claims) => assertion::redeem(claim, &claims, cx),
        Err(why) => refuse(why.to_owned()),
    }
}

/// The client's keys: given with it, or behind its `jwks_uri`.
fn keys(claim: &Claim<'_>, kid: Option<&str>) -> Result<Result<Arc<JwkSet>, String>, Stop> {
    if let Some(keys) = claim.party.jwks {
        return Ok(Ok(Arc::clone(keys)));
    }
    let Some(uri) = claim.party.jwks_uri else {
        return Ok(Err("the client has no keys".to_owned()));
    };
    let errand = Errand::FetchJwks { uri: uri.to_owned(), kid: kid.map(str::to_owned) };
    match claim.facts.errand(errand)? {
        Done::Jwks(keys) => Ok(keys.clone()),
        other => Err(mismatch(other)),
    }
}
