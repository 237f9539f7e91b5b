//! `private_key_jwt` (OpenID Connect Core §9): an assertion under one of the client's own keys.

use super::{Claim, Method, Proof, assertion};
use crate::{
    client_keys,
    context::Context,
    error::OAuthError,
    jwt::verify_with_known,
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
    let redeemed = assertion::redeem(claim, &token.claims, cx)?;
    let (party, kid) = (claim.party, token.header("kid"));
    let keys = match client_keys::of(party.jwks, party.jwks_uri, kid, claim.facts)? {
        Ok(keys) => keys,
        Err(why) => return refuse(why),
    };
    match verify_with_known(text.expose(), token, &keys, &cx.vault.verifiers) {
        Ok(_) => Ok(redeemed),
        Err(why) => refuse(why.to_owned()),
    }
}
