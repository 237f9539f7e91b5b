//! The bends: algorithms, keys, headers, formats (RFC 8725 §2, §3). What can be is signed with the
//! right key, so that the bend alone is what is refused.

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RsaKeyPair},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use super::Good;
use crate::{
    model::SigningAlgorithm,
    testing::{Key, compact, compact_text, es256, fresh_pkcs8, jwk_of, rs256},
};

pub type Mutation = (&'static str, fn(&Good) -> String);

/// Algorithms, keys and what a header says of them.
pub const SEC_080: [Mutation; 31] = [
    ("alg none", |good| unsigned(good, json!("none"))),
    ("alg None", |good| unsigned(good, json!("None"))),
    ("alg nOnE", |good| unsigned(good, json!("nOnE"))),
    ("alg empty", |good| unsigned(good, json!(""))),
    ("alg missing", |good| unsigned(good, Value::Null)),
    ("alg a number", |good| unsigned(good, json!(256))),
    ("HMAC with PEM", |good| hmac(good, pem("\n").as_bytes())),
    ("HMAC with PEM in CRLF", |good| hmac(good, pem("\r\n").as_bytes())),
    ("HMAC with DER", |good| hmac(good, &spki())),
    ("HMAC with PKCS#1", |good| hmac(good, public().as_ref())),
    ("HMAC with JWK", |good| hmac(good, rsa_jwk().to_string().as_bytes())),
    ("HMAC with modulus", |good| hmac(good, &modulus())),
    ("HMAC with nothing", |good| hmac(good, b"")),
    ("RS256 called PS256", |good| called(good, "PS256")),
    ("RS256 called RS384", |good| called(good, "RS384")),
    ("RS256 called RS512", |good| called(good, "RS512")),
    ("RS256 called ES256", |good| called(good, "ES256")),
    ("RS256 called ES384", |good| called(good, "ES384")),
    ("RS256 called EdDSA", |good| called(good, "EdDSA")),
    ("another's key", |good| foreign(good, &[])),
    ("embedded jwk", |good| foreign(good, &[("jwk", foreign_jwk())])),
    ("jku", |good| foreign(good, &[("jku", json!("https://evil.example/jwks"))])),
    ("x5u", |good| foreign(good, &[("x5u", json!("https://evil.example/x5u"))])),
    ("x5c", |good| foreign(good, &[("x5c", json!([STANDARD.encode(spki())]))])),
    ("kid of another key", |good| right(good, &[("kid", json!("ec"))])),
    ("kid of nobody", |good| right(good, &[("kid", json!("0"))])),
    ("kid as SQL", |good| right(good, &[("kid", json!("' OR 1=1 --"))])),
    ("kid as path", |good| right(good, &[("kid", json!("../../dev/null"))])),
    ("kid of 10 kB", |good| right(good, &[("kid", json!("k".repeat(10_240)))])),
    ("crit", |good| right(good, &[("crit", json!(["x"])), ("x", json!(1))])),
    ("b64 false", |good| right(good, &[("b64", json!(false)), ("crit", json!(["b64"]))])),
];

/// The compact serialization.
pub const SEC_082: [Mutation; 10] = [
    ("no base64url", |good| replaced(good, 2, |part| format!("!{}", &part[1..]))),
    ("padding", |good| replaced(good, 2, |part| format!("{part}=="))),
    ("trailing bits", |good| replaced(good, 2, with_trailing_bits)),
    ("a line break", |good| replaced(good, 1, |part| format!("{}\n{}", &part[..8], &part[8..]))),
    ("two segments", |good| good.text.rsplit_once('.').unwrap().0.to_owned()),
    ("four segments", |good| format!("{}.x", good.text)),
    ("five segments", |good| format!("{}.x.x", good.text)),
    ("no signature", |good| replaced(good, 2, |_| String::new())),
    ("half a signature", |good| replaced(good, 2, |part| part[..part.len() / 2].to_owned())),
    ("JSON serialization", json_serialization),
];

/// The JSON within.
pub const SEC_083: [Mutation; 5] = [
    ("repeated header member", |good| texts(&twice(&good.header, "alg"), &good.claims.to_string())),
    ("repeated claim", |good| texts(&good.header.to_string(), &twice(&good.claims, "exp"))),
    ("payload no object", |good| texts(&good.header.to_string(), &format!("[{}]", good.claims))),
    ("byte order mark", |good| {
        texts(&good.header.to_string(), &format!("\u{feff}{}", good.claims))
    }),
    ("depth of 200", |good| texts(&good.header.to_string(), &deep(&good.claims))),
];

/// Signatures that careless verifiers take.
pub const SEC_084: [Mutation; 2] =
    [("ECDSA of zeros", |good| ecdsa(good, &[0; 64])), ("ECDSA in DER", der_signature)];

fn changed(header: &Value, changes: &[(&str, Value)]) -> Value {
    let mut header = header.clone();
    let members = header.as_object_mut().unwrap();
    for (name, value) in changes {
        if value.is_null() {
            members.remove(*name);
        } else {
            members.insert((*name).to_owned(), value.clone());
        }
    }
    header
}

fn unsigned(good: &Good, alg: Value) -> String {
    compact(&changed(&good.header, &[("alg", alg)]), &good.claims, Key::Bytes(b"x"))
}

fn hmac(good: &Good, secret: &[u8]) -> String {
    let header = changed(&good.header, &[("alg", json!("HS256"))]);
    compact(&header, &good.claims, Key::Hs256(secret))
}

fn right(good: &Good, changes: &[(&str, Value)]) -> String {
    compact(&changed(&good.header, changes), &good.claims, Key::Rs256(rs256()))
}

fn called(good: &Good, alg: &str) -> String {
    right(good, &[("alg", json!(alg))])
}

/// Signed by somebody else, who says where to find the key.
fn foreign(good: &Good, changes: &[(&str, Value)]) -> String {
    let key = fresh_pkcs8(SigningAlgorithm::PS256);
    compact(&changed(&good.header, changes), &good.claims, Key::Rs256(&key))
}

fn texts(header: &str, claims: &str) -> String {
    compact_text(header, claims, Key::Rs256(rs256()))
}

fn replaced(good: &Good, segment: usize, replace: impl FnOnce(&str) -> String) -> String {
    let mut segments: Vec<String> = good.text.split('.').map(str::to_owned).collect();
    segments[segment] = replace(&segments[segment]);
    segments.join(".")
}

/// 256 bytes leave four bits of the last character, which must be zero.
fn with_trailing_bits(part: &str) -> String {
    let (rest, last) = part.split_at(part.len() - 1);
    let next = char::from(last.as_bytes()[0] + 1);
    format!("{rest}{next}")
}

fn json_serialization(good: &Good) -> String {
    let mut parts = good.text.split('.');
    let mut part = || parts.next().unwrap();
    json!({"protected": part(), "payload": part(), "signature": part()}).to_string()
}

/// The member a second time, with its own value.
fn twice(object: &Value, name: &str) -> String {
    let text = object.to_string();
    format!("{},\"{name}\":{}}}", text.strip_suffix('}').unwrap(), object[name])
}

fn deep(claims: &Value) -> String {
    let text = claims.to_string();
    let nested = format!("{}{}", "[".repeat(200), "]".repeat(200));
    format!("{},\"deep\":{nested}}}", text.strip_suffix('}').unwrap())
}

fn ecdsa(good: &Good, signature: &[u8]) -> String {
    let header = changed(&good.header, &[("alg", json!("ES256")), ("kid", json!("ec"))]);
    compact(&header, &good.claims, Key::Bytes(signature))
}

fn der_signature(good: &Good) -> String {
    let message = ecdsa(good, b"");
    let message = message.trim_end_matches('.').as_bytes();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, es256(0)).unwrap();
    ecdsa(good, key.sign(&SystemRandom::new(), message).unwrap().as_ref())
}

