//! Metadata: nothing that is not there, nothing left out, and each tenant's own issuer.

use serde_json::{Value, json};

use super::{MetadataRequest, ResourceMetadataRequest, TenantRequest};
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
    assert_eq!(metadata["response_types_supported"], json!(["code"]));
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
            ("authorization_endpoint", "/oauth2/authorize"),
            ("pushed_authorization_request_endpoint", "/oauth2/par"),
            ("end_session_endpoint", "/oauth2/logout"),
            ("check_session_iframe", "/oauth2/check_session"),
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
fn what_a_tenant_allows_is_listed_and_no_more() {
    let mut scene = Scene::new();
    let plain = scene.run(&MetadataRequest).ok().clone();
    for off in ["request_uri_parameter_supported", "require_pushed_authorization_requests"] {
        assert_eq!(plain[off], false, "{off}");
    }
    let has = |metadata: &Value, key: &str, word: &str| {
        metadata[key].as_array().unwrap().iter().any(|value| value == word)
    };
    let legacy = [
        ("response_types_supported", "code id_token token"),
        ("response_types_supported", "id_token"),
        ("grant_types_supported", "implicit"),
        ("id_token_signing_alg_values_supported", "none"),
        ("request_object_signing_alg_values_supported", "none"),
    ];
    for (key, word) in legacy {
        assert!(!has(&plain, key, word), "{word}");
    }
    scene.policy(|policy| {
        policy.allow_legacy_response_types = true;
        policy.allow_unsigned_id_tokens = true;
        policy.allow_unsigned_request_objects = true;
        policy.allow_request_uris = true;
        policy.require_pushed_authorization_requests = true;
    });
    let all = scene.run(&MetadataRequest).ok().clone();
    for (key, word) in legacy {
        assert!(has(&all, key, word), "{word}");
    }
    assert_eq!(all["response_types_supported"].as_array().unwrap().len(), 7);
    for on in ["request_uri_parameter_supported", "require_pushed_authorization_requests"] {
        assert_eq!(all[on], true, "{on}");
    }
}

#[test]
fn what_is_listed_can_be_registered() {
    let metadata = metadata("foo.com");
    let scopes = crate::policy::Policy::default().registrable_scope;
    let listed = metadata["scopes_supported"].as_array().unwrap();
    let listed: Vec<&str> = listed.iter().filter_map(Value::as_str).collect();
    assert_eq!(listed.join(" "), scopes);
    for key in ["id_token_signing_alg_values_supported", "userinfo_signing_alg_values_supported"] {
        assert_eq!(metadata[key], json!(["ES256", "RS256", "PS256", "EdDSA"]), "{key}");
    }
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    let claims = metadata["claims_supported"].as_array().unwrap();
    for claim in ["sub", "name", "email_verified", "phone_number", "address", "acr", "sid"] {
        assert!(claims.iter().any(|known| known == claim), "{claim}");
    }
}

#[test]
fn a_tenant_s_own_resource_names_its_issuer() {
    let mut scene = Scene::new();
    scene.tenant = TenantRef::Id("foo.com".to_owned());
    let metadata = scene.run(&ResourceMetadataRequest).ok().clone();
    assert_eq!(metadata["resource"], "https://id.example/t/foo.com");
    assert_eq!(metadata["authorization_servers"], json!(["https://id.example/t/foo.com"]));
    assert_eq!(metadata["resource_name"], "foo.com");
    scene.tenant = TenantRef::Host("id.example".to_owned());
    assert_eq!(scene.run(&ResourceMetadataRequest).code(), ErrorCode::NotFound);
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
