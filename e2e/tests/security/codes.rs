//! Authorization codes and PKCE at the token endpoint (SEC-030 … SEC-046, RFC 6749 §4.1.3, RFC 7636,
//! RFC 9700 §2.1.1).

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::setup::{Setup, Store};

use crate::keys::part;
use crate::people::{
    Ask, CB, House, Scene, VERIFIER, answered, challenge, house, returned, scene, tokens,
};
use crate::world::{World, on_each_store, refusal, shared_machine};

const CONFIDENTIAL: [&str; 3] = ["web", "post", "pkj"];
/// Whose assertions go by the machine's clock is no client where another clock moves.
const TIMELESS: [&str; 4] = ["web", "post", "spa", "native"];
const CLIENTS: [&str; 5] = ["web", "post", "pkj", "spa", "native"];

fn assert_refused(answer: &Response, what: &str) {
    assert_eq!(refusal(answer), (400, "invalid_grant".to_owned()), "{what}");
    assert!(!answer.text().contains("token\""), "{what}: {}", answer.text());
}

impl Scene<'_> {
    fn code(&mut self, ask: &Ask) -> String {
        self.house.code(self.world, &mut self.visitor, ask)
    }

    fn redeem(&self, client: &str, code: &str, changes: &[(&str, &str)]) -> Response {
        self.world.exchange(&self.house.redeem(client, code, changes))
    }

    fn is_active(&self, token: &str) -> bool {
        self.house.is_active(self.world, token)
    }
}

/// By whatever method the client authenticates, the verdicts are the same (SEC-032).
#[test]
fn sec_030_sec_032_a_verifier_without_a_challenge_is_refused() {
    on_each_store(|world| {
        let mut scene = scene(world);
        for client in CONFIDENTIAL {
            let bare = scene.house.ask(client).without("code_challenge");
            let bare = bare.without("code_challenge_method");
            let code = scene.code(&bare);
            assert_refused(&scene.redeem(client, &code, &[]), client);
            assert_refused(&scene.redeem(client, &code, &[("code_verifier", "x")]), client);
            let answer = scene.redeem(client, &code, &[("code_verifier", "")]);
            assert_eq!(answer.status, 200, "{client}: {}", answer.text());
        }
    });
}

#[test]
fn sec_031_sec_032_a_challenge_is_answered_by_its_verifier_alone() {
    on_each_store(|world| {
        let mut scene = scene(world);
        for client in CLIENTS {
            let code = scene.code(&scene.house.ask(client));
            let other = VERIFIER.replace('a', "b");
            let target = scene.house.tenant.at("/oauth2/token");
            for (what, verifier) in [
                ("none", ""),
                ("another", other.as_str()),
                ("the challenge", &challenge(VERIFIER)),
                ("a part", &VERIFIER[..43]),
            ] {
                let answer = scene.redeem(client, &code, &[("code_verifier", verifier)]);
                assert_refused(&answer, &format!("{client}, {what}"));
            }
            // There, and empty.
            let mut empty = scene.house.redeem(client, &code, &[("code_verifier", "")]);
            assert_eq!(empty.target, target);
            empty.body.extend_from_slice(b"&code_verifier=");
            assert_refused(&world.exchange(&empty), &format!("{client}, empty"));
            // And none of that has used it up.
            let answer = scene.redeem(client, &code, &[]);
            assert_eq!(answer.status, 200, "{client}: {}", answer.text());
        }
    });
}

#[test]
fn sec_033_public_clients_always_send_a_challenge() {
    on_each_store(|world| {
        let mut scene = scene(world);
        for client in ["spa", "native"] {
            let ask = scene.house.ask(client).without("code_challenge");
            for ask in [ask.clone().without("code_challenge_method"), ask] {
                for ask in [ask.clone(), ask.with("prompt", "none")] {
                    let told = returned(&mut scene.visitor, world, &ask);
                    assert_eq!(told.get("error"), Some("invalid_request"), "{client}");
                    assert_eq!(told.get("code"), None);
                }
            }
        }
    });
}

