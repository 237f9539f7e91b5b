//! When the user is asked, and what answers do.

use super::{query, scene};
use crate::{
    authorize::reply::Next,
    error::Cause,
    outcome::Event,
    page::{Page, SignInFailure},
    testing::visitor::{Visitor, pairs, token, value},
};

#[test]
fn a_user_signs_in_allows_and_is_asked_no_more() {
    let mut scene = scene();
    let mut visitor = Visitor::default();
    let flow = visitor.begin(&mut scene, &query(""));
    assert!(matches!(visitor.page(&mut scene, &flow), Page::SignIn(_)));
    let wrong = visitor.post(&mut scene, &flow, "action=login&username=alice&password=no").unwrap();
    let Next::Page(page, _) = wrong.next else { panic!("no page") };
    let Page::SignIn(page) = *page else { panic!("no sign-in") };
    assert_eq!(page.failure, Some(SignInFailure::Wrong));
    assert_eq!(page.username, "alice");
    visitor.sign_in(&mut scene, &flow, "alice").unwrap();
    let Page::Consent(page) = visitor.page(&mut scene, &flow) else { panic!("no consent") };
    assert_eq!((page.username.as_str(), page.scopes.len()), ("alice", 2));
    let answer = visitor.post(&mut scene, &flow, "action=allow").unwrap();
    let Next::Back(back) = answer.next else { panic!("no answer") };
    assert!(value(&pairs(&back), "code").is_some());
    let again = visitor.get(&mut scene, &query("&prompt=none")).unwrap();
    assert!(matches!(again.next, Next::Back(_)));
    let over = visitor.send(&mut scene, Some(&flow), "", false).unwrap_err();
    assert_eq!(over.cause, Cause::NotYourFlow);
}

#[test]
fn sec_190_every_failed_sign_in_looks_the_same() {
    let mut scene = scene();
    scene.edit("bob", |object| object.standing.disabled = true);
    let mut visitor = Visitor::default();
    let flow = visitor.begin(&mut scene, &query(""));
    for (name, password) in [("nobody", "x"), ("alice", ""), ("alice", "x"), ("bob", "x")] {
        let fields = format!("action=login&username={name}&password={password}");
        let answer = visitor.post(&mut scene, &flow, &fields).unwrap();
        assert!(answer.cookies.is_empty(), "{name}");
        // The engine makes them cost the same by this.
        let [Event::SignInFailed { username, client_id, .. }] = visitor.events.as_slice() else {
            panic!("{name}: {:?}", visitor.events)
        };
        // Only a name that is registered is told: a password may be among what was typed.
        let known = (name != "nobody").then_some(name);
        assert_eq!((username.as_deref(), client_id.as_deref()), (known, Some("web")));
        let Next::Page(page, _) = answer.next else { panic!("{name}") };
        let Page::SignIn(page) = *page else { panic!("{name}") };
        assert_eq!(page.failure, Some(SignInFailure::Wrong), "{name}");
    }
}

#[test]
fn sec_016_without_a_word_only_what_is_there_answers() {
    let mut scene = scene();
    let mut visitor = Visitor::default();
    let silent = query("&prompt=none");
    let error = |visitor: &mut Visitor, scene: &mut _, query: &str| {
        let Next::Back(back) = visitor.get(scene, query).unwrap().next else { panic!("no answer") };
        value(&pairs(&back), "error").map(str::to_owned)
    };
    assert_eq!(error(&mut visitor, &mut scene, &silent).as_deref(), Some("login_required"));
    let flow = visitor.begin(&mut scene, &query(""));
    visitor.sign_in(&mut scene, &flow, "alice").unwrap();
    assert_eq!(error(&mut visitor, &mut scene, &silent).as_deref(), Some("consent_required"));
    visitor.post(&mut scene, &flow, "action=allow").unwrap();
    assert_eq!(error(&mut visitor, &mut scene, &silent), None);
    scene.now = scene.now.plus_seconds(10);
    let old = query("&prompt=none&max_age=5");
    assert_eq!(error(&mut visitor, &mut scene, &old).as_deref(), Some("login_required"));
    let both = query("&prompt=none+login");
    assert_eq!(error(&mut visitor, &mut scene, &both).as_deref(), Some("invalid_request"));
}

