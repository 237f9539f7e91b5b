//! What users have allowed, and what comes of it (SEC-110, SEC-115, SEC-116, SEC-120, SEC-206): covered
//! by nothing else, judged anew at each refresh, and taken back at once.

use serde_json::{Value, json};
use vidimus_e2e::http::Request;
use vidimus_e2e::visitor::Visitor;

use crate::accounts::{NEW, OFFLINE, submitted};
use crate::people::{API, Ask, CB, house, returned, tokens};
use crate::world::{World, on_each_store, refusal};

/// Asks, is asked, and says yes.
pub fn allowed(world: &World, visitor: &mut Visitor, ask: &Ask) -> String {
    let page = visitor.visit(&world.server, &ask.target());
    assert!(page.answer.text().contains("consent-allow"), "not asked: {}", page.answer.text());
    let after = visitor.submit(&world.server, &page, &[("action", "allow")]);
    after.returned().unwrap_or_else(|| panic!("{}", after.answer.text())).require("code")
}

#[test]
fn sec_115_sec_116_a_consent_that_is_taken_back_ends_what_it_allowed() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut alice = house.signed_in(world, "alice");
        let ask = house.ask("asking").with("scope", OFFLINE);
        let code = allowed(world, &mut alice, &ask);
        let given = tokens(world, &world.exchange(&house.redeem("asking", &code, &[])));
        let pending = house.code(world, &mut alice, &ask);
        let fields = [("action", "revoke"), ("client_id", "asking")];
        submitted(world, &house, &mut alice, &fields);
        let invalid = (400, "invalid_grant".to_owned());
        for more in [&[][..], &[("scope", "read")], &[("resource", API)]] {
            let again = world.exchange(&house.refresh("asking", &given.1, more));
            assert_eq!(refusal(&again), invalid, "{more:?}");
        }
        assert!(!house.is_active(world, &given.0) && !house.is_active(world, &given.1));
        let late = world.exchange(&house.redeem("asking", &pending, &[]));
        assert_eq!(refusal(&late), invalid, "a code from before");
        // And the user is asked anew.
        let silent = returned(&mut alice, world, &ask.clone().with("prompt", "none"));
        assert_eq!(silent.get("error"), Some("consent_required"));
        allowed(world, &mut alice, &ask);
    });
}

#[test]
fn sec_206_what_was_allowed_covers_nothing_new() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut alice = house.signed_in(world, "alice");
        let ask = house.ask("asking").with("scope", "openid read");
        let silent = |visitor: &mut Visitor, ask: &Ask| {
            let told = returned(visitor, world, &ask.clone().with("prompt", "none"));
            told.get("error").map(str::to_owned)
        };
        let required = Some("consent_required".to_owned());
        assert_eq!(silent(&mut alice, &ask), required);
        allowed(world, &mut alice, &ask);
        assert_eq!(silent(&mut alice, &ask), None, "remembered");
        assert_eq!(silent(&mut alice, &ask.clone().with("scope", "openid")), None, "less");
        for (what, wider) in [
            ("a scope", ask.clone().with("scope", "openid read write")),
            ("offline", ask.clone().with("scope", OFFLINE)),
            ("an audience", ask.clone().with("resource", API)),
            ("a claim", ask.clone().with("claims", r#"{"userinfo":{"email":null}}"#)),
        ] {
            assert_eq!(silent(&mut alice, &wider), required, "{what}");
        }
        // Bob was not asked.
        let mut bob = house.signed_in(world, "bob");
        assert_eq!(silent(&mut bob, &ask), required);
        // Another name or another place is another client to its users.
        let path = house.tenant.admin_client("asking");
        world.change("PATCH", &path, &json!({"client_name": "Another name"}));
        assert_eq!(silent(&mut alice, &ask), required, "another name");
        allowed(world, &mut alice, &ask);
        assert_eq!(silent(&mut alice, &ask), None);
        let elsewhere = "https://elsewhere.example/cb";
        world.change("PATCH", &path, &json!({"redirect_uris": [CB, elsewhere]}));
        let moved = ask.clone().with("redirect_uri", elsewhere);
        assert_eq!(silent(&mut alice, &moved), required, "another host");
        // A no is told to the client, and remembered as no yes.
        let page = alice.visit(&world.server, &ask.clone().with("prompt", "consent").target());
        let told = alice.submit(&world.server, &page, &[("action", "deny")]);
        let told = told.returned().expect("an answer");
        assert_eq!((told.get("error"), told.get("code")), (Some("access_denied"), None));
        assert_eq!(told.get("iss"), Some(house.tenant.issuer.as_str()));
    });
}

