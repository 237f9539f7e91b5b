//! JWT access tokens at introspection: only the text that was issued, under a key that still is.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    introspect::Reason,
    jwt::Unverified,
    model::TokenFormat,
    testing::{Draft, Key, Scene, compact, es256},
};

fn issued() -> (Scene, String, Unverified) {
    let mut scene = Scene::new();
    scene.client("web", |client| client.metadata.access_token_format = TokenFormat::Jwt);
    let (jwt, _) = scene.issue(&Draft { user: Some("alice"), ..Draft::default() });
    let read = Unverified::parse(&jwt).unwrap();
    (scene, jwt, read)
}

#[test]
fn a_jwt_is_answered_like_an_opaque_token() {
    let (mut scene, jwt, read) = issued();
    let (answer, _) = scene.introspect("rs1", &jwt);
    for claim in ["iss", "exp", "iat", "aud", "sub", "client_id", "jti", "scope"] {
        assert_eq!(answer.get(claim), read.claims.get(claim), "{claim}");
    }
    scene.client("web", |client| client.metadata.access_token_format = TokenFormat::Opaque);
    let (opaque, _) = scene.issue(&Draft { user: Some("alice"), ..Draft::default() });
    let (other, _) = scene.introspect("rs1", &opaque);
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&answer), names(&other));
}

#[test]
fn sec_130_no_flipped_bit_survives() {
    let (mut scene, jwt, _) = issued();
    let at = jwt.rfind('.').unwrap() + 1;
    let signature = URL_SAFE_NO_PAD.decode(&jwt[at..]).unwrap();
    for bit in 0..signature.len() * 8 {
        let mut flipped = signature.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let text = format!("{}{}", &jwt[..at], URL_SAFE_NO_PAD.encode(flipped));
        assert_eq!(scene.reason("rs1", &text), Some(Reason::Forged), "{bit}");
    }
}

#[test]
fn sec_130_changed_claims_and_foreign_signatures_are_forged() {
    let (mut scene, _, read) = issued();
    let header = Value::Object(read.header.clone());
    let claims = Value::Object(read.claims.clone());
    let mut wider = claims.clone();
    wider["scope"] = json!("read write admin");
    let mut unsigned = header.clone();
    unsigned["alg"] = json!("none");
    let mut symmetric = header.clone();
    symmetric["alg"] = json!("HS256");
    for (header, claims, key) in [
        (&header, &claims, Key::Es256(es256(1))),
        (&header, &wider, Key::Es256(es256(1))),
        (&unsigned, &claims, Key::Bytes(b"x")),
        (&symmetric, &claims, Key::Hs256(b"public")),
    ] {
        let forged = compact(header, claims, key);
        assert_eq!(scene.reason("rs1", &forged), Some(Reason::Forged), "{header}");
    }
}

#[test]
fn another_kid_type_or_jti_is_inactive() {
    let (mut scene, _, read) = issued();
    let header = Value::Object(read.header.clone());
    let claims = Value::Object(read.claims.clone());
    let with = |value: &Value, name: &str, to: Value| {
        let mut changed = value.clone();
        changed[name] = to;
        changed
    };
    let key = Key::Es256(es256(1));
    for (header, claims, reason) in [
        (with(&header, "kid", json!("x")), claims.clone(), Reason::Forged),
        (with(&header, "kid", json!(null)), claims.clone(), Reason::Malformed),
        (with(&header, "typ", json!("JWT")), claims.clone(), Reason::Malformed),
        (with(&header, "typ", json!("AT+JWT")), claims.clone(), Reason::Malformed),
        (header.clone(), with(&claims, "jti", json!("00000000001")), Reason::Unknown),
        (header.clone(), with(&claims, "jti", json!("x")), Reason::Malformed),
        (header.clone(), with(&claims, "jti", json!(7)), Reason::Malformed),
    ] {
        let text = compact(&header, &claims, key);
        assert_eq!(scene.reason("rs1", &text), Some(reason), "{header} {claims}");
    }
}
