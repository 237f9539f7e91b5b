//! Tokens and issuers that are declared beforehand, over the API.

use serde_json::{Value, json};

use super::declare::create;
use crate::{
    admin::{Delete, Explain, Update},
    error::ErrorCode,
    model::{ApiToken, Body, Kind, RegistrationToken, SigningAlgorithm},
    outcome::Change,
    secret::Secret,
    testing::{FOO, NOW, Ran, Scene, es256, jwk_of},
    vault::hex,
};

const TEXT: &str = "Rr0gBJN5Vc1CMSnYNSCDoxrSrnDOl3BNcBzbdcAU7ajkYC";

fn update(scene: &mut Scene, kind: Kind, id: &str, patch: Value) -> Ran<Value> {
    scene.act(&Update { kind, id: id.to_owned(), patch, by: "root".to_owned() })
}

fn delete(scene: &mut Scene, kind: Kind, id: &str) -> Ran<Value> {
    scene.act(&Delete { kind, id: id.to_owned(), by: "root".to_owned() })
}

pub fn explain(scene: &mut Scene, token: &str) -> Value {
    scene.run(&Explain { token: Secret::new(token), caller: None }).ok().clone()
}

pub fn api_token(scene: &Scene, id: &str) -> ApiToken {
    match &scene.object(id).body {
        Body::ApiToken(token) => token.clone(),
        other => panic!("{other:?}"),
    }
}

pub fn registration_token(scene: &Scene, id: &str) -> RegistrationToken {
    match &scene.object(id).body {
        Body::RegistrationToken(token) => token.clone(),
        other => panic!("{other:?}"),
    }
}

/// As a registration does.
pub fn use_once(scene: &mut Scene, id: &str) {
    scene.edit(id, |object| {
        let Body::RegistrationToken(token) = &mut object.body else { panic!() };
        token.uses_left -= 1;
    });
}

#[test]
fn a_made_api_token_is_shown_once_and_is_good() {
    let mut scene = Scene::new();
    let ran = create(&mut scene, Kind::ApiToken, &json!({"username": "alice", "scope": "read"}));
    let reply = ran.ok();
    let text = reply["token"].as_str().unwrap().to_owned();
    let id = reply["id"].as_str().unwrap().to_owned();
    assert!(text.starts_with("vap_") && text.len() == 48, "{text}");
    assert_eq!(reply["expires_at"], NOW.seconds() + 15_552_000);
    assert!(!format!("{:?}", ran.writes).contains(&text), "it is not stored");
    let told = explain(&mut scene, &text);
    let row = &told["token"];
    assert_eq!((&told["active"], &row["kind"]), (&json!(true), &json!("api_token")));
    assert_eq!((&row["username"], &row["client_id"]), (&json!("alice"), &Value::Null));
    assert_eq!((&row["scope"], &row["exp"]), (&json!("read"), &reply["expires_at"]));
    let key = scene.key(&id);
    assert_eq!((&row["jti"], &row["family"]), (&json!(key.to_text()), &json!(key.to_text())));
    assert_eq!(scene.object(&id).expires_at, Some(NOW.expiry(15_552_000)), "it is purged then");
    let shown = update(&mut scene, Kind::ApiToken, &id, json!({})).ok().clone();
    assert_eq!(shown.get("token"), None);
    scene.disable("alice");
    assert_eq!(explain(&mut scene, &text)["reason"], "user_disabled");
}

#[test]
fn a_deleted_api_token_takes_with_it_what_was_issued_for_it() {
    let mut scene = Scene::new();
    let chosen = json!({"id": "ci", "username": "alice", "token": TEXT});
    let ran = create(&mut scene, Kind::ApiToken, &chosen);
    assert_eq!(ran.ok().get("token"), None, "who chose it knows it");
    let family = Some(scene.key("ci"));
    let issued = crate::testing::Draft { user: Some("alice"), family, ..Default::default() };
    let (access, _) = scene.issue(&issued);
    assert_eq!(explain(&mut scene, &access)["active"], true);
    assert_eq!(explain(&mut scene, TEXT)["active"], true);
    delete(&mut scene, Kind::ApiToken, "ci").ok();
    assert_eq!(explain(&mut scene, &access)["reason"], "family_revoked");
    let gone = explain(&mut scene, TEXT);
    assert_eq!((&gone["active"], &gone["token"]), (&json!(false), &Value::Null));
    // The text is free again.
    create(&mut scene, Kind::ApiToken, &chosen).ok();
    assert_eq!(explain(&mut scene, TEXT)["active"], true);
}

