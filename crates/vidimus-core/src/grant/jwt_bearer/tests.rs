//! The assertion forms: one accepted claim set of each, and each way to depart from it.

mod claims;
mod manners;

use std::sync::Arc;

use serde_json::{Value, json};

use super::JWT_BEARER;
use crate::{
    admin::{Delete, Show},
    client_auth::Sent,
    errand::Errand,
    error::{Cause, ErrorCode},
    manner::Manner,
    model::{Body, Consent, Kind, SigningAlgorithm, TrustedIssuer},
    outcome::Change,
    testing::{FOO, Jws, Key, Ran, SECRET, Scene, basic, es256, form, jwk_of},
    token::{TokenReply, TokenRequest},
};

pub const IDP: &str = "https://idp.example";

pub fn jwks(keys: &[Value]) -> Arc<jsonwebtoken::jwk::JwkSet> {
    Arc::new(serde_json::from_value(json!({ "keys": keys })).unwrap())
}

/// The key of a certificate: nobody has given it an id.
pub fn nameless(which: usize) -> Value {
    let mut jwk = jwk_of(SigningAlgorithm::ES256, es256(which));
    jwk.as_object_mut().unwrap().remove("kid");
    jwk
}

/// `web` may use assertions, of its own and of one trusted issuer.
pub fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.client("web", |client| {
        client.metadata.grant_types.push(JWT_BEARER.to_owned());
        client.metadata.preauthorized_users = vec!["*".to_owned()];
        client.assertion_jwks = Some(jwks(&[nameless(0)]));
    });
    let foo = scene.key(FOO);
    scene.put(foo, |_, _| {
        Body::TrustedIssuer(TrustedIssuer {
            issuer: IDP.to_owned(),
            jwks: Some(jwks(&[nameless(1)])),
            jwks_uri: None,
            subjects: vec!["*".to_owned()],
            scope: "read".to_owned(),
            audiences: vec!["https://theirs.example".to_owned()],
            fingerprint: None,
        })
    });
    scene
}

pub fn trusted(scene: &mut Scene, edit: impl FnOnce(&mut TrustedIssuer)) {
    scene.edit(IDP, |object| {
        let Body::TrustedIssuer(trusted) = &mut object.body else { panic!() };
        edit(trusted);
    });
}

fn own(scene: &Scene) -> Jws {
    Jws::about_alice("web", scene)
}

fn theirs(scene: &Scene) -> Jws {
    Jws::about_alice(IDP, scene).key(Key::Es256(es256(1)))
}

fn body(assertion: &str) -> String {
    format!("grant_type={JWT_BEARER}&assertion={assertion}")
}

/// With nothing but the assertion.
fn send(scene: &mut Scene, assertion: &Jws) -> Ran<TokenReply> {
    scene.token(None, &body(&assertion.text()))
}

fn as_web(scene: &mut Scene, assertion: &Jws) -> Ran<TokenReply> {
    scene.token(Some(&basic("web", SECRET)), &body(&assertion.text()))
}

fn in_manner(scene: &mut Scene, manner: &'static Manner, assertion: &Jws) -> Ran<TokenReply> {
    let form = form(&body(&assertion.text()));
    let sent = Sent { manner, ..Sent::new(None, &form) };
    let request = TokenRequest::parse(&sent).unwrap();
    scene.act(&request)
}

#[track_caller]
fn refused(ran: &Ran<TokenReply>, cause: Cause) {
    assert_eq!((ran.code(), ran.error().cause), (ErrorCode::InvalidGrant, cause), "{}", ran.why());
    assert_eq!(ran.writes, []);
}

