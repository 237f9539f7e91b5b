//! SEC-236: what somebody without credentials can make the server pay.

use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use vidimus_e2e::http::Request;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{self, CLIENT, Subject};
use vidimus_e2e::vitals::processor_time;

use crate::{alone, patience};

const REQUESTS: u32 = 400;
const SECRET_MAX: Duration = Duration::from_micros(300);
const SIGNATURE_MAX: Duration = Duration::from_micros(200);

/// Processor time of the server for each of many refusals, on one connection.
fn each(subject: &Subject, request: impl Fn(u32) -> Request) -> Duration {
    let mut connection = subject.server.connect();
    let mut refused = |turn| {
        let answer = connection.exchange(&request(turn)).expect("an answer");
        assert_eq!(answer.status, 401, "{}", answer.text());
    };
    (0..50).for_each(&mut refused);
    let before = processor_time(subject.server.pid());
    (50..50 + REQUESTS).for_each(&mut refused);
    (processor_time(subject.server.pid()) - before) / REQUESTS
}

fn bad_secret(turn: u32) -> Request {
    let form = [("grant_type", "client_credentials")];
    Request::post("/oauth2/token").basic(CLIENT, &format!("wrong-{turn}")).form(&form)
}

fn bad_signature(subject: &Subject) -> impl Fn(u32) -> Request {
    let key = KeyPair::generate(KeySize::Rsa4096).expect("a key");
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let public = key.public_key();
    let jwk = json!({
        "kty": "RSA", "alg": "RS256", "use": "sig", "kid": "one", "e": "AQAB",
        "n": encode(public.modulus().big_endian_without_leading_zero()),
    });
    let client = json!({
        "client_id": "signer", "grant_types": ["client_credentials"], "scope": "read",
        "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [jwk]},
    });
    let admin = subject::admin_token(&subject.server);
    subject::create(&subject.server, &admin, "clients", &client);
    let issuer = subject.server.issuer();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("now").as_secs();
    let header = encode(json!({"alg": "RS256", "kid": "one"}).to_string().as_bytes());
    let signature = encode(&[0x5a; 512]);
    move |turn| {
        let claims = json!({
            "iss": "signer", "sub": "signer", "aud": issuer, "iat": now, "exp": now + 120,
            "jti": format!("jti-{turn}"),
        });
        let assertion = format!("{header}.{}.{signature}", encode(claims.to_string().as_bytes()));
        Request::post("/oauth2/token").form(&[
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ])
    }
}

/// The bar is an optimised binary's; another's may be a documented multiple, see [`patience`].
#[test]
fn sec_236_a_wrong_secret_and_a_bad_signature_are_cheap() {
    let _alone = alone();
    let subject = Subject::start(&Setup::new(Store::Memory));
    let secret = each(&subject, bad_secret);
    let signature = each(&subject, bad_signature(&subject));
    eprintln!("processor time: {secret:?} a bad secret, {signature:?} a bad signature");
    let (secret_max, signature_max) = (SECRET_MAX * patience(), SIGNATURE_MAX * patience());
    assert!(secret <= secret_max, "{secret:?} a bad secret, at most {secret_max:?}");
    assert!(signature <= signature_max, "{signature:?} a signature, at most {signature_max:?}");
}
