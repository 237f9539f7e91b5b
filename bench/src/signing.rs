//! Keys of callers and of a trusted issuer, and what they sign (RFC 7515, RFC 7523).

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

pub struct EsKey {
    kid: &'static str,
    pair: EcdsaKeyPair,
}

pub struct RsKey {
    kid: &'static str,
    pair: RsaKeyPair,
}

impl EsKey {
    pub fn generate(kid: &'static str) -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        Self { kid, pair: EcdsaKeyPair::generate(algorithm).expect("a key") }
    }

    pub fn public_jwk(&self) -> Value {
        // An uncompressed point: 4, x, y.
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.kid,
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        })
    }

    /// Good once, for two minutes.
    pub fn client_assertion(&self, id: &str, audience: &str) -> String {
        let now = seconds_now();
        let claims = json!({"iss": id, "sub": id, "aud": audience, "iat": now, "exp": now + 120,
            "jti": fresh()});
        let message = message("ES256", self.kid, &claims);
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).expect("signed");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

impl RsKey {
    pub fn generate(kid: &'static str) -> Self {
        let pair = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).expect("a key");
        Self { kid, pair }
    }

    pub fn public_jwk(&self) -> Value {
        let public = self.pair.public_key();
        let bytes = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
        json!({
            "kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.kid,
            "n": bytes(public.modulus().big_endian_without_leading_zero()),
            "e": bytes(public.exponent().big_endian_without_leading_zero()),
        })
    }

    /// A grant (RFC 7523 §2.1), good once, for fifty minutes.
    pub fn assertion(&self, issuer: &str, subject: &str, audience: &str) -> String {
        let now = seconds_now();
        let claims = json!({"iss": issuer, "sub": subject, "aud": audience, "iat": now,
            "exp": now + 3000, "jti": fresh()});
        let message = message("RS256", self.kid, &claims);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .expect("signed");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Verifies the signature of a compact JWS `times` over, with a key that is parsed already.
    pub fn verify(&self, assertion: &str, times: u32) {
        let (message, signature) = assertion.rsplit_once('.').expect("a compact JWS");
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
        let der = self.pair.public_key().as_der().expect("a public key");
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der.as_ref()).expect("a key");
        for _ in 0..times {
            key.verify_sig(message.as_bytes(), &signature).expect("verified");
        }
    }
}

fn message(algorithm: &str, kid: &str, claims: &Value) -> String {
    let header = json!({"alg": algorithm, "kid": kid, "typ": "JWT"});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(&header), part(claims))
}

/// No two of one process are the same.
fn fresh() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

pub fn milliseconds_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("before the end of time")
}

fn seconds_now() -> i64 {
    milliseconds_now() / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_verified() {
        let key = RsKey::generate("k");
        key.verify(&key.assertion("https://a.example", "alice", "https://b.example"), 2);
    }

    #[test]
    fn no_two_assertions_are_the_same() {
        let key = EsKey::generate("k");
        assert_ne!(key.client_assertion("a", "b"), key.client_assertion("a", "b"));
    }
}
