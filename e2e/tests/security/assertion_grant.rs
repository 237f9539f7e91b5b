//! Assertions as grants (RFC 7523 §2.1) and token exchange (RFC 8693): used once, for whom and what
//! somebody trusted says, and nothing that a signature does not hold (SEC-058…064, SEC-080).

use std::time::{Duration, Instant};

use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use vidimus_e2e::binary;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::vitals::Peak;

use crate::forged::forged;
use crate::keys::{SigningKey, message, random_text, seconds_now};
use crate::race::{AT_ONCE, fifty};
use crate::world::{
    Party, Tenant, World, on_each_store, on_each_store_alone, on_two_nodes, refusal, shared_machine,
};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const IDP: &str = "https://idp.example";
/// Of the standard dialect.
const SKEW_SECONDS: i64 = 30;
const CAP_SECONDS: i64 = 3600;

struct Scene {
    tenant: Tenant,
    /// Brings the trusted issuer's assertions.
    relying: Party,
    /// Signs its own, for alice alone.
    app: Party,
    app_key: SigningKey,
    idp: SigningKey,
    auditor: Party,
}

fn scene(world: &World) -> Scene {
    let tenant = world.tenant("assertion", json!({}));
    let (idp, app_key) = (SigningKey::es256("idp-1"), SigningKey::es256("app-1"));
    let trusted = json!({
        "issuer": IDP, "jwks": {"keys": [idp.public_jwk()]}, "scope": "read api",
        "subjects": ["alice", "bob", "disabled", "locked", "absent"],
    });
    world.change("POST", &tenant.admin("/issuers"), &trusted);
    for (name, more) in [
        ("alice", json!({})),
        ("bob", json!({})),
        ("carol", json!({})),
        ("disabled", json!({"disabled": true})),
        ("locked", json!({"locked": true})),
    ] {
        world.user(&tenant, name);
        world.change("PATCH", &tenant.admin_user(name), &more);
    }
    let grants = json!([JWT_BEARER, EXCHANGE, "client_credentials"]);
    let client = |id: &str, more: Value| {
        let mut declaration = json!({"grant_types": grants, "scope": "read write api"});
        for (key, value) in more.as_object().expect("an object") {
            declaration[key] = value.clone();
        }
        world.client(&tenant, id, declaration)
    };
    let keys = json!({"keys": [app_key.public_jwk()]});
    let own = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": keys,
        "preauthorized_users": ["alice"]});
    let (relying, app) = (client("relying", json!({})), client("app", own));
    let auditor = world.resource_server(&tenant, "auditor", json!({"introspect": "tenant"}));
    Scene { tenant, relying, app, app_key, idp, auditor }
}

impl Scene {
    /// Of the trusted issuer, about alice unless `more` says otherwise; null leaves a claim out.
    fn claims(&self, more: &Value) -> Value {
        let now = seconds_now();
        let mut claims = json!({"iss": IDP, "sub": "alice", "aud": self.tenant.issuer,
            "iat": now, "exp": now + 120, "jti": random_text()});
        for (name, value) in more.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        claims.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        claims
    }

    fn assertion(&self, more: &Value) -> String {
        self.idp.sign(&json!({"alg": "ES256", "kid": "idp-1"}), &self.claims(more))
    }

    fn request(&self, assertion: &str, more: &[(&str, &str)]) -> Request {
        let form = [&[("grant_type", JWT_BEARER), ("assertion", assertion)], more].concat();
        Request::post(&self.tenant.at("/oauth2/token"))
            .basic(&self.relying.id, &self.relying.secret)
            .form(&form)
    }

    /// The client's own assertion, which proves it as well.
    fn own(&self, more: &Value) -> Request {
        let mut claims = self.claims(&json!({"iss": "app"}));
        for (name, value) in more.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        let assertion = self.app_key.sign(&json!({"alg": "ES256", "kid": "app-1"}), &claims);
        let proof = self.app_key.assertion(&self.app.id, &self.tenant.issuer, &json!({}));
        Request::post(&self.tenant.at("/oauth2/token")).form(&[
            ("grant_type", JWT_BEARER),
            ("assertion", &assertion),
            ("client_assertion_type", CLIENT_ASSERTION),
            ("client_assertion", &proof),
        ])
    }

