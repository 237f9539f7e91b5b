//! A hint is only a hint (SEC-132), and kinds of tokens are not confused (SEC-133).
//!
//! The rows for codes, device codes and ID tokens arrive with their endpoints.

use serde_json::json;
use vidimus_e2e::http::Request;

use crate::callers::JWT;
use crate::pair::Pair;
use crate::world::{assert_inactive, introspection, on_each_store, refusal, verdict};

const HINTS: [&str; 8] = [
    "access_token",
    "refresh_token",
    "id_token",
    "authorization_code",
    "pat",
    "nonsense",
    "ACCESS_TOKEN",
    " ",
];

#[test]
fn sec_132_no_hint_changes_an_answer() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let minted = pair.of_alice(world);
        let target = pair.a.at("/oauth2/introspect");
        let asked = |token: &str, hint: Option<&str>| {
            let mut parameters = vec![("token", token)];
            parameters.extend(hint.map(|hint| ("token_type_hint", hint)));
            let request = Request::post(&target).basic("web", &pair.web.secret);
            world.exchange(&request.form(&parameters))
        };
        let tokens = [&*minted.access, minted.refresh(), "nonsense", &pair.for_rs1(world)];
        for (token, active) in tokens.into_iter().zip([true, true, false, false]) {
            let without = asked(token, None);
            assert_eq!(verdict(&without), active);
            for hint in HINTS {
                let with = asked(token, Some(hint));
                assert_eq!((with.status, with.text()), (200, without.text()), "{hint}");
                assert_eq!(with.header_names(), without.header_names(), "{hint}");
            }
            assert_eq!(asked(token, Some("")).text(), without.text());
        }
        // RFC 6749 §3.1: no parameter twice, not even with one value.
        for second in ["access_token", "refresh_token"] {
            let given = [
                ("token", &*minted.access),
                ("token_type_hint", "access_token"),
                ("token_type_hint", second),
            ];
            let request = Request::post(&target).basic("web", &pair.web.secret).form(&given);
            let answer = world.exchange(&request);
            assert_eq!(refusal(&answer), (400, "invalid_request".to_owned()));
        }
    });
}

#[test]
fn sec_132_a_wrong_hint_revokes_all_the_same() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        for hint in HINTS {
            let minted = pair.of_alice(world);
            for token in [&*minted.access, minted.refresh()] {
                let given = [("token", token), ("token_type_hint", hint)];
                let request = Request::post(&pair.a.at("/oauth2/revoke")).form(&given);
                let answer = world.exchange(&request.basic("web", &pair.web.secret));
                assert_eq!((answer.status, answer.text()), (200, ""), "{hint}");
                assert!(!world.is_active(&pair.a, &pair.web, token), "{hint}");
            }
        }
    });
}

#[test]
fn sec_133_a_refresh_token_is_its_owner_s_alone() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let minted = pair.of_alice(world);
        let refresh = minted.refresh();
        for party in [&pair.rs1, &pair.rs2, &pair.evil, &pair.svc] {
            assert_inactive(&world.introspect(&pair.a, party, refresh));
        }
        for party in [&pair.web, &pair.auditor] {
            let told = world.introspect(&pair.a, party, refresh).json();
            assert_eq!(told["active"], true, "{}", party.id);
            assert_eq!(told["token_type"], "refresh_token", "{}", party.id);
            let access = world.introspect(&pair.a, party, &minted.access).json();
            assert_eq!(access["token_type"], "Bearer", "{}", party.id);
        }
        // A resource server with the right to the whole tenant sees that it is none to accept.
        let all = world.resource_server(&pair.a, "all", json!({"introspect": "tenant"}));
        let told = world.introspect(&pair.a, &all, refresh).json();
        assert_eq!((&told["active"], &told["token_type"]), (&json!(true), &json!("refresh_token")));
        let bearer = Request::post(&pair.a.at("/oauth2/introspect")).form(&[("token", refresh)]);
        let answer = world.exchange(&bearer.bearer(refresh));
        assert_eq!(refusal(&answer), (401, "invalid_token".to_owned()));
    });
}

#[test]
fn sec_133_other_jwts_of_ours_are_no_tokens() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let token = pair.jwt_for_rs1(world);
        let request = introspection(&pair.a, &pair.rs1, &token).header("Accept", JWT);
        let answer = world.exchange(&request).text().to_owned();
        let assertion = pair.pkj_key.assertion("pkj", &pair.a.issuer, &json!({}));
        for text in [&answer, &assertion] {
            for party in [&pair.rs1, &pair.auditor, &pair.signed, &pair.svc] {
                assert_inactive(&world.introspect(&pair.a, party, text));
            }
        }
    });
}
