//! Administration: who may, minting, revoking, keys.

mod certificates;
mod declare;
mod declared;
mod explain;
mod issued;
mod members;
mod objects;
mod root;
mod rows;
mod world;

use serde_json::{Value, json};

use super::{AdminCheck, Administrator, KeyList, KeyRotate, Mint, MintOrder, RevokeAny};
use crate::{
    client_auth::bearer::Bearer,
    error::ErrorCode,
    facts::TenantRef,
    introspect::Reason,
    model::{RevokedBy, SigningAlgorithm, TokenFormat},
    outcome::{Change, Event},
    rotation::ANNOUNCE_SECONDS,
    secret::Secret,
    testing::{Draft, NOW, Ran, Scene},
};

const ROOT: &str = "root";

/// A scene with an administrator's client in the default tenant.
fn with_root() -> Scene {
    let mut scene = Scene::new();
    let default = scene.key("default");
    scene.put_client(default, ROOT, "client_secret_basic", true);
    scene
}

fn check(scene: &mut Scene, token: &str) -> Ran<Administrator> {
    let bearer = Bearer::find(Some(&format!("Bearer {token}"))).unwrap();
    scene.run(&AdminCheck { bearer })
}

#[test]
fn an_administrator_is_a_client_of_the_default_tenant_with_the_scope() {
    let mut scene = with_root();
    scene.tenant = TenantRef::default_tenant();
    let root =
        Draft { client: ROOT, audience: &[], scope: "read vidimus.admin", ..Draft::default() };
    let (token, _) = scene.issue(&root);
    assert_eq!(check(&mut scene, &token).ok().by, ROOT);
    let (without, _) = scene.issue(&Draft { scope: "read vidimus.introspect", ..root.clone() });
    assert_eq!(check(&mut scene, &without).code(), ErrorCode::InsufficientScope);
    assert_eq!(check(&mut scene, "x").code(), ErrorCode::InvalidToken);
    scene.disable(ROOT);
    assert_eq!(check(&mut scene, &token).code(), ErrorCode::InvalidToken);
}

#[test]
fn a_tenants_own_scope_of_that_name_opens_nothing() {
    let mut scene = with_root();
    let (token, _) = scene.issue(&Draft { scope: "vidimus.admin", ..Draft::default() });
    // On its own tenant, and on the one that administers.
    assert_eq!(check(&mut scene, &token).code(), ErrorCode::InvalidToken);
    scene.tenant = TenantRef::default_tenant();
    assert_eq!(check(&mut scene, &token).code(), ErrorCode::InvalidToken);
    scene.tenant = TenantRef::Id("nowhere".to_owned());
    assert_eq!(check(&mut scene, &token).code(), ErrorCode::NotFound);
}

fn mint(scene: &mut Scene, order: Value) -> Ran<Value> {
    let order: MintOrder = serde_json::from_value(order).unwrap();
    scene.act(&Mint { order, by: ROOT.to_owned() })
}

#[test]
fn a_minted_token_is_like_the_clients_own() {
    let mut scene = Scene::new();
    let ran = mint(&mut scene, json!({"client_id": "web"}));
    let reply = ran.ok();
    assert_eq!(reply["token_type"], "Bearer");
    assert_eq!(
        (&reply["expires_in"], &reply["scope"]),
        (&json!(3600), &json!("read write openid"))
    );
    assert_eq!(reply.get("refresh_token"), None);
    let token = reply["access_token"].as_str().unwrap();
    assert_eq!(scene.reason("web", token), None);
    let [Event::Issued { grant: "mint", .. }, minted] = &ran.events[..] else { panic!() };
    let action = "mint token of web".to_owned();
    assert_eq!(*minted, Event::Administered { by: ROOT.to_owned(), action });
}

#[test]
fn a_mint_order_is_followed_to_the_letter() {
    let mut scene = Scene::new();
    let order = json!({
        "client_id": "web", "username": "alice", "scope": "write", "resource": ["https://rs2"],
        "ttl_seconds": 10, "not_before": NOW.seconds(), "cnf": {"jkt": "thumb"},
    });
    let ran = mint(&mut scene, order);
    assert_eq!((&ran.ok()["expires_in"], &ran.ok()["token_type"]), (&json!(10), &json!("DPoP")));
    let token = ran.ok()["access_token"].as_str().unwrap().to_owned();
    let (answer, _) = scene.introspect("rs2", &token);
    let expected = json!({
        "username": "alice", "scope": "write", "aud": "https://rs2", "nbf": NOW.seconds(),
        "exp": NOW.seconds() + 10, "cnf": {"jkt": "thumb"}, "token_type": "DPoP",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&answer[name], value, "{name}");
    }
}

#[test]
fn a_mint_with_refresh_makes_one_family() {
    let mut scene = Scene::new();
    let ran = mint(&mut scene, json!({"client_id": "web", "username": "alice", "refresh": true}));
    let [.., family, _] = ran.writes.as_slice() else { panic!() };
    let Change::InsertFamily(family) = &family.change else { panic!("{family:?}") };
    assert_eq!(family.client, Some(scene.key("web")));
    assert_eq!(family.user, Some(scene.key("alice")));
    assert_eq!(family.expires_at, NOW.plus_seconds(31_536_000));
    let text = |name: &str| ran.ok()[name].as_str().unwrap().to_owned();
    let (access, refresh) = (text("access_token"), text("refresh_token"));
    assert_eq!(scene.reason("web", &refresh), None);
    scene.revoke("web", &refresh).ok();
    assert!(matches!(scene.reason("web", &access), Some(Reason::FamilyRevoked { .. })));
}