    fn exchange(&self, more: &[(&str, &str)]) -> Request {
        let form = [&[("grant_type", EXCHANGE)], more].concat();
        Request::post(&self.tenant.at("/oauth2/token"))
            .basic(&self.relying.id, &self.relying.secret)
            .form(&form)
    }
}

fn refused_as(answer: &Response, error: &str, what: &str) {
    assert_eq!(refusal(answer), (400, error.to_owned()), "{what}: {}", answer.text());
}

fn given(answer: &Response) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.member("access_token")
}

fn once(nodes: &[&World], scene: &Scene) -> Vec<Request> {
    let mut used = Vec::new();
    for round in 0..4 {
        let requests = [scene.request(&scene.assertion(&json!({})), &[]), {
            // Public clients' way: the assertion alone names the client.
            let claims = scene.claims(&json!({"iss": "app"}));
            let text = scene.app_key.sign(&json!({"alg": "ES256", "kid": "app-1"}), &claims);
            let form = [("grant_type", JWT_BEARER), ("assertion", text.as_str())];
            Request::post(&scene.tenant.at("/oauth2/token")).form(&form)
        }];
        for request in requests {
            let answers = fifty(nodes, &request);
            let won = answers.iter().filter(|answer| answer.status == 200).count();
            assert_eq!(won, 1, "of {AT_ONCE} in round {round}: {}", answers[0].text());
            for answer in answers.iter().filter(|answer| answer.status != 200) {
                refused_as(answer, "invalid_grant", "a loser");
            }
            used.push(request);
        }
    }
    used
}

fn assert_used_up(world: &World, used: &[Request]) {
    for request in used {
        refused_as(&world.exchange(request), "invalid_grant", "used");
    }
}

#[test]
fn sec_058_a_grant_s_assertion_counts_once_also_after_a_restart() {
    on_each_store_alone(|setup| {
        let mut world = World::start(&setup);
        let scene = scene(&world);
        let used = once(&[&world], &scene);
        assert_used_up(&world, &used);
        world.server.restart();
        assert_used_up(&world, &used);
        given(&world.exchange(&scene.request(&scene.assertion(&json!({})), &[])));
    });
}

#[test]
fn sec_058_a_grant_s_assertion_counts_once_on_two_nodes() {
    on_two_nodes(|nodes| {
        let scene = scene(nodes[0]);
        let used = once(nodes, &scene);
        nodes.iter().for_each(|node| assert_used_up(node, &used));
    });
}

/// As a grant, and as a client's proof: an assertion that only the skew still saves is used up too.
#[test]
fn sec_059_remembered_until_no_skew_saves_it() {
    on_each_store(|world| {
        let scene = scene(world);
        for late in [5, 20] {
            let past = seconds_now() - late;
            let grant = scene.request(&scene.assertion(&json!({"exp": past})), &[]);
            let proof = scene.app_key.assertion("app", &scene.tenant.issuer, &json!({"exp": past}));
            let proof = Request::post(&scene.tenant.at("/oauth2/token")).form(&[
                ("grant_type", "client_credentials"),
                ("client_assertion_type", CLIENT_ASSERTION),
                ("client_assertion", &proof),
            ]);
            given(&world.exchange(&grant));
            given(&world.exchange(&proof));
            for _ in 0..3 {
                refused_as(&world.exchange(&grant), "invalid_grant", "within the skew");
                assert_eq!(world.exchange(&proof).status, 401);
                std::thread::sleep(Duration::from_millis(200));
            }
        }
    });
}

