//! Signing out at a client's wish (SEC-027, OpenID Connect RP-Initiated Logout): nobody is signed out or
//! sent on by a link.

use serde_json::json;
use vidimus_e2e::http::{Request, form};

use crate::people::{BYE, answered, error_code, house};
use crate::world::{World, on_each_store_alone};

#[test]
fn sec_027_nobody_is_signed_out_or_sent_on_by_a_link() {
    on_each_store_alone(|setup| {
        let world = &World::start(&setup);
        let house = house(world, json!({}));
        let mut alice = house.signed_in(world, "alice");
        let code = house.code(world, &mut alice, &house.ask("web"));
        let hint = world.exchange(&house.redeem("web", &code, &[])).member("id_token");
        let mut bob = house.signed_in(world, "bob");
        let code = house.code(world, &mut bob, &house.ask("web"));
        let of_bob = world.exchange(&house.redeem("web", &code, &[])).member("id_token");
        let changed = hint.replace('.', "x.");
        let evil = "https://evil.example/bye";
        let extended = format!("{BYE}?x=1");
        let cases: [&[(&str, &str)]; 9] = [
            &[],
            &[("client_id", "web")],
            &[("client_id", "web"), ("post_logout_redirect_uri", BYE)],
            &[("id_token_hint", &changed), ("post_logout_redirect_uri", BYE)],
            &[("id_token_hint", "x")],
            &[("id_token_hint", &of_bob), ("post_logout_redirect_uri", BYE)],
            &[("id_token_hint", &hint), ("post_logout_redirect_uri", evil)],
            &[("id_token_hint", &hint), ("post_logout_redirect_uri", &extended)],
            &[("id_token_hint", &hint), ("client_id", "evil")],
        ];
        let path = house.tenant.at("/oauth2/logout");
        for case in cases {
            let target = format!("{path}?{}", form(case));
            for request in [Request::get(&target), Request::post(&path).form(case)] {
                let mut shown = answered(&mut alice, world, request);
                let next = shown.sent_to();
                assert!(next.as_deref().is_none_or(|to| to.starts_with('/')), "{case:?}: {next:?}");
                if let Some(next) = next {
                    shown = alice.visit(&world.server, &next);
                }
                let code = error_code(&shown.answer);
                let asks = shown.answer.text().contains("logout-confirm");
                assert!(asks || code.is_some(), "{case:?}: {}", shown.answer.text());
                assert!(house.is_signed_in(world, &mut alice), "{case:?} signed her out");
            }
        }
        // With the word of the client that it is this very session, or the user's own.
        let good =
            [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE), ("state", "s")];
        let target = format!("{path}?{}", form(&good));
        let shown = answered(&mut alice, world, Request::get(&target));
        assert_eq!(shown.sent_to(), Some(format!("{BYE}?state=s")), "{}", shown.answer.text());
        assert!(!house.is_signed_in(world, &mut alice));
        let page = bob.visit(&world.server, &path);
        assert!(house.is_signed_in(world, &mut bob));
        bob.submit(&world.server, &page, &[("action", "logout")]);
        assert!(!house.is_signed_in(world, &mut bob));
    });
}
