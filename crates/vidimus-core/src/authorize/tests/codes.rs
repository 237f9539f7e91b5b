//! Codes: whose they are, and how often they are good.

use super::{CB, CHALLENGE, VERIFIER, query, scene};
use crate::{
    error::{Cause, ErrorCode},
    testing::{
        SECRET, Scene, basic,
        visitor::{Visitor, value},
    },
};

fn code(scene: &mut Scene, more: &str) -> String {
    let given = Visitor::default().go(scene, &query(more), "alice");
    value(&given, "code").unwrap().to_owned()
}

fn body(code: &str, more: &str) -> String {
    format!("grant_type=authorization_code&code={code}&redirect_uri={CB}{more}")
}

fn pkce() -> String {
    format!("&code_challenge={CHALLENGE}&code_challenge_method=S256")
}

#[test]
fn sec_036_a_second_exchange_costs_what_the_first_gave() {
    let mut scene = scene();
    let code = code(&mut scene, "");
    let web = basic("web", SECRET);
    let first = scene.token(Some(&web), &body(&code, ""));
    let access = first.ok().access_token.expose().to_owned();
    let refresh = first.ok().refresh_token.as_ref().unwrap().expose().to_owned();
    assert!(first.ok().id_token.is_some());
    assert_eq!(scene.reason("web", &access), None);
    for wait in [0, 1, 30, 3600] {
        scene.now = scene.now.plus_seconds(wait);
        let second = scene.token(Some(&web), &body(&code, ""));
        assert_eq!(
            (second.code(), second.error().cause),
            (ErrorCode::InvalidGrant, Cause::CodeReused)
        );
        assert!(scene.reason("web", &access).is_some());
        assert!(scene.reason("web", &refresh).is_some());
    }
}

#[test]
fn sec_030_031_a_verifier_answers_a_challenge_and_nothing_else() {
    let mut scene = scene();
    let web = basic("web", SECRET);
    let plain = code(&mut scene, "");
    let ran = scene.token(Some(&web), &body(&plain, &format!("&code_verifier={VERIFIER}")));
    assert_eq!(ran.error().cause, Cause::CodeVerifier);
    let bound = code(&mut scene, &pkce());
    for (sent, cause) in [
        (String::new(), Cause::CodeVerifierMissing),
        ("&code_verifier=".to_owned(), Cause::CodeVerifierMissing),
        (format!("&code_verifier={}", VERIFIER.replace('d', "e")), Cause::CodeVerifier),
        (format!("&code_verifier={CHALLENGE}"), Cause::CodeVerifier),
        (format!("&code_verifier={}", "a".repeat(42)), Cause::CodeVerifier),
        (format!("&code_verifier={}", "a".repeat(129)), Cause::CodeVerifier),
    ] {
        let ran = scene.token(Some(&web), &body(&bound, &sent));
        assert_eq!((ran.code(), ran.error().cause), (ErrorCode::InvalidGrant, cause), "{sent}");
    }
    scene.token(Some(&web), &body(&bound, &format!("&code_verifier={VERIFIER}"))).ok();
}

#[test]
fn sec_033_034_public_clients_need_a_challenge_and_only_by_s256() {
    let mut scene = scene();
    let spa = |more: &str| query(more).replace("client_id=web", "client_id=spa");
    let mut refused = vec![spa("")];
    for method in ["", "&code_challenge_method=plain", "&code_challenge_method=s256"] {
        refused.push(spa(&format!("&code_challenge={CHALLENGE}{method}")));
    }
    refused.push(spa("&code_challenge=short&code_challenge_method=S256"));
    for asked in refused {
        let given = Visitor::default().go(&mut scene, &asked, "alice");
        assert_eq!(value(&given, "error"), Some("invalid_request"), "{asked}");
    }
    let given = Visitor::default().go(&mut scene, &spa(&pkce()), "alice");
    let code = value(&given, "code").unwrap().to_owned();
    let sent = format!("&client_id=spa&code_verifier={VERIFIER}");
    scene.token(None, &body(&code, &sent)).ok();
}

