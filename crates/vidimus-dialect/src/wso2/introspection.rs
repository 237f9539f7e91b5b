//! Introspection as 5.3.0 answers it; as a setting, in the literal bodies of 5.2.

use serde_json::json;
use vidimus_core::{
    introspect::{Active, IntrospectReply, Introspection},
    model::TokenKind,
};

use super::BODIES_5_2;
use crate::{Asked, JSON, STANDARD, Shape, members::Members};

pub fn introspection(reply: &IntrospectReply, asked: &Asked<'_>) -> Shape {
    match reply {
        IntrospectReply::Json(Introspection::Active(found))
        | IntrospectReply::ToUser(Introspection::Active(found)) => active(found, asked),
        IntrospectReply::Json(Introspection::Inactive)
        | IntrospectReply::ToUser(Introspection::Inactive)
            if asked.setting(BODIES_5_2) =>
        {
            Shape::text(JSON, br"{'active':false}".to_vec())
        }
        other => (STANDARD.introspection)(other, asked),
    }
}

/// In the seed's order. What is blank is left out; nobody's token is its application's owner's.
fn active(found: &Active, asked: &Asked<'_>) -> Shape {
    let mut body = Members::default();
    if !found.scope.is_empty() {
        body.put("scope", found.scope.as_str());
    }
    body.put("active", true);
    let token_type = match found.kind {
        TokenKind::Refresh => "Refresh",
        TokenKind::Access => found.token_type(),
    };
    body.put("token_type", token_type);
    body.put("exp", found.exp);
    body.put("iat", found.iat);
    body.may("nbf", found.nbf);
    body.may("client_id", found.client_id.as_deref());
    let owner = found.owner.as_ref().filter(|_| !found.is_pairwise);
    let username = found.username.as_ref().or(owner);
    body.may("username", username.map(|name| named(name, asked)));
    // What narrows a token is never hidden.
    match found.aud.as_slice() {
        [] => {}
        [one] => body.put("aud", one.as_str()),
        several => body.put("aud", several.to_vec()),
    }
    body.may("cnf", found.cnf.as_ref().map(|confirmation| json!(confirmation)));
    body.shape()
}

/// `user@tenant`, the tenant never twice.
pub fn named(username: &str, asked: &Asked<'_>) -> String {
    let tenant = asked.tenant.map(|tenant| tenant.id()).unwrap_or_default();
    let has = username.strip_suffix(tenant).is_some_and(|name| name.ends_with('@'));
    if tenant.is_empty() || has { username.to_owned() } else { format!("{username}@{tenant}") }
}
