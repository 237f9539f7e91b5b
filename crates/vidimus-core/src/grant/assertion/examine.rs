//! Every check that an assertion must pass, one by one and all of them, for the operator: the deciders'
//! own checks, of which whoever is refused is told the first only.

use serde_json::Value;

use super::{Issuer, audience, issuer, jti, life, malformed, signed, subject, typed, use_up, user};
use crate::{
    context::Context, error::OAuthError, grant::GrantRequest, jwt::Unverified, outcome::Stop,
    secret::Secret,
};

/// One check, and what it was made of.
#[derive(Debug)]
pub struct Checked {
    pub claim: &'static str,
    /// `None`: another must be good before this one can be looked at.
    pub verdict: Option<Result<(), OAuthError>>,
    pub found: Option<Value>,
    /// All that would have been good, where that is a list.
    pub accepted: Option<Vec<String>>,
}

/// # Errors
/// A need, or a fault; a refusal is a finding, but of what is no JWT at all.
pub fn examine(
    text: &Secret,
    request: &GrantRequest<'_>,
    cx: &Context<'_>,
) -> Result<Vec<Checked>, Stop> {
    let token = request.assertion.ok_or_else(|| malformed("it is no JWT"))?;
    let (claims, manner) = (&token.claims, &request.manner.assertion);
    let of = |claim, verdict, name: &str| Checked {
        claim,
        verdict,
        found: claims.get(name).cloned(),
        accepted: None,
    };
    let issuer = issuer(token, request);
    let known = issuer.as_ref().ok().copied();
    let signature = match known {
        Some(known) => Some(refusal(signed(text, token, known, request, cx))?),
        None => None,
    };
    let subject = subject(claims, manner).ok_or_else(|| super::incomplete("sub"));
    let names =
        if claims.contains_key("sub") { "sub" } else { manner.subject_alias.unwrap_or("sub") };
    let life = life::check(claims, request, cx);
    let used = match (jti(claims), &known, &life) {
        (Ok(None), ..) => Some(Ok(())),
        (Err(error), ..) => Some(Err(error)),
        (Ok(Some(jti)), Some(known), Ok(life)) => {
            Some(use_up(known.id(), jti, life, request, cx).map(drop))
        }
        (Ok(Some(_)), ..) => None,
    };
    Ok(vec![
        Checked { found: token.header.get("typ").cloned(), ..of("typ", Some(typed(token)), "") },
        Checked { found: token.header.get("alg").cloned(), ..of("signature", signature, "") },
        of("iss", Some(issuer.map(drop)), "iss"),
        of("sub", Some(subject.and_then(|name| user(name, request).map(drop))), names),
        audience(token, known, request, cx),
        of("exp", Some(life.map(drop)), "exp"),
        of("jti", used, "jti"),
    ])
}

fn audience(
    token: &Unverified,
    issuer: Option<Issuer<'_>>,
    request: &GrantRequest<'_>,
    cx: &Context<'_>,
) -> Checked {
    Checked {
        claim: "aud",
        verdict: issuer.map(|issuer| audience::check(&token.claims, issuer, request, cx)),
        found: token.claims.get("aud").cloned(),
        accepted: issuer
            .map(|issuer| audience::names(issuer, request, cx).map(String::from).collect()),
    }
}

/// Needs and faults go on; a refusal is what was asked for.
fn refusal(result: Result<(), Stop>) -> Result<Result<(), OAuthError>, Stop> {
    match result {
        Ok(()) => Ok(Ok(())),
        Err(Stop::Refuse(error)) => Ok(Err(error)),
        Err(stop) => Err(stop),
    }
}