#[test]
fn sec_038_039_a_code_is_its_clients_at_its_address() {
    let mut scene = scene();
    let code = code(&mut scene, "");
    let other = basic("other", SECRET);
    assert_eq!(scene.token(Some(&other), &body(&code, "")).error().cause, Cause::CodeUnknown);
    let ran = scene.token(Some(&other), &body(&code, "&client_id=web"));
    assert!(ran.reply.is_err());
    let ran = scene.token(None, &body(&code, "&client_id=spa"));
    assert_eq!(ran.error().cause, Cause::CodeUnknown);
    let web = basic("web", SECRET);
    let without = format!("grant_type=authorization_code&code={code}");
    for sent in [without.clone(), format!("{without}&redirect_uri={CB}/")] {
        let ran = scene.token(Some(&web), &sent);
        assert_eq!(ran.error().cause, Cause::RedirectUriMismatch, "{sent}");
    }
    scene.token(Some(&web), &body(&code, "")).ok();
}

#[test]
fn sec_040_a_code_is_good_for_a_minute() {
    let mut scene = scene();
    let web = basic("web", SECRET);
    let (early, late) = (code(&mut scene, ""), code(&mut scene, ""));
    scene.now = scene.now.plus_seconds(58);
    scene.token(Some(&web), &body(&early, "")).ok();
    scene.now = scene.now.plus_seconds(4);
    assert_eq!(scene.token(Some(&web), &body(&late, "")).code(), ErrorCode::InvalidGrant);
}

#[test]
fn sec_041_nothing_else_is_a_code() {
    let mut scene = scene();
    let web = basic("web", SECRET);
    let code = code(&mut scene, "");
    let given = scene.token(Some(&web), &body(&code, ""));
    let refresh = given.ok().refresh_token.as_ref().unwrap().expose().to_owned();
    let access = given.ok().access_token.expose().to_owned();
    let mut visitor = Visitor::default();
    let flow = visitor.begin(&mut scene, &query(""));
    for text in [&refresh, &access, &flow] {
        let ran = scene.token(Some(&web), &body(text, ""));
        assert_eq!(ran.error().cause, Cause::CodeUnknown);
    }
    assert_eq!(scene.reason("web", &access), None);
    assert_eq!(scene.reason("web", &refresh), None);
    visitor.page(&mut scene, &flow);
}

#[test]
fn sec_043_whoever_may_no_longer_sign_in_gets_nothing() {
    for cut in ["disabled", "locked", "deleted", "not before", "consent"] {
        let mut scene = scene();
        let web = basic("web", SECRET);
        let code = code(&mut scene, "");
        let consent = crate::model::Consent::id_of(scene.key("web"), scene.key("alice"));
        scene.now = scene.now.plus_seconds(1);
        let now = scene.now;
        match cut {
            "disabled" => scene.disable("alice"),
            "deleted" => scene.forget("alice"),
            "consent" => scene.forget(&consent),
            "not before" => scene.edit("alice", |object| object.standing.not_before = now),
            _ => scene.edit("alice", |object| {
                let crate::model::Body::User(user) = &mut object.body else { panic!("no user") };
                user.locked = true;
            }),
        }
        let ran = scene.token(Some(&web), &body(&code, ""));
        assert_eq!(ran.code(), ErrorCode::InvalidGrant, "{cut}");
    }
}

#[test]
fn what_an_administrator_allowed_ends_with_the_administrators_word() {
    let mut scene = scene();
    scene.client("web", |client| client.metadata.preauthorized_users = vec!["*".to_owned()]);
    let consents = |scene: &Scene| {
        let objects = scene.stock.objects.iter();
        objects.filter(|object| matches!(object.body, crate::model::Body::Consent(_))).count()
    };
    let first = code(&mut scene, "");
    assert_eq!(consents(&scene), 0, "nobody was asked");
    let web = basic("web", SECRET);
    let given = scene.token(Some(&web), &body(&first, ""));
    let refresh = given.ok().refresh_token.as_ref().unwrap().expose().to_owned();
    let again = code(&mut scene, "");
    scene.client("web", |client| client.metadata.preauthorized_users.clear());
    assert_eq!(scene.token(Some(&web), &body(&again, "")).code(), ErrorCode::InvalidGrant);
    let refreshing = format!("grant_type=refresh_token&refresh_token={refresh}");
    assert_eq!(scene.token(Some(&web), &refreshing).code(), ErrorCode::InvalidGrant);
}
