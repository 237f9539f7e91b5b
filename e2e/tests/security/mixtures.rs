//! Authentication methods mixed, forced and pretended (SEC-051, SEC-052, SEC-053).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use vidimus_e2e::http::Request;

use crate::keys::{SigningKey, hs256, message, part, random_text, seconds_now};
use crate::pair::Pair;
use crate::world::{Tenant, World, on_each_store, refusal};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ENDPOINTS: [&str; 3] = ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"];

/// Good for every endpoint, but for the credentials.
fn request(tenant: &Tenant, endpoint: &str, more: &[(&str, &str)]) -> Request {
    let given: &[(&str, &str)] = match endpoint {
        "/oauth2/token" => &[("grant_type", "client_credentials")],
        _ => &[("token", "some-token")],
    };
    Request::post(&tenant.at(endpoint)).form(&[given, more].concat())
}

fn invalid_client() -> (u16, String) {
    (401, "invalid_client".to_owned())
}

fn invalid_request() -> (u16, String) {
    (400, "invalid_request".to_owned())
}

#[test]
fn sec_051_two_methods_at_once() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let secret = pair.svc.secret.as_str();
        let assertion = pair.pkj_key.assertion("pkj", &pair.a.issuer, &json!({}));
        let asserted =
            [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &*assertion)];
        let posted = [("client_id", "svc"), ("client_secret", secret)];
        let of_the_same = [("client_id", "pkj"), ("client_secret", secret)];
        for endpoint in ENDPOINTS {
            let of = |more: &[(&str, &str)]| request(&pair.a, endpoint, more);
            let twice = [asserted, asserted].concat();
            let cases = [
                ("Basic and post", of(&posted).basic("svc", secret)),
                ("Basic and assertion", of(&asserted).basic("svc", secret)),
                ("Basic of the same and assertion", of(&asserted).basic("pkj", "x")),
                ("post and assertion", of(&[asserted, of_the_same].concat())),
                ("two assertions", of(&twice)),
                ("two Basics", of(&[]).basic("svc", secret).basic("svc", secret)),
                ("Basic and bearer", of(&[]).basic("svc", secret).bearer("x")),
                (
                    "another client_id beside Basic",
                    of(&[("client_id", "evil")]).basic("svc", secret),
                ),
            ];
            for (what, request) in cases {
                let answer = world.exchange(&request);
                assert_eq!(refusal(&answer), invalid_request(), "{what} at {endpoint}");
            }
        }
        // Nothing of this has used the assertion up.
        let answer = world.exchange(&request(&pair.a, "/oauth2/token", &asserted));
        assert_eq!(answer.status, 200, "{}", answer.text());
    });
}

#[test]
fn sec_052_only_the_registered_method() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let cases: [(&str, &[(&str, &str)]); 6] = [
            (
                "pkj with the secret of svc",
                &[("client_id", "pkj"), ("client_secret", &pair.svc.secret)],
            ),
            ("pkj with nothing", &[("client_id", "pkj")]),
            ("svc with nothing", &[("client_id", "svc")]),
            ("web with nothing", &[("client_id", "web")]),
            ("spa with a secret", &[("client_id", "spa"), ("client_secret", "any")]),
            ("nobody with nothing", &[("client_id", "nobody")]),
        ];
        for endpoint in ENDPOINTS {
            for (what, credentials) in cases {
                let answer = world.exchange(&request(&pair.a, endpoint, credentials));
                assert_eq!(refusal(&answer), invalid_client(), "{what} at {endpoint}");
            }
            for (id, secret) in
                [("pkj", pair.svc.secret.as_str()), ("spa", ""), ("spa", "any"), ("web", "")]
            {
                let answer = world.exchange(&request(&pair.a, endpoint, &[]).basic(id, secret));
                assert_eq!(refusal(&answer), invalid_client(), "{id} by Basic at {endpoint}");
            }
        }
    });
}

#[test]
fn sec_052_a_pinned_tenant_takes_no_other_carrier_of_the_secret() {
    on_each_store(|world| {
        let pinned = world.tenant("pinned", json!({"policy": {"pin_client_auth_method": true}}));
        let open = world.tenant("open", json!({}));
        for (tenant, posted, basic) in [(&pinned, 401, 200), (&open, 200, 200)] {
            let svc = world.client(
                tenant,
                "svc",
                json!({"grant_types": ["client_credentials"], "scope": "read"}),
            );
            let sent = [("client_id", "svc"), ("client_secret", svc.secret.as_str())];
            let by_post = world.exchange(&request(tenant, "/oauth2/token", &sent));
            assert_eq!(by_post.status, posted, "{}", by_post.text());
            let by_basic = request(tenant, "/oauth2/token", &[]).basic("svc", &svc.secret);
            assert_eq!(world.exchange(&by_basic).status, basic);
        }
    });
}

