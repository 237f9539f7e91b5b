//! The plan Config: what discovery says, as a client reads it that trusts nothing.

use serde_json::Value;

use crate::stage::Stage;

fn has(metadata: &Value, name: &str, wanted: &[&str]) {
    let listed = metadata[name].as_array().unwrap_or_else(|| panic!("{name} is a list"));
    let mut texts: Vec<&str> = listed.iter().map(|value| value.as_str().expect("text")).collect();
    for word in wanted {
        assert!(texts.contains(word), "{word} is among {name}: {texts:?}");
    }
    texts.sort_unstable();
    let count = texts.len();
    texts.dedup();
    assert_eq!(texts.len(), count, "{name} says nothing twice");
}

#[test]
fn config() {
    let stage = Stage::shared();
    let metadata = stage.metadata();
    assert_eq!(metadata["issuer"], stage.issuer.as_str());
    for endpoint in ["authorization", "token", "userinfo", "registration", "end_session"] {
        let endpoint = metadata[format!("{endpoint}_endpoint")].as_str().expect("an address");
        assert!(endpoint.starts_with(&stage.issuer), "{endpoint}");
    }
    for (name, value) in metadata.as_object().expect("members") {
        if name.ends_with("_endpoint") || name.ends_with("_uri") || name.ends_with("_iframe") {
            assert!(value.as_str().expect("an address").starts_with("https://"), "{name}");
        }
    }
    let types = ["code", "id_token", "id_token token", "code id_token", "code token"];
    has(&metadata, "response_types_supported", &types);
    has(&metadata, "response_types_supported", &["code id_token token"]);
    has(&metadata, "response_modes_supported", &["query", "fragment", "form_post"]);
    has(&metadata, "grant_types_supported", &["authorization_code", "implicit", "refresh_token"]);
    has(&metadata, "subject_types_supported", &["public", "pairwise"]);
    has(&metadata, "id_token_signing_alg_values_supported", &["RS256", "none"]);
    has(&metadata, "userinfo_signing_alg_values_supported", &["RS256"]);
    has(&metadata, "request_object_signing_alg_values_supported", &["RS256", "none"]);
    let scopes = ["openid", "profile", "email", "address", "phone", "offline_access"];
    has(&metadata, "scopes_supported", &scopes);
    has(&metadata, "claims_supported", &["sub", "name", "auth_time", "acr"]);
    let methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    has(&metadata, "token_endpoint_auth_methods_supported", &methods);
    has(&metadata, "code_challenge_methods_supported", &["S256"]);
    has(&metadata, "ui_locales_supported", &["en"]);
    let on = ["request_parameter_supported", "request_uri_parameter_supported"];
    for name in on.into_iter().chain(["claims_parameter_supported"]) {
        assert_eq!(metadata[name], true, "{name}");
    }
    for channel in ["front", "back"] {
        for what in ["supported", "session_supported"] {
            assert_eq!(metadata[format!("{channel}channel_logout_{what}")], true);
        }
    }
}

/// Also before anything was signed.
#[test]
fn keys() {
    let keys = Stage::start().keys();
    let keys = keys["keys"].as_array().expect("a list");
    assert!(keys.iter().any(|key| key["alg"] == "RS256"), "{keys:?}");
    let mut names: Vec<&str> = Vec::new();
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert_eq!(key.get(private), None, "{key}");
        }
        assert_eq!(key["use"], "sig");
        let kid = key["kid"].as_str().expect("a kid");
        assert!(!names.contains(&kid));
        names.push(kid);
    }
}
