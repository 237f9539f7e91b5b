//! What the stage shows and signs with: an authority with one server certificate, and the key pair of
//! a connected app.

use std::fs;
use std::path::Path;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize,
};

/// Writes `ca.pem`, `cert.pem` and `key.pem`, good for the host.
pub fn of_the_server(folder: &Path, host: &str) {
    let mut authority = CertificateParams::default();
    // Not the default: with one name for both, the server's would count as signed by itself.
    authority.distinguished_name.push(DnType::CommonName, "authority of the tests");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().expect("a key");
    let root = authority.self_signed(&key).expect("the authority's certificate");
    let authority = Issuer::new(authority, key);

    let mut server = CertificateParams::new([host.to_owned()]).expect("a host");
    server.use_authority_key_identifier_extension = true;
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate().expect("a key");
    let signed = server.signed_by(&key, &authority).expect("the server's certificate");
    write(&folder.join("ca.pem"), &root);
    write(&folder.join("cert.pem"), &signed);
    fs::write(folder.join("key.pem"), key.serialize_pem()).expect("written");
}

/// Writes `connected-app.pem`, as it would be uploaded, and gives back the private key.
pub fn of_a_connected_app(folder: &Path) -> KeyPair {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
    let params = CertificateParams::new(["connected-app.example".to_owned()]).expect("a name");
    write(&folder.join("connected-app.pem"), &params.self_signed(&key).expect("a certificate"));
    key
}

fn write(path: &Path, certificate: &Certificate) {
    fs::write(path, certificate.pem()).expect("written");
}