#[test]
fn sec_017_an_old_sign_in_never_answers_for_a_new_one() {
    let mut scene = scene();
    let mut visitor = Visitor::default();
    visitor.go(&mut scene, &query(""), "alice");
    for (more, wait) in [("&prompt=login", 0), ("&max_age=0", 0), ("&max_age=1", 2)] {
        scene.now = scene.now.plus_seconds(wait);
        let flow = visitor.begin(&mut scene, &query(more));
        let Page::SignIn(page) = visitor.page(&mut scene, &flow) else { panic!("{more}") };
        assert!(page.is_again && page.username == "alice", "{more}");
        let answer = visitor.sign_in(&mut scene, &flow, "alice").unwrap();
        assert!(matches!(answer.next, Next::Back(_)), "{more}");
    }
}

#[test]
fn sec_193_a_sign_in_brings_a_handle_of_its_own() {
    let mut scene = scene();
    let mut visitor = Visitor::default();
    visitor.go(&mut scene, &query(""), "alice");
    let handle = |visitor: &Visitor| {
        let is = |(name, _): &&(String, String)| name.starts_with("vidimus-session-");
        visitor.cookies.iter().find(is).map(|(_, value)| value.clone())
    };
    let (old, stolen) = (handle(&visitor), visitor.cookies.clone());
    visitor.go(&mut scene, &query("&prompt=login"), "alice");
    assert_ne!(handle(&visitor), old);
    let mut thief = Visitor { cookies: stolen, ..Visitor::default() };
    let answer = thief.get(&mut scene, &query("&prompt=none")).unwrap();
    let Next::Back(back) = answer.next else { panic!("no answer") };
    assert_eq!(value(&pairs(&back), "error"), Some("login_required"));
}

#[test]
fn several_accounts_share_a_browser() {
    let mut scene = scene();
    let mut visitor = Visitor::default();
    visitor.go(&mut scene, &query(""), "alice");
    let flow = visitor.begin(&mut scene, &query("&prompt=select_account"));
    let Page::Choose(page) = visitor.page(&mut scene, &flow) else { panic!("no choice") };
    assert_eq!(page.accounts.len(), 1);
    visitor.post(&mut scene, &flow, "action=other").unwrap();
    visitor.sign_in(&mut scene, &flow, "bob").unwrap();
    let Page::Consent(page) = visitor.page(&mut scene, &flow) else { panic!("no consent") };
    assert_eq!(page.username, "bob");
    visitor.post(&mut scene, &flow, "action=allow").unwrap();
    let flow = visitor.begin(&mut scene, &query("&prompt=select_account"));
    let Page::Choose(page) = visitor.page(&mut scene, &flow) else { panic!("no choice") };
    let alice = page.accounts.iter().find(|account| account.username == "alice").unwrap();
    let fields = format!("session={}", alice.session);
    let Next::Back(chosen) = visitor.post(&mut scene, &flow, &fields).unwrap().next else {
        panic!("no answer")
    };
    // Whoever was chosen is meant from then on, and the frame of session management tells the same.
    let again = visitor.get(&mut scene, &query("&prompt=none")).unwrap();
    let Next::Back(back) = again.next else { panic!("no answer") };
    assert!(back.user.is_some() && back.user == chosen.user);
}

#[test]
fn sec_207_a_form_shown_to_one_account_is_no_form_of_another() {
    let mut scene = scene();
    let mut visitor = Visitor::default();
    let flow = visitor.begin(&mut scene, &query(""));
    visitor.sign_in(&mut scene, &flow, "alice").unwrap();
    let of_alice = token(&visitor.page(&mut scene, &flow));
    let other = visitor.begin(&mut scene, &query("&prompt=login"));
    visitor.sign_in(&mut scene, &other, "bob").unwrap();
    visitor.cookies.retain(|(name, _)| !name.starts_with("vidimus-session"));
    let bob = visitor.begin(&mut scene, &query("&prompt=login"));
    visitor.sign_in(&mut scene, &bob, "bob").unwrap();
    let body = format!("csrf={of_alice}&action=allow");
    let error = visitor.send(&mut scene, Some(&flow), &body, true).unwrap_err();
    assert_eq!(error.cause, Cause::FormToken);
}