/// Distinct `jti` of the longest kind, valid as long as may be: what the server keeps is not kept
/// in memory.
fn many_jtis(count: u32) {
    let _shared = shared_machine();
    let world = World::start(&Setup::new(Store::Sqlite));
    let scene = scene(&world);
    let mut connection = world.connect();
    let exp = seconds_now() + CAP_SECONDS;
    let mut send = |turn: u32| {
        let jti = format!("{turn:0255}");
        let more = json!({"jti": jti, "exp": exp});
        let start = Instant::now();
        given(&connection.exchange(&scene.request(&scene.assertion(&more), &[])).expect("answer"));
        start.elapsed()
    };
    let warm = count / 10;
    let mut first: Vec<_> = (0..warm).map(&mut send).collect();
    let peak = Peak::watch(world.server.pid());
    for turn in warm..count - warm {
        send(turn);
    }
    let mut last: Vec<_> = (count - warm..count).map(&mut send).collect();
    let p99 = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() * 99 / 100]
    };
    let (first, last) = (p99(&mut first), p99(&mut last));
    eprintln!("{count} assertions: {} bytes more, p99 {first:?} then {last:?}", peak.risen_bytes());
    assert!(peak.risen_bytes() <= 64_000_000, "{} bytes more", peak.risen_bytes());
    if count >= 100_000 {
        assert!(last <= first.mul_f64(1.2), "p99 {first:?} at first, {last:?} at last");
    }
}

#[test]
fn sec_060_many_assertions_cost_no_memory() {
    many_jtis(2_000);
}

#[test]
#[ignore = "soak"]
fn sec_060_a_million_assertions_cost_no_memory() {
    many_jtis(1_000_000);
}

#[test]
fn sec_060_jti_and_exp_are_capped() {
    on_each_store(|world| {
        let scene = scene(world);
        let ask = |more: &Value| world.exchange(&scene.request(&scene.assertion(more), &[]));
        let now = seconds_now();
        given(&ask(&json!({"jti": "x".repeat(256), "exp": now + CAP_SECONDS})));
        for more in [
            json!({"jti": "x".repeat(257)}),
            json!({"jti": ""}),
            json!({"jti": 7}),
            json!({"exp": now + CAP_SECONDS + SKEW_SECONDS + 60}),
            json!({"exp": 99_999_999_999_i64}),
        ] {
            refused_as(&ask(&more), "invalid_grant", &more.to_string());
        }
    });
}

#[test]
fn sec_061_trust_user_client_and_consent_must_stand() {
    on_each_store(|world| {
        let scene = scene(world);
        let ask = |more: &Value| world.exchange(&scene.request(&scene.assertion(more), &[]));
        given(&ask(&json!({})));
        for subject in ["disabled", "locked", "absent", "carol", "nobody", ""] {
            refused_as(&ask(&json!({"sub": subject})), "invalid_grant", subject);
        }
        // The client's own assertion needs the user's approval.
        given(&world.exchange(&scene.own(&json!({}))));
        let answer = world.exchange(&scene.own(&json!({"sub": "bob"})));
        refused_as(&answer, "invalid_grant", "not approved");
        // The trust's ceiling, and the client's.
        let text = scene.assertion(&json!({}));
        let answer = world.exchange(&scene.request(&text, &[("scope", "write")]));
        refused_as(&answer, "invalid_scope", "above the trust");
        let text = scene.assertion(&json!({}));
        let wide = world.exchange(&scene.request(&text, &[("scope", "read write admin")]));
        assert_eq!((wide.status, &wide.json()["scope"]), (200, &json!("read")));
        // A client without the grant.
        let bare =
            world.client(&scene.tenant, "bare", json!({"grant_types": ["client_credentials"]}));
        let text = scene.assertion(&json!({}));
        let request = Request::post(&scene.tenant.at("/oauth2/token"))
            .basic(&bare.id, &bare.secret)
            .form(&[("grant_type", JWT_BEARER), ("assertion", &text)]);
        refused_as(&world.exchange(&request), "unauthorized_client", "without the grant");
        // An issuer that nobody trusts, and one that is trusted no longer.
        refused_as(&ask(&json!({"iss": "https://other.example"})), "invalid_grant", "other issuer");
        let path = scene.tenant.admin("/issuers/https%3A%2F%2Fidp.example");
        world.change("PATCH", &path, &json!({"disabled": true}));
        refused_as(&ask(&json!({})), "invalid_grant", "trust disabled");
        world.delete(&path);
        refused_as(&ask(&json!({})), "invalid_grant", "trust deleted");
        world.change("PATCH", &scene.tenant.admin_client("relying"), &json!({"disabled": true}));
        assert_eq!(ask(&json!({})).status, 401);
    });
}

