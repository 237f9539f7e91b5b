//! Comparing a presented secret with the stored hash, at one cost for every failure.

use std::sync::Arc;

use crate::{
    client_auth::Claim,
    context::Context,
    errand::NOBODYS_PHC,
    error::{Cause, OAuthError},
    facts::Facts,
    limits::SECRET_BYTES_MAX,
    model::{Named, SecretHash, Tenant},
    outcome::Stop,
    secret::Secret,
};

pub fn check(claim: &Claim<'_>, secret: &Secret, cx: &Context<'_>) -> Result<(), Stop> {
    let refuse = |why| Err(refuse(claim.id, secret, claim.tenant, claim.facts, why));
    let Some(stored) = claim.party.secret else {
        return refuse("the client has no secret");
    };
    let object = claim.party.object;
    if secret.expose().len() > SECRET_BYTES_MAX {
        return refuse("the secret is too long");
    }
    match &stored.hash {
        SecretHash::Keyed(hash) => {
            if !cx.vault.secret_matches(hash, object.tenant, object.key, secret.expose()) {
                return refuse("the secret is wrong");
            }
        }
        SecretHash::Argon2id(phc) | SecretHash::Imported(phc) => {
            if !claim.facts.verified(phc, secret)? {
                let error = OAuthError::invalid_client("the secret is wrong");
                return Err(error.caused(Cause::WrongSecret).into());
            }
        }
    }
    if stored.expires_at.is_some_and(|at| cx.now >= at) {
        return Err(OAuthError::invalid_client("the secret has expired").into());
    }
    Ok(())
}

/// The refusal of a caller whose secret there is nothing to compare with.
pub fn refuse_unknown(
    id: &str,
    secret: &Secret,
    tenant: Named<'_, Tenant>,
    facts: &Facts,
    why: &'static str,
    cx: &Context<'_>,
) -> Stop {
    if secret.expose().len() <= SECRET_BYTES_MAX {
        cx.vault.secret_matches("", tenant.key(), tenant.key(), secret.expose());
    }
    refuse(id, secret, tenant, facts, why)
}

/// A failure that has not paid for an argon2id yet pays here, where any client of the tenant would.
fn refuse(
    id: &str,
    secret: &Secret,
    tenant: Named<'_, Tenant>,
    facts: &Facts,
    why: &'static str,
) -> Stop {
    // A longer one was never hashed for anybody.
    if tenant.has_chosen_secrets
        && secret.expose().len() <= SECRET_BYTES_MAX
        && let Err(need) = facts.verified(&Arc::from(NOBODYS_PHC), &of_nobody(id, secret, tenant))
    {
        return need;
    }
    OAuthError::invalid_client(why).caused(Cause::WrongSecret).into()
}

/// The edge remembers what it verified. Of one secret tried with several ids each must cost anew,
/// as it does where each id has a hash of its own, so the id is part of what is verified.
fn of_nobody(id: &str, secret: &Secret, tenant: Named<'_, Tenant>) -> Secret {
    Secret::new(format!("{} {} {id}{}", tenant.key().0, id.len(), secret.expose()))
}
