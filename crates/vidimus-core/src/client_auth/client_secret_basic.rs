//! `client_secret_basic` (RFC 6749 §2.3.1): form-encoded id and secret inside HTTP Basic.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Claim, Found, Method, Proof, Sent, secret_check};
use crate::{
    context::Context,
    error::{Cause, OAuthError},
    form::decode_value,
    outcome::{Stop, Write},
    secret::Secret,
};

pub const METHOD: Method = Method { name: "client_secret_basic", is_header: true, find, verify };

fn find(sent: &Sent<'_>) -> Found {
    let Some(credentials) = sent.authorization.and_then(|value| after_scheme(value, "basic"))
    else {
        return Ok(None);
    };
    // Strictly: padded standard alphabet, a colon, percent-encoding that decodes. A forgiving
    // reader would accept several texts for one credential.
    let malformed = || {
        OAuthError::invalid_client("the Basic credentials are malformed")
            .caused(Cause::MalformedBasic)
    };
    let decoded = STANDARD.decode(credentials).map_err(|_| malformed())?;
    let colon = decoded.iter().position(|&c| c == b':').ok_or_else(malformed)?;
    let (id, secret) = decoded.split_at(colon);
    let id = decode_value(id).map_err(|_| malformed())?;
    let secret = decode_value(secret.get(1..).unwrap_or_default()).map_err(|_| malformed())?;
    if sent.form.get("client_id").is_some_and(|other| other != id) {
        return Err(OAuthError::invalid_request("Two different client_ids are given."));
    }
    Ok(Some((id, Proof::Secret(Secret::new(secret)))))
}

fn verify(claim: &Claim<'_>, cx: &mut Context<'_>) -> Result<Vec<Write>, Stop> {
    match claim.proof {
        Proof::Secret(secret) => secret_check::check(claim, secret, cx).map(|()| Vec::new()),
        Proof::Nothing | Proof::Assertion { .. } => {
            Err(OAuthError::invalid_client("no secret was sent").into())
        }
    }
}

/// The credentials after a scheme, which is compared without case (RFC 9110 §11.1).
pub fn after_scheme<'a>(authorization: &'a str, scheme: &str) -> Option<&'a str> {
    let (said, credentials) = authorization.split_once(' ')?;
    said.eq_ignore_ascii_case(scheme).then_some(credentials)
}
