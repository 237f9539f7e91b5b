//! UserInfo: what is told to whom, and each token that opens nothing.

use serde_json::json;

use super::{Userinfo, UserinfoRequest};
use crate::{
    client_auth::bearer::Bearer,
    entity_id,
    error::{Cause, ErrorCode},
    model::{Body, Confirmation, TokenKind},
    secret::Secret,
    testing::{Draft, FOO, ISSUER, Ran, Scene},
};

const DRAFT: Draft<'_> = Draft {
    client: "web",
    user: Some("alice"),
    scope: "openid email",
    audience: &[],
    not_before: None,
    family: None,
    kind: TokenKind::Access,
    confirmation: None,
};

fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.edit("alice", |object| {
        let Body::User(user) = &mut object.body else { panic!("no user") };
        user.email = Some("alice@example.com".to_owned());
        user.roles = vec!["reader".to_owned()];
        user.claims.insert("name".to_owned(), json!("Alice Liddell"));
    });
    scene
}

fn request(token: &str, named: &[&str]) -> UserinfoRequest {
    let named: Vec<String> = named.iter().map(|&id| id.to_owned()).collect();
    UserinfoRequest::parse(Some(Bearer::of(Secret::new(token))), &named).unwrap()
}

fn ask(scene: &mut Scene, token: &str) -> Ran<Userinfo> {
    scene.act(&request(token, &[]))
}

#[test]
fn the_claims_are_those_the_scope_is_for() {
    let mut scene = scene();
    let (token, _) = scene.issue(&DRAFT);
    let ran = ask(&mut scene, &token);
    let told = ran.ok();
    let standard = json!({"sub": scene.key("alice").to_text(), "email": "alice@example.com"});
    assert_eq!(told.standard(), standard);
    assert_eq!(told.all["name"], "Alice Liddell");
    assert_eq!((told.user, told.username.as_str()), (scene.key("alice"), "alice"));
    assert_eq!((told.tenant, told.tenant_id.as_str()), (scene.key(FOO), FOO));
    assert_eq!(told.client_id.as_deref(), Some("web"));
    assert_eq!((told.scope.as_str(), ran.writes.len()), ("openid email", 0));
    assert_eq!(told.roles, ["reader"]);
}

#[test]
fn without_a_token_there_is_nothing_to_tell() {
    let error = UserinfoRequest::parse(None, &[]).err().unwrap();
    assert_eq!((error.code, error.cause), (ErrorCode::InvalidToken, Cause::NoBearer));
}

#[test]
fn a_url_that_names_a_user_is_that_users() {
    let mut scene = scene();
    let (token, _) = scene.issue(&DRAFT);
    let foo = entity_id::long(entity_id::ORGANIZATION, scene.key(FOO));
    let bar = entity_id::long(entity_id::ORGANIZATION, scene.key("bar.com"));
    let alice = entity_id::long(entity_id::USER, scene.key("alice"));
    let web = entity_id::long(entity_id::USER, scene.key("web"));
    for (organization, user) in [(foo.as_str(), alice.as_str()), (&foo[..15], &alice[..15])] {
        scene.act(&request(&token, &[organization, user])).ok();
    }
    for named in [&[foo.as_str(), &web][..], &[&bar, &alice], &["x", &alice], &[&alice]] {
        assert_eq!(scene.act(&request(&token, named)).code(), ErrorCode::NotFound, "{named:?}");
    }
}

#[test]
fn a_scope_that_opens_it_must_be_there() {
    let mut scene = scene();
    let (token, _) = scene.issue(&Draft { scope: "read email", ..DRAFT });
    let ran = ask(&mut scene, &token);
    assert_eq!(ran.code(), ErrorCode::InsufficientScope);
    assert_eq!(ran.error().cause, Cause::NoOpenidScope);
    scene.act(&request(&token, &[]).opened_by(&["openid", "read"])).ok();
}

#[test]
fn only_a_live_plain_access_token_of_a_user_for_us_opens_it() {
    let mut scene = scene();
    let refresh = scene.issue(&Draft { kind: TokenKind::Refresh, ..DRAFT }).0;
    let nobodys = scene.issue(&Draft { user: None, ..DRAFT }).0;
    let elsewhere = scene.issue(&Draft { audience: &["https://rs1"], ..DRAFT }).0;
    let confirmation = Some(Confirmation::Jkt("x".to_owned()));
    let bound = scene.issue(&Draft { confirmation, ..DRAFT }).0;
    let later = Some(scene.now.plus_seconds(1));
    let not_yet = scene.issue(&Draft { not_before: later, ..DRAFT }).0;
    let revoked = scene.issue(&DRAFT).0;
    scene.revoke("web", &revoked).ok();
    let ours = scene.issue(&Draft { audience: &[ISSUER], ..DRAFT }).0;
    ask(&mut scene, &ours).ok();
    for token in [refresh, nobodys, elsewhere, bound, not_yet, revoked, "vat_x".to_owned()] {
        let ran = ask(&mut scene, &token);
        assert_eq!((ran.code(), ran.error().cause), (ErrorCode::InvalidToken, Cause::TokenUnknown));
    }
}

#[test]
fn a_user_who_is_gone_or_barred_is_told_of_no_longer() {
    let mut scene = scene();
    let (token, _) = scene.issue(&DRAFT);
    scene.disable("alice");
    assert_eq!(ask(&mut scene, &token).code(), ErrorCode::InvalidToken);
    scene.forget("alice");
    assert_eq!(ask(&mut scene, &token).code(), ErrorCode::InvalidToken);
}

#[test]
fn a_token_of_another_tenant_opens_nothing() {
    let mut scene = scene();
    let (token, _) = scene.issue(&DRAFT);
    scene.tenant = crate::facts::TenantRef::Id("bar.com".to_owned());
    assert_eq!(ask(&mut scene, &token).code(), ErrorCode::InvalidToken);
}
