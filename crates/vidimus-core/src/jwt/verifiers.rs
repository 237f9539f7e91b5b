//! RSA keys of others, kept parsed: reading one takes a seventh of verifying with it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, jwk::RSAKeyParameters};

/// Keys kept; of more, all are read anew.
const KEPT_MAX: usize = 4096;

/// By algorithm and the key's own text, so that a key which changes is another key.
#[derive(Default)]
pub struct Verifiers(Mutex<HashMap<String, Arc<ParsedPublicKey>>>);

impl Verifiers {
    /// Whether the key verifies a compact text. `None`: the algorithm is none of RSA's.
    pub fn is_signed(
        &self,
        text: &str,
        key: &RSAKeyParameters,
        algorithm: Algorithm,
    ) -> Option<bool> {
        let parameters = parameters(algorithm)?;
        let verify = || {
            let (signed, signature) = text.rsplit_once('.')?;
            let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
            self.parsed(key, algorithm, parameters)?.verify_sig(signed.as_bytes(), &signature).ok()
        };
        Some(verify().is_some())
    }

    fn parsed(
        &self,
        key: &RSAKeyParameters,
        algorithm: Algorithm,
        parameters: &'static RsaParameters,
    ) -> Option<Arc<ParsedPublicKey>> {
        let name = format!("{algorithm:?} {} {}", key.e, key.n);
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(parsed) = kept().get(&name) {
            return Some(Arc::clone(parsed));
        }
        let n = URL_SAFE_NO_PAD.decode(&key.n).ok()?;
        let e = URL_SAFE_NO_PAD.decode(&key.e).ok()?;
        let components = RsaPublicKeyComponents { n: n.as_slice(), e: e.as_slice() };
        let parsed = Arc::new(components.to_parsed_public_key(parameters).ok()?);
        let mut kept = kept();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(name, Arc::clone(&parsed));
        Some(parsed)
    }
}

/// Of those that clients may sign with.
const fn parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::RS256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::PS256 => Some(&RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Some(&RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Some(&RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}
