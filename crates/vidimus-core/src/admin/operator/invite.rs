//! One-time links into the console: for the first administrator, and again for whoever lost theirs.

use serde_json::{Value, json};

use super::{Role, home};
use crate::{
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, Space, TicketRef},
    model::{Invitation, Invited, Ticket, TicketBody},
    outcome::{Change, Decision, Event, Outcome},
    ticket,
    vault::Vault,
};

pub const PREFIX: &str = "vwl_";
const TTL_SECONDS: i64 = 24 * 3600;

/// A new link. The one before it is good no longer.
pub struct Invite {
    /// Signs in this operator; without one, it makes a new administrator.
    pub username: Option<String>,
    /// Only while no user has ever been an administrator: the reply is `null` otherwise, and one that
    /// was made before is good no longer.
    pub first_only: bool,
    pub by: String,
}

fn place(vault: &Vault) -> TicketRef {
    TicketRef::Alias(vault.tag("invitation", &[]))
}

impl Operation for Invite {
    type Reply = Value;

    fn needs(&self, vault: &Vault) -> Needs {
        let needs = Needs { tickets: vec![place(vault)], ..Needs::default() };
        match &self.username {
            Some(username) => needs.object(Space::User, username),
            None => needs,
        }
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let tenant = home(facts)?;
        if self.first_only && tenant.body.has_operators {
            return Ok(Outcome::reply(Value::Null));
        }
        let of = match &self.username {
            None => None,
            Some(username) => {
                let user = facts.user(username).filter(|user| Role::of(user.body).is_some());
                let user = user.ok_or_else(|| {
                    let what = "There is no such user with the role admin or auditor.";
                    OAuthError::new(ErrorCode::NotFound, what).at("/username")
                })?;
                Some(Invited { user: user.key(), username: username.clone() })
            }
        };
        let expires_at = cx.now.plus_seconds(TTL_SECONDS);
        let body = TicketBody::Invitation(Invitation { of, first_only: self.first_only });
        let (text, ticket) = ticket::mint(PREFIX, tenant, expires_at, body, cx);
        let place = place(cx.vault);
        let TicketRef::Alias(alias) = place else { return Ok(Outcome::reply(Value::Null)) };
        let before = facts.ticket(place)?;
        let ticket = Ticket { alias: Some(alias), ..ticket };
        let url = format!("{}/console/welcome/{}", cx.public_url, text.expose());
        let mut outcome = Outcome::reply(json!({"url": url, "expires_at": expires_at.seconds()}));
        if let Some(before) = before {
            let change = Change::DeleteTicket { key: before.key, version: before.version };
            outcome = outcome.write(tenant.key(), change);
        }
        let whom = self.username.as_deref().unwrap_or("a new administrator");
        let action = format!("make a link into the console for {whom}");
        Ok(outcome
            .write(tenant.key(), Change::InsertTicket(ticket))
            .event(Event::Administered { by: self.by.clone(), action }))
    }
}
