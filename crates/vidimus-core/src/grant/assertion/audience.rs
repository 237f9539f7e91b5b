//! Whom an assertion is for (RFC 7523 §3 item 3): this server, under one of its names.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Issuer, incomplete};
use crate::{
    context::Context,
    error::{Cause, OAuthError},
    grant::GrantRequest,
};

pub fn check(
    claims: &Map<String, Value>,
    issuer: Issuer<'_>,
    request: &GrantRequest<'_>,
    cx: &Context<'_>,
) -> Result<(), OAuthError> {
    let audience = claims.get("aud").ok_or_else(|| incomplete("aud"))?;
    let is_ours = listed(audience).iter().any(|aud| accepts(aud, issuer, request, cx));
    if is_ours {
        return Ok(());
    }
    let what = "The assertion is for another audience.";
    Err(OAuthError::invalid_grant(Cause::AssertionAudience, what))
}

/// One text, or texts throughout (RFC 7519 §4.1.3); nothing of what is neither.
fn listed(audience: &Value) -> Vec<&str> {
    match audience {
        Value::String(one) => vec![one],
        Value::Array(several) => {
            several.iter().map(Value::as_str).collect::<Option<_>>().unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn accepts(aud: &str, issuer: Issuer<'_>, request: &GrantRequest<'_>, cx: &Context<'_>) -> bool {
    let by_place = by_place(issuer, request);
    let is = |name: Cow<'_, str>| name == aud || by_place && authority(&name) == Some(aud);
    names(issuer, request, cx).any(is)
}

/// Whether the places of the tenant count. They may be shared with tenants that trust the same
/// issuer. A client's assertion is its own tenant's whatever it calls it: the key is registered there.
const fn by_place(issuer: Issuer<'_>, request: &GrantRequest<'_>) -> bool {
    matches!(issuer, Issuer::Client(_)) && request.manner.assertion.accepts_places
}

/// All the names under which this server is meant.
pub fn names<'a>(
    issuer: Issuer<'a>,
    request: &'a GrantRequest<'_>,
    cx: &'a Context<'_>,
) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
    let manner = &request.manner.assertion;
    let (tenant, own, public_url): (_, &'a str, &'a str) =
        (request.tenant.body, cx.issuer, cx.public_url);
    let audiences: &[String] = match issuer {
        Issuer::Trusted(trusted) => &trusted.body.audiences,
        Issuer::Client(_) => &[],
    };
    let declared = tenant.policy.accepted_assertion_audiences.iter().chain(audiences);
    let named = declared.map(|name| Cow::Borrowed(name.as_str()));
    let places = by_place(issuer, request).then(|| {
        let aliases = tenant.path_aliases.iter().map(move |path| format!("{public_url}{path}"));
        let secure = tenant.hosts.iter().map(|host| format!("https://{host}"));
        let plain = tenant.hosts.iter().map(|host| format!("http://{host}"));
        let places = aliases.chain(secure).chain(plain).map(Cow::Owned);
        std::iter::once(Cow::Borrowed(public_url)).chain(places)
    });
    std::iter::once(Cow::Borrowed(own))
        .chain(named)
        .chain(manner.audiences.iter().map(|name| Cow::Borrowed(*name)))
        .chain(manner.paths.iter().map(move |path| Cow::Owned(format!("{own}{path}"))))
        .chain(places.into_iter().flatten())
}

/// `host[:port]` of a URL.
fn authority(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    Some(rest.split_once('/').map_or(rest, |(authority, _)| authority))
}