#[test]
fn what_cannot_be_minted_is_refused() {
    let mut scene = Scene::new();
    for (order, code) in [
        (json!({}), ErrorCode::NotFound),
        (json!({"client_id": "nobody"}), ErrorCode::NotFound),
        (json!({"client_id": "rs1"}), ErrorCode::NotFound),
        (json!({"client_id": "web", "username": "bob"}), ErrorCode::NotFound),
        (json!({"client_id": "web", "scope": "admin"}), ErrorCode::InvalidScope),
        (json!({"client_id": "web", "scope": "a  b"}), ErrorCode::InvalidScope),
        (json!({"client_id": "web", "resource": ["https://rs3"]}), ErrorCode::InvalidTarget),
        (json!({"client_id": "web", "ttl_seconds": 0}), ErrorCode::InvalidRequest),
        (
            json!({"client_id": "web", "ttl_seconds": 5, "not_before": NOW.seconds() + 5}),
            ErrorCode::InvalidRequest,
        ),
        (json!({"client_id": "web", "ttl_seconds": i64::MAX}), ErrorCode::InvalidRequest),
    ] {
        let ran = mint(&mut scene, order.clone());
        assert_eq!((ran.code(), ran.writes.len()), (code, 0), "{order}");
    }
    assert!(serde_json::from_value::<MintOrder>(json!({"client": "web"})).is_err());
}

#[test]
fn an_administrator_revokes_any_token_of_the_tenant() {
    let mut scene = Scene::new();
    let (token, key) = scene.issue(&Draft::default());
    let revoke = |scene: &mut Scene, token: &str| {
        scene.act(&RevokeAny { token: Secret::new(token), by: ROOT.to_owned() })
    };
    let ran = revoke(&mut scene, &token);
    assert_eq!(ran.ok(), &json!({"revoked": true}));
    let (caller, by) = (ROOT.to_owned(), ROOT.to_owned());
    let action = format!("revoke token {}", key.to_text());
    let told = [Event::Revoked { caller, token: key }, Event::Administered { by, action }];
    assert_eq!(ran.events, told);
    let by = RevokedBy::Administrator(ROOT.to_owned());
    assert_eq!(scene.reason("web", &token), Some(Reason::Revoked { at: NOW, by }));
    assert_eq!(revoke(&mut scene, &token).ok(), &json!({"revoked": false, "reason": "revoked"}));
    let (other, _) = scene.issue(&Draft::default());
    scene.tenant = TenantRef::Id("bar.com".to_owned());
    let ran = revoke(&mut scene, &other);
    assert_eq!(ran.ok(), &json!({"revoked": false, "reason": "other_tenant"}));
    assert_eq!(revoke(&mut scene, "x").ok()["reason"], "malformed");
}

#[test]
fn keys_are_listed_with_what_they_do_and_without_what_is_secret() {
    let mut scene = Scene::new();
    assert_eq!(scene.run(&KeyList).ok(), &json!({"items": [], "next": null}));
    let rotate = |scene: &mut Scene, algorithm, compromised| {
        let by = ROOT.to_owned();
        let ran = scene.act(&KeyRotate { algorithm, compromised, by });
        let [Event::KeyMade { .. }, Event::Administered { by, .. }] = &ran.events[..] else {
            panic!("{:?}", ran.events)
        };
        assert_eq!(by, ROOT);
        ran.ok().clone()
    };
    let states = |scene: &mut Scene| -> Vec<String> {
        let listed = scene.run(&KeyList).ok()["items"].clone();
        assert!(!listed.to_string().contains("sealed"), "{listed}");
        let items = listed.as_array().unwrap().iter();
        items.map(|key| key["state"].as_str().unwrap().to_owned()).collect()
    };
    let first = rotate(&mut scene, None, false);
    assert_eq!(first["alg"], "ES256");
    assert_eq!(first["signs_from"], NOW.seconds(), "the first signs at once");
    scene.now = NOW.plus_seconds(60);
    let second = rotate(&mut scene, Some(SigningAlgorithm::ES256), false);
    assert_eq!(second["signs_from"], NOW.seconds() + 60 + ANNOUNCE_SECONDS);
    assert_eq!(states(&mut scene), ["signing", "announced"]);
    scene.now = scene.now.plus_seconds(ANNOUNCE_SECONDS);
    assert_eq!(states(&mut scene), ["retired", "signing"]);
    rotate(&mut scene, None, true);
    assert_eq!(states(&mut scene), ["revoked", "revoked", "signing"]);
}

#[test]
fn a_key_of_a_living_token_is_not_forgotten() {
    let mut scene = Scene::new();
    scene.client("web", |client| client.metadata.access_token_format = TokenFormat::Jwt);
    let ran = mint(&mut scene, json!({"client_id": "web"}));
    let token = ran.ok()["access_token"].as_str().unwrap().to_owned();
    let by = ROOT.to_owned();
    scene.act(&KeyRotate { algorithm: None, compromised: false, by }).ok();
    scene.now = NOW.plus_seconds(3599);
    scene.act(&crate::jwks::JwksRequest::default()).ok();
    assert_eq!(scene.reason("web", &token), None);
}
