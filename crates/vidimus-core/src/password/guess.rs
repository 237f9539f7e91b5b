//! Whose guess at which account a password is, and how many of them there may be. Whether the account
//! exists plays no part: a limit that is reached tells no more than an answer does.

use std::net::IpAddr;

use super::{Attempt, Purpose, device};
use crate::{
    admission::place,
    limits::{
        GUESSES_OF_ACCOUNT_MAX, GUESSES_OF_ACCOUNT_SECONDS, GUESSES_OF_DEVICE_MAX,
        GUESSES_OF_PAIR_MAX, GUESSES_OF_PAIR_SECONDS, GUESSES_OF_PEER_MAX, GUESSES_OF_PEER_SECONDS,
    },
    model::{Named, Tenant, User},
    row_key::RowKey,
    vault::Vault,
};

/// What the edge must know to count it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Guess {
    pub tenant: RowKey,
    /// In one form, however the name was written.
    pub account: String,
    /// The network it comes from; `None` also of known devices, which are counted wherever they are.
    pub from: Option<IpAddr>,
    pub is_known_device: bool,
    /// What was right a moment ago, from the same network, is right without a look at the limits. A
    /// caller brings its password with every request, and somebody else's guesses must not stop it.
    pub trusts_memory: bool,
}

/// So many, counted as one name's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    pub who: String,
    pub within_seconds: u32,
    pub times_max: u32,
}

impl Guess {
    /// `None`: the tenant leaves it to something before this server to count.
    pub(super) fn of(
        attempt: &Attempt<'_>,
        purpose: Purpose,
        user: Option<Named<'_, User>>,
        tenant: Named<'_, Tenant>,
        vault: &Vault,
    ) -> Option<Self> {
        if tenant.policy.allow_unlimited_guesses {
            return None;
        }
        let is_known_device = user.is_some_and(|user| {
            let known = attempt.device.filter(|_| purpose == Purpose::SignIn);
            known.is_some_and(|texts| device::is_known(texts, tenant.key(), user, vault))
        });
        Some(Self {
            tenant: tenant.key(),
            account: account(attempt.presented, tenant.id()),
            from: attempt.peer.filter(|_| !is_known_device).map(place),
            is_known_device,
            trusts_memory: purpose == Purpose::Caller,
        })
    }

    /// All must hold. The narrowest first: what one guesser may not is not counted against others.
    pub fn limits(&self) -> Vec<Limit> {
        let (tenant, account) = (self.tenant.0, &self.account);
        let limit = |who, within_seconds, times_max| Limit { who, within_seconds, times_max };
        if self.is_known_device {
            let who = format!("guess device {tenant} {account}");
            return vec![limit(who, GUESSES_OF_ACCOUNT_SECONDS, GUESSES_OF_DEVICE_MAX)];
        }
        let mut limits = Vec::with_capacity(3);
        if let Some(from) = self.from {
            let pair = format!("guess pair {tenant} {from} {account}");
            limits.push(limit(pair, GUESSES_OF_PAIR_SECONDS, GUESSES_OF_PAIR_MAX));
            let peer = format!("guess peer {tenant} {from}");
            limits.push(limit(peer, GUESSES_OF_PEER_SECONDS, GUESSES_OF_PEER_MAX));
        }
        let all = format!("guess account {tenant} {account}");
        limits.push(limit(all, GUESSES_OF_ACCOUNT_SECONDS, GUESSES_OF_ACCOUNT_MAX));
        limits
    }
}

/// Wider than [`crate::username::find`]: names that it tells apart may share a counter, never the
/// other way round.
fn account(presented: &str, tenant_id: &str) -> String {
    let end = |letter: char| letter == '.' || letter.is_whitespace();
    let name = presented.trim_start().trim_end_matches(end).to_lowercase();
    match name.rsplit_once('@') {
        Some((short, suffix)) if suffix == tenant_id.to_lowercase() => {
            short.trim_end_matches(end).to_owned()
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_191_a_name_is_one_account_however_it_is_written() {
        for written in [
            "alice",
            "ALICE",
            "Alice ",
            " alice",
            "alice.",
            "alice. . ",
            "alice@foo.com",
            "Alice@FOO.com",
            "alice@foo.com.",
            "alice@foo.com ",
            "alice .@foo.com",
        ] {
            assert_eq!(account(written, "foo.com"), "alice", "{written}");
        }
        for other in ["alice@bar.com", "alices", "a.lice", "al ice", ""] {
            assert_ne!(account(other, "foo.com"), "alice", "{other}");
        }
        assert_eq!(account("ÄRGER", "foo.com"), account("ärger", "foo.com"));
        assert_eq!(account("alice@foo.com", "FOO.com"), "alice");
    }

    /// Fixed windows: any hour touches two of them at most.
    #[test]
    fn sec_191_no_hour_has_more_than_a_hundred() {
        let in_any_hour = 2 * (GUESSES_OF_ACCOUNT_MAX + GUESSES_OF_DEVICE_MAX);
        assert!(in_any_hour <= 100 && GUESSES_OF_ACCOUNT_SECONDS >= 3600);
    }

    /// Whoever guesses from one network alone leaves the account guesses for others.
    #[test]
    fn sec_192_one_network_cannot_use_up_an_account() {
        let windows = GUESSES_OF_ACCOUNT_SECONDS.div_ceil(GUESSES_OF_PAIR_SECONDS) + 1;
        assert!(windows * GUESSES_OF_PAIR_MAX < GUESSES_OF_ACCOUNT_MAX);
    }
}