#[test]
fn a_clients_own_assertion_names_client_and_user() {
    let mut scene = scene();
    let assertion = own(&scene);
    let ran = send(&mut scene, &assertion);
    let reply = ran.ok();
    assert_eq!(reply.scope, "read write openid");
    assert_eq!((reply.client, reply.user), (Some(scene.key("web")), Some(scene.key("alice"))));
    assert!(reply.refresh_token.is_none() && reply.id_token.is_none());
    let [write] = ran.writes.as_slice() else { panic!("{:?}", ran.writes) };
    let Change::InsertToken(token) = &write.change else { panic!() };
    assert_eq!((token.user, token.family), (Some(scene.key("alice")), None));
    // Beside its credentials too, and with a kid of its own.
    as_web(&mut scene, &assertion).ok();
    as_web(&mut scene, &assertion.clone().header("kid", json!("mine"))).ok();
    scene.token(None, &format!("{}&client_id=web", body(&assertion.text()))).ok();
    for typ in ["JWT", "jwt", "authorization-grant+jwt"] {
        send(&mut scene, &assertion.clone().header("typ", json!(typ))).ok();
    }
}

#[test]
fn its_keys_are_its_certificates_then_its_jwks_then_its_jwks_uri() {
    let mut scene = scene();
    let assertion = own(&scene);
    scene.client("web", |client| client.metadata.jwks = Some(jwks(&[nameless(1)])));
    send(&mut scene, &assertion).ok();
    scene.client("web", |client| client.assertion_jwks = None);
    refused(&send(&mut scene, &assertion), Cause::AssertionSignature);
    let with_other = own(&scene).key(Key::Es256(es256(1)));
    send(&mut scene, &with_other).ok();
    let uri = "https://client.example/jwks";
    scene.client("web", |client| {
        client.metadata.jwks = None;
        client.metadata.jwks_uri = Some(uri.to_owned());
    });
    let named = assertion.header("kid", json!("own"));
    let ran = send(&mut scene, &named);
    ran.ok();
    let errand = Errand::FetchJwks { uri: uri.to_owned(), kid: Some("own".to_owned()) };
    assert_eq!(ran.errands, [errand]);
    let late = named.clone().claim("exp", json!(1));
    assert_eq!(send(&mut scene, &late).errands, [], "cheap checks come first");
    let away = "https://away.example".to_owned();
    scene.client("web", |client| client.metadata.jwks_uri = Some(away));
    let ran = send(&mut scene, &named);
    refused(&ran, Cause::AssertionSignature);
    assert_eq!(ran.why(), "https://away.example does not answer");
    scene.client("web", |client| client.metadata.jwks_uri = None);
    assert_eq!(send(&mut scene, &named).why(), "the issuer has no keys");
}

#[test]
fn a_trusted_issuers_assertion_needs_a_client_that_proves_itself() {
    let mut scene = scene();
    let assertion = theirs(&scene);
    let ran = as_web(&mut scene, &assertion);
    assert_eq!(ran.ok().scope, "read", "the trust's ceiling");
    assert_eq!(ran.ok().user, Some(scene.key("alice")));
    refused(&send(&mut scene, &assertion), Cause::AssertionIssuer);
    let spa = |scene: &mut Scene| {
        scene.token(None, &format!("{}&client_id=spa", body(&assertion.text())))
    };
    assert_eq!(spa(&mut scene).code(), ErrorCode::UnauthorizedClient);
    scene.client("spa", |client| client.metadata.grant_types.push(JWT_BEARER.to_owned()));
    let ran = spa(&mut scene);
    assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::UnauthorizedClient, 0));
    let wrong = scene.token(Some(&basic("web", "wrong")), &body(&assertion.text()));
    assert_eq!(wrong.code(), ErrorCode::InvalidClient);
    let keys = "https://client.example/jwks".to_owned();
    trusted(&mut scene, |trusted| (trusted.jwks, trusted.jwks_uri) = (None, Some(keys)));
    let named = theirs(&scene).key(Key::Es256(es256(0))).header("kid", json!("own"));
    assert_eq!(as_web(&mut scene, &named).errands.len(), 1);
}

