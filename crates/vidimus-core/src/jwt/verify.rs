//! Signature verification (RFC 7515 §5.2) under keys the caller chose: the header may pick among
//! them, never bring its own.

use jsonwebtoken::{
    Algorithm, DecodingKey, crypto,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse},
};
use serde_json::{Map, Value};

use crate::{
    jwt::{Unverified, Verifiers},
    limits::JWKS_TRIES_MAX,
};

/// What clients may sign with (RFC 8725 §3.1): asymmetric, none weaker than RS256.
const ASYMMETRIC: [Algorithm; 7] = [
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::RS256,
];

const HMAC: [Algorithm; 3] = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];

/// The names of all that an assertion may be signed with, by a key or by a secret.
pub fn assertion_algorithms() -> Vec<String> {
    ASYMMETRIC.iter().chain(&HMAC).map(|algorithm| format!("{algorithm:?}")).collect()
}

/// What a client may register its request objects for (RFC 9101 §10.5); `none` is no signature.
pub fn request_object_algorithms() -> Vec<String> {
    let names = ASYMMETRIC.iter().map(|algorithm| format!("{algorithm:?}"));
    names.chain(["none".to_owned()]).collect()
}

/// Why a signature was not believed; for the operator.
pub type Why = &'static str;

/// The claims of `token`, which was read from `text`, once they are believed.
///
/// # Errors
/// Why no key of the set verifies the token.
pub fn verify_with_jwks<'t>(
    text: &str,
    token: &'t Unverified,
    keys: &JwkSet,
) -> Result<&'t Map<String, Value>, Why> {
    verify_with_known(text, token, keys, &Verifiers::default())
}

/// The same, where keys that were met before are known.
///
/// # Errors
/// As [`verify_with_jwks`].
pub fn verify_with_known<'t>(
    text: &str,
    token: &'t Unverified,
    keys: &JwkSet,
    known: &Verifiers,
) -> Result<&'t Map<String, Value>, Why> {
    let algorithm = algorithm_of(token)?;
    if !ASYMMETRIC.contains(&algorithm) {
        return Err("the algorithm is not one that clients may sign with");
    }
    let kid = token.header("kid");
    // A key without an id, such as a certificate's, is tried whatever the header says.
    let named = |key: &Jwk| match (kid, key.common.key_id.as_deref()) {
        (Some(kid), Some(id)) => kid == id,
        (None, _) | (_, None) => true,
    };
    let candidates = keys.keys.iter().filter(|key| named(key) && fits(key, algorithm));
    for key in candidates.take(JWKS_TRIES_MAX) {
        if is_signed_by(text, key, algorithm, known) {
            return Ok(&token.claims);
        }
    }
    Err("no key of the client verifies the signature")
}

/// The claims of `token`, which was read from `text`, once they are believed.
///
/// # Errors
/// Why the secret does not verify the token.
pub fn verify_with_secret<'t>(
    text: &str,
    token: &'t Unverified,
    secret: &[u8],
) -> Result<&'t Map<String, Value>, Why> {
    let algorithm = algorithm_of(token)?;
    if !HMAC.contains(&algorithm) {
        return Err("the algorithm is not an HMAC");
    }
    if is_signed(text, &DecodingKey::from_secret(secret), algorithm) {
        Ok(&token.claims)
    } else {
        Err("the client's secret does not verify the signature")
    }
}

fn algorithm_of(token: &Unverified) -> Result<Algorithm, Why> {
    if token.asks_for_extensions() {
        return Err("the header asks for extensions");
    }
    token
        .header("alg")
        .and_then(|name| name.parse().ok())
        .ok_or("the header names no algorithm we know")
}

/// A key is for one algorithm (RFC 8725 §3.1), by its `alg`, its type and its curve.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let said = key.common.key_algorithm;
    let said = said.map(|said| said.to_string().parse::<Algorithm>().ok());
    if said.is_some_and(|said| said != Some(algorithm)) {
        return false;
    }
    if !matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return false;
    }
    match &key.algorithm {
        AlgorithmParameters::RSA(_) => matches!(
            algorithm,
            Algorithm::RS256 | Algorithm::PS256 | Algorithm::PS384 | Algorithm::PS512
        ),
        AlgorithmParameters::EllipticCurve(parameters) => match parameters.curve {
            EllipticCurve::P256 => algorithm == Algorithm::ES256,
            EllipticCurve::P384 => algorithm == Algorithm::ES384,
            _ => false,
        },
        AlgorithmParameters::OctetKeyPair(parameters) => {
            parameters.curve == EllipticCurve::Ed25519 && algorithm == Algorithm::EdDSA
        }
        _ => false,
    }
}

fn is_signed_by(text: &str, key: &Jwk, algorithm: Algorithm, known: &Verifiers) -> bool {
    if let AlgorithmParameters::RSA(rsa) = &key.algorithm
        && let Some(is_signed) = known.is_signed(text, rsa, algorithm)
    {
        return is_signed;
    }
    DecodingKey::from_jwk(key).is_ok_and(|decoding| is_signed(text, &decoding, algorithm))
}

/// The signature alone. Claims are checked by the decider, against its own clock.
fn is_signed(text: &str, key: &DecodingKey, algorithm: Algorithm) -> bool {
    let Some((signed, signature)) = text.rsplit_once('.') else { return false };
    crypto::verify(signature, signed.as_bytes(), key, algorithm).unwrap_or(false)
}