#[test]
fn a_changed_api_token_begins_anew_and_an_unchanged_one_does_not() {
    let mut scene = Scene::new();
    let chosen = json!({"id": "ci", "username": "alice", "token": TEXT, "scope": "read"});
    create(&mut scene, Kind::ApiToken, &chosen).ok();
    let first = scene.object("ci");
    scene.now = NOW.plus_seconds(60);
    let same = json!({"token": TEXT, "scope": "read", "username": "alice"});
    update(&mut scene, Kind::ApiToken, "ci", same).ok();
    assert_eq!(scene.key("ci"), first.key);
    // The scope alone: the text that is not told again stays good.
    update(&mut scene, Kind::ApiToken, "ci", json!({"scope": "write"})).ok();
    let second = scene.object("ci");
    assert_ne!(second.key, first.key);
    let told = explain(&mut scene, TEXT);
    assert_eq!((&told["active"], &told["token"]["scope"]), (&json!(true), &json!("write")));
    assert_eq!(told["token"]["exp"], NOW.seconds() + 15_552_000, "its life is the same");
    let old = scene.stock.families.iter().find(|(_, family)| family.key == first.key).unwrap();
    assert!(old.1.revocation.is_some());
    // Another text: the old one is good no longer.
    let ran = update(&mut scene, Kind::ApiToken, "ci", json!({"token": "another-text"}));
    assert_eq!(ran.ok()["expires_at"], NOW.seconds() + 60 + 15_552_000);
    assert_eq!(explain(&mut scene, TEXT)["active"], false);
    assert_eq!(explain(&mut scene, "another-text")["active"], true);
    let longer = json!({"expires_in_seconds": 31_536_000});
    let ran = update(&mut scene, Kind::ApiToken, "ci", longer);
    assert_eq!(ran.ok()["expires_at"], NOW.seconds() + 60 + 31_536_000);
    assert_eq!(explain(&mut scene, "another-text")["token"]["exp"], ran.ok()["expires_at"]);
}

#[test]
fn an_api_token_that_was_revoked_or_purged_is_deleted_all_the_same() {
    let mut scene = Scene::new();
    let chosen = json!({"id": "ci", "username": "alice", "token": TEXT});
    create(&mut scene, Kind::ApiToken, &chosen).ok();
    let (token, by) = (Secret::new(TEXT), "root".to_owned());
    scene.act(&crate::admin::RevokeAny { token, by }).ok();
    assert_eq!(explain(&mut scene, TEXT)["reason"], "family_revoked");
    // A new scope is a new token.
    update(&mut scene, Kind::ApiToken, "ci", json!({"scope": "read"})).ok();
    assert_eq!(explain(&mut scene, TEXT)["active"], true);
    scene.stock.tokens.clear();
    scene.stock.families.clear();
    scene.stock.locators.clear();
    let ran = update(&mut scene, Kind::ApiToken, "ci", json!({"scope": "write"}));
    assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, "/token"));
    update(&mut scene, Kind::ApiToken, "ci", json!({"scope": "write", "token": TEXT})).ok();
    assert_eq!(explain(&mut scene, TEXT)["active"], true);
    scene.stock.tokens.clear();
    let ran = delete(&mut scene, Kind::ApiToken, "ci");
    assert_eq!(ran.ok(), &json!({"deleted": "ci"}));
}

