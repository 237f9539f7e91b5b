//! The device grant from its request to its tokens: each answer while the user has not answered,
//! and every way in which a code is no good.

use serde_json::Value;

use crate::{
    admin::DeviceApprove,
    client_auth::Sent,
    device::{DeviceRequest, GRANT_TYPE},
    error::{Cause, ErrorCode},
    jwt::Unverified,
    model::{Body, Consent},
    outcome::{Change, Committed},
    secret::Secret,
    testing::{NOW, Ran, SECRET, Scene, basic, form},
    token::TokenReply,
};

struct Codes {
    device: String,
    user: String,
}

fn scene() -> Scene {
    let mut scene = Scene::new();
    for client in ["web", "spa"] {
        scene.client(client, |client| {
            client.metadata.grant_types = vec![GRANT_TYPE.to_owned(), "refresh_token".to_owned()];
        });
    }
    scene
}

fn begin(scene: &mut Scene, body: &str) -> Codes {
    let form = form(&format!("client_id=spa&{body}"));
    let ran = scene.act(&DeviceRequest::parse(&Sent::new(None, &form)).unwrap());
    let reply = ran.ok();
    Codes { device: reply.device_code.expose().to_owned(), user: reply.user_code.clone() }
}

fn poll(scene: &mut Scene, codes: &Codes) -> Ran<TokenReply> {
    let body = format!("grant_type={GRANT_TYPE}&client_id=spa&device_code={}", codes.device);
    scene.token(None, &body)
}

fn answer(scene: &mut Scene, codes: &Codes, username: &str, approve: bool) -> Ran<Value> {
    let (user_code, username) = (Secret::new(codes.user.as_str()), username.to_owned());
    scene.act(&DeviceApprove { user_code, username, approve, by: "cli".to_owned() })
}

fn consents(scene: &Scene) -> Vec<Consent> {
    let consent = |object: &std::sync::Arc<crate::model::Object>| match &object.body {
        Body::Consent(consent) => Some(consent.clone()),
        _ => None,
    };
    scene.stock.objects.iter().filter_map(consent).collect()
}

#[test]
fn once_the_user_approves_the_device_gets_the_users_tokens() {
    let mut scene = scene();
    let codes = begin(&mut scene, "scope=openid+read");
    assert_eq!(poll(&mut scene, &codes).code(), ErrorCode::AuthorizationPending);
    assert_eq!(answer(&mut scene, &codes, "alice", true).ok()["scope"], "openid read");
    let ran = poll(&mut scene, &codes);
    let reply = ran.ok();
    assert_eq!((reply.scope.as_str(), reply.user), ("openid read", Some(scene.key("alice"))));
    assert!(reply.refresh_token.is_some());
    let id_token = reply.id_token.as_ref().and_then(|jwt| Unverified::parse(jwt.expose())).unwrap();
    assert_eq!(id_token.claim("sub"), Some(scene.key("alice").to_text().as_str()));
    let [consent] = consents(&scene).try_into().unwrap();
    assert_eq!((consent.client, consent.user), (scene.key("spa"), scene.key("alice")));
    assert_eq!(consent.scope, "openid read");
}

#[test]
fn a_second_use_is_expired_and_two_at_once_are_one() {
    let mut scene = scene();
    let codes = begin(&mut scene, "");
    answer(&mut scene, &codes, "alice", true).ok();
    let before = scene.stock.clone();
    let first = poll(&mut scene, &codes);
    first.ok();
    assert_eq!(poll(&mut scene, &codes).code(), ErrorCode::ExpiredToken);
    // Decided on the same facts: whoever commits second conflicts.
    let after = std::mem::replace(&mut scene.stock, before);
    let second = poll(&mut scene, &codes);
    second.ok();
    scene.stock = after;
    assert_eq!(scene.stock.commit(&second.writes), Committed::Conflict);
}

