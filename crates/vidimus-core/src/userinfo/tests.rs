//! UserInfo: what is told to whom, and each token that opens nothing.

use serde_json::json;

use super::{Userinfo, UserinfoRequest};
use crate::{
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

fn ask(scene: &mut Scene, token: &str) -> Ran<Userinfo> {
    let header = format!("Bearer {token}");
    scene.act(&UserinfoRequest::parse(Some(&header), None, &["openid"]).unwrap())
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
    assert_eq!(told.tenant, scene.key(FOO));
    assert_eq!(told.client_id.as_deref(), Some("web"));
    assert_eq!((told.scope.as_str(), ran.writes.len()), ("openid email", 0));
    assert_eq!(told.roles, ["reader"]);
}

#[test]
fn a_token_may_be_given_elsewhere_but_not_twice() {
    let mut scene = scene();
    let (token, _) = scene.issue(&DRAFT);
    let given = || Some(Secret::new(token.as_str()));
    scene.act(&UserinfoRequest::parse(None, given(), &["openid"]).unwrap()).ok();
    let header = format!("bearer {token}");
    let twice = UserinfoRequest::parse(Some(&header), given(), &["openid"]).err().unwrap();
    assert_eq!(twice.code, ErrorCode::InvalidRequest);
    for header in [None, Some("Basic eDp5")] {
        let error = UserinfoRequest::parse(header, None, &["openid"]).err().unwrap();
        assert_eq!((error.code, error.cause), (ErrorCode::InvalidToken, Cause::NoBearer));
    }
}

#[test]
fn a_scope_that_opens_it_must_be_there() {
    let mut scene = scene();
    let (token, _) = scene.issue(&Draft { scope: "read email", ..DRAFT });
    let ran = ask(&mut scene, &token);
    assert_eq!(ran.code(), ErrorCode::InsufficientScope);
    assert_eq!(ran.error().cause, Cause::NoOpenidScope);
    let header = format!("Bearer {token}");
    let request = UserinfoRequest::parse(Some(&header), None, &["openid", "read"]).unwrap();
    scene.act(&request).ok();
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
fn an_address_that_names_somebody_is_for_that_user_of_that_organization() {
    let mut scene = scene();
    let (token, _) = scene.issue(&DRAFT);
    let (organization, user) = (scene.key(FOO), scene.key("alice"));
    let own = entity_id::long(entity_id::ORGANIZATION, organization);
    let alice = entity_id::short(entity_id::USER, user);
    let mut at = |organization: &str, user: &str, token: &str| {
        let header = format!("Bearer {token}");
        let request = UserinfoRequest::parse(Some(&header), None, &["openid"]).unwrap();
        scene.act(&request.named(organization, user))
    };
    at(&own, &alice, &token).ok();
    let elsewhere = entity_id::long(entity_id::ORGANIZATION, user);
    let another = entity_id::short(entity_id::USER, organization);
    for (organization, user) in [
        (own.as_str(), another.as_str()),
        (&elsewhere, &alice),
        (&alice, &own),
        (&own, "alice"),
        ("", ""),
    ] {
        assert_eq!(at(organization, user, &token).code(), ErrorCode::NotFound, "{user}");
    }
    // Who has no token learns nothing of the names.
    assert_eq!(at(&own, &another, "vat_x").code(), ErrorCode::InvalidToken);
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