#[test]
fn what_cannot_be_an_api_token_is_refused() {
    let mut scene = Scene::new();
    create(&mut scene, Kind::ApiToken, &json!({"id": "a", "username": "alice", "token": TEXT}))
        .ok();
    let (issued, _) = scene.issue(&crate::testing::Draft::default());
    for (declaration, pointer) in [
        (json!({}), "/username"),
        (json!({"username": "nobody"}), "/username"),
        (json!({"username": "alice", "scopes": "read"}), "/scopes"),
        (json!({"username": "alice", "token": "short"}), "/token"),
        (json!({"username": "alice", "token": "with a space"}), "/token"),
        (json!({"username": "alice", "token": "x".repeat(257)}), "/token"),
        (json!({"username": "alice", "token": 12_345_678}), "/token"),
        // Of the form of ours: it would be looked for where it is not.
        (json!({"username": "alice", "token": issued}), "/token"),
        (json!({"username": "alice", "token": "vrt_damaged"}), "/token"),
        (json!({"username": "alice", "expires_in_seconds": 0}), "/expires_in_seconds"),
        (json!({"username": "alice", "expires_in_seconds": i64::MAX}), "/expires_in_seconds"),
        (json!({"username": "alice", "id": ".."}), "/id"),
        (json!({"username": "alice", "disabled": true}), "/disabled"),
    ] {
        let ran = create(&mut scene, Kind::ApiToken, &declaration);
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, pointer));
        assert_eq!(ran.writes, []);
    }
    let scope = create(&mut scene, Kind::ApiToken, &json!({"username": "alice", "scope": "a  b"}));
    assert_eq!((scope.code(), scope.pointer()), (ErrorCode::InvalidScope, "/scope"));
    for (declaration, pointer) in [
        (json!({"username": "alice", "token": TEXT}), "/token"),
        (json!({"username": "alice", "id": "a"}), "/id"),
    ] {
        let ran = create(&mut scene, Kind::ApiToken, &declaration);
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::AlreadyExists, pointer));
    }
    let ran = update(&mut scene, Kind::ApiToken, "a", json!({"username": "nobody"}));
    assert_eq!(ran.pointer(), "/username");
}

#[test]
fn a_registration_token_is_counted_and_expires() {
    let mut scene = Scene::new();
    let ran = create(&mut scene, Kind::RegistrationToken, &json!({}));
    let reply = ran.ok();
    let (id, text) = (reply["id"].as_str().unwrap(), reply["token"].as_str().unwrap());
    assert!(text.starts_with("vit_") && text.len() == 48, "{text}");
    assert_eq!((&reply["uses"], &reply["uses_left"]), (&json!(1), &json!(1)));
    assert_eq!(reply["expires_at"], NOW.seconds() + 86_400);
    let token = registration_token(&scene, id);
    assert_eq!(token.digest, hex(&scene.vault.locator(text)));
    assert_eq!(scene.object(id).expires_at, Some(NOW.expiry(86_400)));
    let chosen = json!({"id": "team", "token": TEXT, "uses": 100, "expires_in_seconds": 60});
    create(&mut scene, Kind::RegistrationToken, &chosen).ok();
    use_once(&mut scene, "team");
    scene.now = NOW.plus_seconds(30);
    // What was used stays used, and what runs runs on.
    let ran = update(&mut scene, Kind::RegistrationToken, "team", json!({"uses": 50}));
    assert_eq!((&ran.ok()["uses_left"], &ran.ok()["uses"]), (&json!(49), &json!(50)));
    assert_eq!(ran.ok()["expires_at"], NOW.seconds() + 60);
    let ran = update(&mut scene, Kind::RegistrationToken, "team", json!({"uses": null}));
    assert_eq!(ran.ok()["uses_left"], 0);
    let ran =
        update(&mut scene, Kind::RegistrationToken, "team", json!({"expires_in_seconds": 90}));
    assert_eq!(ran.ok()["expires_at"], NOW.seconds() + 30 + 90);
    assert_eq!(scene.object("team").expires_at, Some(NOW.plus_seconds(120)));
    // Another text is another token.
    let other = json!({"token": "another-text", "disabled": true});
    let ran = update(&mut scene, Kind::RegistrationToken, "team", other);
    assert_eq!((&ran.ok()["uses_left"], &ran.ok()["disabled"]), (&json!(1), &json!(true)));
    let ran = update(&mut scene, Kind::RegistrationToken, "team", json!({"revoke_tokens": true}));
    assert_eq!(ran.pointer(), "/revoke_tokens");
    delete(&mut scene, Kind::RegistrationToken, "team").ok();
}

