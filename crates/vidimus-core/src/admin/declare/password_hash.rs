//! A declared hash: a PHC string of argon2id (RFC 9106), or what another server has made. Its form,
//! and no more work than we would do.
//!
//! Checked here, because a string that cannot be read is a fault at every later look at it.

use std::{ops::RangeInclusive, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

use crate::{
    imported_hash::{ImportedHash, Prf, unhex},
    limits::{ARGON2_MEMORY_KIB_MAX, ARGON2_PASSES_MAX},
};

const LANES_MAX: u32 = 255;
/// What the library that verifies them reads.
const SALT_BYTES: RangeInclusive<usize> = 8..=48;
const HASH_BYTES: RangeInclusive<usize> = 10..=64;

/// A hash that is declared, in the form in which it is stored.
pub enum Given {
    Argon2id(Arc<str>),
    Imported(Arc<str>),
}

impl Given {
    /// `None`: unreadable, or more work than we would do.
    pub fn read(text: &str) -> Option<Self> {
        // A framework puts the kind before the hash.
        let bare = ["{bcrypt}", "{argon2}"].iter().find_map(|kind| text.strip_prefix(kind));
        let text = bare.unwrap_or(text);
        if is_argon2id(text) {
            return Some(Self::Argon2id(Arc::from(text)));
        }
        let hash = match text.strip_prefix(SPRING_PBKDF2) {
            Some(digits) => spring(digits),
            None => ImportedHash::parse(text),
        };
        hash.map(|hash| Self::Imported(Arc::from(hash.to_text())))
    }

    pub fn text(&self) -> &Arc<str> {
        match self {
            Self::Argon2id(text) | Self::Imported(text) => text,
        }
    }
}

/// Whether a secret can be compared with this hash.
pub fn is_readable_hash(text: &str) -> bool {
    Given::read(text).is_some()
}

pub const WHAT_IS_READ: &str = "must be argon2id (256 MiB and 16 passes at most), bcrypt (cost 14 \
    at most) or PBKDF2 (2,000,000 blocks at most), as a PHC string";

/// Salt and hash in one, with what the framework's own defaults are.
const SPRING_PBKDF2: &str = "{pbkdf2@SpringSecurity_v5_8}";
const SPRING_ITERATIONS: u32 = 310_000;
const SPRING_SALT_BYTES: usize = 16;

fn spring(digits: &str) -> Option<ImportedHash> {
    let bytes = unhex(digits)?;
    let (salt, hash) = bytes.split_at_checked(SPRING_SALT_BYTES)?;
    ImportedHash::pbkdf2(Prf::HmacSha256, SPRING_ITERATIONS, salt.to_vec(), hash.to_vec())
}

fn is_argon2id(phc: &str) -> bool {
    let mut parts = phc.split('$');
    let mut next = || parts.next().unwrap_or_default();
    let begins = next().is_empty() && next() == "argon2id" && next() == "v=19";
    let (costs, salt, hash) = (next(), next(), next());
    begins
        && parts.next().is_none()
        && are_costs(costs)
        && bytes(salt).is_some_and(|bytes| SALT_BYTES.contains(&bytes))
        && bytes(hash).is_some_and(|bytes| HASH_BYTES.contains(&bytes))
}

/// `m=19456,t=2,p=1`, in that order.
fn are_costs(text: &str) -> bool {
    let mut costs = text.split(',');
    let mut next = |name: &str| -> Option<u32> { costs.next()?.strip_prefix(name)?.parse().ok() };
    let (memory, passes, lanes) = (next("m="), next("t="), next("p="));
    costs.next().is_none()
        && lanes.is_some_and(|lanes| {
            let memory_min = lanes.saturating_mul(8);
            (1..=LANES_MAX).contains(&lanes)
                && memory.is_some_and(|kib| (memory_min..=ARGON2_MEMORY_KIB_MAX).contains(&kib))
        })
        && passes.is_some_and(|passes| (1..=ARGON2_PASSES_MAX).contains(&passes))
}

fn bytes(text: &str) -> Option<usize> {
    STANDARD_NO_PAD.decode(text).ok().map(|bytes| bytes.len())
}

#[cfg(test)]
mod tests {
    use super::{Given, is_argon2id};
    use crate::errand::NOBODYS_PHC;

    #[test]
    fn only_what_can_be_read_and_afforded() {
        assert!(is_argon2id(NOBODYS_PHC));
        for (from, to) in [
            ("argon2id", "argon2i"),
            ("v=19", "v=16"),
            ("v=19$", ""),
            ("m=19456", "m=4194304"),
            ("m=19456", "m=1"),
            ("m=19456", "m=-1"),
            ("t=2", "t=0"),
            ("t=2", "t=1000"),
            ("p=1", "p=0"),
            ("p=1", "p=1,data=AA"),
            ("p=1", "q=1"),
            ("dmlkaW11cy1ub2JvZHkhIQ", "AAAA"),
            ("dmlkaW11cy1ub2JvZHkhIQ", "dmlkaW11cy1ub2JvZHkhIQ=="),
            ("$AAAA", "$AAA A"),
        ] {
            let bad = NOBODYS_PHC.replacen(from, to, 1);
            assert_ne!(bad, NOBODYS_PHC, "{from}");
            assert!(!is_argon2id(&bad), "{bad}");
        }
        for bad in ["", "$argon2id$", "$argon2id$garbage", "plain"] {
            assert!(!is_argon2id(bad), "{bad}");
        }
        assert!(!is_argon2id(&format!("{NOBODYS_PHC}$x")));
    }

    #[test]
    fn each_is_stored_in_one_form() {
        let bcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        let text = |given: &str| Given::read(given).map(|given| given.text().to_string());
        assert_eq!(text(&format!("{{bcrypt}}{bcrypt}")).unwrap(), bcrypt);
        assert!(matches!(Given::read(NOBODYS_PHC), Some(Given::Argon2id(_))));
        assert_eq!(text(&format!("{{argon2}}{NOBODYS_PHC}")).unwrap(), NOBODYS_PHC);
        let spring =
            format!("{{pbkdf2@SpringSecurity_v5_8}}{}{}", "01".repeat(16), "02".repeat(32));
        assert!(text(&spring).unwrap().starts_with("$pbkdf2-sha256$i=310000,l=32$"));
        for bad in ["{noop}x", "{bcrypt}", "{pbkdf2@SpringSecurity_v5_8}00", "{pbkdf2}00"] {
            assert!(Given::read(bad).is_none(), "{bad}");
        }
    }
}
