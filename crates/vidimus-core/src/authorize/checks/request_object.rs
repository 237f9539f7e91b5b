//! A request as a signed document (RFC 9101, OpenID Connect Core §6): where its parameters are signed,
//! nothing that travels beside it counts.

use serde_json::{Map, Value};

use crate::{
    authorize::draft::{Draft, Halt},
    client_keys,
    context::Context,
    errand::{Done, Errand},
    error::{ErrorCode, OAuthError},
    facts::mismatch,
    form::Form,
    jwt::{Unverified, claim_time, unsecured, verify_with_jwks},
    limits::{REQUEST_OBJECT_SECONDS_MAX, REQUEST_OBJECT_SKEW_SECONDS},
    model::{Client, Named},
    outcome::Stop,
};

/// Claims of the document that are no parameters of the request.
const NO_PARAMETERS: [&str; 9] =
    ["iss", "aud", "exp", "iat", "nbf", "jti", "sub", "request", "request_uri"];

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    let client = draft.client()?;
    let text = match (draft.get("request"), draft.get("request_uri")) {
        (None, None) if client.metadata.require_signed_request_object && !draft.is_pushed => {
            return Err(invalid("the client must sign its requests").into());
        }
        (None, None) => return Ok(()),
        (Some(_), Some(_)) => {
            let what = "There is both a request and a request_uri.";
            return Err(OAuthError::invalid_request(what).into());
        }
        (Some(text), None) => text.to_owned(),
        (None, Some(uri)) => fetched(uri, client, draft)?,
    };
    let (claims, is_signed) = read(&text, client, draft, cx)?;
    let mut parameters = parameters(&claims)?;
    if parameters.get("client_id").is_some_and(|id| id != client.id()) {
        return Err(invalid("its client_id is another one").into());
    }
    parameters.imply("client_id", client.id());
    if !is_signed {
        let beside = draft.parameters.clone();
        parameters.merge(beside)?;
    }
    parameters.remove("request");
    parameters.remove("request_uri");
    draft.parameters = parameters;
    Ok(())
}

/// Only from where the client has said that its requests are.
fn fetched(uri: &str, client: Named<'_, Client>, draft: &Draft<'_>) -> Result<String, Stop> {
    if !draft.tenant.policy.allow_request_uris {
        let what = "Request objects are not fetched here.";
        return Err(OAuthError::new(ErrorCode::RequestUriNotSupported, what).into());
    }
    // A registered one may end in a digest of what is there (Registration §2).
    let bare = |uri: &str| uri.split('#').next().unwrap_or_default().to_owned();
    let is_registered = client.metadata.request_uris.iter().any(|known| bare(known) == bare(uri));
    let refuse = |why: String| {
        let what = "The request_uri is not one that the client has registered, or has no answer.";
        OAuthError::new(ErrorCode::InvalidRequestUri, what).because(why)
    };
    if !is_registered {
        return Err(refuse("it is not registered".to_owned()).into());
    }
    match draft.facts.errand(Errand::FetchText { uri: bare(uri) })? {
        Done::Text(Ok(text)) => Ok(text.trim().to_owned()),
        Done::Text(Err(why)) => Err(refuse(why.clone()).into()),
        other => Err(mismatch(other)),
    }
}

/// Its claims, and whether a signature vouches for them.
fn read(
    text: &str,
    client: Named<'_, Client>,
    draft: &Draft<'_>,
    cx: &Context<'_>,
) -> Result<(Map<String, Value>, bool), Stop> {
    let wanted = client.metadata.request_object_signing_alg.as_deref();
    if let Some(claims) = unsecured(text) {
        // Such a document says no more than a link does, so only who never wants one refuses it.
        let is_wanted = match wanted {
            Some(wanted) => wanted == "none",
            None => draft.tenant.policy.allow_unsigned_request_objects,
        };
        if !is_wanted || client.metadata.require_signed_request_object {
            return Err(invalid("it is not signed").into());
        }
        return Ok((claims, false));
    }
    let read = Unverified::parse(text).ok_or_else(|| invalid("it is no JWT"))?;
    if wanted.is_some_and(|wanted| read.header("alg") != Some(wanted)) {
        return Err(invalid("the client is registered for another algorithm").into());
    }
    let metadata = &client.metadata;
    let (jwks, uri, kid) =
        (metadata.jwks.as_ref(), metadata.jwks_uri.as_deref(), read.header("kid"));
    let keys = client_keys::of(jwks, uri, kid, draft.facts)?.map_err(invalid)?;
    let claims = verify_with_jwks(text, &read, &keys).map_err(invalid)?;
    check_claims(claims, client, cx)?;
    Ok((read.claims, true))
}

/// RFC 9101 §4: from the client, for us, and not for long.
fn check_claims(
    claims: &Map<String, Value>,
    client: Named<'_, Client>,
    cx: &Context<'_>,
) -> Result<(), OAuthError> {
    let issuer = claims.get("iss").and_then(Value::as_str);
    if issuer.is_some_and(|issuer| issuer != client.id()) {
        return Err(invalid("its issuer is not the client"));
    }
    let is_us = |audience: &Value| audience.as_str() == Some(cx.issuer);
    let for_us = match claims.get("aud") {
        None => !client.metadata.require_signed_request_object,
        Some(Value::Array(audiences)) => audiences.iter().any(is_us),
        Some(one) => is_us(one),
    };
    if !for_us {
        return Err(invalid("its audience is not this issuer"));
    }
    let time = |name| claim_time(claims, name).map_err(|_| invalid("a time is no number"));
    match time("exp")? {
        None if client.metadata.require_signed_request_object => {
            return Err(invalid("it does not expire"));
        }
        Some(end) if cx.now >= end => return Err(invalid("it has expired")),
        Some(end) if end > cx.now.plus_seconds(REQUEST_OBJECT_SECONDS_MAX) => {
            return Err(invalid("it is good for too long"));
        }
        _ => {}
    }
    let latest = cx.now.plus_seconds(REQUEST_OBJECT_SKEW_SECONDS);
    for name in ["nbf", "iat"] {
        if time(name)?.is_some_and(|from| from > latest) {
            return Err(invalid("it is from the future"));
        }
    }
    Ok(())
}

/// Numbers and objects are written as they would travel outside.
fn parameters(claims: &Map<String, Value>) -> Result<Form, OAuthError> {
    let mut pairs = Vec::new();
    for (name, value) in claims.iter().filter(|(name, _)| !NO_PARAMETERS.contains(&name.as_str())) {
        match value {
            Value::Null => {}
            Value::String(text) => pairs.push((name.clone(), text.clone())),
            Value::Array(several) if name == "resource" => {
                let texts = several.iter().filter_map(Value::as_str);
                pairs.extend(texts.map(|text| (name.clone(), text.to_owned())));
            }
            other => pairs.push((name.clone(), other.to_string())),
        }
    }
    Form::of(pairs)
}

fn invalid(why: impl Into<std::borrow::Cow<'static, str>>) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestObject, "The request object is not valid.")
        .because(why)
}
