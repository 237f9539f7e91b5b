//! A parsed private key that signs compact JWS (RFC 7515 §7.1). Kept parsed: building a key costs
//! more than a signature.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{error::Fault, model::SigningAlgorithm, vault::sha256};

pub struct Signer {
    kid: String,
    algorithm: SigningAlgorithm,
    key: Key,
}

enum Key {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Signer {
    /// # Errors
    /// [`Fault::Corrupt`] where the PKCS#8 is not a key of the algorithm.
    pub fn parse(algorithm: SigningAlgorithm, kid: &str, pkcs8: &[u8]) -> Result<Self, Fault> {
        let corrupt = |_| Fault::Corrupt(format!("signing key {kid} is not {algorithm:?} PKCS#8"));
        let key = match algorithm {
            SigningAlgorithm::ES256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
                    .map(Key::Ec)
                    .map_err(corrupt)?
            }
            SigningAlgorithm::RS256 | SigningAlgorithm::PS256 => {
                RsaKeyPair::from_pkcs8(pkcs8).map(Key::Rsa).map_err(corrupt)?
            }
            SigningAlgorithm::EdDSA => {
                Ed25519KeyPair::from_pkcs8(pkcs8).map(Key::Ed).map_err(corrupt)?
            }
        };
        Ok(Self { kid: kid.to_owned(), algorithm, key })
    }

    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public JWK (RFC 7517 §4) with `use`, `alg` and, as `kid`, its RFC 7638 thumbprint.
    pub fn public_jwk(&self) -> Value {
        let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        // Members in lexicographic order: this is also the text that RFC 7638 §3 hashes.
        let mut jwk = match &self.key {
            Key::Ec(key) => {
                let point = key.public_key().as_ref();
                let (x, y) =
                    point.get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default();
                json!({"crv": "P-256", "kty": "EC", "x": b64(x), "y": b64(y)})
            }
            Key::Rsa(key) => {
                let public = key.public_key();
                let e = public.exponent().big_endian_without_leading_zero().to_vec();
                let n = public.modulus().big_endian_without_leading_zero().to_vec();
                json!({"e": b64(&e), "kty": "RSA", "n": b64(&n)})
            }
            Key::Ed(key) => {
                json!({"crv": "Ed25519", "kty": "OKP", "x": b64(key.public_key().as_ref())})
            }
        };
        let kid = b64(&sha256(jwk.to_string().as_bytes()));
        if let Value::Object(members) = &mut jwk {
            members.insert("use".to_owned(), json!("sig"));
            members.insert("alg".to_owned(), json!(self.algorithm.as_str()));
            members.insert("kid".to_owned(), json!(kid));
        }
        jwk
    }

    /// # Errors
    /// [`Fault::Corrupt`] where the key refuses to sign.
    pub fn sign(&self, typ: &str, claims: &Value) -> Result<String, Fault> {
        let header = json!({"alg": self.algorithm.as_str(), "typ": typ, "kid": self.kid});
        let mut text = URL_SAFE_NO_PAD.encode(header.to_string());
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(claims.to_string(), &mut text);
        let signature = self.signature(text.as_bytes())?;
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut text);
        Ok(text)
    }

    /// A JWT that nobody vouches for (RFC 7519 §6): for those alone who asked for that.
    pub fn unsigned(claims: &Value) -> String {
        let mut text = URL_SAFE_NO_PAD.encode(json!({"alg": "none"}).to_string());
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(claims.to_string(), &mut text);
        text.push('.');
        text
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let failed = |_| Fault::Corrupt(format!("signing key {} does not sign", self.kid));
        // The nonce of ECDSA and the salt of PSS are the library's own business.
        let random = SystemRandom::new();
        match &self.key {
            Key::Ec(key) => key.sign(&random, message).map(|s| s.as_ref().to_vec()).map_err(failed),
            Key::Ed(key) => Ok(key.sign(message).as_ref().to_vec()),
            Key::Rsa(key) => {
                let padding: &'static dyn aws_lc_rs::signature::RsaEncoding =
                    if self.algorithm == SigningAlgorithm::PS256 {
                        &RSA_PSS_SHA256
                    } else {
                        &RSA_PKCS1_SHA256
                    };
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(padding, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{encoding::AsDer as _, rsa::KeySize};
    use jsonwebtoken::jwk::{Jwk, JwkSet};

    use super::*;
    use crate::jwt::{Unverified, verify_with_jwks};

    fn pkcs8(algorithm: SigningAlgorithm) -> Vec<u8> {
        let random = SystemRandom::new();
        match algorithm {
            SigningAlgorithm::ES256 => {
                EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
                    .unwrap()
                    .as_ref()
                    .to_vec()
            }
            SigningAlgorithm::EdDSA => {
                Ed25519KeyPair::generate_pkcs8v1(&random).unwrap().as_ref().to_vec()
            }
            _ => {
                RsaKeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap().as_ref().to_vec()
            }
        }
    }

    #[test]
    fn every_algorithm_signs_what_its_public_jwk_verifies() {
        for algorithm in SigningAlgorithm::ALL {
            let signer = Signer::parse(algorithm, "k", &pkcs8(algorithm)).unwrap();
            let text = signer.sign("at+jwt", &json!({"iss": "a"})).unwrap();
            let mut jwk: Jwk = serde_json::from_value(signer.public_jwk()).unwrap();
            let thumbprint = jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap();
            assert_eq!(jwk.common.key_id.as_deref(), Some(thumbprint.as_str()));
            jwk.common.key_id = Some("k".to_owned());
            let keys = JwkSet { keys: vec![jwk] };
            let read = Unverified::parse(&text).unwrap();
            assert_eq!(verify_with_jwks(&text, &read, &keys).unwrap()["iss"], "a");
            let mut flipped = text.clone();
            let last = if flipped.pop() == Some('A') { 'Q' } else { 'A' };
            flipped.push(last);
            if let Some(read) = Unverified::parse(&flipped) {
                assert!(verify_with_jwks(&flipped, &read, &keys).is_err());
            }
        }
    }

    #[test]
    fn a_key_of_another_algorithm_is_refused() {
        let key = pkcs8(SigningAlgorithm::EdDSA);
        assert!(Signer::parse(SigningAlgorithm::ES256, "k", &key).is_err());
    }
}
