//! Whom a certificate is for (RFC 5280 §4.2.1.6, RFC 6125 §6.4): its names, read from its DER.

use std::{net::IpAddr, path::Path};

use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use vidimus_core::der::{OBJECT_IDENTIFIER, SEQUENCE, element, tagged};

const EXTENSIONS: u8 = 0xA3;
const OCTET_STRING: u8 = 0x04;
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;
/// 2.5.29.17
const SUBJECT_ALT_NAME: [u8; 3] = [0x55, 0x1D, 0x11];

/// Of the first certificate in a PEM file.
pub fn of_file(path: &Path) -> Option<Vec<String>> {
    of_der(&CertificateDer::from_pem_file(path).ok()?)
}

fn of_der(der: &[u8]) -> Option<Vec<String>> {
    let (certificate, _) = tagged(SEQUENCE, der)?;
    let (mut rest, _) = tagged(SEQUENCE, certificate)?;
    let extensions = loop {
        let (tag, contents, after) = element(rest)?;
        if tag == EXTENSIONS {
            break contents;
        }
        rest = after;
    };
    let (mut rest, _) = tagged(SEQUENCE, extensions)?;
    while let Some((extension, after)) = tagged(SEQUENCE, rest) {
        rest = after;
        let (id, mut inner) = tagged(OBJECT_IDENTIFIER, extension)?;
        if id != SUBJECT_ALT_NAME {
            continue;
        }
        // Whether it is critical may stand before it.
        let value = loop {
            let (tag, contents, after) = element(inner)?;
            if tag == OCTET_STRING {
                break contents;
            }
            inner = after;
        };
        return Some(names(tagged(SEQUENCE, value)?.0));
    }
    Some(Vec::new())
}

fn names(mut rest: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    while let Some((tag, contents, after)) = element(rest) {
        rest = after;
        names.extend(match tag {
            DNS_NAME => std::str::from_utf8(contents).ok().map(str::to_ascii_lowercase),
            IP_ADDRESS => address(contents).map(|address| address.to_string()),
            _ => None,
        });
    }
    names
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
    }
}

/// Whether one of them is the host; a wildcard is one label, the first.
pub fn cover(names: &[String], host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    names.iter().any(|name| match name.strip_prefix("*.") {
        Some(rest) => host.split_once('.').is_some_and(|(first, after)| {
            !first.is_empty() && after == rest && host.parse::<IpAddr>().is_err()
        }),
        None => *name == host,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_tells_its_names() {
        let hosts = ["a.example", "*.b.example", "127.0.0.1", "::1"].map(str::to_owned);
        let made = rcgen::generate_simple_self_signed(hosts).unwrap();
        let names = of_der(made.cert.der()).unwrap();
        assert_eq!(names, ["a.example", "*.b.example", "127.0.0.1", "::1"]);
        for host in ["a.example", "A.Example", "x.b.example", "127.0.0.1", "[::1]"] {
            assert!(cover(&names, host), "{host}");
        }
        for host in ["b.example", "x.y.b.example", "c.example", "127.0.0.2", ".b.example"] {
            assert!(!cover(&names, host), "{host}");
        }
        for length in 0..80 {
            assert_eq!(of_der(&made.cert.der()[..length]), None);
        }
    }
}
