//! An imported PHC string of argon2id (RFC 9106): its form, and no more work than we would do.
//!
//! Checked here, because a string that cannot be read is a fault at every later look at it.

use std::ops::RangeInclusive;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

use crate::limits::{ARGON2_MEMORY_KIB_MAX, ARGON2_PASSES_MAX};

const LANES_MAX: u32 = 255;
/// What the library that verifies them reads.
const SALT_BYTES: RangeInclusive<usize> = 8..=48;
const HASH_BYTES: RangeInclusive<usize> = 10..=64;

pub fn is_argon2id(phc: &str) -> bool {
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
    use super::is_argon2id;
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
}