#[test]
fn who_asks_too_often_must_wait_longer() {
    let mut scene = scene();
    let codes = begin(&mut scene, "");
    let mut ask_at = |seconds: i64| {
        scene.now = NOW.plus_seconds(seconds);
        let ran = poll(&mut scene, &codes);
        assert_eq!(ran.writes.len(), 1, "the next moment is remembered");
        ran.code()
    };
    use ErrorCode::{AuthorizationPending, SlowDown};
    let answers = [
        (0, AuthorizationPending),
        (4, SlowDown),
        // From now on ten seconds, counted from the last try.
        (13, SlowDown),
        (28, AuthorizationPending),
        (42, SlowDown),
        (62, AuthorizationPending),
    ];
    for (seconds, code) in answers {
        assert_eq!(ask_at(seconds), code, "{seconds}");
    }
}

#[test]
fn what_is_denied_or_too_old_yields_nothing() {
    let mut scene = scene();
    let denied = begin(&mut scene, "");
    answer(&mut scene, &denied, "alice", false).ok();
    assert_eq!(poll(&mut scene, &denied).code(), ErrorCode::AccessDenied);
    let late = begin(&mut scene, "");
    answer(&mut scene, &late, "alice", true).ok();
    scene.now = NOW.plus_seconds(600);
    let ran = poll(&mut scene, &late);
    assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::ExpiredToken, 0));
}

#[test]
fn a_code_is_good_for_its_own_client_and_as_it_was_given() {
    let mut scene = scene();
    let codes = begin(&mut scene, "");
    answer(&mut scene, &codes, "alice", true).ok();
    let other = format!("grant_type={GRANT_TYPE}&device_code={}", codes.device);
    let damaged = codes.device[..codes.device.len() - 1].to_owned();
    let damaged = Codes { device: damaged, user: String::new() };
    let key = crate::token_format::parse_ticket("vdc_", &codes.device).unwrap();
    let forged = crate::token_format::mint_ticket("vdc_", key, &[1; 32]);
    let forged = Codes { device: forged.expose().to_owned(), user: String::new() };
    for ran in [
        scene.token(Some(&basic("web", SECRET)), &other),
        poll(&mut scene, &damaged),
        poll(&mut scene, &forged),
    ] {
        assert_eq!(
            (ran.code(), ran.error().cause),
            (ErrorCode::InvalidGrant, Cause::DeviceUnknown)
        );
        assert_eq!(ran.writes, []);
    }
    let none = scene.token(None, &format!("grant_type={GRANT_TYPE}&client_id=spa"));
    assert_eq!(none.error().cause, Cause::Missing("device_code"));
    poll(&mut scene, &codes).ok();
}

#[test]
fn whoever_approved_must_still_be_good_when_the_tokens_are_given() {
    type Spoil = fn(&mut Scene);
    let spoils: [(&str, Spoil); 6] = [
        ("disabled", |scene| scene.disable("alice")),
        ("locked", |scene| {
            scene.edit("alice", |object| {
                let Body::User(user) = &mut object.body else { panic!() };
                user.locked = true;
            });
        }),
        ("deleted", |scene| scene.forget("alice")),
        ("another of the same name", |scene| {
            scene.forget("alice");
            let foo = scene.key("foo.com");
            scene.put(foo, |_, _| Body::User(crate::testing::user("alice")));
        }),
        ("cut off", |scene| {
            scene.edit("alice", |object| object.standing.not_before = NOW.plus_seconds(1));
        }),
        ("client cut off", |scene| {
            scene.edit("spa", |object| object.standing.not_before = NOW.plus_seconds(1));
        }),
    ];
    for (case, spoil) in spoils {
        let mut scene = scene();
        let codes = begin(&mut scene, "");
        answer(&mut scene, &codes, "alice", true).ok();
        spoil(&mut scene);
        let ran = poll(&mut scene, &codes);
        assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::AccessDenied, 0), "{case}");
    }
}

