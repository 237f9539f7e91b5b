//! One server certificate, under an authority made for the run.

use std::fs;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

/// Writes `ca.pem`, `cert.pem` and `key.pem`, good for the hosts.
pub fn of_the_server(folder: &Path, hosts: &[&str]) {
    let mut authority = CertificateParams::default();
    // Not the default: with one name for both, the server's would count as signed by itself.
    authority.distinguished_name.push(DnType::CommonName, "authority of the tests");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().expect("a key");
    let root = authority.self_signed(&key).expect("the authority's certificate");
    let authority = Issuer::new(authority, key);

    let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
    let mut server = CertificateParams::new(hosts).expect("hosts");
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
