//! Authorization server metadata (RFC 8414, OpenID Connect Discovery): exactly what is on.

use serde_json::{Value, json};

use crate::{
    client_auth::{METHODS, tenant},
    context::Context,
    engine::Operation,
    facts::{Facts, Needs},
    grant::GRANTS,
    id_token,
    jwt::assertion_algorithms,
    model::{SigningAlgorithm, Tenant},
    outcome::{Decision, Outcome},
    policy::Registration,
    vault::Vault,
};

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

fn metadata(tenant: &Tenant, issuer: &str) -> Value {
    let at = |path: &str| format!("{issuer}{path}");
    let methods: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
    let confidential: Vec<&str> = methods.iter().copied().filter(|m| *m != "none").collect();
    let on = || GRANTS.iter().filter(|grant| (grant.is_on)(&tenant.policy));
    let grants: Vec<&str> = on().map(|grant| grant.name).collect();
    let at_token = if on().any(|grant| grant.allows_public) { &methods } else { &confidential };
    // The type of an access token is such a method too (RFC 8414 §2).
    let introspection_methods: Vec<&str> = confidential.iter().copied().chain(["Bearer"]).collect();
    let assertion_algorithms = assertion_algorithms();
    let signing: Vec<&str> = SigningAlgorithm::ALL.iter().map(|a| a.as_str()).collect();
    let mut metadata = json!({
        "issuer": issuer,
        "token_endpoint": at("/oauth2/token"),
        "introspection_endpoint": at("/oauth2/introspect"),
        "revocation_endpoint": at("/oauth2/revoke"),
        "device_authorization_endpoint": at("/oauth2/device_authorization"),
        "userinfo_endpoint": at("/oauth2/userinfo"),
        "jwks_uri": at("/oauth2/jwks"),
        "response_types_supported": [],
        "grant_types_supported": grants,
        "token_endpoint_auth_methods_supported": at_token,
        "token_endpoint_auth_signing_alg_values_supported": assertion_algorithms,
        "introspection_endpoint_auth_methods_supported": introspection_methods,
        "introspection_endpoint_auth_signing_alg_values_supported": assertion_algorithms,
        "introspection_signing_alg_values_supported": ["ES256"],
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": assertion_algorithms,
        "access_token_signing_alg_values_supported": signing,
        "id_token_signing_alg_values_supported": id_token::algorithms(&tenant.policy),
        "subject_types_supported": ["public"],
    });
    if tenant.policy.registration != Registration::Closed
        && let Value::Object(members) = &mut metadata
    {
        members.insert("registration_endpoint".to_owned(), json!(at("/oauth2/register")));
    }
    metadata
}

#[cfg(test)]
mod tests;
