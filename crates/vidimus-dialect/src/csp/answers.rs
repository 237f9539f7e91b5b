//! The members of CSP's answers about tokens, people and the organization.

use serde_json::{Value, json};
use vidimus_core::{
    error::{ErrorCode, OAuthError},
    form::encoded,
    introspect::{Details, IntrospectReply, Introspection},
    model::TokenKind,
    userinfo::Userinfo,
};

use super::{
    BASE, GRANTS, SIGN_OUT,
    claims::{organization_id, split, user_id},
    refusal,
};
use crate::{Asked, Endpoint, Route, STANDARD, Shape, json, members::Members};

/// `TokenIntrospectionResponse`. `sub` is the one in the access tokens.
pub fn introspection(reply: &IntrospectReply, asked: &Asked<'_>) -> Shape {
    let (IntrospectReply::Json(Introspection::Active(active))
    | IntrospectReply::ToUser(Introspection::Active(active))) = reply
    else {
        return (STANDARD.introspection)(reply, asked);
    };
    let token_type = match active.kind {
        TokenKind::Refresh => "refresh_token",
        TokenKind::Access => "bearer",
    };
    let mut body = Members::default();
    body.put("active", true);
    body.put("exp", active.exp);
    body.put("iat", active.iat);
    body.may("orgId", asked.tenant.map(|tenant| organization_id(tenant.key())));
    body.may("sub", active.user.map(user_id).or_else(|| active.sub.clone()));
    body.put("token_type", token_type);
    body.shape()
}

/// An API token as its holder sees it. Times in milliseconds.
pub fn details(reply: &Details, asked: &Asked<'_>) -> Shape {
    let mut body = Members::default();
    if let Some(account) = &reply.username {
        let (username, domain) = split(account);
        body.put("username", username);
        body.put("acct", account.as_str());
        body.may("domain", domain);
    }
    body.may("orgId", asked.tenant.map(|tenant| organization_id(tenant.key())));
    let scopes: Vec<&str> = reply.scope.split(' ').filter(|scope| !scope.is_empty()).collect();
    body.put("createdAt", reply.issued_at.0);
    body.put("expiresAt", reply.expires_at.0);
    let allowed = json!({
        "generalScopes": scopes,
        "organizationScopes": {"roles": []},
        "servicesScopes": [],
    });
    body.put("allowedScopes", allowed);
    body.shape()
}

pub fn userinfo(reply: &Userinfo, _: &Asked<'_>) -> Shape {
    let (username, domain) = split(&reply.username);
    let organization = organization_id(reply.tenant);
    let mut body = Members::default();
    body.put("sub", reply.subject.as_str());
    body.put("username", username);
    body.put("acct", reply.username.as_str());
    body.put("context", organization.as_str());
    body.put("context_name", organization);
    body.may("domain", domain);
    for claim in ["email", "email_verified", "given_name", "family_name"] {
        body.may(claim, reply.all.get(claim).cloned());
    }
    body.put("group_ids", json!([]));
    body.put("group_names", json!([]));
    body.shape()
}

/// Where the browser is to go: with what the request says of whom and where to, as far as it does.
pub fn logout(asked: &Asked<'_>) -> Shape {
    let mut query = Vec::new();
    for (from, to) in [
        ("idToken", "id_token_hint"),
        ("post_logout_redirect_uri", "post_logout_redirect_uri"),
        ("state", "state"),
    ] {
        if let Some(value) = asked.parameter(from) {
            query.push(format!("{to}={}", encoded(value)));
        }
    }
    let query = query.join("&");
    let joint = if query.is_empty() { "" } else { "?" };
    json(&json!({ "url": format!("{}{SIGN_OUT}{joint}{query}", asked.base()) }))
}

pub fn organization(asked: &Asked<'_>) -> Shape {
    let asked_for = asked.captured.first();
    let here = asked.tenant.map(|tenant| (organization_id(tenant.key()), tenant.id()));
    match here.filter(|(id, _)| Some(id) == asked_for) {
        Some((id, name)) => json(&json!({"id": id, "name": name, "displayName": name})),
        None => {
            let error = OAuthError::new(ErrorCode::NotFound, "There is no such organization.");
            refusal::error(&error, None, asked)
        }
    }
}

/// Its own member set, `claimsSupported` as it is spelled there.
pub fn metadata(standard: &Value, asked: &Asked<'_>) -> Shape {
    let at = |path: &str| format!("{}{BASE}{path}", asked.issuer);
    let offered = |grant: &&Value| grant.as_str().is_some_and(|name| GRANTS.contains(&name));
    let grants: Vec<_> = standard
        .get("grant_types_supported")
        .and_then(Value::as_array)
        .map(|grants| grants.iter().filter(offered).collect())
        .unwrap_or_default();
    let mut body = Members::default();
    let there = |endpoint| {
        let route = Route::to(endpoint, super::CSP.routes)?;
        Some(format!("{}{}", asked.issuer, route.path))
    };
    let authorize = there(Endpoint::Authorize);
    body.put("issuer", json!(asked.issuer));
    body.may("authorization_endpoint", authorize.clone());
    body.put("token_endpoint", json!(at("/auth/token")));
    body.put("introspection_endpoint", json!(at("/auth/introspect")));
    body.put("revocation_endpoint", json!(at("/auth/revoke")));
    body.put("userinfo_endpoint", json!(at("/userinfo")));
    body.may("end_session_endpoint", there(Endpoint::EndSession));
    body.put("jwks_uri", json!(at("/auth/keys")));
    let types: &[&str] = if authorize.is_some() { &["code"] } else { &[] };
    body.put("response_types_supported", json!(types));
    body.may("code_challenge_methods_supported", authorize.map(|_| ["S256"]));
    body.put("grant_types_supported", json!(grants));
    body.put("subject_types_supported", json!(["public"]));
    body.put("id_token_signing_alg_values_supported", json!(["RS256"]));
    body.put("token_endpoint_auth_methods_supported", json!(["client_secret_basic", "none"]));
    body.put("scopes_supported", json!(["openid", super::ALL_PERMISSIONS]));
    body.put("claimsSupported", json!(CLAIMS));
    body.shape()
}

const CLAIMS: [&str; 12] = [
    "sub",
    "iss",
    "azp",
    "context",
    "context_name",
    "acct",
    "username",
    "domain",
    "perms",
    "iat",
    "exp",
    "jti",
];
