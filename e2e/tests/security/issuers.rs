//! One issuer for each tenant, whatever a request calls the server (SEC-292, SEC-293).

use serde_json::{Value, json};
use vidimus_e2e::http::Request;

use crate::world::on_each_store;

const PATH: &str = "/.well-known/openid-configuration";

#[test]
fn sec_292_no_header_changes_what_a_tenant_says_of_itself() {
    on_each_store(|world| {
        let tenant = world.tenant("issuer", json!({}));
        let own = world.exchange(&Request::get(&tenant.at(PATH)));
        assert_eq!(own.status, 200);
        let authority = world.server.address();
        for (name, value) in [
            ("Host", "evil.example"),
            ("Host", "EVIL.EXAMPLE:8443"),
            ("Host", "evil.example."),
            ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Proto", "https"),
            ("Forwarded", "host=evil.example;proto=https"),
            ("X-Original-URL", "/t/other/.well-known/openid-configuration"),
        ] {
            let answer = world.exchange(&Request::get(&tenant.at(PATH)).header(name, value));
            assert_eq!((answer.status, answer.text()), (200, own.text()), "{name}: {value}");
        }
        let absolute = format!("http://{authority}{}", tenant.at(PATH));
        assert_eq!(world.exchange(&Request::get(&absolute)).text(), own.text());
        let root = |request: Request| {
            let answer = world.exchange(&request);
            assert_eq!(answer.status, 200);
            answer.json()["issuer"].clone()
        };
        let plain = root(Request::get(PATH));
        assert_eq!(root(Request::get(PATH).header("Host", "evil.example")), plain);
        assert_eq!(root(Request::get(&format!("http://evil.example{PATH}"))), plain);
    });
}

#[test]
fn sec_293_a_tenant_has_one_issuer_in_every_dialect_and_token() {
    on_each_store(|world| {
        for dialect in ["standard", "salesforce", "csp", "wso2"] {
            let tenant = world.tenant("issuer", json!({"dialects": [dialect]}));
            let base = if dialect == "csp" { "/csp/gateway/am/api" } else { "" };
            let answer = world.exchange(&Request::get(&tenant.at(&format!("{base}{PATH}"))));
            assert_eq!(answer.json()["issuer"], Value::from(tenant.issuer.clone()), "{dialect}");
        }
        let tenant = world.tenant("issuer", json!({}));
        let declared = json!({"access_token_format": "jwt", "scope": "a"});
        let client = world.client(&tenant, "signed", declared);
        let token = world.mint(&tenant, &json!({"client_id": "signed"})).access;
        let payload = token.split('.').nth(1).expect("a JWT");
        let claims =
            base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, payload);
        let claims: Value = serde_json::from_slice(&claims.expect("base64url")).expect("JSON");
        assert_eq!(claims["iss"], Value::from(tenant.issuer.clone()));
        let answer = world.introspect(&tenant, &client, &token).json();
        assert_eq!(answer["iss"], Value::from(tenant.issuer.clone()));
    });
}
