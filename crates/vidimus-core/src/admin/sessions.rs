//! Where users are signed in, and the end of it by an administrator.

use serde_json::{Value, json};

use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs, Space, TicketRef},
    logout,
    model::{Session, Ticket},
    outcome::{Decision, Event, Outcome},
    row_key::RowKey,
    session,
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

impl Operation for ShowSessions {
    type Reply = Vec<Value>;

    fn needs(&self, _: &Vault) -> Needs {
        let tickets = self.keys.iter().map(|key| TicketRef::Key(*key)).collect();
        Needs { tickets, ..Needs::default() }
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Vec<Value>> {
        let tenant = tenant(facts)?;
        let found = facts.tickets.iter().filter_map(|(_, ticket)| {
            let ticket = ticket.as_deref()?;
            Some((ticket, session::lasting(ticket, cx.now)?))
        });
        let found: Vec<(&Ticket, &Session)> = found.collect();
        let users = found.iter().fold(Needs::default(), |needs, (_, session)| {
            needs.object(Space::User, &session.username)
        });
        facts.known(users)?;
        let stands = |session: &Session| {
            let user = facts.user(&session.username);
            user.is_some_and(|user| session::stands(session, user, tenant))
        };
        let good = found.iter().filter(|(_, session)| stands(session));
        Ok(Outcome::reply(good.map(|(ticket, session)| view(ticket, session)).collect()))
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
            ticket.and_then(|ticket| Some((ticket, session::lasting(ticket, cx.now)?)))
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
