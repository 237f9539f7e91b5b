//! The public half of an RSA key as SubjectPublicKeyInfo (RFC 5280 §4.1, RFC 3279 §2.3.1) in PEM.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::Value;

use crate::der::{BIT_STRING, INTEGER, SEQUENCE};

/// `AlgorithmIdentifier` of rsaEncryption, its parameters NULL.
const RSA_ENCRYPTION: [u8; 15] =
    [SEQUENCE, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1, 5, 0];
const LINE_CHARS: usize = 64;

/// `None` for a JWK that is no RSA key.
pub fn public_pem(jwk: &Value) -> Option<String> {
    if jwk.get("kty").and_then(Value::as_str) != Some("RSA") {
        return None;
    }
    let member = |name| URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok();
    let key = [integer(&member("n")?), integer(&member("e")?)].concat();
    let bits = [&[0], element(SEQUENCE, &key).as_slice()].concat();
    let info = [RSA_ENCRYPTION.as_slice(), &element(BIT_STRING, &bits)].concat();
    let text = STANDARD.encode(element(SEQUENCE, &info));
    let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
    for (at, c) in text.chars().enumerate() {
        if at > 0 && at % LINE_CHARS == 0 {
            pem.push('\n');
        }
        pem.push(c);
    }
    pem.push_str("\n-----END PUBLIC KEY-----\n");
    Some(pem)
}

/// A number that is not negative: where its first bit is set, a zero stands before it.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if bytes.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    element(INTEGER, &[sign, bytes].concat())
}

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len().to_be_bytes();
    let short: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut der = vec![tag];
    match (short.as_slice(), u8::try_from(short.len())) {
        ([] | [0..=0x7F], _) => der.push(short.first().copied().unwrap_or(0)),
        (_, count) => {
            der.push(0x80 | count.unwrap_or_default());
            der.extend_from_slice(&short);
        }
    }
    der.extend_from_slice(contents);
    der
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{jwt::Signer, model::SigningAlgorithm, testing::rs256};
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use serde_json::json;

    #[test]
    fn others_read_it() {
        let signer = Signer::parse(SigningAlgorithm::RS256, "k", rs256()).unwrap();
        let pem = public_pem(&signer.public_jwk()).unwrap();
        assert!(pem.lines().all(|line| line.len() <= LINE_CHARS), "{pem}");
        let text = signer.sign("JWT", &json!({"sub": "x"})).unwrap();
        let der: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let key =
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, STANDARD.decode(der).unwrap());
        let (signed, signature) = text.rsplit_once('.').unwrap();
        key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    }

    #[test]
    fn another_kind_of_key_has_none() {
        for jwk in [json!({"kty": "EC"}), json!({"kty": "RSA"}), json!({"kty": "RSA", "n": "!"})] {
            assert_eq!(public_pem(&jwk), None, "{jwk}");
        }
    }

    #[test]
    fn lengths_are_short_or_long() {
        assert_eq!(element(SEQUENCE, &[]), [SEQUENCE, 0]);
        assert_eq!(element(SEQUENCE, &[1; 0x7F])[..2], [SEQUENCE, 0x7F]);
        assert_eq!(element(SEQUENCE, &[1; 0x80])[..3], [SEQUENCE, 0x81, 0x80]);
        assert_eq!(element(SEQUENCE, &[1; 300])[..4], [SEQUENCE, 0x82, 1, 44]);
        assert_eq!(integer(&[0x80]), [INTEGER, 2, 0, 0x80]);
    }
}
