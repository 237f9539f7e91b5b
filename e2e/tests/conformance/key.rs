//! A client's RSA key as the suite makes one for each client: what it signs, and what it checks.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

pub struct SigningKey {
    kid: String,
    pair: &'static RsaKeyPair,
}

impl SigningKey {
    /// With a `kid` of its own; an RSA key takes long to make, so a few are shared.
    pub fn new() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        static PAIRS: OnceLock<[RsaKeyPair; 3]> = OnceLock::new();
        let make = |()| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let pairs = PAIRS.get_or_init(|| [(); 3].map(make));
        let at = MADE.fetch_add(1, Ordering::SeqCst);
        Self { kid: format!("key-{at}"), pair: &pairs[at % pairs.len()] }
    }

    pub fn public(&self) -> Value {
        let key = self.pair.public_key();
        let [n, e] = [key.modulus(), key.exponent()]
            .map(|number| URL_SAFE_NO_PAD.encode(number.big_endian_without_leading_zero()));
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": n, "e": e})
    }

    pub fn sign(&self, claims: &Value) -> String {
        let message = message(&json!({"alg": "RS256", "kid": self.kid}), claims);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature);
        signed.expect("signs");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A client assertion (RFC 7523 §3).
    pub fn assertion(&self, client_id: &str, audience: &str) -> String {
        let now = seconds_now();
        self.sign(&json!({
            "iss": client_id, "sub": client_id, "aud": audience, "jti": unique("jti"),
            "iat": now, "exp": now + 60,
        }))
    }
}

pub fn unsigned(claims: &Value) -> String {
    format!("{}.", message(&json!({"alg": "none"}), claims))
}

fn message(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// A part of a compact JWS that holds JSON: 0 the header, 1 the claims.
pub fn part(jws: &str, which: usize) -> Value {
    let text = jws.split('.').nth(which).expect("a compact JWS");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64url")).expect("JSON")
}

/// The claims, once their signature is by the RS256 key that the header names.
pub fn verified(jws: &str, keys: &Value) -> Value {
    let keys: JwkSet = serde_json::from_value(keys.clone()).expect("a key set");
    let header = decode_header(jws).expect("a header");
    assert_eq!(format!("{:?}", header.alg), "RS256");
    let kid = header.kid.expect("the key is named");
    let key = keys.find(&kid).unwrap_or_else(|| panic!("{kid} is published"));
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    validation.validate_aud = false;
    let key = DecodingKey::from_jwk(key).expect("a key");
    decode::<Value>(jws, &key, &validation).expect("the signature holds").claims
}

/// `at_hash`, `c_hash` (OpenID Connect Core §3.3.2.11).
pub fn left_half(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..16])
}

pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

pub fn unique(what: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("{what}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst))
}

pub fn seconds_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_secs()).expect("before the end of time")
}
