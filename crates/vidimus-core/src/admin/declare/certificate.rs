//! The public key of a certificate (RFC 5280 §4.1), or one by itself, from PEM (RFC 7468) to a JWK.
//!
//! The administrator vouches for the key, so neither its issuer nor the end of its life is looked at.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use crate::{
    der::{BIT_STRING, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, element, tagged},
    vault::sha256,
};

const VERSION: u8 = 0xA0;

// RFC 3279 §2.3.1, RFC 5480 §2.1.1, RFC 8410 §3.
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const P_256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
const P_384: &[u8] = &[0x2B, 0x81, 0x04, 0x00, 0x22];
const ED25519: &[u8] = &[0x2B, 0x65, 0x70];

const NOT_PEM: &str = "it must be PEM: -----BEGIN CERTIFICATE----- and so on";
const UNREADABLE: &str = "it cannot be read, or its key is neither RSA, P-256, P-384 nor Ed25519";

/// With the SHA-256 of the DER, as which tools know it, and without an id: nobody gave it one, so it
/// is tried whatever an assertion calls its key.
///
/// # Errors
/// What is wrong with the text. How strong the key is, is not looked at.
pub fn jwk(pem: &str) -> Result<Value, &'static str> {
    let (label, der) = only_block(pem)?;
    let thumbprint = URL_SAFE_NO_PAD.encode(sha256(&der));
    let info = match label {
        "CERTIFICATE" => of_certificate(&der),
        "PUBLIC KEY" => Some(der.as_slice()),
        _ => return Err(NOT_PEM),
    };
    let mut jwk = info.and_then(of_public_key).ok_or(UNREADABLE)?;
    if let Value::Object(members) = &mut jwk {
        members.insert("x5t#S256".to_owned(), json!(thumbprint));
    }
    Ok(jwk)
}

/// Text around the block is allowed, a second block is not: a chain's other keys are not the
/// client's.
fn only_block(pem: &str) -> Result<(&str, Vec<u8>), &'static str> {
    if pem.contains("PRIVATE KEY-----") {
        return Err("it holds a private key; give the certificate alone");
    }
    let (_, rest) = pem.split_once("-----BEGIN ").ok_or(NOT_PEM)?;
    let (label, rest) = rest.split_once("-----").ok_or(NOT_PEM)?;
    let (body, rest) = rest.split_once("-----END ").ok_or(NOT_PEM)?;
    let end = rest.strip_prefix(label).and_then(|rest| rest.strip_prefix("-----"));
    if end.ok_or(NOT_PEM)?.contains("-----BEGIN ") {
        return Err("it holds several; give the one of the client's own key");
    }
    let packed: String = body.split_ascii_whitespace().collect();
    Ok((label, STANDARD.decode(packed).map_err(|_| NOT_PEM)?))
}

/// The SubjectPublicKeyInfo.
fn of_certificate(der: &[u8]) -> Option<&[u8]> {
    let (certificate, _) = tagged(SEQUENCE, der)?;
    let (mut rest, _) = tagged(SEQUENCE, certificate)?;
    if rest.first() == Some(&VERSION) {
        rest = element(rest)?.2;
    }
    // Serial number, signature algorithm, issuer, validity, subject.
    for _ in 0..5 {
        rest = element(rest)?.2;
    }
    Some(rest)
}

fn of_public_key(info: &[u8]) -> Option<Value> {
    let (info, _) = tagged(SEQUENCE, info)?;
    let (algorithm, rest) = tagged(SEQUENCE, info)?;
    let (identifier, parameters) = tagged(OBJECT_IDENTIFIER, algorithm)?;
    let (&unused_bits, key) = tagged(BIT_STRING, rest)?.0.split_first()?;
    if unused_bits != 0 {
        return None;
    }
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    match identifier {
        RSA => {
            let (key, _) = tagged(SEQUENCE, key)?;
            let (modulus, rest) = tagged(INTEGER, key)?;
            let (exponent, _) = tagged(INTEGER, rest)?;
            let unsigned = |bytes: &[u8]| encode(bytes.strip_prefix(&[0]).unwrap_or(bytes));
            Some(json!({"kty": "RSA", "n": unsigned(modulus), "e": unsigned(exponent)}))
        }
        EC => {
            let (curve, bytes) = match tagged(OBJECT_IDENTIFIER, parameters)?.0 {
                P_256 => ("P-256", 32),
                P_384 => ("P-384", 48),
                _ => return None,
            };
            // Uncompressed, as every tool writes it (RFC 5480 §2.2).
            let (x, y) = key.strip_prefix(&[4])?.split_at_checked(bytes)?;
            let whole = y.len() == bytes;
            whole.then(|| json!({"kty": "EC", "crv": curve, "x": encode(x), "y": encode(y)}))
        }
        ED25519 => {
            (key.len() == 32).then(|| json!({"kty": "OKP", "crv": "Ed25519", "x": encode(key)}))
        }
        _ => None,
    }
}