#[test]
fn sec_063_absent_is_never_fine() {
    on_each_store(|world| {
        let scene = scene(world);
        let elsewhere = world.tenant("elsewhere", json!({}));
        let now = seconds_now();
        let bad = [
            json!({"aud": null}),
            json!({"aud": "https://other.example"}),
            json!({"aud": elsewhere.issuer}),
            json!({"aud": format!("{}/", scene.tenant.issuer)}),
            json!({"aud": [scene.tenant.issuer, 7]}),
            json!({"aud": {"0": scene.tenant.issuer}}),
            json!({"exp": null}),
            json!({"exp": now - SKEW_SECONDS - 31}),
            json!({"exp": "soon"}),
            json!({"exp": (now + 60).to_string()}),
            json!({"nbf": now + SKEW_SECONDS + 31}),
            json!({"iat": now + SKEW_SECONDS + 31}),
            // However far it reaches, its age cannot be told.
            json!({"iat": null, "exp": now + CAP_SECONDS + SKEW_SECONDS + 60}),
            json!({"iss": null}),
            json!({"sub": null}),
        ];
        for more in bad {
            let text = scene.assertion(&more);
            let answer = world.exchange(&scene.request(&text, &[]));
            refused_as(&answer, "invalid_grant", &more.to_string());
            let form = [("subject_token", text.as_str()), ("subject_token_type", JWT)];
            let answer = world.exchange(&scene.exchange(&form));
            refused_as(&answer, "invalid_request", &more.to_string());
        }
        // Eight seconds of difference between clocks are nothing (RFC 7523 §3 item 4).
        for more in [json!({"exp": now - 8}), json!({"nbf": now + 8}), json!({"iat": now + 8})] {
            given(&world.exchange(&scene.request(&scene.assertion(&more), &[])));
        }
    });
}

#[test]
fn sec_064_only_what_is_good_is_exchanged_and_never_for_more() {
    on_each_store(|world| {
        let scene = scene(world);
        let (tenant, relying) = (&scene.tenant, &scene.relying);
        let elsewhere = self::scene(world);
        let ask = |token: &str, more: &[(&str, &str)]| {
            let form = [("subject_token", token), ("subject_token_type", ACCESS_TOKEN)];
            world.exchange(&scene.exchange(&[&form, more].concat()))
        };
        let own = || world.token(tenant, relying, &[("scope", "read")]);
        let exchanged = ask(&own(), &[("scope", "read write api")]);
        assert_eq!((exchanged.status, &exchanged.json()["scope"]), (200, &json!("read")));
        refused_as(&ask(&own(), &[("scope", "write")]), "invalid_scope", "wider");
        refused_as(&ask(&own(), &[("audience", "https://nobody.example")]), "invalid_target", "?");
        let revoked = own();
        assert_eq!(world.revoke(tenant, relying, &revoked).status, 200);
        let expired = {
            let order = json!({"client_id": "relying", "ttl_seconds": 1});
            let token = world.mint(tenant, &order).access;
            std::thread::sleep(Duration::from_millis(1100));
            token
        };
        let others = world.mint(tenant, &json!({"client_id": "app", "username": "alice"})).access;
        let foreign = world.token(&elsewhere.tenant, &elsewhere.relying, &[]);
        let refresh = world.mint(tenant, &json!({"client_id": "relying", "refresh": true}));
        let bad = [
            ("revoked", revoked.as_str()),
            ("expired", &expired),
            ("another client's", &others),
            ("another tenant's", &foreign),
            ("a refresh token", refresh.refresh()),
            ("an administrator's", world.admin_bearer()),
            ("never issued", "vat_nonsense"),
            ("", ""),
        ];
        for (what, token) in bad {
            refused_as(&ask(token, &[]), "invalid_request", what);
        }
        let typed = [("subject_token_type", ACCESS_TOKEN)];
        refused_as(&world.exchange(&scene.exchange(&typed)), "invalid_request", "missing");
        // What is revoked afterwards takes what came of it along, where they are one family.
        let parent = world.mint(tenant, &json!({"client_id": "relying", "refresh": true}));
        let child = given(&ask(&parent.access, &[]));
        assert!(world.is_active(tenant, &scene.auditor, &child));
        assert_eq!(world.revoke(tenant, relying, parent.refresh()).status, 200);
        assert!(!world.is_active(tenant, &scene.auditor, &child));
    });
}

