//! A moment, in milliseconds since 1970-01-01T00:00:00Z. Always an argument, never asked for here.

use serde::{Deserialize, Serialize};

#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// NumericDate (RFC 7519 §2), rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// The end of a life that starts now. On a whole second, so that the `exp` a client reads is
    /// the exact moment at which we stop saying `active`.
    pub const fn expiry(self, ttl_seconds: i64) -> Self {
        Self::from_seconds(self.seconds().saturating_add(ttl_seconds))
    }
}
