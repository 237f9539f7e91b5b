//! When the user is asked, and when nobody may be (SEC-016 … SEC-018, OpenID Connect Core §3.1.2).

use serde_json::json;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::visitor::{Shown, Visitor};

use crate::keys::{part, random_text};
use crate::people::{Ask, House, answered, house, returned};
use crate::world::{World, on_each_store, shared_machine};

/// What a request that may ask nobody comes to; never a page.
fn silently(visitor: &mut Visitor, world: &World, ask: &Ask) -> Option<String> {
    let ask = ask.clone().with("prompt", "none");
    for request in [ask.get(), ask.posted()] {
        let shown = answered(visitor, world, request);
        assert_eq!(shown.answer.status, 303, "{}", shown.answer.text());
        assert_eq!(shown.answer.body, b"", "a page");
    }
    let told = returned(visitor, world, &ask);
    assert_eq!(told.get("error").is_none(), told.get("code").is_some(), "{told:?}");
    assert_eq!(told.get("state"), Some("the state"));
    told.get("error").map(str::to_owned)
}

/// By a clock that moves.
fn dev(check: impl Fn(&World, &House)) {
    let _shared = shared_machine();
    let world = World::dev(&Setup::new(Store::Sqlite));
    let house = house(&world, json!({}));
    check(&world, &house);
}

#[test]
fn sec_016_where_nobody_may_be_asked_there_is_no_page() {
    dev(|world, house| {
        let (web, asking) = (house.ask("web"), house.ask("asking"));
        let mut visitor = Visitor::default();
        let required = |error: &str| Some(error.to_owned());
        assert_eq!(silently(&mut visitor, world, &web), required("login_required"));
        assert_eq!(silently(&mut visitor, world, &asking), required("login_required"));
        house.sign_in(world, &mut visitor, "alice");
        assert_eq!(silently(&mut visitor, world, &web), None);
        assert_eq!(silently(&mut visitor, world, &asking), required("consent_required"));
        let fresh = web.clone().with("max_age", "5");
        assert_eq!(silently(&mut visitor, world, &fresh), None);
        world.advance(7);
        assert_eq!(silently(&mut visitor, world, &fresh), required("login_required"));
        assert_eq!(silently(&mut visitor, world, &web), None);
        let at_once = web.clone().with("max_age", "0");
        assert_eq!(silently(&mut visitor, world, &at_once), required("login_required"));
        for both in ["none login", "consent none", "none select_account"] {
            let told = returned(&mut visitor, world, &web.clone().with("prompt", both));
            assert_eq!(told.get("error"), Some("invalid_request"), "{both}");
        }
        // The session's own end, by doing nothing and at last.
        world.advance(7_300);
        assert_eq!(silently(&mut visitor, world, &web), required("login_required"));
    });
}

#[test]
fn sec_016_a_session_ends_however_often_it_is_used() {
    dev(|world, house| {
        let mut visitor = house.signed_in(world, "alice");
        let web = house.ask("web");
        for _ in 0..11 {
            world.advance(3_600);
            assert_eq!(silently(&mut visitor, world, &web), None);
        }
        world.advance(3_601);
        let ended = silently(&mut visitor, world, &web);
        assert_eq!(ended.as_deref(), Some("login_required"), "after twelve hours");
    });
}

#[test]
fn sec_017_who_must_sign_in_again_does() {
    dev(|world, house| {
        let mut visitor = house.signed_in(world, "alice");
        for (name, value, wait) in [
            ("prompt", "login", 0),
            ("max_age", "0", 0),
            ("max_age", "1", 2),
            ("prompt", "login", 5),
        ] {
            world.advance(wait);
            let ask = house.ask("web").with(name, value);
            let page = visitor.visit(&world.server, &ask.target());
            assert!(page.answer.text().contains("id=\"password\""), "{name}={value}: no sign-in");
            // Neither another look nor the same request again goes round it.
            let again = visitor.visit(&world.server, &page.target);
            assert!(again.answer.text().contains("id=\"password\""), "{name}={value}");
            for action in ["allow", "continue", "logout"] {
                let pushed = visitor.submit(&world.server, &page, &[("action", action)]);
                assert_eq!(
                    pushed.returned().and_then(|told| told.get("code").map(str::to_owned)),
                    None
                );
            }
            let asked_at = now(world);
            let page = visitor.visit(&world.server, &page.target);
            let after = visitor.submit(&world.server, &page, &house.credentials("alice"));
            let code = after.returned().expect("an answer").require("code");
            let answer = world.exchange(&house.redeem("web", &code, &[]));
            let claims = part(&answer.member("id_token"), 1);
            let auth_time = claims["auth_time"].as_i64().expect("auth_time");
            assert!(auth_time >= asked_at, "{auth_time} before {asked_at}");
        }
    });
}

