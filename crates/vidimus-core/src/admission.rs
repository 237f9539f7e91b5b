//! Requests per time: of a caller, where the policy sets a limit, and of a peer that guesses. Each
//! node counts for itself; a request that is decided again after a conflict counts again.

use std::net::{IpAddr, Ipv6Addr};

use crate::{
    errand::{Done, Errand},
    error::OAuthError,
    facts::{Facts, mismatch},
    limits::{MISSES_PER_MINUTE_MAX, USER_CODES_PER_MINUTE_MAX},
    model::{Named, Tenant},
    outcome::Stop,
    row_key::RowKey,
};

const MINUTE_SECONDS: u32 = 60;

/// One more request of a caller. `peer` where the caller is only named: whoever names it
/// elsewhere must not use up what is its own.
pub fn caller(
    tenant: Named<'_, Tenant>,
    caller: RowKey,
    peer: Option<IpAddr>,
    facts: &Facts,
) -> Result<(), Stop> {
    let times_max = tenant.policy.caller_requests_per_minute_max;
    if times_max == 0 {
        return Ok(());
    }
    let mut who = format!("caller {} {}", tenant.key().0, caller.0);
    if let Some(peer) = peer {
        who.push_str(&format!(" {}", place(peer)));
    }
    admit(who, times_max, "the caller has had caller_requests_per_minute_max", facts)
}

/// One more secret that was none, of somebody who named nobody.
pub fn miss(peer: Option<IpAddr>, facts: &Facts) -> Result<(), Stop> {
    match peer {
        Some(peer) => {
            let why = "too many wrong tokens from this address";
            admit(format!("miss {}", place(peer)), MISSES_PER_MINUTE_MAX, why, facts)
        }
        None => Ok(()),
    }
}

/// One more code of a device that somebody typed (RFC 8628 §5.1).
pub fn user_code(peer: Option<IpAddr>, facts: &Facts) -> Result<(), Stop> {
    let from = peer.map(|peer| place(peer).to_string()).unwrap_or_default();
    admit(format!("user code {from}"), USER_CODES_PER_MINUTE_MAX, "too many user codes", facts)
}

fn admit(who: String, times_max: u32, why: &'static str, facts: &Facts) -> Result<(), Stop> {
    // One answer for the whole of an attempt, however many turns it takes.
    let errand = Errand::Admit { who, within_seconds: MINUTE_SECONDS, times_max };
    match facts.errand(errand)? {
        Done::Admitted(Ok(())) => Ok(()),
        Done::Admitted(Err(seconds)) => Err(OAuthError::too_many(*seconds).because(why).into()),
        other => Err(mismatch(other)),
    }
}

/// An address; of IPv6 the network, whose addresses all are one holder's.
pub fn place(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
    }
}

#[cfg(test)]
mod tests;
