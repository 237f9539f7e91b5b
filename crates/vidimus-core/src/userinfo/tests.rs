//! UserInfo: what is told to whom, and each token that opens nothing.

use serde_json::json;

use super::{Userinfo, UserinfoRequest};
use crate::{
    entity_id,
    error::{Cause, ErrorCode},
    jwks::JwksRequest,
    jwt::{Unverified, verify_with_jwks},
    manner::Manner,
    model::{Authentication, Body, Confirmation, SigningAlgorithm, SubjectType, TokenKind},
    secret::Secret,
    testing::{Draft, FOO, ISSUER, Ran, Scene},
};

const OPENED_BY_READ: Manner = Manner { userinfo_scopes: &["openid", "read"], ..Manner::STANDARD };

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
    scene.act(&UserinfoRequest::parse(Some(&header), None, &Manner::STANDARD).unwrap())
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
    scene.act(&UserinfoRequest::parse(None, given(), &Manner::STANDARD).unwrap()).ok();
    let header = format!("bearer {token}");
    let twice = UserinfoRequest::parse(Some(&header), given(), &Manner::STANDARD).err().unwrap();
    assert_eq!(twice.code, ErrorCode::InvalidRequest);
    for header in [None, Some("Basic eDp5")] {
        let error = UserinfoRequest::parse(header, None, &Manner::STANDARD).err().unwrap();
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
    let request = UserinfoRequest::parse(Some(&header), None, &OPENED_BY_READ).unwrap();
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
        let request = UserinfoRequest::parse(Some(&header), None, &Manner::STANDARD).unwrap();
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

/// An access token of an authorization that asked for these claims by name.
fn asked_by_name(scene: &mut Scene, names: &[&str]) -> String {
    let authentication = Authentication {
        client_id: "web".to_owned(),
        session: None,
        auth_time: scene.now,
        acr: None,
        amr: Vec::new(),
        id_token_claims: Vec::new(),
        userinfo_claims: names.iter().map(|&name| name.to_owned()).collect(),
    };
    let family = scene.family();
    let (_, stored) =
        scene.stock.families.iter_mut().find(|(_, known)| known.key == family).unwrap();
    stored.authentication = Some(std::sync::Arc::new(authentication));
    scene.issue(&Draft { family: Some(family), scope: "openid", ..DRAFT }).0
}

#[test]
fn claims_asked_for_by_name_are_told_as_far_as_the_client_may_have_their_scope() {
    let mut scene = scene();
    scene.edit("alice", |object| {
        let Body::User(user) = &mut object.body else { panic!("no user") };
        user.claims.insert("email_verified".to_owned(), json!(false));
        user.claims.insert("updated_at".to_owned(), json!(1_700_000_000));
        user.claims.insert("address".to_owned(), json!({"country": "CH"}));
        user.claims.insert("phone_number".to_owned(), json!("+41"));
        user.claims.insert("employee_number".to_owned(), json!(7));
    });
    scene.client("web", |client| client.metadata.scope = "openid profile email address".to_owned());
    let wanted =
        ["email_verified", "updated_at", "address", "phone_number", "employee_number", "sub", "x"];
    let token = asked_by_name(&mut scene, &wanted);
    let told = ask(&mut scene, &token).ok().standard();
    let expected = json!({
        "sub": scene.key("alice").to_text(),
        "email_verified": false,
        "updated_at": 1_700_000_000,
        "address": {"country": "CH"},
    });
    assert_eq!(told, expected);
    let token = asked_by_name(&mut scene, &[]);
    assert_eq!(ask(&mut scene, &token).ok().standard().as_object().unwrap().len(), 1);
}

/// By an exchange, say: what one client asked for and its user allowed it is not another's.
#[test]
fn what_one_client_asked_for_by_name_another_in_its_authorization_is_not_told() {
    let mut scene = scene();
    for client in ["web", "other"] {
        scene.client(client, |client| client.metadata.scope = "openid email".to_owned());
    }
    asked_by_name(&mut scene, &["email"]);
    let family = scene.stock.families.last().unwrap().1.key;
    let draft = Draft { family: Some(family), client: "other", scope: "openid", ..DRAFT };
    let token = scene.issue(&draft).0;
    assert!(ask(&mut scene, &token).ok().claims.is_empty());
}

#[test]
fn a_client_that_registered_for_it_gets_a_signed_answer() {
    let mut scene = scene();
    let (token, _) = scene.issue(&DRAFT);
    assert_eq!(ask(&mut scene, &token).ok().signed, None);
    for algorithm in SigningAlgorithm::ALL {
        scene.client("web", |client| {
            client.metadata.userinfo_signed_response_alg = Some(algorithm);
        });
        let ran = ask(&mut scene, &token);
        let jwt = ran.ok().signed.as_deref().unwrap();
        let read = Unverified::parse(jwt).unwrap();
        assert_eq!(read.header("alg"), Some(algorithm.as_str()));
        let keys = scene.act(&JwksRequest::default()).ok().clone();
        let keys = serde_json::from_value(keys).unwrap();
        let mut claims = ran.ok().standard();
        claims["iss"] = json!(ISSUER);
        claims["aud"] = json!("web");
        let verified = verify_with_jwks(jwt, &read, &keys).unwrap();
        assert_eq!(serde_json::Value::Object(verified.clone()), claims);
    }
}

#[test]
fn a_pairwise_client_is_told_the_name_of_its_id_tokens() {
    let mut scene = scene();
    scene.client("web", |client| client.metadata.subject_type = SubjectType::Pairwise);
    let (token, _) = scene.issue(&DRAFT);
    let told = ask(&mut scene, &token).ok().standard();
    let (client, alice, tenant) = (scene.object("web"), scene.key("alice"), scene.key(FOO));
    let own = scene.with_context(|cx| {
        crate::subject::of(crate::model::Named::of(&client), alice, tenant, &Manner::STANDARD, cx)
    });
    assert_eq!(told["sub"], own);
    assert_ne!(told["sub"], alice.to_text());
}
