//! Values that must not be shown: secrets, tokens, passwords. `Debug` says nothing; comparison is
//! in constant time; the memory is wiped.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The only way to the text. Every call is a place to look at in review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// HMAC-SHA-256 of a text with this secret as the key, in base64.
    pub fn sign(&self, text: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.expose().as_bytes());
        STANDARD.encode(hmac::sign(&key, text.as_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        same(self.expose().as_bytes(), other.expose().as_bytes())
    }
}

impl Eq for Secret {}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expose().hash(state);
    }
}

/// Equality in time that depends on the lengths alone.
pub fn same(left: &[u8], right: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(left, right).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Does not compile where the type has the trait: the compiler could not choose between the two.
    macro_rules! lacks {
        ($($trait:path),+) => {$({
            trait Chosen<A> {
                fn chosen() {}
            }
            struct Has;
            impl<T> Chosen<()> for T {}
            impl<T: $trait> Chosen<Has> for T {}
            <Secret as Chosen<_>>::chosen();
        })+};
    }

    #[test]
    fn sec_266_a_secret_cannot_be_written_anywhere_and_is_compared_in_constant_time() {
        lacks!(fmt::Display, serde::Serialize, AsRef<str>, std::ops::Deref, Into<String>);
        let is = |left: &str, right: &str| Secret::new(left) == Secret::new(right);
        assert!(is("hunter2", "hunter2") && !is("hunter2", "hunter3") && !is("hunter2", "hunter"));
    }

    #[test]
    fn debug_says_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }

    /// RFC 4231 §4.3.
    #[test]
    fn signing_is_hmac_sha_256() {
        let signed = Secret::new("Jefe").sign("what do ya want for nothing?");
        assert_eq!(signed, "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
    }

    #[test]
    fn equality_is_of_the_text() {
        assert_eq!(Secret::new("a"), Secret::new("a"));
        assert_ne!(Secret::new("a"), Secret::new("b"));
        assert_ne!(Secret::new("a"), Secret::new("aa"));
    }
}
