//! Whom an assertion is for (RFC 7523 §3 item 3): this server, under one of its names.

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
    let manner = &request.manner.assertion;
    let tenant = request.tenant.body;
    // Places may be shared with tenants that trust the same issuer. A client's assertion is its own
    // tenant's whatever it calls it: the key is registered there.
    let (audiences, by_place) = match issuer {
        Issuer::Trusted(trusted) => (trusted.body.audiences.as_slice(), false),
        Issuer::Client(_) => (&[][..], manner.accepts_places),
    };
    let is = |name: &str| name == aud || by_place && authority(name) == Some(aud);
    let declared = tenant.policy.accepted_assertion_audiences.iter().chain(audiences);
    if is(cx.issuer)
        || declared.map(String::as_str).any(is)
        || manner.audiences.iter().any(|a| is(a))
        || manner.paths.iter().any(|path| aud.strip_prefix(cx.issuer) == Some(path))
    {
        return true;
    }
    by_place
        && (is(cx.public_url)
            || tenant.path_aliases.iter().any(|path| is(&format!("{}{path}", cx.public_url)))
            || tenant.hosts.iter().any(|host| is(&format!("https://{host}")))
            || tenant.hosts.iter().any(|host| is(&format!("http://{host}"))))
}

/// `host[:port]` of a URL.
fn authority(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    Some(rest.split_once('/').map_or(rest, |(authority, _)| authority))
}
