//! Users as callers by HTTP Basic: who may ask, who is refused, and at what cost.

use super::*;
use crate::{
    client_auth::user::INTROSPECT,
    error::Cause,
    introspect::{AnswerForm, IntrospectReply, Introspection},
    model::{Body, User},
    testing::{Draft, FOO, Ran, user},
};

/// `asker` and `asker@example.com` may ask, `alice` may not.
fn scene() -> Scene {
    let mut scene = Scene::new();
    let foo = scene.key(FOO);
    for name in ["asker", "asker@example.com"] {
        let roles = vec![INTROSPECT.to_owned()];
        let password_hash = Some(phc("pass"));
        scene.put(foo, |_, _| Body::User(User { roles, password_hash, ..user(name) }));
    }
    edit(&mut scene, "alice", |user| user.password_hash = Some(phc("pass")));
    marked(&mut scene, true);
    scene
}

fn edit(scene: &mut Scene, name: &str, edit: impl FnOnce(&mut User)) {
    scene.edit(name, |object| {
        let Body::User(user) = &mut object.body else { panic!("no user") };
        edit(user);
    });
}

fn marked(scene: &mut Scene, has_introspecting_users: bool) {
    scene.edit(FOO, |object| {
        let Body::Tenant(tenant) = &mut object.body else { panic!("no tenant") };
        tenant.has_introspecting_users = has_introspecting_users;
        tenant.has_chosen_secrets = true;
    });
}

fn ask(scene: &mut Scene, name: &str, password: &str) -> Ran<IntrospectReply> {
    let (token, _) = scene.issue(&Draft::default());
    let body = format!("token={token}");
    scene.introspection(Some(&basic(name, password)), &body, AnswerForm::Json)
}

fn is_told(ran: &Ran<IntrospectReply>) -> bool {
    matches!(&ran.reply, Ok(IntrospectReply::ToUser(Introspection::Active(_))))
}

#[test]
fn a_user_with_the_role_asks_about_the_tenant() {
    let mut scene = scene();
    for name in ["asker", "asker@foo.com", "asker@example.com"] {
        assert!(is_told(&ask(&mut scene, name, "pass")), "{name}");
    }
    // As it is: no form encoding.
    edit(&mut scene, "asker", |user| user.password_hash = Some(phc("100% pass+word:x")));
    assert!(is_told(&ask(&mut scene, "asker", "100% pass+word:x")));
}

#[test]
fn any_other_is_refused_in_one_way() {
    let mut scene = scene();
    let bar = scene.key("bar.com");
    scene.put(bar, |_, _| {
        let (roles, password_hash) = (vec![INTROSPECT.to_owned()], Some(phc("pass")));
        Body::User(User { roles, password_hash, ..user("far") })
    });
    for (name, password, cause) in [
        ("asker", "wrong", Cause::WrongPassword),
        ("nobody", "pass", Cause::UnknownUser),
        ("asker@bar.com", "pass", Cause::UnknownUser),
        ("asker@foo.com@foo.com", "pass", Cause::UnknownUser),
        ("far", "pass", Cause::UnknownUser),
        ("far@bar.com", "pass", Cause::UnknownUser),
        ("web", "pass", Cause::WrongSecret),
    ] {
        let ran = ask(&mut scene, name, password);
        assert_eq!((ran.code(), ran.error().cause), (ErrorCode::InvalidClient, cause), "{name}");
        let slow =
            |e: &&Errand| matches!(e, Errand::VerifySecret { .. } | Errand::VerifyGuess { .. });
        let slow = ran.errands.iter().filter(slow);
        assert_eq!(slow.count(), 1, "{name}");
    }
    let ran = ask(&mut scene, "alice", "pass");
    assert_eq!((ran.code(), ran.error().to_user), (ErrorCode::InsufficientScope, true));
    edit(&mut scene, "asker", |user| user.locked = true);
    assert_eq!(ask(&mut scene, "asker", "pass").error().cause, Cause::InactiveUser);
    scene.disable("asker@example.com");
    assert_eq!(ask(&mut scene, "asker@example.com", "pass").error().cause, Cause::InactiveUser);
}

#[test]
fn sec_191_a_guess_too_many_is_not_looked_at() {
    let mut scene = scene();
    scene.admits = Err(41);
    for (name, password) in [("asker", "wrong"), ("asker", "pass"), ("nobody", "pass")] {
        let ran = ask(&mut scene, name, password);
        assert_eq!(
            (ran.code(), ran.error().cause),
            (ErrorCode::TooManyRequests, Cause::TooManyGuesses)
        );
        assert_eq!(ran.error().retry_after_seconds, Some(41));
    }
    // A client that proves itself guesses at nobody's password.
    scene.policy(|policy| policy.caller_requests_per_minute_max = 0);
    let (token, _) = scene.issue(&Draft::default());
    scene.introspect("web", &token);
}

#[test]
fn where_no_user_has_the_role_none_is_looked_at() {
    let mut scene = scene();
    marked(&mut scene, false);
    let ran = ask(&mut scene, "asker", "pass");
    assert_eq!((ran.code(), ran.error().cause), (ErrorCode::InvalidClient, Cause::UnknownClient));
}

#[test]
fn a_user_is_a_caller_nowhere_else() {
    let mut scene = scene();
    let asker = basic("asker", "pass");
    assert_eq!(scene.token(Some(&asker), CC).code(), ErrorCode::InvalidClient);
    let form = crate::testing::form("token=x");
    let sent = crate::client_auth::Sent::new(Some(&asker), &form);
    let revocation = crate::revoke::RevokeRequest::parse(&sent).unwrap();
    assert_eq!(scene.act(&revocation).code(), ErrorCode::InvalidClient);
}

#[test]
fn sec_051_a_user_brings_no_second_method() {
    let mut scene = scene();
    edit(&mut scene, "asker", |user| user.password_hash = Some(phc("100%")));
    for password in ["pass", "100%"] {
        let asker = basic("asker", password);
        for second in ["client_secret=s&client_id=web", "client_id=web&client_secret=s"] {
            let body = format!("token=x&{second}");
            let ran = scene.introspection(Some(&asker), &body, AnswerForm::Json);
            assert_eq!(ran.code(), ErrorCode::InvalidRequest, "{password} {second}");
        }
    }
}
