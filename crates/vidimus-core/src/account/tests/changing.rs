//! Another password: what proves it, what it must be, and what ends with the one before.

use serde_json::json;

use super::*;
use crate::{
    admin::Update,
    errand::Errand,
    model::{Body, Kind, User},
    outcome::Change,
    testing::{Ran, phc},
};

const NEW: &str = "looking-glass";

fn fields(before: &str, new: &str, again: &str) -> String {
    let text = |text: &str| text.replace(' ', "+");
    format!(
        "action=change-password&password={}&new_password={}&new_password_again={}",
        text(before),
        text(new),
        text(again)
    )
}

/// What the page's form would post, not sent yet.
fn changes(scene: &mut Scene, visitor: &mut Visitor, fields: &str) -> AccountRequest {
    let csrf = shown(scene, visitor).csrf.0.expose().to_owned();
    let cookie = |(name, value): &(String, String)| (name.clone(), Secret::new(value.clone()));
    let browser =
        Browser { cookies: visitor.cookies.iter().map(cookie).collect(), ..Browser::default() };
    AccountRequest { form: form(&format!("csrf={csrf}&{fields}")), browser, is_post: true }
}

fn user(scene: &Scene) -> User {
    let Body::User(user) = scene.object("alice").body.clone() else { panic!("no user") };
    user
}

#[test]
fn sec_201_the_password_before_proves_it_and_nothing_else() {
    let mut scene = scene();
    let mut alice = visitor(&mut scene, "alice", &["web"]);
    let before = scene.object("alice");
    let cases = [
        (fields("wrong", NEW, NEW), AccountNotice::WrongPassword),
        (fields("", NEW, NEW), AccountNotice::WrongPassword),
        (fields(NEW, NEW, NEW), AccountNotice::WrongPassword),
        (fields(PASSWORD, NEW, "other-glass"), AccountNotice::PasswordsDiffer),
        (fields(PASSWORD, NEW, ""), AccountNotice::PasswordsDiffer),
        (fields(PASSWORD, "seven77", "seven77"), AccountNotice::PasswordTooShort { chars_min: 8 }),
        (fields(PASSWORD, "", ""), AccountNotice::PasswordTooShort { chars_min: 8 }),
    ];
    for (fields, notice) in cases {
        assert_eq!(done(&mut scene, &mut alice, &fields).notice, Some(notice), "{fields}");
    }
    let long = "x".repeat(crate::limits::SECRET_BYTES_MAX + 1);
    assert!(post(&mut scene, &mut alice, &fields(PASSWORD, &long, &long)).is_err());
    scene.admits = Err(41);
    let too_many = AccountNotice::TooMany { retry_after_seconds: 41 };
    let page = done(&mut scene, &mut alice, &fields(PASSWORD, NEW, NEW));
    assert_eq!(page.notice, Some(too_many));
    assert_eq!(scene.object("alice"), before, "nothing has changed");
}

#[test]
fn sec_191_the_proof_is_a_guess_like_any_other() {
    let mut scene = scene();
    let mut alice = visitor(&mut scene, "alice", &["web"]);
    let request = changes(&mut scene, &mut alice, &fields("wrong", NEW, NEW));
    let ran: Ran<_> = scene.run(&request);
    let [Errand::VerifyGuess { guess, .. }] = ran.errands.as_slice() else {
        panic!("{:?}", ran.errands)
    };
    assert_eq!((guess.account.as_str(), guess.is_known_device), ("alice", true));
}

#[test]
fn sec_202_a_new_password_ends_every_session_and_token_but_this_browser_s() {
    let mut scene = scene();
    let mut laptop = visitor(&mut scene, "alice", &["web"]);
    let mut phone = visitor(&mut scene, "alice", &["web", "spa"]);
    let mut bob = visitor(&mut scene, "bob", &["web"]);
    let (token, _) =
        scene.issue(&crate::testing::Draft { user: Some("alice"), ..Default::default() });
    assert_eq!(scene.introspect("web", &token).0["active"], true);
    let old_handle = laptop.cookies.clone();
    let page = done(&mut scene, &mut laptop, &fields(PASSWORD, NEW, NEW));
    assert_eq!(page.notice, Some(AccountNotice::PasswordChanged));
    assert_eq!((page.sessions.len(), page.applications.len()), (1, 0));
    assert_eq!(user(&scene).password_hash, Some(phc(NEW)));
    assert_eq!(scene.introspect("web", &token).0["active"], false);
    let alice = Some(scene.key("alice"));
    let mut families = scene.stock.families.iter().map(|(_, family)| family);
    assert!(families.all(|family| family.user != alice || family.revocation.is_some()));
    scene.now = scene.now.plus_seconds(1);
    assert!(send(&mut scene, &mut phone, "", false).unwrap().is_none(), "signed out elsewhere");
    assert_eq!(shown(&mut scene, &mut laptop).sessions.len(), 1, "and still in here");
    let mut old = Visitor { cookies: old_handle, ..Visitor::default() };
    assert!(send(&mut scene, &mut old, "", false).unwrap().is_none(), "by a new handle alone");
    assert_eq!(shown(&mut scene, &mut bob).applications.len(), 1, "others keep theirs");
    // And what a client gets from now on is good.
    go(&mut scene, &mut laptop, "web", "alice", "openid+read");
    assert_eq!(shown(&mut scene, &mut laptop).applications.len(), 1);
}