#[test]
fn sec_034_only_s256_is_a_method() {
    on_each_store(|world| {
        let mut scene = scene(world);
        for client in ["web", "spa"] {
            for method in [Some("plain"), None, Some("s256"), Some("S512"), Some("S256 "), Some("")]
            {
                let ask = scene.house.ask(client).without("code_challenge_method");
                let ask =
                    method.map_or(ask.clone(), |method| ask.with("code_challenge_method", method));
                let told = returned(&mut scene.visitor, world, &ask);
                assert_eq!(told.get("error"), Some("invalid_request"), "{client} {method:?}");
                assert_eq!(told.get("code"), None);
            }
        }
        let path = scene.house.tenant.at("/.well-known/openid-configuration");
        let methods =
            &world.exchange(&Request::get(&path)).json()["code_challenge_methods_supported"];
        assert_eq!(methods, &json!(["S256"]));
    });
}

#[test]
fn sec_035_verifiers_and_challenges_have_the_form_that_the_rfc_gives_them() {
    on_each_store(|world| {
        let mut scene = scene(world);
        let unreserved = "-._~ABCxyz0189".repeat(10);
        let lengths = [42, 43, 128, 129].map(|length| unreserved[..length].to_owned());
        let odd = ["+", "=", " ", "\0", "ü", "/", "%"].map(|c| format!("{}{c}", &unreserved[..50]));
        for (verifier, is_good) in lengths
            .iter()
            .map(|text| (text, matches!(text.len(), 43 | 128)))
            .chain(odd.iter().map(|text| (text, false)))
        {
            let ask = scene.house.ask("spa").with("code_challenge", &challenge(verifier));
            let code = scene.code(&ask);
            let answer = scene.redeem("spa", &code, &[("code_verifier", verifier)]);
            match is_good {
                true => assert_eq!(answer.status, 200, "{verifier}: {}", answer.text()),
                // Bytes that no form has are refused before anybody looks at what they mean.
                false if verifier.contains('\0') => assert_eq!(answer.status, 400),
                false => assert_refused(&answer, verifier),
            }
        }
        let good = challenge(VERIFIER);
        for bad in [
            good[..42].to_owned(),
            format!("{good}A"),
            format!("{}=", &good[..42]),
            format!("{}+", &good[..42]),
            format!("{}/", &good[..42]),
            String::new(),
            "x".to_owned(),
        ] {
            let ask = scene.house.ask("spa").with("code_challenge", &bad);
            let told = returned(&mut scene.visitor, world, &ask);
            assert_eq!(told.get("error"), Some("invalid_request"), "{bad}");
        }
    });
}

/// At once, after a second, and after thirty; after the code's own end too.
#[test]
fn sec_036_a_second_exchange_ends_what_the_first_gave() {
    let _shared = shared_machine();
    let world = World::dev(&Setup::new(Store::Sqlite));
    second_exchange(&world, &[0, 1, 30, 3_000], |seconds| world.advance(seconds));
}

#[test]
fn sec_036_a_second_exchange_ends_what_the_first_gave_on_each_store() {
    on_each_store(|world| second_exchange(world, &[0], |_| {}));
}

fn second_exchange(world: &World, after: &[i64], advance: impl Fn(i64)) {
    let mut scene = scene(world);
    for client in TIMELESS {
        for &seconds in after {
            let ask = scene.house.ask(client).with("scope", "openid read offline_access");
            let code = scene.code(&ask);
            let first = tokens(world, &scene.redeem(client, &code, &[]));
            let rotated = scene.house.refresh(client, &first.1, &[]);
            let rotated = tokens(world, &world.exchange(&rotated));
            assert!(scene.is_active(&first.0) && scene.is_active(&rotated.1));
            advance(seconds);
            let what = format!("{client}, {seconds} s later");
            assert_refused(&scene.redeem(client, &code, &[]), &what);
            let start = Instant::now();
            for token in [&first.0, &first.1, &rotated.0, &rotated.1] {
                assert!(!scene.is_active(token), "{what}");
            }
            assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
            let again = scene.house.refresh(client, &rotated.1, &[]);
            assert_refused(&world.exchange(&again), &what);
        }
    }
    let log = world.server.stderr();
    assert!(log.contains("came again") || log.contains("reused"), "no event of the reuse");
}

