//! What a decision is given beside its facts: the time, entropy, the issuer, the vault.

use crate::{time::Time, vault::Vault};

/// Randomness as an argument. The edge passes the operating system's; tests pass a seed.
pub trait Entropy: Send {
    fn fill(&mut self, bytes: &mut [u8]);
}

impl dyn Entropy + '_ {
    pub fn draw<const BYTES: usize>(&mut self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        self.fill(&mut bytes);
        bytes
    }
}

/// What this binary answers to, as far as decisions must know it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surface {
    /// Names a tenant may list in `dialects`.
    pub dialects: &'static [&'static str],
    /// First path segments that no path alias may take.
    pub reserved_segments: &'static [&'static str],
    /// What a tenant may set in `dialect_settings`: names of flags.
    pub dialect_settings: &'static [&'static str],
    /// A tenant that speaks these alone is reachable at the root ([`crate::policy::Policy`]).
    pub root_dialects: &'static [&'static str],
    /// The default tenant must have one of these: administrators get their tokens in it.
    pub admin_dialects: &'static [&'static str],
}

pub struct Context<'a> {
    pub now: Time,
    pub entropy: &'a mut dyn Entropy,
    pub vault: &'a Vault,
    /// The tenant's issuer identifier (RFC 8414 §2), fixed whatever host was asked.
    pub issuer: &'a str,
    /// Issuer of the default tenant; what no tenant's prefix stands before.
    pub public_url: &'a str,
    pub surface: Surface,
}

/// A reproducible stream for tests and simulations; never for anything that must be secret.
pub struct SeededEntropy(u64);

impl SeededEntropy {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        // SplitMix64: small, well spread, and the same on every machine.
        for chunk in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            let word = (z ^ (z >> 31)).to_le_bytes();
            for (to, from) in chunk.iter_mut().zip(word) {
                *to = from;
            }
        }
    }
}
