//! PKCE (RFC 7636 §4.3): by S256 alone, and for public clients always.

use crate::{
    authorize::draft::{Draft, Halt},
    context::Context,
    error::{Cause, OAuthError},
};

/// Of SHA-256 in base64url.
const CHALLENGE_CHARS: usize = 43;

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    draft.challenge = read(draft).map_err(|error| draft.refuse(error, cx))?;
    Ok(())
}

fn read(draft: &Draft<'_>) -> Result<Option<String>, OAuthError> {
    let method = draft.get("code_challenge_method");
    let Some(challenge) = draft.get("code_challenge") else {
        let is_public = draft.client.is_some_and(|client| client.is_public());
        if method.is_some() || draft.response_type.code && is_public {
            let what = "The code_challenge is missing.";
            return Err(OAuthError::invalid_request(what).caused(Cause::Missing("code_challenge")));
        }
        return Ok(None);
    };
    let is_s256 = match method {
        Some(method) => method == "S256",
        None => draft.asked.manner.authorization.implies_s256,
    };
    if !is_s256 {
        let what = "The code_challenge_method must be S256.";
        return Err(OAuthError::invalid_request(what).caused(Cause::ChallengeMethod));
    }
    let is_base64url = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
    if challenge.len() != CHALLENGE_CHARS || !challenge.bytes().all(is_base64url) {
        let error = OAuthError::invalid_request("The code_challenge is malformed.");
        return Err(error.caused(Cause::ChallengeMalformed));
    }
    Ok(Some(challenge.to_owned()))
}
