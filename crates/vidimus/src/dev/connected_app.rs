//! The key pair of the sandbox's connected app: made once, written beside the database, so that a
//! client on this machine can sign its assertions.

use std::{fs, path::Path};

use aws_lc_rs::{encoding::AsDer as _, rsa::KeySize, signature::RsaKeyPair};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use vidimus_core::{jwt::Signer, model::SigningAlgorithm};

use crate::{failure::Failure, serve::PrivateFile};

pub const FILE: &str = "connected-app.key";

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";
const LINE_CHARS: usize = 64;

/// Its public half as a key set (RFC 7517 §5).
///
/// # Errors
/// The folder cannot be written, or holds a file of that name that is no such key.
pub fn jwks(folder: &Path) -> Result<Value, Failure> {
    let path = folder.join(FILE);
    let failed = |why: String| Failure::refused(format!("{}: {why}", path.display()));
    let pkcs8 = match fs::read_to_string(&path) {
        Ok(pem) => decode(&pem).ok_or_else(|| failed("it is no private key in PEM".to_owned()))?,
        Err(_) => {
            let made = make().map_err(|_| failed("no key could be made".to_owned()))?;
            PrivateFile::begin(&path)
                .and_then(|file| file.finish(&encode(&made)))
                .map_err(|why| failed(why.to_string()))?;
            made
        }
    };
    let signer = Signer::parse(SigningAlgorithm::RS256, "connected-app", &pkcs8)
        .map_err(|fault| failed(fault.to_string()))?;
    Ok(json!({ "keys": [signer.public_jwk()] }))
}

fn make() -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
    Ok(RsaKeyPair::generate(KeySize::Rsa2048)?.as_der()?.as_ref().to_vec())
}

/// RFC 7468 §10.
fn encode(pkcs8: &[u8]) -> String {
    let body = STANDARD.encode(pkcs8);
    let lines = body.as_bytes().chunks(LINE_CHARS).map(String::from_utf8_lossy);
    format!("{BEGIN}\n{}\n{END}\n", lines.collect::<Vec<_>>().join("\n"))
}

fn decode(pem: &str) -> Option<Vec<u8>> {
    let body = pem.trim().strip_prefix(BEGIN)?.strip_suffix(END)?;
    STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let first = jwks(folder.path()).unwrap();
        assert_eq!(first["keys"][0]["kty"], "RSA");
        assert_eq!(jwks(folder.path()).unwrap(), first);
        fs::write(folder.path().join(FILE), "no key").unwrap();
        assert!(jwks(folder.path()).is_err());
    }
}
