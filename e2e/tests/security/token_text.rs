//! The text of native opaque tokens, taken apart and put together again from outside (SEC-274).

use crate::keys::random_bytes;
use crate::pair::Pair;
use crate::world::on_each_store;

pub const PREFIX_CHARS: usize = 4;
pub const ROW_KEY_CHARS: usize = 11;
pub const CHECKSUM_CHARS: usize = 6;
pub const TOKEN_CHARS: usize = PREFIX_CHARS + 5 * ROW_KEY_CHARS + CHECKSUM_CHARS;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token with its checksum made right again, as somebody who knows the format would do it.
pub fn with_checksum(token: &str) -> String {
    let body = &token[..TOKEN_CHARS - CHECKSUM_CHARS];
    format!("{body}{}", base62(u64::from(crc32(body.as_bytes())), CHECKSUM_CHARS))
}

/// Well-formed in every respect, and never issued: another secret behind another row key.
pub fn never_issued(token: &str) -> String {
    let mut text = token[..PREFIX_CHARS].to_owned();
    // Row keys stay below 2^63.
    text.push_str(&base62(u64::from_be_bytes(random_bytes()) >> 1, ROW_KEY_CHARS));
    for _ in 0..4 {
        text.push_str(&base62(u64::from_be_bytes(random_bytes()), ROW_KEY_CHARS));
    }
    text.push_str(&"0".repeat(CHECKSUM_CHARS));
    with_checksum(&text)
}

/// The row key of a live token before another secret.
pub fn other_secret(token: &str) -> String {
    let keep = PREFIX_CHARS + ROW_KEY_CHARS;
    with_checksum(&format!("{}{}", &token[..keep], &never_issued(token)[keep..]))
}

fn base62(mut value: u64, chars: usize) -> String {
    let mut text = vec![b'0'; chars];
    for digit in text.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(value % 62).expect("below 62")];
        value /= 62;
    }
    String::from_utf8(text).expect("ASCII")
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), step))
}

#[test]
fn sec_274_prefix_per_kind_and_checksum() {
    assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    on_each_store(|world| {
        let pair = Pair::of(world);
        let minted = pair.of_alice(world);
        for (token, prefix) in [(minted.access.as_str(), "vat_"), (minted.refresh(), "vrt_")] {
            assert!(token.starts_with(prefix), "{}", &token[..PREFIX_CHARS]);
            assert_eq!(token.len(), TOKEN_CHARS);
            assert!(token[PREFIX_CHARS..].bytes().all(|c| c.is_ascii_alphanumeric()));
            assert_eq!(with_checksum(token), token);
        }
        let auditor = Some(&pair.auditor);
        let unknown = never_issued(&minted.access);
        assert_eq!(world.reason(&pair.a, auditor, &unknown), "unknown");
        let borrowed = other_secret(&minted.access);
        assert_eq!(world.reason(&pair.a, auditor, &borrowed), "forged");
        // A kind taken for the other is no token at all, whoever looks at it.
        let renamed = minted.refresh().replacen("vrt_", "vat_", 1);
        assert_eq!(world.reason(&pair.a, auditor, &renamed), "malformed");
        let renamed = with_checksum(&renamed);
        assert_eq!(world.reason(&pair.a, auditor, &renamed), "forged");
        assert_eq!(world.reason(&pair.a, auditor, "vat_random"), "malformed");
    });
}
