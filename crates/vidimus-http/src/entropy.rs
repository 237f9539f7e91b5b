//! The operating system's randomness for deciders, and identifiers for requests.

use std::sync::atomic::{AtomicU64, Ordering};

use hyper::header::HeaderValue;
use vidimus_core::context::Entropy;

pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        // A predictable token is worse than none: the edge turns the panic into a 500.
        assert!(aws_lc_rs::rand::fill(bytes).is_ok(), "the random generator failed");
    }
}

/// Distinct within the process and, by its random start, between processes. Nothing depends on it
/// being secret, so one atomic addition per request is enough.
pub struct RequestIds(AtomicU64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(u64);

impl RequestIds {
    pub fn from_here() -> Self {
        let mut start = [0; 8];
        OsEntropy.fill(&mut start);
        Self(AtomicU64::new(u64::from_le_bytes(start)))
    }

    pub fn next(&self) -> RequestId {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        // An odd factor permutes the numbers: neighbours in time do not look alike in a log.
        RequestId(count.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
}

impl RequestId {
    pub fn header(self) -> HeaderValue {
        let digits: [u8; 16] = std::array::from_fn(|at| {
            let nibble = (self.0 >> (60 - 4 * at)) as u8 & 0xF;
            if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }
        });
        HeaderValue::from_bytes(&digits).unwrap_or_else(|_| HeaderValue::from_static("-"))
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_what_the_log_says() {
        for id in [RequestId(0), RequestId(0xDEAD_BEEF), RequestId(u64::MAX)] {
            assert_eq!(id.header(), id.to_string().as_str());
        }
    }

    #[test]
    fn ids_differ() {
        let ids = RequestIds::from_here();
        assert_ne!(ids.next(), ids.next());
    }
}
