//! An assertion that somebody else has signed about a user (RFC 7523 §3): cheap checks, then the
//! signature, and only then whether there is such a user.

use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;
use serde_json::{Map, Value};

use super::{Asked, GrantRequest};
use crate::{
    context::Context,
    errand::{Done, Errand},
    error::{Cause, OAuthError},
    facts::{Needs, Space, mismatch},
    jwt::{Unverified, verify_with_known},
    limits::{JTI_BYTES_MAX, NAME_BYTES_MAX},
    manner::AssertionManner,
    model::{Client, Named, TrustedIssuer, User},
    outcome::{Change, OnceSpace, Stop, Write},
    secret::Secret,
    time::Time,
    vault::sha256,
};

mod audience;
pub mod examine;
mod life;

/// Types that say nothing else than an assertion (RFC 8725 §3.11); none at all is common.
const TYPES: [&str; 2] = ["JWT", "authorization-grant+jwt"];

/// Who signed it.
#[derive(Clone, Copy)]
pub enum Issuer<'a> {
    /// The client itself, under a key that was registered with it.
    Client(Named<'a, Client>),
    Trusted(Named<'a, TrustedIssuer>),
}

/// An assertion that is believed.
pub struct Believed<'a> {
    pub issuer: Issuer<'a>,
    pub user: Named<'a, User>,
    pub expires_at: Time,
    /// Uses it up, where it has a `jti`.
    pub writes: Vec<Write>,
}

/// What it names: its issuer, the user, and its use.
pub fn needs(asked: &Asked<'_>, mut needs: Needs) -> Needs {
    let Some(token) = asked.assertion else { return needs };
    let Some(issuer) = token.claim("iss") else { return needs };
    if asked.client_id != Some(issuer) {
        needs = needs.object(Space::TrustedIssuer, issuer);
    }
    if let Some(subject) = subject(&token.claims, &asked.manner.assertion) {
        needs = needs.object(Space::User, subject);
    }
    if let Ok(Some(jti)) = jti(&token.claims) {
        needs.once.push((OnceSpace::AssertionGrant, once(issuer, jti)));
    }
    needs
}

/// # Errors
/// `invalid_grant` with the cause.
pub fn believe<'a>(
    text: &Secret,
    request: &GrantRequest<'a>,
    cx: &Context<'_>,
) -> Result<Believed<'a>, Stop> {
    let token = request.assertion.ok_or_else(|| malformed("it is no JWT"))?;
    let issuer = issuer(token, request)?;
    typed(token)?;
    let told = Told::read(&token.claims, issuer, request, cx)?;
    signed(text, token, issuer, request, cx)?;
    let user = user(told.subject, request)?;
    let tenant = request.tenant.key();
    let writes = told.once.map(|change| Write { tenant, change }).into_iter().collect();
    Ok(Believed { issuer, user, expires_at: told.expires_at, writes })
}

fn typed(token: &Unverified) -> Result<(), OAuthError> {
    let is_right = token.header.get("typ").is_none_or(is_assertion);
    if is_right { Ok(()) } else { Err(malformed("its type is another JWT's")) }
}

fn signed(
    text: &Secret,
    token: &Unverified,
    issuer: Issuer<'_>,
    request: &GrantRequest<'_>,
    cx: &Context<'_>,
) -> Result<(), Stop> {
    let keys = keys(issuer, token.header("kid"), request)?.map_err(unsigned)?;
    verify_with_known(text.expose(), token, &keys, &cx.vault.verifiers).map_err(unsigned)?;
    Ok(())
}

/// The claims, each as it should be.
struct Told<'c> {
    subject: &'c str,
    expires_at: Time,
    once: Option<Change>,
}

impl<'c> Told<'c> {
    fn read(
        claims: &'c Map<String, Value>,
        issuer: Issuer<'_>,
        request: &GrantRequest<'_>,
        cx: &Context<'_>,
    ) -> Result<Self, OAuthError> {
        let manner = &request.manner.assertion;
        let subject = subject(claims, manner).ok_or_else(|| incomplete("sub"))?;
        audience::check(claims, issuer, request, cx)?;
        let life = life::check(claims, request, cx)?;
        let once = match jti(claims)? {
            None => None,
            Some(jti) => Some(use_up(issuer.id(), jti, &life, request, cx)?),
        };
        Ok(Self { subject, expires_at: life.expires_at, once })
    }
}

impl<'a> Issuer<'a> {
    fn id(self) -> &'a str {
        match self {
            Self::Client(client) => client.id(),
            Self::Trusted(trusted) => trusted.id(),
        }
    }
}

