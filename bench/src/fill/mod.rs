//! Tokens by the million, straight into a store, whose texts can be made again from their number.

pub mod postgres;
pub mod sqlite;
pub mod tenants;

use base64::{Engine, engine::general_purpose::STANDARD};
use vidimus_core::{
    model::TokenKind,
    row_key::RowKey,
    time::Time,
    token_format::{self, Shape},
    vault::Vault,
};

/// Of one row that the server itself has issued: the others differ in key, hash and times only.
#[derive(Clone, Debug)]
pub struct Pattern {
    pub tenant: i64,
    pub client: i64,
    pub family: Option<i64>,
    pub scope: String,
    pub audience: Option<String>,
}

/// `count` tokens with ordered keys, spread evenly over the time in which they were issued.
pub struct Tokens {
    vault: Vault,
    pub pattern: Pattern,
    pub count: u64,
    first_key: i64,
    step: i64,
    ttl_ms: i64,
}

pub struct Row {
    pub key: i64,
    pub hash: [u8; 32],
    pub issued_at: i64,
    pub expires_at: i64,
}

const HOUR_MS: i64 = 3_600_000;
const KEY_ENTROPY_BITS: u32 = 22;

impl Tokens {
    /// Issued over the hour before `now_ms`, good for a day.
    pub fn live(master_key: &str, pattern: Pattern, count: u64, now_ms: i64) -> Self {
        Self::over(master_key, pattern, count, now_ms - HOUR_MS, 24 * HOUR_MS)
    }

    /// Issued over one hour two days ago, good for an hour.
    pub fn expired(master_key: &str, pattern: Pattern, count: u64, now_ms: i64) -> Self {
        Self::over(master_key, pattern, count, now_ms - 48 * HOUR_MS, HOUR_MS)
    }

    fn over(master_key: &str, pattern: Pattern, count: u64, from_ms: i64, ttl_ms: i64) -> Self {
        let bytes = STANDARD.decode(master_key).expect("base64");
        let vault = Vault::new(&bytes.try_into().expect("32 bytes"));
        let key_at = |ms: i64| {
            let drawn = RowKey::draw(Time(ms), &mut Nothing);
            drawn.0
        };
        let first_key = key_at(from_ms);
        let span = key_at(from_ms + HOUR_MS - 60_000) - first_key;
        let step = span / i64::try_from(count).expect("a count").max(1);
        assert!(step > 1, "no room for so many keys");
        Self { vault, pattern, count, first_key, step, ttl_ms }
    }

    pub fn key(&self, number: u64) -> i64 {
        let number = i64::try_from(number).expect("a count");
        // Low bits as uneven as drawn ones, within the token's own step.
        let low = i64::try_from(mix(number.cast_unsigned()) >> 1).unwrap_or(0) % self.step;
        self.first_key + number * self.step + low
    }

    /// The token itself.
    pub fn text(&self, number: u64) -> String {
        let mut secret = [0; 32];
        for (at, word) in secret.as_chunks_mut::<8>().0.iter_mut().enumerate() {
            *word = mix(number ^ mix(at as u64 + 1)).to_le_bytes();
        }
        let (tenant, key) = (RowKey(self.pattern.tenant), RowKey(self.key(number)));
        let minted = token_format::mint(Shape::Native, TokenKind::Access, tenant, key, &secret);
        minted.expose().to_owned()
    }

    pub fn row(&self, number: u64) -> Row {
        let key = self.key(number);
        let hash = self.vault.token_hash(RowKey(self.pattern.tenant), &self.text(number));
        let issued_at = (key >> KEY_ENTROPY_BITS) + RowKey(0).made_at().0;
        Row { key, hash, issued_at, expires_at: issued_at + self.ttl_ms }
    }

    /// Each number below `count` once, in an order that looks like none.
    pub fn shuffled(&self, at: u64) -> u64 {
        // A prime beyond any count here, so it shares no divisor with one.
        const PRIME: u128 = 2_654_435_761;
        let mixed = u128::from(at) * PRIME % u128::from(self.count.max(1));
        u64::try_from(mixed).unwrap_or(0)
    }
}

/// Splitmix64.
pub const fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

struct Nothing;

impl vidimus_core::context::Entropy for Nothing {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(count: u64) -> Tokens {
        let pattern = Pattern {
            tenant: 5,
            client: 6,
            family: None,
            scope: "read".to_owned(),
            audience: None,
        };
        Tokens::live(&STANDARD.encode([7; 32]), pattern, count, 1_800_000_000_000)
    }

    #[test]
    fn keys_are_ordered_and_within_their_hour() {
        let tokens = tokens(10_000);
        let mut last = 0;
        for number in 0..tokens.count {
            let row = tokens.row(number);
            assert!(row.key > last);
            assert!((1_799_996_400_000..=1_800_000_000_000).contains(&row.issued_at));
            assert_eq!(RowKey(row.key).made_at().0, row.issued_at);
            last = row.key;
        }
    }

    #[test]
    fn a_text_names_its_row_and_is_the_same_each_time() {
        let tokens = tokens(100);
        let located = token_format::locate(&tokens.text(7)).expect("located");
        assert_eq!(located.place, token_format::Place::Key(RowKey(tokens.key(7))));
        assert_eq!(tokens.text(7), tokens.text(7));
        assert_ne!(tokens.text(7), tokens.text(8));
    }

    #[test]
    fn shuffling_meets_every_number_once() {
        let tokens = tokens(10_000);
        let mut met: Vec<_> = (0..tokens.count).map(|at| tokens.shuffled(at)).collect();
        met.sort_unstable();
        assert!(met.into_iter().eq(0..tokens.count));
    }
}
