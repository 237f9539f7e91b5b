//! An administrator answers for a user what a device asked for (RFC 8628 §3.3).

use serde_json::{Value, json};

use crate::{
    client_auth::tenant,
    context::Context,
    device,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, Space, TicketRef},
    grant::device_code::moved_on,
    model::{DeviceState, TicketBody},
    outcome::{Decision, Event, Outcome},
    secret::Secret,
    vault::Vault,
};

pub struct DeviceApprove {
    pub user_code: Secret,
    pub username: String,
    /// Or deny it.
    pub approve: bool,
    pub by: String,
}

impl Operation for DeviceApprove {
    type Reply = Value;

    fn needs(&self, vault: &Vault) -> Needs {
        let alias = device::alias(vault, self.user_code.expose());
        let tickets = vec![TicketRef::Alias(alias)];
        Needs { tickets, ..Needs::default() }.object(Space::User, &self.username)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let tenant = tenant(facts)?;
        let user = facts.user(&self.username).ok_or_else(|| {
            OAuthError::new(ErrorCode::NotFound, "There is no such user.").at("/username")
        })?;
        if user.locked || user.standing().disabled {
            let what = "The user is locked or disabled.";
            return Err(OAuthError::new(ErrorCode::Conflict, what).at("/username").into());
        }
        let alias = device::alias(cx.vault, self.user_code.expose());
        let ticket =
            facts.ticket(TicketRef::Alias(alias))?.filter(|ticket| cx.now < ticket.expires_at);
        let Some((ticket, scope, audience)) = ticket.and_then(|ticket| match &ticket.body {
            TicketBody::Device { state: DeviceState::Pending, scope, audience, .. } => {
                Some((ticket, scope, audience))
            }
            _ => None,
        }) else {
            let what = "No device waits with this code.";
            return Err(OAuthError::new(ErrorCode::NotFound, what).at("/user_code").into());
        };
        let state = if self.approve {
            let (user, username) = (user.key(), user.username.clone());
            DeviceState::Approved { user, username, authentication: None }
        } else {
            DeviceState::Denied
        };
        let done = if self.approve { "approve" } else { "deny" };
        let reply = json!({ "approved": self.approve, "scope": scope, "audience": audience });
        Ok(Outcome::reply(reply).write(tenant.key(), moved_on(ticket, state)).event(
            Event::Administered {
                by: self.by.clone(),
                action: format!("{done} device of {}", self.username),
            },
        ))
    }
}
