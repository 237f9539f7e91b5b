//! The JWT bearer grant (RFC 7523 §2.1): a client acts for a user whom an assertion names, signed
//! by the client itself or by an issuer that the tenant trusts. No refresh token.

use super::{
    Asked, Grant, GrantRequest, Granted,
    assertion::{self, Issuer},
};
use crate::{
    consent,
    context::Context,
    error::{Cause, ErrorCode, OAuthError},
    facts::Needs,
    model::{Client, Named, TrustedIssuer, User},
    outcome::Stop,
    scope::Scope,
    vault::Vault,
};

pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A client without credentials may: where the assertion is its own, that proves it.
pub const GRANT: Grant = Grant {
    name: JWT_BEARER,
    is_on: |_| true,
    allows_public: true,
    assertion: Some("assertion"),
    needs,
    decide,
};

fn needs(asked: &Asked<'_>, needs: Needs, _: &Vault) -> Needs {
    assertion::needs(asked, needs)
}

fn decide<'a>(request: &GrantRequest<'a>, cx: &mut Context<'_>) -> Result<Granted<'a>, Stop> {
    let client = request.client()?;
    let text = request.form.require("assertion")?;
    let believed = assertion::believe(text, request, cx)?;
    let user = believed.user;
    let ceiling = match believed.issuer {
        Issuer::Client(_) => approved(client, user, request)?,
        Issuer::Trusted(trusted) => spoken_for(trusted, client, user)?,
    };
    Ok(Granted {
        user: Some(user),
        default_scope: request.default_scope(),
        writes: believed.writes,
        ..Granted::of(ceiling)
    })
}

/// What the user has approved, beforehand or earlier.
fn approved(
    client: Named<'_, Client>,
    user: Named<'_, User>,
    request: &GrantRequest<'_>,
) -> Result<Scope, Stop> {
    let own = Scope::stored(&client.metadata.scope);
    if consent::is_preauthorized(client, user) {
        return Ok(own);
    }
    let consent = consent::standing(client, user, request.facts)?;
    match consent.filter(|consent| !consent.standing().disabled) {
        Some(consent) => Ok(own.within(&Scope::stored(&consent.scope))),
        None => Err(not_approved("The user has not approved the client.").into()),
    }
}

/// What an issuer may grant: the administrator's trust is the approval.
pub fn spoken_for(
    trusted: Named<'_, TrustedIssuer>,
    client: Named<'_, Client>,
    user: Named<'_, User>,
) -> Result<Scope, OAuthError> {
    if client.is_public() {
        let what = "A client without credentials can only bring an assertion of its own.";
        return Err(
            OAuthError::new(ErrorCode::UnauthorizedClient, what).caused(Cause::GrantNotAllowed)
        );
    }
    if !trusted.may_speak_for(user.id()) {
        return Err(not_approved("The assertion's issuer may not speak for its subject."));
    }
    let own = Scope::stored(&client.metadata.scope);
    Ok(own.within(&Scope::stored(&trusted.scope)))
}

fn not_approved(what: &'static str) -> OAuthError {
    OAuthError::invalid_grant(Cause::NotApproved, what)
}

#[cfg(test)]
pub mod tests;