#[test]
fn sec_061_trust_client_and_user_must_stand() {
    let mut scene = scene();
    let (mine, other) = (own(&scene), theirs(&scene));
    let stock = scene.stock.clone();
    let disabled = |scene: &mut Scene, id: &str| {
        scene.stock = stock.clone();
        scene.disable(id);
    };
    disabled(&mut scene, IDP);
    refused(&as_web(&mut scene, &other), Cause::AssertionIssuer);
    send(&mut scene, &mine).ok();
    disabled(&mut scene, "alice");
    refused(&as_web(&mut scene, &other), Cause::InactiveUser);
    refused(&send(&mut scene, &mine), Cause::InactiveUser);
    disabled(&mut scene, "web");
    assert_eq!(send(&mut scene, &mine).code(), ErrorCode::InvalidClient);
    assert_eq!(as_web(&mut scene, &other).code(), ErrorCode::InvalidClient);
    disabled(&mut scene, FOO);
    assert_eq!(send(&mut scene, &mine).code(), ErrorCode::InvalidClient);
    scene.stock = stock.clone();
    scene.edit("alice", |object| {
        let Body::User(user) = &mut object.body else { panic!() };
        user.locked = true;
    });
    refused(&as_web(&mut scene, &other), Cause::InactiveUser);
    scene.forget("alice");
    refused(&as_web(&mut scene, &other), Cause::UnknownUser);
    refused(&send(&mut scene, &mine), Cause::UnknownUser);
    scene.stock = stock.clone();
    scene.client("web", |client| client.metadata.grant_types.retain(|name| name != JWT_BEARER));
    assert_eq!(send(&mut scene, &mine).code(), ErrorCode::UnauthorizedClient);
    scene.stock = stock;
    let nobodys = Jws::about_alice("nobody", &scene);
    refused(&send(&mut scene, &nobodys), Cause::AssertionIssuer);
    refused(&as_web(&mut scene, &nobodys), Cause::AssertionIssuer);
    // Another client is no issuer either.
    let others = Jws::about_alice("other", &scene);
    refused(&as_web(&mut scene, &others), Cause::AssertionIssuer);
}

#[test]
fn sec_061_nobody_learns_of_users_without_a_signature() {
    let mut scene = scene();
    let (forged, there) = (own(&scene).key(Key::Es256(es256(1))), own(&scene));
    let absent = forged.clone().claim("sub", json!("nobody"));
    let ran = send(&mut scene, &forged);
    refused(&ran, Cause::AssertionSignature);
    assert_eq!(ran.error(), send(&mut scene, &absent).error());
    scene.disable("alice");
    assert_eq!(ran.error(), send(&mut scene, &forged).error());
    refused(&send(&mut scene, &there), Cause::InactiveUser);
}

#[test]
fn sec_061_the_user_must_have_approved_the_client() {
    let mut scene = scene();
    let assertion = own(&scene);
    let approve = |scene: &mut Scene, users: &[&str]| {
        let users = users.iter().map(|&name| name.to_owned()).collect();
        scene.client("web", |client| client.metadata.preauthorized_users = users);
    };
    approve(&mut scene, &["alice"]);
    send(&mut scene, &assertion).ok();
    for users in [&[][..], &["Alice", "ali", "bob"][..]] {
        approve(&mut scene, users);
        refused(&send(&mut scene, &assertion), Cause::NotApproved);
    }
    // The administrator's trust in an issuer is approval enough.
    let trusts = theirs(&scene);
    as_web(&mut scene, &trusts).ok();
    let foo = scene.key(FOO);
    let (client, user) = (scene.key("web"), scene.key("alice"));
    let id = Consent::id_of(client, user);
    let scope = "write openid".to_owned();
    let consent = Consent { id: id.clone(), client, user, scope, ..Consent::default() };
    scene.put(foo, |_, _| Body::Consent(consent));
    assert_eq!(send(&mut scene, &assertion).ok().scope, "write openid");
    scene.client("web", |client| client.metadata.scope = "read write".to_owned());
    assert_eq!(send(&mut scene, &assertion).ok().scope, "write");
    scene.disable(&id);
    refused(&send(&mut scene, &assertion), Cause::NotApproved);
}

