//! What an answer holds: the signed form (SEC-143) and the members of the plain one (SEC-144).
//!
//! That a signed answer is refused as an ID token hint and as a grant's assertion arrives with
//! those.

use std::collections::BTreeSet;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response};

use crate::callers::{JWT, told_in_jwt};
use crate::pair::{Pair, RS1};
use crate::world::{Party, Tenant, World, assert_inactive, introspection, members, on_each_store};

fn signed_answer(world: &World, tenant: &Tenant, party: &Party, token: &str) -> Response {
    world.exchange(&introspection(tenant, party, token).header("Accept", JWT))
}

/// The claims, once the published key has verified them.
fn verified(world: &World, tenant: &Tenant, jwt: &str) -> Value {
    let header = decode_header(jwt).expect("a JWS");
    let keys = world.exchange(&Request::get(&tenant.at("/oauth2/jwks"))).text().to_owned();
    let keys: JwkSet = serde_json::from_str(&keys).expect("a key set");
    let kid = header.kid.as_deref().expect("a kid");
    let key = DecodingKey::from_jwk(keys.find(kid).expect("a published key")).expect("a key");
    let mut validation = Validation::new(Algorithm::ES256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    decode::<Value>(jwt, &key, &validation).expect("the signature holds").claims
}

#[test]
fn sec_143_a_signed_answer_is_one_and_nothing_else() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let token = pair.for_rs1(world);
        let answer = signed_answer(world, &pair.a, &pair.rs1, &token);
        assert_eq!(told_in_jwt(&answer)["active"], json!(true));
        let jwt = answer.text();
        let header = decode_header(jwt).expect("a JWS");
        assert_eq!(header.typ.as_deref(), Some("token-introspection+jwt"));
        assert_eq!(header.alg, Algorithm::ES256);
        let claims = verified(world, &pair.a, jwt);
        let names: BTreeSet<_> =
            claims.as_object().expect("claims").keys().map(String::as_str).collect();
        assert_eq!(names, BTreeSet::from(["aud", "iat", "iss", "token_introspection"]));
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(pair.a.issuer), &json!("rs1")));
        assert!((claims["iat"].as_i64().expect("iat") - crate::keys::seconds_now()).abs() <= 5);
        let plain = world.introspect(&pair.a, &pair.rs1, &token).json();
        assert_eq!(members(&claims["token_introspection"]), members(&plain));
        // Another asker's answer is for that asker.
        let other = signed_answer(world, &pair.a, &pair.rs2, &token);
        assert_eq!(verified(world, &pair.a, other.text())["aud"], json!("rs2"));
    });
}

#[test]
fn sec_143_a_signed_answer_is_no_credential() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let jwt = signed_answer(world, &pair.a, &pair.rs1, &pair.for_rs1(world)).text().to_owned();
        let introspect = Request::post(&pair.a.at("/oauth2/introspect"));
        for party in [&pair.rs1, &pair.auditor, &pair.svc] {
            assert_inactive(&world.introspect(&pair.a, party, &jwt));
        }
        let as_bearer = introspect.form(&[("token", "x")]).bearer(&jwt);
        assert_eq!(world.exchange(&as_bearer).status, 401);
        let admin = Request::get("/admin/v1/status").bearer(&jwt);
        assert_eq!(world.exchange(&admin).status, 401);
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        for grant in ["client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"] {
            let form = [
                ("grant_type", grant),
                ("client_assertion_type", kind),
                ("client_assertion", &jwt),
            ];
            let answer = world.exchange(&Request::post(&pair.a.at("/oauth2/token")).form(&form));
            assert!(matches!(answer.status, 400 | 401), "{}", answer.text());
        }
    });
}

#[test]
fn sec_144_members_of_an_answer() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let minted = pair.of_alice(world);
        let told = world.introspect(&pair.a, &pair.rs1, &minted.access).json();
        let names: Vec<_> = members(&told).into_keys().collect();
        let known = [
            "active",
            "aud",
            "client_id",
            "exp",
            "iat",
            "iss",
            "jti",
            "scope",
            "sub",
            "token_type",
            "username",
        ];
        assert_eq!(names, known);
        assert!(!told.to_string().contains("mail.example"), "{told}");
        assert_eq!((&told["iss"], &told["aud"]), (&json!(pair.a.issuer), &json!(RS1)));
        assert_eq!((&told["client_id"], &told["username"]), (&json!("web"), &json!("alice")));
        assert_ne!(told["sub"], "alice", "sub must not change with a name");
        let lifetime = told["exp"].as_i64().expect("exp") - told["iat"].as_i64().expect("iat");
        assert_eq!(lifetime, 3600);
        // The same user in another tenant is another subject.
        let order = json!({"client_id": "webB", "username": "alice"});
        let elsewhere = world.mint(&pair.b, &order).access;
        let other = world.introspect(&pair.b, &pair.web_b, &elsewhere).json();
        assert_ne!(told["sub"], other["sub"]);
    });
}

#[test]
fn sec_144_a_resource_server_is_told_of_its_scopes_only() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let audience = "https://reader.example";
        let declaration = json!({"audiences": [audience], "scope": "read other"});
        let reader = world.resource_server(&pair.a, "reader", declaration);
        let blind = world.resource_server(
            &pair.a,
            "blind",
            json!({"audiences": [audience], "scope": "other"}),
        );
        let token = world.token(&pair.a, &pair.svc, &[("resource", audience)]);
        assert_eq!(world.introspect(&pair.a, &pair.svc, &token).json()["scope"], "read write");
        assert_eq!(world.introspect(&pair.a, &reader, &token).json()["scope"], "read");
        let told = world.introspect(&pair.a, &blind, &token).json();
        assert_eq!((&told["active"], told.get("scope")), (&json!(true), None));
        let signed = told_in_jwt(&signed_answer(world, &pair.a, &reader, &token));
        assert_eq!(signed["scope"], "read");
    });
}

/// Nothing that an administrator or a client chooses can stand in a reserved member's place.
#[test]
fn sec_144_reserved_members_are_ours() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let injected = r#"x","active":true,"iss":"https://evil.example","aud":"y"#;
        world.user(&pair.a, injected);
        let client =
            world.client(&pair.a, injected, json!({"grant_types": ["client_credentials"]}));
        let order = json!({"client_id": injected, "username": injected, "resource": [RS1]});
        let token = world.mint(&pair.a, &order).access;
        let told = world.introspect(&pair.a, &pair.rs1, &token).json();
        assert_eq!((&told["iss"], &told["aud"]), (&json!(pair.a.issuer), &json!(RS1)));
        assert_eq!((&told["client_id"], &told["username"]), (&json!(injected), &json!(injected)));
        assert_eq!(client.id, injected);
        for reserved in ["active", "iss", "aud", "exp", "cnf", "claims"] {
            let patch = json!({reserved: "evil"});
            let answer = world.admin("PATCH", &pair.a.admin_client("svc"), Some(&patch));
            assert_eq!(answer.status, 400, "{reserved}: {}", answer.text());
        }
    });
}