#[test]
fn sec_206_what_is_new_is_asked_again() {
    let mut scene = scene();
    let mut visitor = Visitor::default();
    visitor.go(&mut scene, &query(""), "alice");
    let more = query("").replace("openid+read", "openid+read+write");
    let flow = visitor.begin(&mut scene, &more);
    let Page::Consent(page) = visitor.page(&mut scene, &flow) else { panic!("no consent") };
    assert_eq!((page.scopes, page.known_scopes.len()), (vec!["write".to_owned()], 2));
    let Next::Back(back) = visitor.post(&mut scene, &flow, "action=deny").unwrap().next else {
        panic!("no answer")
    };
    assert_eq!(value(&pairs(&back), "error"), Some("access_denied"));
    let flow = visitor.begin(&mut scene, &query("&resource=https%3A%2F%2Frs1"));
    assert!(matches!(visitor.page(&mut scene, &flow), Page::Consent(_)));
    scene.client("web", |client| client.metadata.client_name = Some("Your bank".to_owned()));
    let flow = visitor.begin(&mut scene, &query(""));
    assert!(matches!(visitor.page(&mut scene, &flow), Page::Consent(_)));
}

/// OpenID Connect Core §5.5.1.
#[test]
fn a_claim_that_names_a_user_is_answered_for_nobody_else() {
    let mut scene = scene();
    let mut visitor = Visitor::default();
    visitor.go(&mut scene, &query(""), "alice");
    visitor.go(&mut scene, &query("&prompt=login"), "bob");
    let (alice, bob) = (scene.key("alice").to_text(), scene.key("bob").to_text());
    let error = |visitor: &mut Visitor, scene: &mut _, claims: &str| {
        let claims: String = url::form_urlencoded::byte_serialize(claims.as_bytes()).collect();
        let asked = query(&format!("&prompt=none&claims={claims}"));
        let Next::Back(back) = visitor.get(scene, &asked).unwrap().next else {
            panic!("no answer")
        };
        value(&pairs(&back), "error").map(str::to_owned)
    };
    for name in [&alice, &bob] {
        let wanted = format!(r#"{{"id_token": {{"sub": {{"value": "{name}"}}}}}}"#);
        assert_eq!(error(&mut visitor, &mut scene, &wanted), None, "both are signed in");
    }
    for (claims, expected) in [
        (r#"{"id_token": {"sub": {"value": "carol"}}}"#, "login_required"),
        (r#"{"id_token": {"acr": {"essential": true, "value": "gold"}}}"#, "access_denied"),
        (r#"{"id_token": 5}"#, "invalid_request"),
    ] {
        let error = error(&mut visitor, &mut scene, claims);
        assert_eq!(error.as_deref(), Some(expected), "{claims}");
    }
    let any = r#"{"id_token": {"acr": {"essential": true}, "sub": {"essential": true}}}"#;
    assert_eq!(error(&mut visitor, &mut scene, any), None);
}

#[test]
fn what_an_administrator_has_blocked_nobody_is_asked_about() {
    let mut scene = scene();
    let mut visitor = Visitor::default();
    visitor.go(&mut scene, &query(""), "alice");
    let consent = crate::model::Consent::id_of(scene.key("web"), scene.key("alice"));
    scene.disable(&consent);
    for more in ["", "&prompt=consent"] {
        let Next::Back(back) = visitor.get(&mut scene, &query(more)).unwrap().next else {
            panic!("{more}")
        };
        assert_eq!(value(&pairs(&back), "error"), Some("access_denied"), "{more}");
    }
}