#[test]
fn an_administrator_takes_an_approval_back() {
    let mut scene = scene();
    scene.client("web", |client| client.metadata.preauthorized_users.clear());
    let foo = scene.key(FOO);
    let (client, user) = (scene.key("web"), scene.key("alice"));
    let id = Consent::id_of(client, user);
    let scope = "read".to_owned();
    let consent = Consent { id: id.clone(), client, user, scope, ..Consent::default() };
    scene.put(foo, |_, _| Body::Consent(consent));
    let assertion = own(&scene);
    send(&mut scene, &assertion).ok();
    let (kind, by) = (Kind::Consent, "root".to_owned());
    let shown = scene.act(&Show { kind, id: id.clone() });
    assert_eq!(shown.ok()["sub"], user.to_text());
    scene.act(&Delete { kind, id, by }).ok();
    refused(&send(&mut scene, &assertion), Cause::NotApproved);
}

#[test]
fn an_approval_ends_with_all_that_was_cut_off() {
    let mut scene = scene();
    scene.client("web", |client| client.metadata.preauthorized_users.clear());
    let foo = scene.key(FOO);
    let (client, user) = (scene.key("web"), scene.key("alice"));
    let id = Consent::id_of(client, user);
    let scope = "read".to_owned();
    let consent = Consent { id, client, user, scope, ..Consent::default() };
    scene.put(foo, |_, _| Body::Consent(consent));
    let assertion = own(&scene);
    send(&mut scene, &assertion).ok();
    let stock = scene.stock.clone();
    for cut_off in ["web", "alice", FOO] {
        scene.stock = stock.clone();
        scene.edit(cut_off, |object| {
            object.standing.not_before = crate::testing::NOW.plus_seconds(1)
        });
        scene.now = crate::testing::NOW.plus_seconds(2);
        refused(&send(&mut scene, &assertion), Cause::NotApproved);
    }
}

#[test]
fn sec_061_scopes_and_subjects_stay_within_the_trust() {
    let mut scene = scene();
    let assertion = theirs(&scene);
    let ask = |scene: &mut Scene, scope: &str| {
        let body = format!("{}&scope={scope}", body(&assertion.text()));
        scene.token(Some(&basic("web", SECRET)), &body)
    };
    assert_eq!(ask(&mut scene, "read+write").ok().scope, "read");
    let ran = ask(&mut scene, "write");
    assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::InvalidScope, 0));
    trusted(&mut scene, |trusted| trusted.scope = "read admin".to_owned());
    assert_eq!(ask(&mut scene, "admin").code(), ErrorCode::InvalidScope);
    trusted(&mut scene, |trusted| trusted.subjects = vec!["bob".to_owned()]);
    refused(&as_web(&mut scene, &assertion), Cause::NotApproved);
    trusted(&mut scene, |trusted| trusted.subjects = vec!["alice".to_owned()]);
    as_web(&mut scene, &assertion).ok();
}

#[test]
fn sec_087_a_key_speaks_for_its_own_issuer_alone() {
    let mut scene = scene();
    let wrong_key = theirs(&scene).key(Key::Es256(es256(0)));
    refused(&as_web(&mut scene, &wrong_key), Cause::AssertionSignature);
    let wrong_issuer = own(&scene).key(Key::Es256(es256(1)));
    refused(&send(&mut scene, &wrong_issuer), Cause::AssertionSignature);
    // What another tenant trusts is nobody here.
    scene.edit(IDP, |object| object.tenant = crate::row_key::RowKey::ROOT);
    let assertion = theirs(&scene);
    refused(&as_web(&mut scene, &assertion), Cause::AssertionIssuer);
}
