//! Keys of the tests' clients, made once, and compact JWS with whatever header a test wants.

use std::sync::LazyLock;

use aws_lc_rs::{
    encoding::AsDer as _,
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::{jwt::Signer, model::SigningAlgorithm};

static ES256: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| [ecdsa(), ecdsa()]);
static RSA: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| [rsa(), rsa()]);

fn rsa() -> Vec<u8> {
    RsaKeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap().as_ref().to_vec()
}

fn ecdsa() -> Vec<u8> {
    let random = SystemRandom::new();
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    made.as_ref().to_vec()
}

/// One of two ES256 keys: the client's own and somebody else's.
pub fn es256(which: usize) -> &'static [u8] {
    &ES256[which]
}

pub fn rs256() -> &'static [u8] {
    &RSA[0]
}

/// What the errand makes: a new key each time, but for RSA, which is slow to make.
pub fn fresh_pkcs8(algorithm: SigningAlgorithm) -> Vec<u8> {
    match algorithm {
        SigningAlgorithm::ES256 => ecdsa(),
        SigningAlgorithm::RS256 => RSA[0].clone(),
        SigningAlgorithm::PS256 => RSA[1].clone(),
        SigningAlgorithm::EdDSA => {
            Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap().as_ref().to_vec()
        }
    }
}

pub fn jwk_of(algorithm: SigningAlgorithm, pkcs8: &[u8]) -> Value {
    Signer::parse(algorithm, "", pkcs8).unwrap().public_jwk()
}

/// What signs a compact JWS of a test, whatever its header says.
#[derive(Clone, Copy)]
pub enum Key<'a> {
    Es256(&'a [u8]),
    Rs256(&'a [u8]),
    Hs256(&'a [u8]),
    Bytes(&'a [u8]),
}

pub fn compact(header: &Value, claims: &Value, key: Key<'_>) -> String {
    compact_text(&header.to_string(), &claims.to_string(), key)
}

/// The same of texts that need not be JSON.
pub fn compact_text(header: &str, claims: &str, key: Key<'_>) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let random = SystemRandom::new();
    let signature = match key {
        Key::Es256(pkcs8) => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
            .unwrap()
            .sign(&random, message.as_bytes())
            .unwrap()
            .as_ref()
            .to_vec(),
        Key::Rs256(pkcs8) => {
            let key = RsaKeyPair::from_pkcs8(pkcs8).unwrap();
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
            signature
        }
        Key::Hs256(secret) => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
        }
        Key::Bytes(bytes) => bytes.to_vec(),
    };
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}
