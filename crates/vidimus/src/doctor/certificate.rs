//! The end of a certificate's life (RFC 5280 §4.1.2.5), read from its DER.

use std::path::Path;

use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use vidimus_core::{
    der::{SEQUENCE, element},
    time::Time,
};

const VERSION: u8 = 0xA0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Of the first certificate in a PEM file.
pub fn not_after(path: &Path) -> Option<Time> {
    of_der(&CertificateDer::from_pem_file(path).ok()?)
}

fn of_der(der: &[u8]) -> Option<Time> {
    let (_, certificate, _) = element(der)?;
    let (_, mut rest, _) = element(certificate)?;
    if rest.first() == Some(&VERSION) {
        rest = element(rest)?.2;
    }
    // Serial number, signature algorithm, issuer.
    for _ in 0..3 {
        rest = element(rest)?.2;
    }
    let (tag, validity, _) = element(rest)?;
    let (_, _, after_start) = element(validity)?;
    let (end_tag, end, _) = element(after_start)?;
    if tag != SEQUENCE {
        return None;
    }
    moment(end_tag, std::str::from_utf8(end).ok()?)
}

fn moment(tag: u8, text: &str) -> Option<Time> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, at) = match tag {
        // Two digits: 1950 to 2049.
        UTC_TIME => {
            (number(0, 2).map(|year| if year < 50 { 2000 + year } else { 1900 + year })?, 2)
        }
        GENERALIZED_TIME => (number(0, 4)?, 4),
        _ => return None,
    };
    let part = |index: usize| number(at + 2 * index, at + 2 * index + 2);
    let days = days_since_1970(year, part(0)?, part(1)?);
    Some(Time::from_seconds(((days * 24 + part(2)?) * 60 + part(3)?) * 60 + part(4)?))
}

/// Of the Gregorian calendar; a year begins in March, so that the leap day is its last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_everybody_does() {
        assert_eq!(days_since_1970(1970, 1, 1), 0);
        assert_eq!(days_since_1970(2000, 2, 29), 11_016);
        assert_eq!(days_since_1970(2026, 11, 21), 20_778);
    }

    #[test]
    fn both_forms_of_time_are_read() {
        let expected = Some(Time::from_seconds(20_778 * 86_400 + 3 * 3600 + 4 * 60 + 5));
        assert_eq!(moment(UTC_TIME, "261121030405Z"), expected);
        assert_eq!(moment(GENERALIZED_TIME, "20261121030405Z"), expected);
        assert_eq!(moment(UTC_TIME, "26"), None);
        assert_eq!(moment(0x04, "261121030405Z"), None);
    }

    #[test]
    fn a_certificate_tells_its_end() {
        let made = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).unwrap();
        let mut params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(2031, 5, 6);
        let signed = params.self_signed(&made.signing_key).unwrap();
        let expected = Time::from_seconds(days_since_1970(2031, 5, 6) * 86_400);
        assert_eq!(of_der(signed.der()), Some(expected));
        for length in 0..60 {
            assert_eq!(of_der(&signed.der()[..length]), None);
        }
    }
}
