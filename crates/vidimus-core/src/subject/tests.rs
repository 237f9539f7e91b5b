//! Names in one sector and in another, and who is told which.

use serde_json::{Value, json};

use super::of;
use crate::{
    jwt::Unverified,
    manner::Manner,
    model::{ClientMetadata, IntrospectRight, Named, SubjectType, TokenFormat},
    testing::{Draft, FOO, Scene},
};

fn pairwise(scene: &mut Scene, id: &str, edit: impl FnOnce(&mut ClientMetadata)) {
    scene.client(id, |client| {
        client.metadata.subject_type = SubjectType::Pairwise;
        edit(&mut client.metadata);
    });
}

fn at(scene: &mut Scene, id: &str, host: &str) {
    let uris = vec![format!("https://{host}/cb")];
    pairwise(scene, id, |metadata| metadata.redirect_uris = uris);
}

fn name(scene: &mut Scene, client: &str, user: &str) -> String {
    let (client, user, tenant) = (scene.object(client), scene.key(user), scene.key(FOO));
    scene.with_context(|cx| of(Named::of(&client), user, tenant, &Manner::STANDARD, cx))
}

#[test]
fn a_sector_has_one_name_for_a_user_and_no_other_has_it() {
    let mut scene = Scene::new();
    let bob = scene.key(FOO);
    scene.put(bob, |_, _| crate::model::Body::User(crate::testing::user("bob")));
    let public = name(&mut scene, "web", "alice");
    assert_eq!(public, scene.key("alice").to_text());
    at(&mut scene, "web", "a.example");
    at(&mut scene, "other", "b.example");
    at(&mut scene, "spa", "a.example");
    let alice = name(&mut scene, "web", "alice");
    assert_eq!(alice.len(), 43, "256 bits");
    assert_eq!(alice, name(&mut scene, "web", "alice"));
    assert_eq!(alice, name(&mut scene, "spa", "alice"), "the same sector");
    assert_ne!(alice, name(&mut scene, "other", "alice"));
    assert_ne!(alice, name(&mut scene, "web", "bob"));
    assert_ne!(alice, public);
}

#[test]
fn the_sector_is_what_vouches_for_the_redirect_uris_or_their_one_host() {
    let mut scene = Scene::new();
    at(&mut scene, "web", "a.example");
    let a = name(&mut scene, "web", "alice");
    pairwise(&mut scene, "other", |metadata| {
        metadata.redirect_uris =
            vec!["https://x.example/".to_owned(), "https://y.example/".to_owned()];
        metadata.sector_identifier_uri = Some("https://a.example/sector.json".to_owned());
    });
    assert_eq!(name(&mut scene, "other", "alice"), a);
    pairwise(&mut scene, "other", |metadata| metadata.sector_identifier_uri = None);
    let own = name(&mut scene, "other", "alice");
    assert_ne!(own, a);
    for uris in [
        vec![],
        vec!["com.example.app:/cb"],
        vec!["http://localhost/cb"],
        vec!["http://127.0.0.1/cb", "http://127.0.0.1/other"],
        vec!["http://[::1]/cb"],
    ] {
        let uris: Vec<String> = uris.into_iter().map(str::to_owned).collect();
        for id in ["other", "spa"] {
            pairwise(&mut scene, id, |metadata| metadata.redirect_uris = uris.clone());
        }
        assert_eq!(name(&mut scene, "other", "alice"), own, "{uris:?}");
        assert_ne!(name(&mut scene, "spa", "alice"), own, "{uris:?}");
    }
    // A client that is called like a host is not of its sector.
    pairwise(&mut scene, "other", |metadata| metadata.client_id = "a.example".to_owned());
    assert_ne!(name(&mut scene, "a.example", "alice"), a);
}

#[test]
fn another_tenant_and_another_master_key_have_other_names() {
    let mut scene = Scene::new();
    at(&mut scene, "web", "a.example");
    let (client, alice, foo) = (scene.object("web"), scene.key("alice"), scene.key(FOO));
    let bar = scene.key("bar.com");
    let mut told = |tenant| {
        scene.with_context(|cx| of(Named::of(&client), alice, tenant, &Manner::STANDARD, cx))
    };
    let here = told(foo);
    assert_ne!(here, told(bar));
    scene.vault = crate::vault::Vault::new(&[8; 32]);
    assert_ne!(here, name(&mut scene, "web", "alice"));
}

const DRAFT: Draft<'_> = Draft {
    client: "web",
    user: Some("alice"),
    scope: "openid",
    audience: &["https://rs1"],
    not_before: None,
    family: None,
    kind: crate::model::TokenKind::Access,
    confirmation: None,
};

#[test]
fn a_pairwise_client_is_told_its_own_name_and_a_resource_server_the_public_one() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&DRAFT);
    let public = scene.introspect("web", &token).0;
    assert_eq!(public["username"], "alice");
    at(&mut scene, "web", "a.example");
    let own = name(&mut scene, "web", "alice");
    let (answer, _) = scene.introspect("web", &token);
    assert_eq!((&answer["sub"], answer.get("username")), (&json!(own), None));
    assert!(!answer.to_string().contains(public["sub"].as_str().unwrap()), "{answer}");
    let (answer, _) = scene.introspect("rs1", &token);
    assert_eq!((&answer["sub"], &answer["username"]), (&public["sub"], &json!("alice")));
    // Whose token it is makes no difference to what the asker may learn.
    pairwise(&mut scene, "web", |metadata| metadata.introspect = IntrospectRight::Tenant);
    let (token, _) = scene.issue(&Draft { client: "other", ..DRAFT });
    assert_eq!(scene.introspect("web", &token).0["sub"], own);
    // Nobody's token is the client's own.
    let (token, _) = scene.issue(&Draft { user: None, ..DRAFT });
    assert_eq!(scene.introspect("web", &token).0["sub"], "web");
}

#[test]
fn a_jwt_that_the_client_can_read_says_no_more() {
    let mut scene = Scene::new();
    scene.client("web", |client| client.metadata.access_token_format = TokenFormat::Jwt);
    let sub = |scene: &mut Scene| -> Value {
        let (token, _) = scene.issue(&DRAFT);
        Unverified::parse(&token).unwrap().claims["sub"].clone()
    };
    assert_eq!(sub(&mut scene), scene.key("alice").to_text());
    at(&mut scene, "web", "a.example");
    assert_eq!(sub(&mut scene), name(&mut scene, "web", "alice"));
}
