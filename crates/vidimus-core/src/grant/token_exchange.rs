//! Token exchange (RFC 8693): a token, or an assertion of a trusted issuer, for another access
//! token of the same user: never wider, never longer.

use super::{
    Asked, Continues, Grant, GrantRequest, Granted,
    assertion::{self, Issuer},
    jwt_bearer::spoken_for,
};
use crate::{
    context::Context,
    error::{ErrorCode, OAuthError},
    facts::Needs,
    introspect::{Asker, InHand},
    model::{Client, IntrospectRight, Named, TokenKind},
    outcome::Stop,
    scope::Scope,
    secret::Secret,
    vault::Vault,
};

pub const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

pub const GRANT: Grant = Grant {
    name: TOKEN_EXCHANGE,
    is_on: |_| true,
    allows_public: false,
    assertion: Some("subject_token"),
    needs,
    decide,
};

fn needs(asked: &Asked<'_>, needs: Needs, vault: &Vault) -> Needs {
    let Some(subject_token) = asked.form.secret("subject_token") else { return needs };
    match asked.form.get("subject_token_type") {
        Some(ACCESS_TOKEN) => InHand::new(subject_token.clone()).needs(vault, needs),
        Some(JWT | ID_TOKEN) => assertion::needs(asked, needs),
        _ => needs,
    }
}

fn decide<'a>(request: &GrantRequest<'a>, cx: &mut Context<'_>) -> Result<Granted<'a>, Stop> {
    let client = request.client()?;
    let form = request.form;
    let subject_token = form.require("subject_token")?;
    if ["actor_token", "actor_token_type"].iter().any(|name| form.get(name).is_some()) {
        return Err(OAuthError::invalid_request("An actor_token is not supported.").into());
    }
    if form.get("requested_token_type").is_some_and(|wanted| wanted != ACCESS_TOKEN) {
        let what = "Only an access token can be requested.";
        return Err(OAuthError::invalid_request(what).into());
    }
    let granted = match form.require("subject_token_type")?.expose() {
        ACCESS_TOKEN => of_token(subject_token, client, request, cx)?,
        JWT | ID_TOKEN => of_assertion(subject_token, client, request, cx)?,
        _ => {
            let what = "The subject_token_type is not supported.";
            return Err(OAuthError::invalid_request(what).into());
        }
    };
    Ok(Granted { issued_token_type: Some(ACCESS_TOKEN), ..granted })
}

/// One of ours that the client may see: its own, made for it, or any where it may ask about all.
fn of_token<'a>(
    text: &Secret,
    client: Named<'a, Client>,
    request: &GrantRequest<'a>,
    cx: &Context<'_>,
) -> Result<Granted<'a>, Stop> {
    let held = InHand::new(text.clone()).held(request.facts, cx);
    let held = held.map_err(|reason| unusable(reason.label()))?;
    let right = match client.metadata.introspect {
        IntrospectRight::Tenant => IntrospectRight::Tenant,
        IntrospectRight::Own | IntrospectRight::Audience => IntrospectRight::Audience,
    };
    let audiences = std::slice::from_ref(&client.body.metadata.client_id);
    let asker = Asker { client: Some(client.key()), right, audiences };
    if let Some(reason) = held.judge(&asker) {
        return Err(unusable(reason.label()).into());
    }
    let fact = held.fact;
    let token = &fact.token;
    if token.kind != TokenKind::Access || token.confirmation.is_some() {
        return Err(unusable("it is no plain access token").into());
    }
    let own = Scope::stored(&client.metadata.scope);
    let continues = match &fact.family {
        Some(family) => Continues::Within { family },
        None => Continues::Not,
    };
    // Without a wish the audience stays what it was: none at all would be for anybody.
    let form = request.form;
    let asks = form.get("audience").is_some() || !form.resources()?.is_empty();
    let audience = if asks { None } else { Some(token.audience.clone()) };
    Ok(Granted {
        user: fact.user(),
        audience,
        continues,
        ttl_seconds_max: Some(token.expires_at.seconds() - cx.now.seconds()),
        ..Granted::of(Scope::stored(&token.scope).within(&own))
    })
}

fn of_assertion<'a>(
    text: &Secret,
    client: Named<'a, Client>,
    request: &GrantRequest<'a>,
    cx: &Context<'_>,
) -> Result<Granted<'a>, Stop> {
    let believed = assertion::believe(text, request, cx).map_err(as_subject)?;
    let Issuer::Trusted(trusted) = believed.issuer else {
        return Err(unusable("the client's own assertion is no token").into());
    };
    let ceiling = spoken_for(trusted, client, believed.user).map_err(Stop::from);
    let ceiling = ceiling.map_err(as_subject)?;
    // The skew lets an assertion be used a little late, but nothing comes of nothing.
    let left = believed.expires_at.seconds() - cx.now.seconds();
    if left <= 0 {
        return Err(unusable("it has expired").into());
    }
    Ok(Granted {
        user: Some(believed.user),
        ttl_seconds_max: Some(left),
        writes: believed.writes,
        ..Granted::of(ceiling)
    })
}

/// Whatever is wrong with a subject token is `invalid_request` (RFC 8693 §2.2.2).
fn as_subject(stop: Stop) -> Stop {
    match stop {
        Stop::Refuse(error) if error.code == ErrorCode::InvalidGrant => {
            Stop::Refuse(OAuthError { code: ErrorCode::InvalidRequest, ..error })
        }
        other => other,
    }
}

fn unusable(why: &'static str) -> OAuthError {
    OAuthError::invalid_request("The subject_token is not valid here.").because(why)
}

#[cfg(test)]
mod tests;
