//! Passwords, each of which may be a guess: none is looked at beyond the limits, and what was right
//! counts for nothing. One that is asked about several times at once is one guess.

use std::sync::Arc;

use vidimus_core::{
    errand::Done,
    error::Fault,
    password::{Guess, Limit},
    secret::Secret,
};

use super::{admit::Admissions, now, secrets::SlowHashes, verified::Asker};

#[derive(Clone)]
enum Unverified {
    /// Seconds until it may be tried again.
    TooMany(u32),
    Fault(Fault),
}

impl From<Fault> for Unverified {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

pub async fn verify(
    secrets: &SlowHashes,
    admissions: &Admissions,
    phc: Arc<str>,
    presented: Secret,
    guess: &Guess,
) -> Result<Done, Fault> {
    let what = secrets.verified().digest(&phc, &presented, Asker::Guesser(guess.from));
    let known = secrets.verified().known(what).await;
    if known == Some(false) || known.is_some() && guess.trusts_memory {
        return Ok(Done::Verified(known == Some(true)));
    }
    let limits = guess.limits();
    let mut is_counted = false;
    let mut admitted = || {
        admit(admissions, &limits).map_err(Unverified::TooMany)?;
        is_counted = true;
        Ok(())
    };
    let verified = match known {
        // No guess, but whoever is beyond the limits is told nothing.
        Some(_) => admitted().map(|()| true),
        None => secrets.verify_for(what, phc, presented, admitted).await,
    };
    if is_counted && !matches!(verified, Ok(false)) {
        forgive(admissions, &limits);
    }
    match verified {
        Ok(matches) => Ok(Done::Verified(matches)),
        Err(Unverified::TooMany(seconds)) => Ok(Done::Admitted(Err(seconds))),
        Err(Unverified::Fault(fault)) => Err(fault),
    }
}

/// By all of them, or counted by none.
fn admit(admissions: &Admissions, limits: &[Limit]) -> Result<(), u32> {
    for (at, limit) in limits.iter().enumerate() {
        let admitted = admissions.admit(&limit.who, limit.within_seconds, limit.times_max, now());
        if let Err(seconds) = admitted {
            forgive(admissions, limits.get(..at).unwrap_or_default());
            return Err(seconds);
        }
    }
    Ok(())
}

fn forgive(admissions: &Admissions, limits: &[Limit]) {
    for limit in limits {
        admissions.forgive(&limit.who, limit.within_seconds, now());
    }
}

#[cfg(test)]
mod tests;