fn issuer<'a>(token: &Unverified, request: &GrantRequest<'a>) -> Result<Issuer<'a>, OAuthError> {
    let id = token.claim("iss").ok_or_else(|| incomplete("iss"))?;
    if let Some(client) = request.client.filter(|client| client.id() == id) {
        return Ok(Issuer::Client(client));
    }
    let trusted = request.facts.trusted_issuer(id);
    let trusted = trusted.filter(|trusted| !trusted.standing().disabled);
    trusted.map(Issuer::Trusted).ok_or_else(|| {
        OAuthError::invalid_grant(Cause::AssertionIssuer, "The assertion's issuer is not trusted.")
    })
}

fn is_assertion(typ: &Value) -> bool {
    let is = |known: &&str| typ.as_str().is_some_and(|typ| typ.eq_ignore_ascii_case(known));
    TYPES.iter().any(is)
}

fn subject<'c>(claims: &'c Map<String, Value>, manner: &AssertionManner) -> Option<&'c str> {
    let aliased = || claims.get(manner.subject_alias?);
    let subject = claims.get("sub").or_else(aliased)?.as_str()?;
    Some(subject).filter(|name| !name.is_empty() && name.len() <= NAME_BYTES_MAX)
}

fn jti(claims: &Map<String, Value>) -> Result<Option<&str>, OAuthError> {
    let Some(jti) = claims.get("jti") else { return Ok(None) };
    let usable = jti.as_str().filter(|jti| !jti.is_empty() && jti.len() <= JTI_BYTES_MAX);
    usable.map(Some).ok_or_else(|| malformed("its jti is not usable"))
}

/// Length-prefixed, so that no two pairs meet.
fn once(issuer: &str, jti: &str) -> [u8; 32] {
    sha256(format!("{}:{issuer}{jti}", issuer.len()).as_bytes())
}

fn use_up(
    issuer: &str,
    jti: &str,
    life: &life::Life,
    request: &GrantRequest<'_>,
    cx: &Context<'_>,
) -> Result<Change, OAuthError> {
    let (space, digest) = (OnceSpace::AssertionGrant, once(issuer, jti));
    if request.facts.is_used(space, &digest) {
        let what = "The assertion was used before.";
        return Err(OAuthError::invalid_grant(Cause::AssertionReplayed, what));
    }
    // A cut-off comes with a restore, and what was used until then is not known.
    if request.tenant.standing().cuts_off_second(life.made_at) {
        let what = "The assertion is older than the tenant's cut-off.";
        return Err(OAuthError::invalid_grant(Cause::AssertionReplayed, what));
    }
    // What cannot be remembered any longer could be used again, so it is too old.
    let expires_at = life.remembered_until.filter(|&until| until > cx.now);
    let expires_at = expires_at.ok_or_else(life::expired)?;
    Ok(Change::Once { space, digest, expires_at })
}

/// Given beforehand, or behind a `jwks_uri`.
fn keys(
    issuer: Issuer<'_>,
    kid: Option<&str>,
    request: &GrantRequest<'_>,
) -> Result<Result<Arc<JwkSet>, String>, Stop> {
    let (known, uri) = match issuer {
        Issuer::Client(client) => {
            let metadata = &client.body.metadata;
            let known = client.body.assertion_jwks.as_ref().or(metadata.jwks.as_ref());
            (known, metadata.jwks_uri.as_ref())
        }
        Issuer::Trusted(trusted) => (trusted.body.jwks.as_ref(), trusted.body.jwks_uri.as_ref()),
    };
    if let Some(keys) = known {
        return Ok(Ok(Arc::clone(keys)));
    }
    let Some(uri) = uri else { return Ok(Err("the issuer has no keys".to_owned())) };
    let errand = Errand::FetchJwks { uri: uri.clone(), kid: kid.map(str::to_owned) };
    match request.facts.errand(errand)? {
        Done::Jwks(keys) => Ok(keys.clone()),
        other => Err(mismatch(other)),
    }
}

fn user<'a>(username: &str, request: &GrantRequest<'a>) -> Result<Named<'a, User>, OAuthError> {
    let Some(user) = request.facts.user(username) else {
        let what = "The assertion's subject is not known.";
        return Err(OAuthError::invalid_grant(Cause::UnknownUser, what));
    };
    if user.is_inactive() {
        let what = "The assertion's subject is not active.";
        return Err(OAuthError::invalid_grant(Cause::InactiveUser, what));
    }
    Ok(user)
}

fn incomplete(claim: &'static str) -> OAuthError {
    let what = "The assertion lacks a claim that it must have.";
    OAuthError::invalid_grant(Cause::AssertionIncomplete, what).because(claim)
}

fn malformed(why: &'static str) -> OAuthError {
    OAuthError::invalid_grant(Cause::AssertionMalformed, "The assertion is malformed.").because(why)
}

fn unsigned(why: impl Into<std::borrow::Cow<'static, str>>) -> OAuthError {
    let what = "The assertion's signature is not valid.";
    OAuthError::invalid_grant(Cause::AssertionSignature, what).because(why)
}