fn public() -> aws_lc_rs::rsa::PublicKey {
    RsaKeyPair::from_pkcs8(rs256()).unwrap().public_key().clone()
}

fn spki() -> Vec<u8> {
    let der: PublicKeyX509Der<'_> = public().as_der().unwrap();
    der.as_ref().to_vec()
}

fn modulus() -> Vec<u8> {
    public().modulus().big_endian_without_leading_zero().to_vec()
}

fn pem(line_break: &str) -> String {
    let text = STANDARD.encode(spki());
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let body = lines.join(line_break);
    ["-----BEGIN PUBLIC KEY-----", &body, "-----END PUBLIC KEY-----", ""].join(line_break)
}

fn rsa_jwk() -> Value {
    jwk_of(SigningAlgorithm::RS256, rs256())
}

fn foreign_jwk() -> Value {
    jwk_of(SigningAlgorithm::PS256, &fresh_pkcs8(SigningAlgorithm::PS256))
}

/// The one with which [`right`] would be taken, were it not bent.
#[test]
fn the_right_key_is_the_right_one() {
    let (_, good) = (super::sinks::SINKS[1].good)();
    assert_eq!(right(&good, &[]), good.text);
    assert_eq!(URL_SAFE_NO_PAD.decode(good.text.rsplit('.').next().unwrap()).unwrap().len(), 256);
}
