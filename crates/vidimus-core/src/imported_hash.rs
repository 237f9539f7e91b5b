//! Hashes of secrets that another server has made: bcrypt, PBKDF2 (RFC 8018 §5.2) and the plain
//! SHA-256 of a machine-made secret. Their forms, and no more work than may be asked of us.
//!
//! Read where they are declared and again where they are compared, by the same function.

use std::{num::NonZeroU32, ops::RangeInclusive};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};

use crate::{
    limits::{BCRYPT_COST_MAX, PBKDF2_BLOCKS_MAX},
    vault::hex,
};

const BCRYPT_COST_MIN: u32 = 4;
/// `$2b$10$` and 53 characters.
const BCRYPT_BYTES: usize = 60;
const SALT_BYTES: RangeInclusive<usize> = 1..=64;
const HASH_BYTES: RangeInclusive<usize> = 16..=64;
/// What this form calls itself: no library has a name for it.
const SHA256: &str = "$sha256$";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prf {
    HmacSha1,
    HmacSha256,
    HmacSha512,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportedHash {
    /// As it came.
    Bcrypt(String),
    Pbkdf2 {
        prf: Prf,
        iterations: NonZeroU32,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
    Sha256([u8; 32]),
}

impl Prf {
    const ALL: [Self; 3] = [Self::HmacSha1, Self::HmacSha256, Self::HmacSha512];

    const fn name(self) -> &'static str {
        match self {
            Self::HmacSha1 => "pbkdf2-sha1",
            Self::HmacSha256 => "pbkdf2-sha256",
            Self::HmacSha512 => "pbkdf2-sha512",
        }
    }

    const fn bytes(self) -> usize {
        match self {
            Self::HmacSha1 => 20,
            Self::HmacSha256 => 32,
            Self::HmacSha512 => 64,
        }
    }
}

impl ImportedHash {
    /// `None`: unreadable, or more work than we do for a stranger's file.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(digits) = text.strip_prefix(SHA256) {
            return Some(Self::Sha256(unhex(digits)?.try_into().ok()?));
        }
        if ["$2a$", "$2b$", "$2y$"].iter().any(|kind| text.starts_with(kind)) {
            return bcrypt(text);
        }
        let mut parts = text.strip_prefix('$')?.split('$');
        let (name, costs, salt, hash) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let prf = Prf::ALL.into_iter().find(|prf| prf.name() == name)?;
        let (salt, hash) = (bytes(salt)?, bytes(hash)?);
        let mut iterations = None;
        for cost in costs.split(',') {
            match cost.split_once('=')? {
                ("i", count) => iterations = count.parse().ok(),
                ("l", length) if length.parse() == Ok(hash.len()) => {}
                _ => return None,
            }
        }
        let is_whole = parts.next().is_none();
        Self::pbkdf2(prf, iterations?, salt, hash).filter(|_| is_whole)
    }

    /// The same from its parts.
    pub fn pbkdf2(prf: Prf, iterations: u32, salt: Vec<u8>, hash: Vec<u8>) -> Option<Self> {
        let blocks = u32::try_from(hash.len().div_ceil(prf.bytes())).ok()?;
        let work = iterations.checked_mul(blocks)?;
        let is_right = SALT_BYTES.contains(&salt.len())
            && HASH_BYTES.contains(&hash.len())
            && work <= PBKDF2_BLOCKS_MAX;
        let iterations = NonZeroU32::new(iterations)?;
        is_right.then_some(Self::Pbkdf2 { prf, iterations, salt, hash })
    }

    /// As it is stored and declared.
    pub fn to_text(&self) -> String {
        match self {
            Self::Bcrypt(text) => text.clone(),
            Self::Sha256(digest) => format!("{SHA256}{}", hex(digest)),
            Self::Pbkdf2 { prf, iterations, salt, hash } => {
                let [salt, key] = [salt, hash].map(|bytes| STANDARD_NO_PAD.encode(bytes));
                format!("${}$i={iterations},l={}${salt}${key}", prf.name(), hash.len())
            }
        }
    }
}

fn bcrypt(text: &str) -> Option<ImportedHash> {
    let cost: u32 = text.get(4..6)?.parse().ok()?;
    let rest = text.get(6..)?.strip_prefix('$')?;
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'/');
    let is_right = text.len() == BCRYPT_BYTES
        && rest.bytes().all(plain)
        && (BCRYPT_COST_MIN..=BCRYPT_COST_MAX).contains(&cost);
    is_right.then(|| ImportedHash::Bcrypt(text.to_owned()))
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).or_else(|_| STANDARD.decode(text)).ok()
}

pub fn unhex(digits: &str) -> Option<Vec<u8>> {
    let is_hex = digits.len().is_multiple_of(2) && digits.bytes().all(|c| c.is_ascii_hexdigit());
    let pairs = (0..digits.len()).step_by(2).map(|at| digits.get(at..at + 2));
    let read = |pair: Option<&str>| u8::from_str_radix(pair?, 16).ok();
    is_hex.then(|| pairs.map(read).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYDRA: &str = "$pbkdf2-sha256$i=10000,l=32$VI1K2hsmvxq1Urky3DQY/w$\
        gE/SJ29k8+Esw5fJdxUrJHewh+hUkKhYhlMJjRzFjDQ";
    const BCRYPT: &str = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

    #[test]
    fn what_is_read_is_written_the_same() {
        let digest = format!("$sha256${}", "0f".repeat(32));
        for text in [HYDRA, BCRYPT, &digest] {
            assert_eq!(ImportedHash::parse(text).unwrap().to_text(), text);
        }
        let padded = HYDRA.replace("DQY/w", "DQY/w==");
        assert_eq!(ImportedHash::parse(&padded).unwrap().to_text(), HYDRA);
    }

    #[test]
    fn nothing_unreadable_and_nothing_greedy() {
        for (of, from, to) in [
            (HYDRA, "i=10000", "i=400000000"),
            (HYDRA, "i=10000", "i=0"),
            (HYDRA, "i=10000,", ""),
            (HYDRA, "l=32", "l=31"),
            (HYDRA, "l=32", "x=32"),
            (HYDRA, "sha256", "md5"),
            (HYDRA, "jDQ", "jDQ$x"),
            (HYDRA, "VI1K2hsmvxq1Urky3DQY/w", ""),
            (BCRYPT, "$05$", "$31$"),
            (BCRYPT, "$05$", "$03$"),
            (BCRYPT, "$05$", "$xx$"),
            (BCRYPT, "OeW", "Oe"),
            (BCRYPT, "OeW", "Oe!"),
            (BCRYPT, "$2a$", "$2x$"),
        ] {
            let bad = of.replacen(from, to, 1);
            assert_ne!(bad, of, "{from}");
            assert_eq!(ImportedHash::parse(&bad), None, "{bad}");
        }
        for bad in
            ["", "$", "plain", "$sha256$", "$sha256$0f", "$sha256$zz", "$2a$", "$pbkdf2-sha256$"]
        {
            assert_eq!(ImportedHash::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn work_counts_every_block() {
        let of = |iterations, bytes| {
            ImportedHash::pbkdf2(Prf::HmacSha256, iterations, vec![1; 16], vec![2; bytes])
        };
        assert!(of(PBKDF2_BLOCKS_MAX, 32).is_some());
        assert!(of(PBKDF2_BLOCKS_MAX, 64).is_none());
    }
}
