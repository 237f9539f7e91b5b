//! Who may administer what: a token of the default tenant with a scope for it, on a server whose
//! master key is the one its store was made under.

use super::operator::Role;
use crate::{
    client_auth::{bearer::Bearer, tenant},
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, Space, TenantRef},
    model::{Named, SigningKey},
    outcome::{Decision, Outcome},
    scope::{self, Scope},
    time::Time,
    vault::{Vault, key_place},
};

/// Run on the default tenant before any other operation of this module.
pub struct AdminCheck {
    pub bearer: Bearer,
}

/// Whoever a token lets in, and what to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administrator {
    /// The client, or a user through it.
    pub by: String,
    /// What may be looked at and, at the least, what may be changed.
    pub reads: Reach,
    pub writes: Reach,
    /// A tenant that was made later is another one, whatever its id.
    pub issued_at: Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every tenant, and what is above them.
    All,
    /// These, by their ids.
    Tenants(Vec<String>),
}

impl Reach {
    const NOTHING: Self = Self::Tenants(Vec::new());

    pub fn covers(&self, tenant: &str) -> bool {
        match self {
            Self::All => true,
            Self::Tenants(ids) => ids.iter().any(|id| id == tenant),
        }
    }
}

/// The tenants that names of the scope name behind one of these.
fn named(has: &Scope, prefixes: &[&str]) -> Vec<String> {
    let id = |name: &str| prefixes.iter().find_map(|p| name.strip_prefix(p)).map(str::to_owned);
    has.iter().filter_map(id).filter(|id| !id.is_empty()).collect()
}

/// What an action of the admin API is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The server, or tenants as a whole.
    Everything,
    /// What one tenant has.
    Tenant,
    /// What whoever is let in may know.
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Read,
    Write,
}

impl Administrator {
    /// What the scope of a token comes to; `None` where that is nothing.
    fn of(has: &Scope, by: String, issued_at: Time) -> Option<Self> {
        let writes = if has.contains(scope::ADMIN) {
            Reach::All
        } else {
            let mut ids = named(has, &[scope::TENANT]);
            // Whoever changes the default tenant can make anyone an administrator of all.
            ids.retain(|id| id != TenantRef::DEFAULT_ID);
            Reach::Tenants(ids)
        };
        let reads = if has.contains(scope::ADMIN) || has.contains(scope::READ) {
            Reach::All
        } else {
            Reach::Tenants(named(has, &[scope::TENANT, scope::TENANT_READ]))
        };
        (reads != Reach::NOTHING).then_some(Self { by, reads, writes, issued_at })
    }

    /// # Errors
    /// `insufficient_scope` (403); of a tenant that may not even be looked at, `not_found`.
    pub fn may(&self, right: Right, over: Over, tenant: &str) -> Result<(), OAuthError> {
        let reach = match right {
            Right::Read => &self.reads,
            Right::Write => &self.writes,
        };
        match over {
            Over::Nothing => Ok(()),
            Over::Everything if *reach == Reach::All => Ok(()),
            Over::Tenant if reach.covers(tenant) => Ok(()),
            Over::Tenant if !self.reads.covers(tenant) => Err(no_such_tenant()),
            Over::Everything | Over::Tenant => Err(lacking()),
        }
    }

    /// Whether the tenant's id alone does not say which tenant is meant.
    pub fn is_of_few(&self) -> bool {
        self.reads != Reach::All || self.writes != Reach::All
    }
}

fn lacking() -> OAuthError {
    let what = "The access token lacks the scope for this.";
    OAuthError::new(ErrorCode::InsufficientScope, what)
}

fn no_such_tenant() -> OAuthError {
    OAuthError::new(ErrorCode::NotFound, "There is no such tenant.")
}

impl Operation for AdminCheck {
    type Reply = Administrator;

