//! Metadata: nothing that is not there, nothing left out, and each tenant's own issuer.

use serde_json::{Value, json};

use super::{MetadataRequest, TenantRequest};
use crate::{
    client_auth::METHODS, error::ErrorCode, facts::TenantRef, grant::GRANTS, testing::Scene,
};

fn metadata(tenant: &str) -> Value {
    let mut scene = Scene::new();
    scene.tenant = TenantRef::Id(tenant.to_owned());
    let ran = scene.run(&MetadataRequest);
    assert_eq!((ran.writes.len(), ran.errands.len()), (0, 0));
    ran.ok().clone()
}

#[test]
fn every_method_and_grant_is_listed_and_no_other() {
    let metadata = metadata("foo.com");
    let methods: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
    assert_eq!(metadata["revocation_endpoint_auth_methods_supported"], json!(methods));
    let confidential: Vec<&str> = methods.iter().copied().filter(|name| *name != "none").collect();
    let policy = crate::policy::Policy::default();
    let on: Vec<_> = GRANTS.iter().filter(|grant| (grant.is_on)(&policy)).collect();
    // Where no grant is for public clients, `none` gets nobody a token.
    let at_token =
        if on.iter().any(|grant| grant.allows_public) { &methods } else { &confidential };
    assert_eq!(metadata["token_endpoint_auth_methods_supported"], json!(at_token));
    let introspection = metadata["introspection_endpoint_auth_methods_supported"].as_array();
    let (last, rest) = introspection.unwrap().split_last().unwrap();
    assert_eq!((json!(rest), last), (json!(confidential), &json!("Bearer")));
    let grants: Vec<&str> = on.iter().map(|grant| grant.name).collect();
    assert_eq!(metadata["grant_types_supported"], json!(grants));
    assert_eq!(metadata["response_types_supported"], json!([]));
    assert_eq!(metadata.get("authorization_endpoint"), None);
    let algorithms = metadata["token_endpoint_auth_signing_alg_values_supported"].to_string();
    assert!(!algorithms.contains("none") && !algorithms.contains("HS1"), "{algorithms}");
}

#[test]
fn the_issuer_is_the_tenants_own() {
    for (tenant, issuer) in [
        ("default", "https://id.example"),
        ("foo.com", "https://id.example/t/foo.com"),
        ("bar.com", "https://id.example/t/bar.com"),
    ] {
        let metadata = metadata(tenant);
        assert_eq!(metadata["issuer"], issuer);
        for (name, path) in [
            ("token_endpoint", "/oauth2/token"),
            ("introspection_endpoint", "/oauth2/introspect"),
            ("revocation_endpoint", "/oauth2/revoke"),
            ("device_authorization_endpoint", "/oauth2/device_authorization"),
            ("userinfo_endpoint", "/oauth2/userinfo"),
            ("jwks_uri", "/oauth2/jwks"),
            ("registration_endpoint", "/oauth2/register"),
        ] {
            assert_eq!(metadata[name], format!("{issuer}{path}"));
        }
    }
}

#[test]
fn registration_is_listed_where_somebody_may_register() {
    let mut scene = Scene::new();
    scene.policy(|policy| policy.registration = crate::policy::Registration::Closed);
    assert_eq!(scene.run(&MetadataRequest).ok().get("registration_endpoint"), None);
}

#[test]
fn there_is_none_of_a_tenant_that_is_not() {
    let mut scene = Scene::new();
    scene.tenant = TenantRef::Host("id.example".to_owned());
    assert_eq!(scene.run(&MetadataRequest).code(), ErrorCode::NotFound);
    assert_eq!(scene.run(&TenantRequest).code(), ErrorCode::NotFound);
}

#[test]
fn a_tenant_that_is_there_is_enough() {
    let ran = Scene::new().run(&TenantRequest);
    assert_eq!((ran.writes.len(), ran.errands.len(), ran.events.len()), (0, 0, 0));
    ran.ok();
}
