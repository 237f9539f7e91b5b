//! The key pair of a connected app.

use std::fs;
use std::path::Path;

use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

/// Writes `connected-app.pem`, as it would be uploaded, and gives back the private key.
pub fn write(folder: &Path) -> KeyPair {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
    let params = CertificateParams::new(["connected-app.example".to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate");
    fs::write(folder.join("connected-app.pem"), certificate.pem()).expect("written");
    key
}