/// An unoptimised program, beside other tests, may take ten times as long.
fn each_max() -> Duration {
    let debug = binary::path().iter().any(|part| part == "debug") || cfg!(debug_assertions);
    Duration::from_millis(20) * if debug { 10 } else { 1 }
}

#[test]
fn sec_062_nothing_but_the_issuer_s_own_signature_holds() {
    on_each_store(|world| {
        let scene = scene(world);
        let other = SigningKey::es256("other-1");
        let mut connection = world.connect();
        let claims = scene.claims(&json!({}));
        let mut refused = |what: &str, request: Request, statuses: [u16; 2]| {
            let start = Instant::now();
            let answer = connection.exchange(&request).expect("an answer");
            let took = start.elapsed();
            assert!(statuses.contains(&answer.status), "{what}: {}", answer.text());
            assert!(took <= each_max(), "{what} took {took:?}");
        };
        let mut cells = 0;
        for (what, text) in forged(&scene.idp, &other, "idp-1", &claims) {
            refused(&what, scene.request(&text, &[]), [400, 400]);
            let form = [("subject_token", text.as_str()), ("subject_token_type", JWT)];
            refused(&what, scene.exchange(&form), [400, 400]);
            cells += 2;
        }
        let now = seconds_now();
        let claims = json!({"iss": "app", "sub": "app", "aud": scene.tenant.issuer, "iat": now,
            "exp": now + 120, "jti": random_text()});
        for (what, text) in forged(&scene.app_key, &other, "app-1", &claims) {
            for (path, given) in [
                ("/oauth2/token", ("grant_type", "client_credentials")),
                ("/oauth2/introspect", ("token", "x")),
                ("/oauth2/revoke", ("token", "x")),
            ] {
                let form = [
                    given,
                    ("client_assertion_type", CLIENT_ASSERTION),
                    ("client_assertion", &text),
                ];
                let request = Request::post(&scene.tenant.at(path)).form(&form);
                refused(&what, request, [401, 400]);
                cells += 1;
            }
        }
        eprintln!("SEC-080 over HTTP: {cells} cells, 0 accepted");
        // The same claims under the right key are good: nothing of them was what was refused.
        let good =
            scene.idp.sign(&json!({"alg": "ES256", "kid": "idp-1"}), &scene.claims(&json!({})));
        given(&world.exchange(&scene.request(&good, &[])));
        let text = scene.app_key.sign(&json!({"alg": "ES256", "kid": "app-1"}), &claims);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", CLIENT_ASSERTION),
            ("client_assertion", &text),
        ];
        given(&world.exchange(&Request::post(&scene.tenant.at("/oauth2/token")).form(&form)));
    });
}

/// An RSA key of the largest size, whose holder signs nothing.
#[test]
fn sec_080_a_bad_signature_takes_no_time() {
    on_each_store(|world| {
        let scene = scene(world);
        let key = KeyPair::generate(KeySize::Rsa4096).expect("a key");
        let public = aws_lc_rs::signature::KeyPair::public_key(&key);
        let n = URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero());
        let jwk = json!({"kty": "RSA", "use": "sig", "kid": "rsa", "e": "AQAB", "n": n});
        let trusted = json!({"issuer": "https://rsa.example", "jwks": {"keys": [jwk]},
            "scope": "read", "subjects": ["*"]});
        world.change("POST", &scene.tenant.admin("/issuers"), &trusted);
        let claims = scene.claims(&json!({"iss": "https://rsa.example"}));
        for alg in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
            let signed = message(&json!({"alg": alg, "kid": "rsa"}), &claims);
            let text = format!("{signed}.{}", URL_SAFE_NO_PAD.encode([0x5a; 512]));
            let start = Instant::now();
            let answer = world.exchange(&scene.request(&text, &[]));
            let took = start.elapsed();
            refused_as(&answer, "invalid_grant", alg);
            assert!(took <= each_max(), "{alg} took {took:?}");
        }
    });
}