#[test]
fn sec_038_a_code_is_its_clients_and_its_tenants() {
    on_each_store(|world| {
        let mut scene = scene(world);
        let elsewhere = house(world, json!({}));
        let code = scene.code(&scene.house.ask("web"));
        for client in ["evil", "spa", "post", "pkj", "asking"] {
            assert_refused(&scene.redeem(client, &code, &[]), client);
        }
        for client in ["web", "evil", "spa"] {
            let there = elsewhere.redeem(client, &code, &[]);
            assert_refused(&world.exchange(&there), &format!("{client} of another tenant"));
        }
        // With credentials of its own and the other's name.
        let named = [("client_id", "web")];
        let answer = scene.redeem("evil", &code, &named);
        assert!(matches!(answer.status, 400 | 401), "{}", answer.text());
        assert_eq!(answer.json().get("access_token"), None);
        let log = world.server.stderr();
        assert!(log.contains("the code is another client's"), "nobody is told of it");
        assert_eq!(scene.redeem("web", &code, &[]).status, 200, "used up by somebody else");
    });
}

#[test]
fn sec_039_the_address_is_said_again_byte_for_byte() {
    on_each_store(|world| {
        let mut scene = scene(world);
        let other = "https://app.example/other";
        let patch = json!({"redirect_uris": [CB, other]});
        world.change("PATCH", &scene.house.tenant.admin_client("web"), &patch);
        let code = scene.code(&scene.house.ask("web"));
        for uri in ["", other, "https://app.example/cb/", "https://app.example/cB", "x"] {
            let answer = scene.redeem("web", &code, &[("redirect_uri", uri)]);
            assert_refused(&answer, &format!("{uri:?}"));
        }
        assert_eq!(scene.redeem("web", &code, &[]).status, 200);
        // On loopback the port is the one that was asked for.
        let uri = "http://127.0.0.1:51004/callback";
        let code = scene.code(&scene.house.ask("native").with("redirect_uri", uri));
        let another = [("redirect_uri", "http://127.0.0.1:51005/callback")];
        assert_refused(&scene.redeem("native", &code, &another), "another port");
        assert_refused(&scene.redeem("native", &code, &[]), "the registered one");
        assert_eq!(scene.redeem("native", &code, &[("redirect_uri", uri)]).status, 200);
    });
}

#[test]
fn sec_040_a_code_lives_for_a_minute_by_default() {
    let _shared = shared_machine();
    let world = World::dev(&Setup::new(Store::Sqlite));
    let mut scene = scene(&world);
    for client in TIMELESS {
        let code = scene.code(&scene.house.ask(client));
        world.advance(58);
        assert_eq!(scene.redeem(client, &code, &[]).status, 200, "{client}");
        let code = scene.code(&scene.house.ask(client));
        world.advance(62);
        assert_refused(&scene.redeem(client, &code, &[]), client);
    }
}

#[test]
fn sec_043_a_code_is_worth_what_its_user_is() {
    on_each_store(|world| {
        let changes = [
            json!({"disabled": true}),
            json!({"locked": true}),
            json!({"password": "another one entirely"}),
            json!({"revoke_tokens": true}),
        ];
        for (which, change) in changes.iter().enumerate() {
            let mut scene = scene(world);
            let code = scene.code(&scene.house.ask("web"));
            let path = scene.house.tenant.admin_user("alice");
            world.change("PATCH", &path, change);
            assert_refused(&scene.redeem("web", &code, &[]), &change.to_string());
            if which < 2 {
                let undo = json!({"disabled": false, "locked": false});
                world.change("PATCH", &path, &undo);
            }
        }
        let mut scene = scene(world);
        let code = scene.code(&scene.house.ask("web"));
        world.delete(&scene.house.tenant.admin_user("alice"));
        assert_refused(&scene.redeem("web", &code, &[]), "deleted");
        // Another one of the same name is not the one who approved.
        scene.house.user(world, "alice", &json!({}));
        assert_refused(&scene.redeem("web", &code, &[]), "recreated");
        let mut scene = self::scene(world);
        let code = scene.code(&scene.house.ask("web"));
        let path = scene.house.tenant.admin_client("web");
        world.change("PATCH", &path, &json!({"disabled": true}));
        assert_eq!(scene.redeem("web", &code, &[]).status, 401, "the client is disabled");
    });
}