/// By the server's clock.
fn now(world: &World) -> i64 {
    let path = "/__sandbox/clock";
    let answer = world.exchange(&vidimus_e2e::http::Request::get(path)).json();
    ["now", "time", "now_seconds"]
        .iter()
        .find_map(|name| answer[*name].as_i64())
        .unwrap_or_else(|| panic!("{answer}"))
}

/// An ID token of the user, as `web` gets it.
fn hint(world: &World, house: &House, visitor: &mut Visitor) -> String {
    let code = house.code(world, visitor, &house.ask("web"));
    world.exchange(&house.redeem("web", &code, &[])).member("id_token")
}

fn tampered(token: &str) -> Vec<String> {
    let parts: Vec<&str> = token.split('.').collect();
    let mut claims = part(token, 1);
    claims["sub"] = json!(random_text());
    let message = crate::keys::message(&part(token, 0), &claims);
    let none = crate::keys::message(&json!({"alg": "none"}), &part(token, 1));
    vec![
        format!("{message}.{}", parts[2]),
        format!("{none}."),
        format!("{}.{}.{}", parts[0], parts[1], "A".repeat(parts[2].len())),
        "x".to_owned(),
    ]
}

#[test]
fn sec_018_a_hint_signs_nobody_in() {
    on_each_store(|world| {
        let (house, elsewhere) = (house(world, json!({})), self::house(world, json!({})));
        let mut alice = house.signed_in(world, "alice");
        let of_alice = hint(world, &house, &mut alice);
        let mut bob = house.signed_in(world, "bob");
        let of_bob = hint(world, &house, &mut bob);
        let mut there = elsewhere.signed_in(world, "alice");
        let of_there = hint(world, &elsewhere, &mut there);
        let ask = |text: &str| house.ask("web").with("id_token_hint", text);
        let error = |visitor: &mut Visitor, text: &str| silently(visitor, world, &ask(text));
        let login = Some("login_required".to_owned());
        assert_eq!(error(&mut alice, &of_alice), None);
        // Neither a stranger nor another user becomes who is meant.
        assert_eq!(error(&mut Visitor::default(), &of_alice), login);
        assert_eq!(error(&mut alice, &of_bob), login);
        let page = alice.visit(&world.server, &ask(&of_bob).target());
        assert!(page.answer.text().contains("id=\"password\""));
        assert!(!page.answer.text().contains("bob"), "the hinted user is told");
        let page = Visitor::default().visit(&world.server, &ask(&of_alice).target());
        assert!(!page.answer.text().contains("alice"), "the hinted user is told");
        // Whatever is not ours is refused, whoever is signed in.
        let mut bad = tampered(&of_alice);
        bad.push(of_there);
        for text in &bad {
            for visitor in [&mut alice, &mut Visitor::default()] {
                let told = error(visitor, text);
                assert_eq!(told.as_deref(), Some("invalid_request"), "{text}");
            }
        }
        // Nor one of another client of the same tenant.
        let of_another = house.ask("evil").with("id_token_hint", &of_alice);
        let told = silently(&mut alice, world, &of_another);
        assert_eq!(told.as_deref(), Some("invalid_request"));
        // Nor an access token, which the same keys may sign.
        let patch = json!({"access_token_format": "jwt"});
        world.change("PATCH", &house.tenant.admin_client("web"), &patch);
        let code = house.code(world, &mut alice, &house.ask("web"));
        let access = world.exchange(&house.redeem("web", &code, &[])).member("access_token");
        assert_eq!(error(&mut alice, &access).as_deref(), Some("invalid_request"));
    });
}

#[test]
fn sec_018_an_old_hint_still_only_names_somebody() {
    dev(|world, house| {
        let mut alice = house.signed_in(world, "alice");
        let of_alice = hint(world, house, &mut alice);
        world.advance(5_400);
        let ask = house.ask("web").with("id_token_hint", &of_alice);
        assert_eq!(silently(&mut alice, world, &ask), None, "her own session still");
        let mut bob = house.signed_in(world, "bob");
        let login = Some("login_required".to_owned());
        assert_eq!(silently(&mut bob, world, &ask), login);
        assert_eq!(silently(&mut Visitor::default(), world, &ask), login);
    });
}

/// Whoever signs in at a page that means somebody else is not taken for that one.
#[test]
fn sec_018_another_user_than_the_hinted_is_not_given_to_the_client() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut alice = house.signed_in(world, "alice");
        let of_alice = hint(world, &house, &mut alice);
        let ask = house.ask("web").with("id_token_hint", &of_alice);
        let mut visitor = Visitor::default();
        let page = visitor.visit(&world.server, &ask.target());
        let after: Shown = visitor.submit(&world.server, &page, &house.credentials("bob"));
        let told = after.returned().expect("an answer");
        assert_eq!((told.get("error"), told.get("code")), (Some("login_required"), None));
    });
}
