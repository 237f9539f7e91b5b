//! One certificate for all sites of the stage, under an authority made for the run.

use std::fs;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

/// What Chromium takes for several sites, and the address that programs ask.
const HOSTS: [&str; 6] = [
    "as.localhost",
    "below.as.localhost",
    "rp.localhost",
    "photos.localhost",
    "evil.localhost",
    "127.0.0.1",
];

/// Writes `ca.pem`, `cert.pem` and `key.pem`.
pub fn write(folder: &Path) {
    let mut authority = CertificateParams::default();
    // Not the default: with one name for both, the server's would count as signed by itself.
    authority.distinguished_name.push(DnType::CommonName, "authority of the browser's tests");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().expect("a key");
    let root = authority.self_signed(&key).expect("the authority's certificate");
    let authority = Issuer::new(authority, key);

    let mut server = CertificateParams::new(HOSTS.map(str::to_owned)).expect("hosts");
    server.use_authority_key_identifier_extension = true;
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate().expect("a key");
    let signed = server.signed_by(&key, &authority).expect("the server's certificate");
    for (name, text) in
        [("ca.pem", root.pem()), ("cert.pem", signed.pem()), ("key.pem", key.serialize_pem())]
    {
        fs::write(folder.join(name), text).expect("written");
    }
}
