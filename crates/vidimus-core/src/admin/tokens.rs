//! Tokens by their rows, for whoever searches them: what each is, whether it is good, and the end of a
//! whole family.

use serde_json::{Value, json};

use super::explain::describe;
use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, Space, TokenRef},
    introspect::{Held, Reason},
    model::{Revocation, RevokedBy},
    outcome::{Change, Decision, Event, Outcome},
    row_key::RowKey,
    vault::Vault,
};

/// The rows that a search found. Of texts nothing is said: nobody has shown one.
pub struct ShowTokens {
    pub keys: Vec<RowKey>,
}

/// Cuts off every token of one authorization.
pub struct RevokeFamily {
    pub family: RowKey,
    pub by: String,
}

impl Operation for ShowTokens {
    type Reply = Vec<Value>;

    fn needs(&self, _: &Vault) -> Needs {
        let further = self.keys.iter().map(|key| TokenRef::Key(*key)).collect();
        Needs { further, ..Needs::default() }
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Vec<Value>> {
        let standing = tenant(facts)?.standing();
        let found = || facts.further.iter().filter_map(|(_, fact)| fact.as_ref());
        let kids = found().filter_map(|fact| fact.token.kid.as_deref());
        facts.known(kids.fold(Needs::default(), |needs, kid| {
            // Few keys sign many tokens.
            let is_asked = needs.objects.iter().any(|(_, asked)| asked == kid);
            if is_asked { needs } else { needs.object(Space::SigningKey, kid) }
        }))?;
        let items = found().map(|fact| {
            let held = Held {
                fact,
                tenant: standing,
                now: cx.now,
                is_genuine: true,
                key_is_revoked: fact
                    .token
                    .kid
                    .as_deref()
                    .is_some_and(|kid| facts.is_revoked_key(kid)),
            };
            let reason = held.validity();
            let mut shown = describe(fact);
            if let Value::Object(map) = &mut shown {
                map.insert("active".to_owned(), json!(reason.is_none()));
                map.insert("reason".to_owned(), json!(reason.as_ref().map(Reason::label)));
            }
            shown
        });
        Ok(Outcome::reply(items.collect()))
    }
}

impl Operation for RevokeFamily {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let by = RevokedBy::Administrator(self.by.clone());
        let revocation = Revocation { at: cx.now, by };
        let action = format!("revoke family {}", self.family.to_text());
        Ok(Outcome::reply(json!({"revoked": true}))
            .write(tenant(facts)?.key(), Change::RevokeFamily { key: self.family, revocation })
            .event(Event::Administered { by: self.by.clone(), action }))
    }

    fn conflict(&self) -> Option<OAuthError> {
        let what = "There is no such family, or it is revoked already.";
        Some(OAuthError::new(ErrorCode::NotFound, what))
    }
}