#[test]
fn sec_202_an_administrator_s_change_ends_the_same_and_here_too() {
    let mut scene = scene();
    let mut alice = visitor(&mut scene, "alice", &["web"]);
    let reply = go(&mut scene, &mut alice, "web", "alice", "openid+read+offline_access");
    let refresh_token = reply.refresh_token.as_ref().unwrap().expose().to_owned();
    let (kind, id, by) = (Kind::User, "alice".to_owned(), "admin".to_owned());
    scene.act(&Update { kind, id, patch: json!({"password": NEW}), by }).ok();
    assert!(send(&mut scene, &mut alice, "", false).unwrap().is_none());
    let body = format!("grant_type=refresh_token&refresh_token={refresh_token}");
    assert!(scene.token(Some(&basic("web", SECRET)), &body).reply.is_err());
}

/// The same as an administrator's change: see `admin::tests::objects::sec_136…`.
#[test]
fn sec_202_tokens_of_the_very_moment_end_too() {
    let mut scene = scene();
    let mut alice = visitor(&mut scene, "alice", &["web"]);
    done(&mut scene, &mut alice, &fields(PASSWORD, NEW, NEW));
    assert!(scene.object("alice").standing.not_before > scene.now);
    // Only the session that was renewed for it comes after.
    shown(&mut scene, &mut alice);
}

#[test]
fn a_device_is_known_by_the_new_password_only() {
    let mut scene = scene();
    let mut alice = visitor(&mut scene, "alice", &["web"]);
    let device = |visitor: &Visitor| {
        let mut cookies = visitor.cookies.iter();
        cookies.find(|(name, _)| name.starts_with("vidimus-device-")).unwrap().1.clone()
    };
    let before = device(&alice);
    done(&mut scene, &mut alice, &fields(PASSWORD, NEW, NEW));
    let after = device(&alice);
    assert!(after.split('~').next() != before.split('~').next());
}

#[test]
fn sec_213_a_form_sets_the_password_and_nothing_else() {
    let mut scene = scene();
    let mut alice = visitor(&mut scene, "alice", &["web"]);
    let more = "roles=admin&is_admin=true&email=root%40foo.com&email_verified=true&sub=1\
        &tenant_id=1&locked=false&username=bob&password_hash=x";
    let fields = format!("{}&{more}", fields(PASSWORD, NEW, NEW));
    let before = user(&scene);
    let bob = scene.object("bob");
    done(&mut scene, &mut alice, &fields);
    assert_eq!(User { password_hash: before.password_hash.clone(), ..user(&scene) }, before);
    assert_eq!(scene.object("bob"), bob);
}

#[test]
fn a_user_without_a_password_gets_none_here() {
    let mut scene = scene();
    let mut alice = visitor(&mut scene, "alice", &["web"]);
    scene.edit("alice", |object| {
        let Body::User(user) = &mut object.body else { panic!("no user") };
        user.password_hash = None;
    });
    assert!(!shown(&mut scene, &mut alice).has_password);
    let page = done(&mut scene, &mut alice, &fields("", NEW, NEW));
    assert_eq!(page.notice, Some(AccountNotice::WrongPassword));
    assert_eq!(user(&scene).password_hash, None);
}

#[test]
fn the_change_is_one_commit_and_told() {
    let mut scene = scene();
    let mut alice = visitor(&mut scene, "alice", &["web"]);
    let request = changes(&mut scene, &mut alice, &fields(PASSWORD, NEW, NEW));
    let ran = scene.run(&request);
    let replaced = |write: &&crate::outcome::Write| matches!(write.change, Change::Replace(_));
    assert_eq!(ran.writes.iter().filter(replaced).count(), 1);
    assert_eq!(ran.events.len(), 1);
    // Another change in between: this one begins anew, with the password as it is then.
    scene.edit("alice", |object| object.version += 1);
    assert_eq!(scene.stock.commit(&ran.writes), crate::outcome::Committed::Conflict);
}
