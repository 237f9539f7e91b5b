//! Where users are signed in, and the end of it by an administrator.

use serde_json::{Value, json};

use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, TicketRef},
    logout,
    model::{Session, Ticket},
    outcome::{Decision, Event, Outcome},
    row_key::RowKey,
    time::Time,
    vault::Vault,
};

/// Those of the rows that are sessions and good still.
pub struct ShowSessions {
    pub keys: Vec<RowKey>,
}

/// As if the user had signed out there: clients that asked for it hear of it.
pub struct EndSession {
    pub session: RowKey,
    pub by: String,
}

fn live(ticket: &Ticket, now: Time) -> Option<&Session> {
    ticket.session().filter(|session| now < ticket.expires_at && now < session.ends_at)
}

impl Operation for ShowSessions {
    type Reply = Vec<Value>;

    fn needs(&self, _: &Vault) -> Needs {
        let tickets = self.keys.iter().map(|key| TicketRef::Key(*key)).collect();
        Needs { tickets, ..Needs::default() }
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Vec<Value>> {
        tenant(facts)?;
        let found = facts.tickets.iter().filter_map(|(_, ticket)| ticket.as_ref());
        let shown = found.filter_map(|ticket| Some(view(ticket, live(ticket, cx.now)?)));
        Ok(Outcome::reply(shown.collect()))
    }
}

fn view(ticket: &Ticket, session: &Session) -> Value {
    let clients: Vec<_> = session.clients.iter().map(|into| &into.client_id).collect();
    json!({
        "sid": ticket.key.to_text(),
        "username": session.username,
        "sub": session.user.to_text(),
        "started_at": session.started_at.seconds(),
        "auth_time": session.authenticated_at.seconds(),
        "amr": session.amr,
        "seen_at": session.seen_at.seconds(),
        "ends_at": session.ends_at.min(ticket.expires_at).seconds(),
        "user_agent": session.agent,
        "address": session.address,
        "clients": clients,
    })
}

impl Operation for EndSession {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        Needs { tickets: vec![TicketRef::Key(self.session)], ..Needs::default() }
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let tenant = tenant(facts)?;
        let ticket = facts.ticket(TicketRef::Key(self.session))?;
        let Some((ticket, session)) =
            ticket.and_then(|ticket| Some((ticket, live(ticket, cx.now)?)))
        else {
            let what = "There is no such session, or it is over.";
            return Err(OAuthError::new(ErrorCode::NotFound, what).into());
        };
        let action = format!("end a session of user {}", session.username);
        let ended = logout::end(ticket, tenant, facts, cx)?;
        let reply = json!({"ended": self.session.to_text()});
        let event = Event::Administered { by: self.by.clone(), action };
        Ok(Outcome { writes: ended.writes, ..Outcome::reply(reply) }.event(event))
    }
}