    fn needs(&self, vault: &Vault) -> Needs {
        self.bearer.needs(vault)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Administrator> {
        // A tenant's own scope of the same name opens nothing here.
        if tenant(facts)?.id() != TenantRef::DEFAULT_ID {
            return Err(OAuthError::invalid_token("of a tenant that does not administer").into());
        }
        let is_enough = |has: &Scope| Administrator::of(has, String::new(), cx.now).is_some();
        let fact = self.bearer.check_that(facts, cx, is_enough)?;
        let client = fact.client().ok_or_else(|| OAuthError::invalid_token("client_deleted"))?;
        let has = Scope::stored(&fact.token.scope);
        let by = match fact.user() {
            Some(user) => format!("{} via {}", user.username, client.id()),
            None => client.id().to_owned(),
        };
        let mut found = Administrator::of(&has, by, fact.token.issued_at).ok_or_else(lacking)?;
        if fact.token.user.is_some() {
            let user = fact.user().ok_or_else(|| OAuthError::invalid_token("user_deleted"))?;
            match Role::of(user.body).ok_or_else(lacking)? {
                Role::Administrator => {}
                Role::Auditor => found.writes = Reach::NOTHING,
            }
        }
        Ok(Outcome::reply(found))
    }
}

/// Whether the tenant that an administrator of few names is the one the token was issued for: an
/// id may be given to another tenant once the first is gone. Run on that tenant; the reply is when
/// it was made.
pub struct ReachCheck {
    pub issued_at: Time,
}

impl Operation for ReachCheck {
    type Reply = Time;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default()
    }

    fn decide(&self, facts: &Facts, _: &mut Context<'_>) -> Decision<Time> {
        let made_at = tenant(facts)?.key().made_at();
        if made_at > self.issued_at {
            return Err(no_such_tenant().into());
        }
        Ok(Outcome::reply(made_at))
    }
}

/// Whether this is the master key that the store was made under. Run on the default tenant before
/// anything is served: under another key every token would be forged and every secret wrong.
pub struct MasterKeyCheck;

impl Operation for MasterKeyCheck {
    type Reply = bool;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::whole(Space::SigningKey)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<bool> {
        let Some(tenant) = facts.tenant() else { return Ok(Outcome::reply(true)) };
        let check = tenant.body.key_check.as_deref();
        let hashes = check.is_none_or(|check| check == cx.vault.fingerprint(b""));
        // Restored from before a change of the master key, whose file has the old one no longer.
        let opens = |key: &Named<'_, SigningKey>| {
            let place = key_place(key.object.tenant, &key.kid);
            cx.vault.open(&place, &key.sealed).is_ok()
        };
        let seals = facts.signing_keys()?.iter().all(opens);
        Ok(Outcome::reply(hashes && seals))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scope: &str) -> Option<Administrator> {
        Administrator::of(&Scope::stored(scope), "root".to_owned(), Time(0))
    }

    fn status(scope: &str, right: Right, over: Over, tenant: &str) -> u16 {
        let Some(found) = of(scope) else { return 403 };
        match found.may(right, over, tenant).map_err(|error| error.code) {
            Ok(()) => 200,
            Err(ErrorCode::NotFound) => 404,
            Err(_) => 403,
        }
    }

    #[test]
    fn sec_209_each_scope_lets_in_to_what_it_names_and_no_further() {
        use {Over::*, Right::*};
        for (scope, expected) in [
            // Everything, tenant a, tenant b, the default tenant: read and write of each.
            ("vidimus.admin", [200, 200, 200, 200, 200, 200, 200, 200]),
            ("vidimus.read", [200, 403, 200, 403, 200, 403, 200, 403]),
            ("vidimus.tenant:a", [403, 403, 200, 200, 404, 404, 404, 404]),
            ("vidimus.tenant.read:a", [403, 403, 200, 403, 404, 404, 404, 404]),
            ("vidimus.read vidimus.tenant:a", [200, 403, 200, 200, 200, 403, 200, 403]),
            ("vidimus.tenant:a vidimus.tenant:b", [403, 403, 200, 200, 200, 200, 404, 404]),
            ("vidimus.tenant:default", [403, 403, 404, 404, 404, 404, 200, 403]),
            ("read vidimus.introspect vidimus.admi vidimus.tenant:", [403; 8]),
            ("vidimus.admin.x vidimus.*", [403; 8]),
        ] {
            let found = [
                status(scope, Read, Everything, "default"),
                status(scope, Write, Everything, "default"),
                status(scope, Read, Tenant, "a"),
                status(scope, Write, Tenant, "a"),
                status(scope, Read, Tenant, "b"),
                status(scope, Write, Tenant, "b"),
                status(scope, Read, Tenant, "default"),
                status(scope, Write, Tenant, "default"),
            ];
            assert_eq!(found, expected, "{scope}");
        }
    }
}
