//! Update: a patch over the declaration of anything that is declared.

use serde_json::Value;

use super::{
    declare::{Declaration, Origin, Place, id_key},
    fingerprint::{is_of_world, set_fingerprint},
    object::{
        administered, existing, just_after, map_of, mark, name_taken, needs_named, standing,
        user_of, with_secret,
    },
    patch::{Patched, without_secret},
    put::{By, put},
    root,
};
use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    error::OAuthError,
    facts::{Facts, Needs},
    model::{Body, Kind, Object},
    outcome::{Decision, Outcome, Stop, Write},
    row_key::RowKey,
    vault::Vault,
};

/// A JSON merge patch (RFC 7396) over the declaration. Beside its keys: `"revoke_tokens": true`
/// cuts off every token issued until now, `"renew_secret": true` makes a new secret and shows it.
pub struct Update {
    pub kind: Kind,
    pub id: String,
    pub patch: Value,
    pub by: String,
}

impl Operation for Update {
    type Reply = Value;

    fn needs(&self, vault: &Vault) -> Needs {
        needs_named(self.kind, Some(&self.id), &self.patch, vault)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let before = existing(facts, self.kind, &self.id)?;
        let patch = map_of(&self.patch, "patch")?;
        let Patched { map, revoke_tokens, renew_secret } = Patched::of(before, patch)?;
        let declaration =
            Declaration { kind: self.kind, map: &map, pointer: "", origin: Origin::Api };
        if declaration.id()? != Some(before.id()) {
            return Err(OAuthError::invalid_request("An id cannot be changed.")
                .at(format!("/{}", id_key(self.kind)))
                .into());
        }
        let unkept = renew_secret.then(|| without_secret(before));
        let kept = Some(unkept.as_ref().unwrap_or(before));
        let user = match (&before.body, self.patch.get("username")) {
            (Body::ApiToken(token), None) => Some(token.user),
            _ => user_of(&map, facts),
        };
        let place = Place {
            tenant: before.tenant,
            key: before.key,
            fresh: RowKey::draw(cx.now, cx.entropy),
            before: kept,
            user,
            stored: &[facts],
        };
        let mut declared = declaration.settle(before.id(), &place, facts, cx)?;
        if renew_secret && declared.made_secret.is_none() {
            let what = "it uses no secret, or one is given: there is none to renew";
            return Err(OAuthError::invalid_request(what).at("/renew_secret").into());
        }
        // Applying the file again must undo this change, so it must look changed.
        if is_of_world(&before.body) {
            set_fingerprint(&mut declared.body, Some("changed since".to_owned()));
        }
        let mut standing = standing(&declaration, Some(before), &declared.body, cx)?;
        if revoke_tokens {
            standing.not_before = just_after(cx.now);
        }
        let by = By { administrator: &self.by, now: cx.now };
        let (object, writes) = put(&declared, standing, &place, by)?;
        let mut outcome = Outcome::reply(with_secret(&object, &declared)).event(administered(
            &self.by,
            "update",
            self.kind,
            before.id(),
        ));
        outcome.writes = writes;
        match self.kind {
            Kind::Tenant => outcome.writes.extend(turned(before, &object, facts, cx)?),
            _ => outcome.writes.extend(mark(tenant(facts)?, &declared.body)),
        }
        Ok(outcome)
    }

    fn conflict(&self) -> Option<OAuthError> {
        Some(name_taken())
    }
}

/// What a tenant's change means for where its clients are found.
fn turned(
    before: &Object,
    after: &Object,
    facts: &Facts,
    cx: &Context<'_>,
) -> Result<Vec<Write>, Stop> {
    match (&before.body, &after.body) {
        (Body::Tenant(old), Body::Tenant(new)) => {
            let is_reachable = new.is_reachable_at_root(&cx.surface);
            if old.is_reachable_at_root(&cx.surface) == is_reachable {
                return Ok(Vec::new());
            }
            root::turn(after, is_reachable, facts)
        }
        _ => Ok(Vec::new()),
    }
}