/// A public client cannot prove who it is, so it is told nothing of any token (RFC 7662 §2.1).
#[test]
fn sec_052_a_public_client_may_not_introspect() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let token = world.mint(&pair.a, &json!({"client_id": "spa"})).access;
        let asked = [("client_id", "spa"), ("token", token.as_str())];
        let answer = world.exchange(&Request::post(&pair.a.at("/oauth2/introspect")).form(&asked));
        assert_eq!(refusal(&answer), invalid_client(), "{}", answer.text());
        assert_eq!(world.reason(&pair.a, None, &token), json!(null), "the token itself is good");
    });
}

/// Assertions that nobody signed, or somebody else did.
fn unproven(pair: &Pair) -> Vec<(&'static str, String)> {
    let now = seconds_now();
    let claims = json!({
        "iss": "pkj", "sub": "pkj", "aud": pair.a.issuer,
        "iat": now, "exp": now + 120, "jti": random_text(),
    });
    let good = pair.pkj_key.assertion("pkj", &pair.a.issuer, &json!({}));
    let (unsigned, _) = good.rsplit_once('.').expect("a compact JWS");
    let none = |alg: &str| format!("{}.", message(&json!({"alg": alg, "typ": "JWT"}), &claims));
    let jwk = pair.pkj_key.public_jwk();
    let (x, y) = (jwk["x"].as_str().expect("x"), jwk["y"].as_str().expect("y"));
    let public = format!("{x}{y}").into_bytes();
    let attacker = SigningKey::es256("pkj-1");
    let own_key = json!({"alg": "ES256", "jwk": attacker.public_jwk(), "kid": "pkj-1"});
    let elsewhere = json!({"alg": "ES256", "jku": "http://127.0.0.1:1/jwks", "kid": "pkj-1"});
    vec![
        ("unsigned", format!("{unsigned}.")),
        ("without its last part", unsigned.to_owned()),
        ("none", none("none")),
        ("nOnE", none("nOnE")),
        ("no alg", format!("{}.", message(&json!({"typ": "JWT"}), &claims))),
        ("HMAC with the public key", hs256(&json!({"alg": "HS256"}), &claims, &public)),
        ("HMAC with nothing", hs256(&json!({"alg": "HS256"}), &claims, b"")),
        ("another's key", attacker.assertion("pkj", &pair.a.issuer, &json!({}))),
        ("its own key in the header", attacker.sign(&own_key, &claims)),
        ("a key set elsewhere", attacker.sign(&elsewhere, &claims)),
        ("zeros", format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode([0; 64]))),
        ("garbage", "garbage".to_owned()),
        ("three dots", "...".to_owned()),
        ("an access token's form", format!("{}.{}", part(&good, 0), part(&good, 1))),
    ]
}

fn asserted(world: &World, pair: &Pair, more: &[(&str, &str)], assertion: &str) -> (u16, String) {
    let asserted = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)];
    refusal(&world.exchange(&request(&pair.a, "/oauth2/token", &[&asserted[..], more].concat())))
}

#[test]
fn sec_053_only_a_verified_assertion_counts() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let secret = pair.svc.secret.as_str();
        for (what, assertion) in unproven(&pair) {
            let alone = asserted(world, &pair, &[], &assertion);
            assert_eq!(alone, invalid_client(), "{what}");
            let with_id = asserted(world, &pair, &[("client_id", "pkj")], &assertion);
            assert_eq!(with_id, invalid_client(), "{what} and client_id");
            // Beside somebody's right secret: refused, whichever of the two is looked at first.
            let posted = [("client_id", "svc"), ("client_secret", secret)];
            let (status, error) = asserted(world, &pair, &posted, &assertion);
            assert!(matches!(status, 400 | 401), "{what} beside a secret: {status} {error}");
            let beside =
                [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &*assertion)];
            let both = request(&pair.a, "/oauth2/token", &beside).basic("svc", secret);
            let (status, error) = refusal(&world.exchange(&both));
            assert!(matches!(status, 400 | 401), "{what} beside Basic: {status} {error}");
        }
        let good = pair.pkj_key.assertion("pkj", &pair.a.issuer, &json!({}));
        let given = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &*good)];
        assert_eq!(world.exchange(&request(&pair.a, "/oauth2/token", &given)).status, 200);
    });
}
