//! Who may administer: a token of the default tenant with the administrator's scope, on a server
//! whose master key is the one its store was made under.

use crate::{
    client_auth::{bearer::Bearer, tenant},
    context::Context,
    engine::Operation,
    error::OAuthError,
    facts::{Facts, Needs, TenantRef},
    outcome::{Decision, Outcome},
    scope,
    vault::Vault,
};

/// Run on the default tenant before any other operation of this module. The reply is the
/// administrator's client.
pub struct AdminCheck {
    pub bearer: Bearer,
}

impl Operation for AdminCheck {
    type Reply = String;

    fn needs(&self, vault: &Vault) -> Needs {
        self.bearer.needs(vault)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<String> {
        // A tenant's own scope of the same name opens nothing here.
        if tenant(facts)?.id() != TenantRef::DEFAULT_ID {
            return Err(OAuthError::invalid_token("of a tenant that does not administer").into());
        }
        let fact = self.bearer.check(facts, cx, scope::ADMIN)?;
        let client = fact.client().ok_or_else(|| OAuthError::invalid_token("client_deleted"))?;
        Ok(Outcome::reply(client.id().to_owned()))
    }
}

/// Whether this is the master key that the store was made under. Run on the default tenant before
/// anything is served: under another key every token would be forged and every secret wrong.
pub struct MasterKeyCheck;

impl Operation for MasterKeyCheck {
    type Reply = bool;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<bool> {
        let check = facts.tenant().and_then(|tenant| tenant.body.key_check.as_deref());
        Ok(Outcome::reply(check.is_none_or(|check| check == cx.vault.fingerprint(b""))))
    }
}
