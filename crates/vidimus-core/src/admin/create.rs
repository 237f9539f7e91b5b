//! Create: the same for everything that is declared.

use serde_json::Value;

use super::{
    declare::{Declaration, Origin, Place, id_key},
    object::{
        administered, made_id, map_of, mark, name_taken, needs_named, standing, user_of,
        with_secret,
    },
    put::{By, put},
    root,
};
use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, TenantRef},
    model::Kind,
    outcome::{Decision, Outcome, Write},
    row_key::RowKey,
    vault::Vault,
};

/// A new object. Of a tenant: run on the tenant that shall be.
pub struct Create {
    pub kind: Kind,
    pub declaration: Value,
    pub by: String,
}

impl Create {
    pub fn chosen_id(&self) -> Option<&str> {
        self.declaration.get(id_key(self.kind))?.as_str().filter(|id| !id.is_empty())
    }

    /// The write by which it is found at the root, where the tenant's clients are, and none else.
    fn at_root(
        &self,
        id: &str,
        facts: &Facts,
        cx: &Context<'_>,
    ) -> Result<Option<Write>, OAuthError> {
        let tenant = tenant(facts)?;
        let is_found = self.kind == Kind::Client && tenant.is_reachable_at_root(&cx.surface);
        let is_caller = matches!(self.kind, Kind::Client | Kind::ResourceServer);
        let is_there = is_caller && tenant.id() == TenantRef::DEFAULT_ID;
        if is_found || is_there {
            // An id that was made just now is nobody's.
            for answer in &facts.others {
                // Whose it is, is not for everyone who administers this tenant.
                root::check(id, tenant.id(), answer).map_err(|_| {
                    let what = "Another tenant has a client of this id, by which it is found.";
                    OAuthError::new(ErrorCode::Conflict, what).at(format!("/{}", id_key(self.kind)))
                })?;
            }
        }
        Ok(match (is_found, is_there) {
            (true, _) => Some(root::reach(tenant.key(), id)),
            (false, true) => Some(root::hold(tenant.key(), id)),
            (false, false) => None,
        })
    }
}

impl Operation for Create {
    type Reply = Value;

    fn needs(&self, vault: &Vault) -> Needs {
        self.needs_of(self.chosen_id(), vault)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let id = match self.chosen_id() {
            Some(id) => id.to_owned(),
            None => made_id(cx),
        };
        let key = RowKey::draw(cx.now, cx.entropy);
        self.make(&id, key, facts, cx)
    }

    fn conflict(&self) -> Option<OAuthError> {
        Some(name_taken())
    }
}

impl Create {
    pub fn needs_of(&self, id: Option<&str>, vault: &Vault) -> Needs {
        let mut needs = needs_named(self.kind, id, &self.declaration, vault);
        if let (Kind::Client | Kind::ResourceServer, Some(id)) = (self.kind, id) {
            needs.others.push(root::who_has(id));
        }
        needs
    }

    /// Of this id and key, where the declaration does not say another id.
    pub fn make(
        &self,
        id: &str,
        key: RowKey,
        facts: &Facts,
        cx: &mut Context<'_>,
    ) -> Decision<Value> {
        let map = map_of(&self.declaration, "declaration")?;
        let declaration = Declaration { kind: self.kind, map, pointer: "", origin: Origin::Api };
        declaration.id()?;
        let taken = match self.kind {
            Kind::Tenant => facts.tenant.is_some(),
            _ => facts.find(self.kind.space(), id).is_some(),
        };
        if taken {
            let what = format!("{} exists already.", self.kind.as_str());
            return Err(OAuthError::new(ErrorCode::AlreadyExists, what)
                .at(format!("/{}", id_key(self.kind)))
                .into());
        }
        let (owner, reach) = match self.kind {
            Kind::Tenant => (RowKey::ROOT, None),
            _ => (tenant(facts)?.key(), self.at_root(id, facts, cx)?),
        };
        let user = user_of(map, facts);
        let stored = &[facts];
        let place = Place { tenant: owner, key, fresh: key, before: None, user, stored };
        let declared = declaration.settle(id, &place, facts, cx)?;
        let standing = standing(&declaration, None, &declared.body, cx)?;
        let by = By { administrator: &self.by, now: cx.now };
        let (object, writes) = put(&declared, standing, &place, by)?;
        let mut outcome = Outcome::reply(with_secret(&object, &declared))
            .event(administered(&self.by, "create", self.kind, id));
        outcome.writes = writes;
        outcome.writes.extend(reach);
        if self.kind != Kind::Tenant {
            outcome.writes.extend(mark(tenant(facts)?, &declared.body));
        }
        Ok(outcome)
    }
}