#[test]
fn what_cannot_be_a_registration_token_is_refused() {
    let mut scene = Scene::new();
    let first = json!({"id": "a", "token": TEXT});
    create(&mut scene, Kind::RegistrationToken, &first).ok();
    for (declaration, pointer) in [
        (json!({"use": 1}), "/use"),
        (json!({"uses": 0}), "/uses"),
        (json!({"uses": -1}), "/uses"),
        (json!({"uses": 4_294_967_297_i64}), "/uses"),
        (json!({"uses": "1"}), "/uses"),
        (json!({"expires_in_seconds": 0}), "/expires_in_seconds"),
        (json!({"token": "short"}), "/token"),
        (json!({"token": "no:bearer;token"}), "/token"),
    ] {
        let ran = create(&mut scene, Kind::RegistrationToken, &declaration);
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, pointer));
    }
    let ran = create(&mut scene, Kind::RegistrationToken, &json!({"id": "b", "token": TEXT}));
    assert_eq!((ran.code(), ran.pointer()), (ErrorCode::AlreadyExists, "/token"));
    create(&mut scene, Kind::RegistrationToken, &json!({"id": "b"})).ok();
    let ran = update(&mut scene, Kind::RegistrationToken, "b", json!({"token": TEXT}));
    assert_eq!((ran.code(), ran.pointer()), (ErrorCode::AlreadyExists, "/token"));
    update(&mut scene, Kind::RegistrationToken, "a", json!({"token": TEXT})).ok();
}

#[test]
fn an_issuer_is_trusted_for_what_is_said_and_no_more() {
    let mut scene = Scene::new();
    let jwks = json!({"keys": [jwk_of(SigningAlgorithm::ES256, es256(0))]});
    let good = json!({
        "issuer": "https://idp.example", "jwks_uri": "https://idp.example/jwks",
        "subjects": ["alice"], "scope": "api", "audiences": ["https://old.example"],
    });
    for key in ["subjects", "scope", "jwks_uri", "issuer"] {
        let mut lacking = good.clone();
        lacking.as_object_mut().unwrap().remove(key);
        let ran = create(&mut scene, Kind::TrustedIssuer, &lacking);
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, &*format!("/{key}")));
    }
    for (key, value) in [
        ("subjects", json!([])),
        ("subjects", json!("*")),
        ("subjects", json!([""])),
        ("audiences", json!([""])),
        ("jwks", jwks.clone()),
        ("jwks_uri", json!("ftp://idp.example")),
        ("subject", json!(["*"])),
    ] {
        let mut wrong = good.clone();
        wrong[key] = value;
        assert_eq!(create(&mut scene, Kind::TrustedIssuer, &wrong).pointer(), format!("/{key}"));
    }
    let ran = create(&mut scene, Kind::TrustedIssuer, &good);
    assert_eq!((&ran.ok()["scope"], &ran.ok()["kind"]), (&json!("api"), &json!("trusted_issuer")));
    let id = "https://idp.example";
    let by_keys = json!({"jwks_uri": null, "jwks": jwks, "disabled": true});
    let ran = update(&mut scene, Kind::TrustedIssuer, id, by_keys);
    assert_eq!((&ran.ok()["disabled"], &ran.ok()["subjects"]), (&json!(true), &json!(["alice"])));
    assert_eq!(ran.ok().get("jwks_uri"), None);
    let ran = update(&mut scene, Kind::TrustedIssuer, id, json!({"revoke_tokens": true}));
    assert_eq!(ran.pointer(), "/revoke_tokens");
    delete(&mut scene, Kind::TrustedIssuer, id).ok();
    create(&mut scene, Kind::TrustedIssuer, &good).ok();
}

#[test]
fn a_new_api_token_is_a_token_a_family_and_a_digest() {
    let mut scene = Scene::new();
    let chosen = json!({"id": "ci", "username": "alice", "token": TEXT});
    let ran = create(&mut scene, Kind::ApiToken, &chosen);
    let [object, family, row, digest] = ran.writes.as_slice() else { panic!("{:?}", ran.writes) };
    assert!(matches!(&object.change, Change::Create(_)));
    let Change::InsertFamily(family) = &family.change else { panic!() };
    let Change::InsertToken(row) = &row.change else { panic!() };
    let (foo, alice) = (scene.key(FOO), scene.key("alice"));
    assert_eq!((family.client, family.user, row.user), (None, Some(alice), Some(alice)));
    assert_eq!(row.hash, scene.vault.token_hash(foo, TEXT));
    let expected = Change::Locate {
        digest: scene.vault.locator(TEXT),
        was: None,
        token: scene.key("ci"),
        expires_at: row.expires_at,
    };
    assert_eq!(digest.change, expected);
    assert_eq!(api_token(&scene, "ci").expires_in_seconds, Some(15_552_000));
}
