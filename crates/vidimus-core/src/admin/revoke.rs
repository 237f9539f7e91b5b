//! An administrator revokes any token of a tenant.

use serde_json::{Value, json};

use crate::{
    client_auth::{bearer::key_revoked, tenant},
    context::Context,
    engine::Operation,
    facts::{Facts, Needs, Space},
    introspect::{Presented, beyond_revoking, found},
    model::RevokedBy,
    outcome::{Decision, Event, Outcome},
    revoke::revocation,
    secret::Secret,
    token_format::locate,
};

pub struct RevokeAny {
    pub token: Secret,
    pub by: String,
}

impl Operation for RevokeAny {
    type Reply = Value;

    fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        if let Ok(located) = locate(self.token.expose()) {
            needs.token = Some(located.token);
            needs.objects.extend(located.kid.map(|kid| (Space::SigningKey, kid)));
        }
        needs
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let tenant = tenant(facts)?;
        let presented = Presented {
            text: self.token.expose(),
            now: cx.now,
            tenant: tenant.key(),
            tenant_standing: tenant.standing(),
            vault: cx.vault,
        };
        let verdict = locate(self.token.expose()).and_then(|located| {
            let fact = found(facts)?;
            let revoked = key_revoked(facts, located.kid.as_deref());
            beyond_revoking(fact, &presented, revoked).map_or(Ok(fact), Err)
        });
        match verdict {
            Err(reason) => Ok(Outcome::reply(json!({"revoked": false, "reason": reason.label()}))
                .event(Event::NotRevoked { caller: self.by.clone(), reason })),
            Ok(fact) => {
                let token = &fact.token;
                let by = RevokedBy::Administrator(self.by.clone());
                let change = revocation(token.key, token.kind, token.family, cx, by);
                Ok(Outcome::reply(json!({"revoked": true}))
                    .write(tenant.key(), change)
                    .event(Event::Revoked { caller: self.by.clone(), token: token.key }))
            }
        }
    }
}