#[test]
fn the_scope_is_what_was_approved_within_what_the_client_may_have_now() {
    let mut scene = scene();
    let codes = begin(&mut scene, "scope=read+write");
    answer(&mut scene, &codes, "alice", true).ok();
    scene.client("spa", |client| client.metadata.scope = "write other".to_owned());
    assert_eq!(poll(&mut scene, &codes).ok().scope, "write");
}

#[test]
fn resources_are_those_of_the_request() {
    let mut scene = scene();
    let codes = begin(&mut scene, "resource=https://rs1");
    answer(&mut scene, &codes, "alice", true).ok();
    let body = format!("grant_type={GRANT_TYPE}&client_id=spa&device_code={}", codes.device);
    let more = scene.token(None, &format!("{body}&resource=https://rs2"));
    assert_eq!(more.code(), ErrorCode::InvalidTarget);
    let ran = poll(&mut scene, &codes);
    ran.ok();
    let of = |write: &crate::outcome::Write| match &write.change {
        Change::InsertToken(token) => Some(token.audience.clone()),
        _ => None,
    };
    let audiences: Vec<_> = ran.writes.iter().filter_map(of).collect();
    assert_eq!(audiences, [["https://rs1"], ["https://rs1"]]);
}

#[test]
fn a_consent_grows_and_is_written_only_where_it_does() {
    let mut scene = scene();
    for (scope, remembered) in [("read", "read"), ("read", "read"), ("write", "read write")] {
        let codes = begin(&mut scene, &format!("scope={scope}"));
        answer(&mut scene, &codes, "alice", true).ok();
        poll(&mut scene, &codes).ok();
        let [consent] = consents(&scene).try_into().unwrap();
        assert_eq!(consent.scope, remembered);
    }
}

#[test]
fn an_approval_needs_a_waiting_device_and_a_good_user() {
    let mut scene = scene();
    let codes = begin(&mut scene, "");
    let unknown = Codes { device: String::new(), user: "BBBB-BBBB".to_owned() };
    for (codes, user, code, pointer) in [
        (&unknown, "alice", ErrorCode::NotFound, "/user_code"),
        (&codes, "mallory", ErrorCode::NotFound, "/username"),
    ] {
        let ran = answer(&mut scene, codes, user, true);
        assert_eq!((ran.code(), ran.pointer(), ran.writes.len()), (code, pointer, 0));
    }
    scene.disable("alice");
    assert_eq!(answer(&mut scene, &codes, "alice", true).code(), ErrorCode::Conflict);
    scene.edit("alice", |object| object.standing.disabled = false);
    let late = begin(&mut scene, "");
    answer(&mut scene, &codes, "alice", true).ok();
    // It was answered, and cannot be again.
    assert_eq!(answer(&mut scene, &codes, "alice", false).code(), ErrorCode::NotFound);
    poll(&mut scene, &codes).ok();
    scene.now = NOW.plus_seconds(600);
    assert_eq!(answer(&mut scene, &late, "alice", true).code(), ErrorCode::NotFound);
}

#[test]
fn what_was_allowed_before_a_cut_is_not_allowed_again_by_the_next_approval() {
    let mut scene = scene();
    let approve = |scene: &mut Scene, scope: &str| {
        let codes = begin(scene, &format!("scope={scope}"));
        answer(scene, &codes, "alice", true).ok();
        poll(scene, &codes).ok();
        let [consent] = consents(scene).try_into().unwrap();
        consent.scope
    };
    assert_eq!(approve(&mut scene, "write"), "write");
    assert_eq!(approve(&mut scene, "read"), "write read");
    scene.edit("alice", |object| object.standing.not_before = NOW.plus_seconds(1));
    scene.now = NOW.plus_seconds(2);
    assert_eq!(approve(&mut scene, "read"), "read");
    assert_eq!(approve(&mut scene, "openid"), "read openid");
}
