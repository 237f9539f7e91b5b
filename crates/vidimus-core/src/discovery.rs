//! Authorization server metadata (RFC 8414, OpenID Connect Discovery), and that of the tenant's own
//! resource (RFC 9728): exactly what is on.

use serde_json::{Map, Value, json};

use crate::{
    authorize::ACR,
    claims,
    client_auth::{METHODS, tenant},
    context::Context,
    engine::Operation,
    facts::{Facts, Needs},
    grant::GRANTS,
    id_token,
    jwt::{assertion_algorithms, request_object_algorithms},
    model::{SigningAlgorithm, Tenant},
    outcome::{Decision, Outcome},
    policy::{Policy, Registration},
    scope::OFFLINE_ACCESS,
    vault::Vault,
};

/// Languages of the pages (BCP 47).
pub const UI_LOCALES: [&str; 2] = ["en", "de"];

/// OAuth 2.0 Multiple Response Types §3, §5.
const LEGACY_RESPONSE_TYPES: [&str; 6] =
    ["token", "id_token", "id_token token", "code token", "code id_token", "code id_token token"];

/// Of ID tokens, beside what they tell of a person.
const TOKEN_CLAIMS: [&str; 11] =
    ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "sid"];

pub struct MetadataRequest;

/// What needs no more than a tenant that is there.
pub struct TenantRequest;

impl Operation for TenantRequest {
    type Reply = ();

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default()
    }

    fn decide(&self, facts: &Facts, _: &mut Context<'_>) -> Decision<()> {
        tenant(facts)?;
        Ok(Outcome::reply(()))
    }
}

impl Operation for MetadataRequest {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        Ok(Outcome::reply(metadata(tenant(facts)?.body, cx.issuer)))
    }
}

/// The tenant's own resource, UserInfo, as resources describe themselves (RFC 9728 §2): its
/// identifier is the issuer.
pub struct ResourceMetadataRequest;

impl Operation for ResourceMetadataRequest {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let tenant = tenant(facts)?;
        let name = tenant.body.name(cx.issuer);
        Ok(Outcome::reply(json!({
            "resource": cx.issuer,
            "authorization_servers": [cx.issuer],
            "scopes_supported": scopes(),
            "bearer_methods_supported": ["header", "body"],
            "resource_name": name,
        })))
    }
}

fn metadata(tenant: &Tenant, issuer: &str) -> Value {
    let policy = &tenant.policy;
    let mut metadata = endpoints(policy, issuer);
    metadata.extend(clients(policy));
    metadata.extend(authorization(policy));
    metadata.extend(people(policy));
    Value::Object(metadata)
}

/// The members of an object that is written out.
fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn endpoints(policy: &Policy, issuer: &str) -> Map<String, Value> {
    let at = |path: &str| format!("{issuer}{path}");
    let mut endpoints = members(json!({
        "issuer": issuer,
        "authorization_endpoint": at("/oauth2/authorize"),
        "pushed_authorization_request_endpoint": at("/oauth2/par"),
        "token_endpoint": at("/oauth2/token"),
        "introspection_endpoint": at("/oauth2/introspect"),
        "revocation_endpoint": at("/oauth2/revoke"),
        "device_authorization_endpoint": at("/oauth2/device_authorization"),
        "userinfo_endpoint": at("/oauth2/userinfo"),
        "end_session_endpoint": at("/oauth2/logout"),
        "check_session_iframe": at("/oauth2/check_session"),
        "jwks_uri": at("/oauth2/jwks"),
    }));
    if policy.registration != Registration::Closed {
        endpoints.insert("registration_endpoint".to_owned(), json!(at("/oauth2/register")));
    }
    endpoints
}

/// What they may do, and how they say who they are.
fn clients(policy: &Policy) -> Map<String, Value> {
    let methods: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
    let confidential: Vec<&str> = methods.iter().copied().filter(|m| *m != "none").collect();
    let on = || GRANTS.iter().filter(|grant| (grant.is_on)(policy));
    let implicit = policy.allow_legacy_response_types.then_some("implicit");
    let grants: Vec<&str> = on().map(|grant| grant.name).chain(implicit).collect();
    let at_token = if on().any(|grant| grant.allows_public) { &methods } else { &confidential };
    // The type of an access token is such a method too (RFC 8414 §2).
    let introspection_methods: Vec<&str> = confidential.iter().copied().chain(["Bearer"]).collect();
    let assertion_algorithms = assertion_algorithms();
    members(json!({
        "grant_types_supported": grants,
        "token_endpoint_auth_methods_supported": at_token,
        "token_endpoint_auth_signing_alg_values_supported": assertion_algorithms,
        "introspection_endpoint_auth_methods_supported": introspection_methods,
        "introspection_endpoint_auth_signing_alg_values_supported": assertion_algorithms,
        "introspection_signing_alg_values_supported": ["ES256"],
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": assertion_algorithms,
        "access_token_signing_alg_values_supported": signing(),
    }))
}

/// What a request that a person answers may say.
fn authorization(policy: &Policy) -> Map<String, Value> {
    let legacy = if policy.allow_legacy_response_types { &LEGACY_RESPONSE_TYPES[..] } else { &[] };
    let response_types: Vec<&str> = ["code"].iter().chain(legacy).copied().collect();
    let mut documents = request_object_algorithms();
    documents.retain(|name| policy.allow_unsigned_request_objects || name != "none");
    members(json!({
        "response_types_supported": response_types,
        "response_modes_supported": ["query", "fragment", "form_post"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "require_pushed_authorization_requests": policy.require_pushed_authorization_requests,
        "request_parameter_supported": true,
        "request_uri_parameter_supported": policy.allow_request_uris,
        "require_request_uri_registration": true,
        "request_object_signing_alg_values_supported": documents,
        "claims_parameter_supported": true,
        "acr_values_supported": [ACR],
        "display_values_supported": ["page"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "ui_locales_supported": UI_LOCALES,
    }))
}

/// What is told of people, and of when they are signed out.
fn people(policy: &Policy) -> Map<String, Value> {
    let claims: Vec<&str> = TOKEN_CLAIMS.into_iter().chain(claims::of_people()).collect();
    members(json!({
        "scopes_supported": scopes(),
        "claims_supported": claims,
        "claim_types_supported": ["normal"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": id_token::algorithms(policy),
        "userinfo_signing_alg_values_supported": signing(),
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
    }))
}

fn signing() -> Vec<&'static str> {
    SigningAlgorithm::ALL.map(SigningAlgorithm::as_str).to_vec()
}

fn scopes() -> Vec<&'static str> {
    ["openid"].into_iter().chain(claims::scopes()).chain([OFFLINE_ACCESS]).collect()
}

#[cfg(test)]
mod tests;