#[test]
fn sec_206_a_client_that_registered_itself_is_always_introduced() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let made =
            world.change("POST", &house.tenant.admin("/registration-tokens"), &json!({"uses": 1}));
        let token = made["token"].as_str().or(made["secret"].as_str()).expect("a token");
        let metadata = json!({"redirect_uris": [CB], "client_name": "A stranger"});
        let register = Request::post(&house.tenant.at("/oauth2/register"));
        let made = world.exchange(&register.bearer(token).json(&metadata));
        let mut alice = house.signed_in(world, "alice");
        let ask = house.ask(&made.member("client_id")).with("scope", "openid");
        let silent = returned(&mut alice, world, &ask.clone().with("prompt", "none"));
        assert_eq!(silent.get("error"), Some("consent_required"));
        let page = alice.visit(&world.server, &ask.target());
        let text = page.answer.text();
        assert!(text.contains("A stranger") && text.contains("app.example"), "{text}");
        assert!(text.contains("self-registered"), "{text}");
    });
}

/// What is taken between issue and refresh, of an authorization that began at a browser.
#[test]
fn sec_116_what_a_browser_began_is_judged_anew_at_each_refresh() {
    on_each_store(|world| {
        let cases: [(&str, &str, Value, Option<&str>); 6] = [
            ("user disabled", "user", json!({"disabled": true}), Some("invalid_grant")),
            ("user locked", "user", json!({"locked": true}), Some("invalid_grant")),
            ("password changed", "user", json!({"password": NEW}), Some("invalid_grant")),
            ("scope taken", "client", json!({"scope": "openid offline_access"}), None),
            ("offline taken", "client", json!({"scope": "openid read"}), None),
            ("client disabled", "client", json!({"disabled": true}), Some("invalid_client")),
        ];
        for (what, of, patch, error) in cases {
            let house = house(world, json!({}));
            let mut alice = house.signed_in(world, "alice");
            let code = house.code(world, &mut alice, &house.ask("web").with("scope", OFFLINE));
            let answer = world.exchange(&house.redeem("web", &code, &[]));
            let (_, refresh) = tokens(world, &answer);
            let path = match of {
                "user" => house.tenant.admin_user("alice"),
                _ => house.tenant.admin_client("web"),
            };
            world.change("PATCH", &path, &patch);
            let again = world.exchange(&house.refresh("web", &refresh, &[]));
            match error {
                Some(error) => assert_eq!(refusal(&again).1, error, "{what}"),
                None => assert_eq!(again.json()["scope"], patch["scope"], "{what}"),
            }
        }
        let house = house(world, json!({}));
        let mut alice = house.signed_in(world, "alice");
        let ask = house.ask("web").with("scope", OFFLINE).with("resource", API);
        let code = house.code(world, &mut alice, &ask);
        let (_, refresh) = tokens(world, &world.exchange(&house.redeem("web", &code, &[])));
        world.delete(&house.tenant.admin("/resource-servers/api"));
        let again = world.exchange(&house.refresh("web", &refresh, &[]));
        assert_eq!(refusal(&again), (400, "invalid_target".to_owned()), "audience gone");
    });
}

#[test]
fn sec_110_sec_120_what_a_browser_began_rotates_and_opens_nothing_else() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut alice = house.signed_in(world, "alice");
        for client in ["spa", "native", "web", "pkj"] {
            let ask = house.ask(client).with("scope", OFFLINE);
            let code = house.code(world, &mut alice, &ask);
            let mut all = Vec::new();
            let mut last = tokens(world, &world.exchange(&house.redeem(client, &code, &[])));
            for _ in 0..3 {
                let next = world.exchange(&house.refresh(client, &last.1, &[]));
                let next = tokens(world, &next);
                assert_ne!(next.1, last.1, "{client}");
                all.push(std::mem::replace(&mut last, next));
            }
            for request in [
                Request::get(&house.tenant.at("/oauth2/userinfo")),
                Request::get("/admin/v1/status"),
                Request::get(&house.tenant.at("/oauth2/register/web")),
            ] {
                let answer = world.exchange(&request.bearer(&last.1));
                assert_eq!(answer.status, 401, "{}", answer.text());
            }
            let userinfo = Request::get(&house.tenant.at("/oauth2/userinfo"));
            assert_eq!(world.exchange(&userinfo.bearer(&last.0)).status, 200, "{client}");
            for (what, by) in [("another client", "evil"), ("another public one", "spa")] {
                if by != client {
                    let answer = world.exchange(&house.refresh(by, &last.1, &[]));
                    assert_eq!(refusal(&answer).1, "invalid_grant", "{what}");
                }
            }
            for (more, error) in [
                (("scope", "profile"), "invalid_scope"),
                (("resource", "https://nobody.example"), "invalid_target"),
            ] {
                let answer = world.exchange(&house.refresh(client, &last.1, &[more]));
                assert_eq!(refusal(&answer), (400, error.to_owned()), "{client} {more:?}");
            }
            let old = world.exchange(&house.refresh(client, &all[1].1, &[]));
            assert_eq!(refusal(&old), (400, "invalid_grant".to_owned()), "{client}");
            all.push(last);
            for (access, refresh) in &all {
                assert!(!house.is_active(world, access) && !house.is_active(world, refresh));
            }
        }
    });
}
