//! Time-ordered 63-bit keys, made by us: 41 bits of milliseconds since 2024, 22 bits of entropy.

// Ordered, because random primary keys cost SQLite up to eight times in durable insert rate. Two
// nodes may draw the same key in the same millisecond; the insert then conflicts and the engine
// decides again with fresh entropy.

use serde::{Deserialize, Serialize};

use crate::{base62, context::Entropy, time::Time};

const EPOCH_2024_MS: i64 = 1_704_067_200_000;
const ENTROPY_BITS: u32 = 22;

#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct RowKey(pub i64);

impl RowKey {
    /// The owner of tenants themselves: no row has this key.
    pub const ROOT: Self = Self(0);

    pub fn draw(now: Time, entropy: &mut dyn Entropy) -> Self {
        let bytes: [u8; 4] = entropy.draw();
        let low = i64::from(u32::from_le_bytes(bytes) >> (32 - ENTROPY_BITS));
        let ms = now.0.saturating_sub(EPOCH_2024_MS).clamp(1, (1 << 41) - 1);
        Self((ms << ENTROPY_BITS) | low)
    }

    /// Below it are all that were drawn before this moment.
    pub const fn earliest(now: Time) -> Self {
        Self(now.0.saturating_sub(EPOCH_2024_MS).saturating_mul(1 << ENTROPY_BITS))
    }

    /// The next one of an operation that makes many: drawn each by itself, ten thousand of one
    /// millisecond would meet one another.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// When the row was made; `token explain` tells it of tokens whose row is long purged.
    pub const fn made_at(self) -> Time {
        Time((self.0 >> ENTROPY_BITS) + EPOCH_2024_MS)
    }

    /// Eleven base62 characters; the `jti` of tokens and the `sub` of users.
    pub fn to_text(self) -> String {
        let mut text = String::with_capacity(base62::U64_CHARS);
        base62::push_u64(self.0.cast_unsigned(), &mut text);
        text
    }

    pub fn from_text(text: &str) -> Option<Self> {
        let value = i64::try_from(base62::parse_u64(text.as_bytes())?).ok()?;
        (value > 0).then_some(Self(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::SeededEntropy;

    #[test]
    fn keys_order_by_time_and_survive_their_text_form() {
        let mut entropy = SeededEntropy::new(1);
        let early = RowKey::draw(Time(1_800_000_000_000), &mut entropy);
        let late = RowKey::draw(Time(1_800_000_000_001), &mut entropy);
        assert!(early < late);
        assert_eq!(early.made_at(), Time(1_800_000_000_000));
        assert!(early < RowKey::earliest(Time(1_800_000_000_001)));
        assert!(late >= RowKey::earliest(Time(1_800_000_000_001)));
        assert_eq!(RowKey::from_text(&early.to_text()), Some(early));
    }

    #[test]
    fn text_that_no_key_prints_is_refused() {
        for text in ["", "0", "zzzzzzzzzzz", "00000000000", "0000000000-"] {
            assert_eq!(RowKey::from_text(text), None, "{text}");
        }
    }
}
