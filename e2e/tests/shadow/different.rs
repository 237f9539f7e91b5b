//! Planted differences: each is found, named by its field, and counted.

use vidimus_e2e::http::Request;

use crate::stage::{APP, GATEWAY, Shadow, WORLD, server};

#[test]
fn what_was_planted_is_found_by_field() {
    let changed = WORLD.replace("orders:read orders:write", "orders:read").replace(
        "[[tenant.client]]",
        "[tenant.policy]\naccess_token_ttl_seconds = 600\n[[tenant.client]]",
    );
    let (old, new) = (server(WORLD), server(&changed));
    let shadow = Shadow::before(&old, &new, &["--strict"]);
    let token = shadow.issued();
    shadow.introspect(&token);
    shadow.introspect(&token);
    let ended = shadow.end();
    assert_eq!(ended.status.code(), Some(1), "--strict fails");
    let expected = [("expires_in: differs", 1), ("scope: differs", 1)];
    assert_eq!(ended.fields("token"), expected.map(|(name, count)| (name.to_owned(), count)));
    let expected = [("exp: differs", 2), ("scope: differs", 2)];
    assert_eq!(ended.fields("introspect"), expected.map(|(name, count)| (name.to_owned(), count)));
    assert_eq!((ended.count("compared"), ended.count("different")), (3, 3));
    let fields = ended.report["endpoints"]["token"]["fields"].as_array().expect("fields");
    let example = &fields[1]["example"];
    assert_eq!(example["old"], "orders:read orders:write", "{example}");
    assert_eq!(example["new"], "orders:read", "{example}");
}

#[test]
fn a_client_that_was_forgotten_is_found_by_its_status() {
    let (old, new) = (server(WORLD), server(&WORLD.replace("\"svc\"", "\"svc2\"")));
    let shadow = Shadow::before(&old, &new, &[]);
    let token = shadow.issued();
    assert_eq!(shadow.introspect(&token)["active"], true, "the old server's answer");
    let ended = shadow.end();
    assert!(ended.status.success(), "told, not failed");
    let fields: Vec<String> = ended.fields("token").into_iter().map(|(name, _)| name).collect();
    for wanted in ["status: differs", "error: extra", "access_token: missing"] {
        assert!(fields.iter().any(|name| name == wanted), "{wanted} in {fields:?}");
    }
    // There is no twin to ask about: not a difference, but not hidden either.
    assert_eq!((ended.count("unknown_to_new"), ended.count("compared")), (1, 1));
}

#[test]
fn a_token_that_came_by_another_way_is_unknown_and_no_difference() {
    let (old, new) = (server(WORLD), server(WORLD));
    let form = [("grant_type", "client_credentials")];
    let direct = Request::post("/oauth2/token").basic(APP.0, APP.1).form(&form);
    let token = old.exchange(&direct).member("access_token");
    let shadow = Shadow::before(&old, &new, &[]);
    assert_eq!(shadow.introspect(&token)["active"], true);
    let ended = shadow.end();
    assert_eq!((ended.count("unknown_to_new"), ended.count("different")), (1, 0));
}

#[test]
fn an_endpoint_may_have_another_path() {
    let legacy = WORLD.replace("\"default\"", "\"legacy\"");
    let (old, new) = (server(&legacy), server(WORLD));
    let map = |name: &str| format!("/t/legacy/oauth2/{name}=/oauth2/{name}");
    let (token, introspect) = (map("token"), map("introspect"));
    let more = ["--map", token.as_str(), "--map", introspect.as_str()];
    let shadow = Shadow::before(&old, &new, &more);
    let form = [("grant_type", "client_credentials")];
    let request = Request::post("/t/legacy/oauth2/token").basic(APP.0, APP.1).form(&form);
    let token = shadow.ask(&request).member("access_token");
    let form = [("token", token.as_str())];
    let path = "/t/legacy/oauth2/introspect";
    let known = shadow.ask(&Request::post(path).basic(GATEWAY.0, GATEWAY.1).form(&form));
    assert_eq!(known.json()["active"], true);
    let ended = shadow.end();
    assert_eq!(ended.fields("token"), []);
    // The issuer does change, beside the server's own address.
    assert_eq!(ended.fields("introspect"), [("iss: differs".to_owned(), 1)]);
}