#[test]
fn sec_044_an_id_token_says_what_was_asked_and_hashes_what_is_beside_it() {
    on_each_store(|world| {
        let mut scene = scene(world);
        let policy = json!({"policy": {"allow_legacy_response_types": true}});
        world.change("PATCH", &scene.house.tenant.admin(""), &policy);
        let patch = json!({"grant_types": ["authorization_code", "implicit"],
            "response_types": ["code", "code id_token token"]});
        world.change("PATCH", &scene.house.tenant.admin_client("web"), &patch);
        let code = scene.code(&scene.house.ask("web"));
        let claims = part(&scene.redeem("web", &code, &[]).member("id_token"), 1);
        assert_eq!(claims.get("nonce"), None, "{claims}");
        let twice = scene.house.ask("web").with("nonce", "a").and("nonce", "b");
        let page = answered(&mut scene.visitor, world, twice.get()).answer;
        assert_eq!(page.status, 400);
        let nonce = "a nonce: \"with\" <odd> bytes & more";
        let ask = scene.house.ask("web").with("nonce", nonce);
        let told =
            returned(&mut scene.visitor, world, &ask.with("response_type", "code id_token token"));
        let (token, code) = (told.require("access_token"), told.require("code"));
        let front = told.require("id_token");
        assert_id_token(&front, nonce, &scene.house, Some((&token, &code)));
        let answer = scene.redeem("web", &code, &[]);
        let back = answer.member("id_token");
        assert_id_token(&back, nonce, &scene.house, None);
        assert_eq!(part(&back, 1)["sub"], part(&front, 1)["sub"]);
        assert_eq!(part(&back, 1)["at_hash"], json!(half(&answer.member("access_token"))));
    });
}

/// The left half of SHA-256, as RS256 and ES256 take it (OpenID Connect Core §3.1.3.6).
fn half(text: &str) -> String {
    use base64::Engine;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16])
}

fn assert_id_token(text: &str, nonce: &str, house: &House, beside: Option<(&str, &str)>) {
    let claims: Value = part(text, 1);
    assert_eq!(claims["iss"], json!(house.tenant.issuer));
    assert_eq!(claims["aud"], json!("web"), "one audience, so no azp is needed");
    assert!(claims.get("azp").is_none_or(|azp| azp == "web"), "{claims}");
    assert_eq!(claims["nonce"], json!(nonce));
    if let Some((token, code)) = beside {
        assert_eq!(claims["at_hash"], json!(half(token)));
        assert_eq!(claims["c_hash"], json!(half(code)));
    }
}

/// Whoever does not know the client's secret cannot spend its code, nor try for ever.
#[test]
fn sec_046_wrong_secrets_do_not_use_up_a_code() {
    on_each_store(|world| {
        let mut scene = scene(world);
        let code = scene.code(&scene.house.ask("web"));
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CB),
            ("code_verifier", VERIFIER),
        ];
        let target = scene.house.tenant.at("/oauth2/token");
        for guess in 0..20 {
            let guess = format!("{}{guess}", scene.house.web.secret);
            let request = Request::post(&target).basic("web", &guess).form(&parameters);
            assert_eq!(world.exchange(&request).status, 401);
        }
        let bare = Request::post(&target).form(&parameters);
        assert!(matches!(world.exchange(&bare).status, 400 | 401));
        assert_eq!(scene.redeem("web", &code, &[]).status, 200);
    });
}
