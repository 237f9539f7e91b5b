//! What both assertion methods share (RFC 7523 §3): finding the assertion, its claims, and its
//! single use.

use super::{Claim, Claims, Found, Proof, Sent};
use crate::{
    context::Context,
    error::OAuthError,
    jwt::{Unverified, claim_time},
    limits::{ASSERTION_SKEW_SECONDS_MAX, JTI_BYTES_MAX},
    outcome::{Change, OnceSpace, Stop, Write},
    time::Time,
    vault::sha256,
};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The request's assertion, if its algorithm belongs to the method that asks.
pub fn find(sent: &Sent<'_>, is_mine: fn(&str) -> bool) -> Found {
    let Some(text) = sent.form.secret("client_assertion") else { return Ok(None) };
    let malformed = || OAuthError::invalid_client("the client assertion is no JWT");
    if sent.form.get("client_assertion_type") != Some(TYPE) {
        return Err(OAuthError::invalid_request("The client_assertion_type is not supported."));
    }
    let token = Unverified::parse(text.expose()).ok_or_else(malformed)?;
    if !is_mine(token.header("alg").ok_or_else(malformed)?) {
        return Ok(None);
    }
    let id = token.claim("sub").ok_or_else(malformed)?.to_owned();
    if sent.form.get("client_id").is_some_and(|other| other != id) {
        return Err(OAuthError::invalid_client("sub is not the client_id parameter"));
    }
    Ok(Some((id, Proof::Assertion { text: text.clone(), token: Box::new(token) })))
}

/// The fact that this `jti` of this client was used. Length-prefixed, so that no two pairs meet.
pub fn once(client_id: &str, claims: &Claims) -> Option<(OnceSpace, [u8; 32])> {
    let jti = claims.get("jti")?.as_str()?;
    let text = format!("{}:{client_id}{jti}", client_id.len());
    Some((OnceSpace::ClientAssertion, sha256(text.as_bytes())))
}

/// `token_endpoint_auth_signing_alg` (OpenID Connect Registration §2): any other is refused.
pub fn accepts(claim: &Claim<'_>, token: &Unverified) -> Result<(), Stop> {
    let registered = claim.party.signing_alg;
    if registered.is_some() && registered != token.header("alg") {
        return Err(
            OAuthError::invalid_client("the client is registered for another algorithm").into()
        );
    }
    Ok(())
}

/// Checks the claims of a verified assertion and uses it up.
pub fn redeem(claim: &Claim<'_>, claims: &Claims, cx: &Context<'_>) -> Result<Vec<Write>, Stop> {
    let refuse = |why: &'static str| Err(OAuthError::invalid_client(why).into());
    let text = |name: &str| claims.get(name).and_then(|value| value.as_str());
    if text("iss") != Some(claim.id) || text("sub") != Some(claim.id) {
        return refuse("iss and sub of the assertion are not the client");
    }
    let accepted = &claim.tenant.policy.accepted_assertion_audiences;
    let for_us = |aud: &str| aud == cx.issuer || accepted.iter().any(|other| other == aud);
    if !text("aud").is_some_and(for_us) {
        return refuse("aud of the assertion is not our issuer");
    }
    let cap = claim.tenant.policy.client_assertion_exp_cap_seconds;
    let expires_at = match life(claims, cap, cx) {
        Ok(expires_at) => expires_at,
        Err(why) => return refuse(why),
    };
    if !text("jti").is_some_and(|jti| !jti.is_empty() && jti.len() <= JTI_BYTES_MAX) {
        return refuse("the assertion has no usable jti");
    }
    let Some((space, digest)) = once(claim.id, claims) else {
        return refuse("the assertion has no usable jti");
    };
    if claim.facts.is_used(space, &digest) {
        return refuse("the assertion was used before");
    }
    // A cut-off comes with a restore, and what was used until then is not known.
    let earliest = expires_at.plus_seconds(-cap - ASSERTION_SKEW_SECONDS_MAX);
    let made_at = claim_time(claims, "iat").ok().flatten();
    if claim.tenant.standing().cuts_off_second(made_at.map_or(earliest, |at| at.max(earliest))) {
        return refuse("the assertion is older than the tenant's cut-off: it may have been used");
    }
    // Kept past the skew, or it could be used again just before it is too old.
    let expires_at = expires_at.plus_seconds(ASSERTION_SKEW_SECONDS_MAX);
    let change = Change::Once { space, digest, expires_at };
    Ok(vec![Write { tenant: claim.tenant.key(), change }])
}

/// RFC 7523 §3 item 4: one that reaches too far ahead is refused.
fn life(claims: &Claims, cap: i64, cx: &Context<'_>) -> Result<Time, &'static str> {
    let skew = ASSERTION_SKEW_SECONDS_MAX;
    let time = |name| claim_time(claims, name).map_err(|_| "a time of the assertion is no number");
    let expires_at = time("exp")?.ok_or("the assertion has no exp")?;
    if expires_at.plus_seconds(skew) <= cx.now {
        return Err("the assertion has expired");
    }
    if expires_at > cx.now.plus_seconds(cap + skew) {
        return Err("the assertion lives too long");
    }
    for name in ["nbf", "iat"] {
        if time(name)?.is_some_and(|at| at > cx.now.plus_seconds(skew)) {
            return Err("the assertion is from the future");
        }
    }
    Ok(expires_at)
}
