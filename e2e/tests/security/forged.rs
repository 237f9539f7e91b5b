//! JWTs whose header or signature must not do, though their claims are good (SEC-080, RFC 8725 §3.1).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::keys::{SigningKey, hs256, message};

/// Headers and keys that must not do, each over the claims of a good assertion.
pub fn forged(
    key: &SigningKey,
    other: &SigningKey,
    kid: &str,
    claims: &Value,
) -> Vec<(String, String)> {
    let mut forged = Vec::new();
    let mut add = |what: String, text: String| forged.push((what, text));
    for alg in [json!("none"), json!("None"), json!("nOnE"), json!(""), Value::Null, json!(7)] {
        let unsigned = message(&json!({"alg": alg, "kid": kid}), claims);
        add(format!("alg {alg}, no signature"), format!("{unsigned}."));
        let good = key.sign(&json!({"alg": alg, "kid": kid}), claims);
        add(format!("alg {alg}, signed"), good);
    }
    let jwk = key.public_jwk();
    let point = |name: &str| {
        URL_SAFE_NO_PAD.decode(jwk[name].as_str().expect("a coordinate")).expect("base64url")
    };
    // SubjectPublicKeyInfo of P-256.
    let prefix = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04";
    let der = [&prefix[..], &point("x"), &point("y")].concat();
    let lines = |end: &str| {
        let text = STANDARD.encode(&der);
        let (one, two) = text.split_at(64);
        format!("-----BEGIN PUBLIC KEY-----{end}{one}{end}{two}{end}-----END PUBLIC KEY-----{end}")
    };
    let secrets = [
        lines("\n").into_bytes(),
        lines("\r\n").into_bytes(),
        der.clone(),
        point("x"),
        jwk.to_string().into_bytes(),
    ];
    for (which, secret) in secrets.iter().enumerate() {
        let header = json!({"alg": "HS256", "kid": kid});
        add(format!("HS256 under the public key, form {which}"), hs256(&header, claims, secret));
    }
    for alg in ["ES384", "ES512", "RS256", "PS256", "EdDSA", "HS512"] {
        add(format!("labelled {alg}"), key.sign(&json!({"alg": alg, "kid": kid}), claims));
    }
    let attacker = "https://127.0.0.1:1/keys";
    for more in [
        json!({"jwk": other.public_jwk()}),
        json!({"jku": attacker}),
        json!({"x5u": attacker}),
        json!({"x5c": ["MIIB"]}),
        json!({"kid": "other-1"}),
        json!({"kid": "../../dev/null"}),
        json!({"kid": "' OR 1=1 --"}),
        json!({"kid": "k".repeat(10_000)}),
    ] {
        let mut header = json!({"alg": "ES256", "kid": kid});
        for (name, value) in more.as_object().expect("an object") {
            header[name] = value.clone();
        }
        let name = more.as_object().and_then(|more| more.keys().next().cloned()).expect("one");
        add(format!("another's signature, {name}"), other.sign(&header, claims));
    }
    for more in [json!({"crit": ["x"], "x": 1}), json!({"b64": false, "crit": ["b64"]})] {
        let mut header = json!({"alg": "ES256", "kid": kid});
        for (name, value) in more.as_object().expect("an object") {
            header[name] = value.clone();
        }
        add(format!("{more}"), key.sign(&header, claims));
    }
    forged
}
