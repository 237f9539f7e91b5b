//! The end of a session: whose authorizations it ends, and who hears of it: through the browser (OpenID
//! Connect Front-Channel Logout 1.0) and behind it (Back-Channel Logout 1.0).

mod notice;
mod notify;

use url::Url;

use crate::{
    context::Context,
    facts::{Facts, Needs, Space},
    model::{
        Client, Named, Notice, Revocation, RevokedBy, Session, SignedInto, Tenant, Ticket,
        TicketBody,
    },
    outcome::{Change, Stop, Write},
    row_key::RowKey,
    time::Time,
};

pub use notice::{ClaimNotice, Claimed};
pub use notify::{DeliverNotice, Delivery};

/// For so long a client that does not answer is tried again.
const NOTICE_TTL_SECONDS: i64 = 86_400;

/// What the end of sessions comes to.
#[derive(Debug, Default)]
pub struct Ended {
    pub writes: Vec<Write>,
    /// What the page that says so must frame, each once.
    pub frames: Vec<String>,
}

/// The end of a session.
///
/// # Errors
/// The need for its clients.
pub fn end(
    session: &Ticket,
    tenant: Named<'_, Tenant>,
    facts: &Facts,
    cx: &mut Context<'_>,
) -> Result<Ended, Stop> {
    end_all(&[session], tenant, facts, cx)
}

/// The same of several, in one turn. What is no session is passed over.
///
/// # Errors
/// The need for their clients.
pub fn end_all(
    sessions: &[&Ticket],
    tenant: Named<'_, Tenant>,
    facts: &Facts,
    cx: &mut Context<'_>,
) -> Result<Ended, Stop> {
    let live = || sessions.iter().filter_map(|ticket| Some((*ticket, ticket.session()?)));
    let mut needs = Needs::default();
    for into in live().flat_map(|(_, session)| &session.clients) {
        let name = (Space::Caller, into.client_id.clone());
        if !needs.objects.contains(&name) {
            needs.objects.push(name);
        }
    }
    facts.known(needs)?;
    let mut ended = Ended::default();
    let tenant = tenant.key();
    for (ticket, session) in live() {
        let (key, version) = (ticket.key, ticket.version);
        ended.write(tenant, Change::DeleteTicket { key, version });
        for into in &session.clients {
            ended.cut(tenant, into, cx.now);
            if let Some(client) = told(into, facts) {
                ended.tell(tenant, key, session, client, cx);
            }
        }
    }
    Ok(ended)
}

/// The client, if it is still the one that was signed in to, and works.
fn told<'a>(into: &SignedInto, facts: &'a Facts) -> Option<Named<'a, Client>> {
    let client = facts.client(&into.client_id)?;
    (client.key() == into.client && !client.object.standing.disabled).then_some(client)
}

/// The client of a notice and where it hears, if it still does.
fn told_of<'a>(
    notice: &Notice,
    facts: &'a Facts,
) -> Result<Option<(Named<'a, Client>, &'a str)>, Stop> {
    let found = facts.look(Space::Caller, &notice.client_id)?;
    let client: Option<Named<'a, Client>> = found.and_then(Named::of);
    Ok(client
        .filter(|client| client.key() == notice.client && !client.object.standing.disabled)
        .and_then(|client| Some((client, client.body.metadata.backchannel_logout_uri.as_deref()?))))
}

impl Ended {
    fn write(&mut self, tenant: RowKey, change: Change) {
        self.writes.push(Write { tenant, change });
    }

    fn cut(&mut self, tenant: RowKey, into: &SignedInto, at: Time) {
        for &key in &into.families {
            let revocation = Revocation { at, by: RevokedBy::SignOut };
            self.write(tenant, Change::CutFamily { key, revocation });
        }
    }

    fn tell(
        &mut self,
        tenant: RowKey,
        session: RowKey,
        of: &Session,
        client: Named<'_, Client>,
        cx: &mut Context<'_>,
    ) {
        if let Some(frame) = frame(client.body, session, cx.issuer)
            && !self.frames.contains(&frame)
        {
            self.frames.push(frame);
        }
        if client.metadata.backchannel_logout_uri.is_some() {
            let notice = Notice {
                client: client.key(),
                client_id: client.id().to_owned(),
                session,
                user: of.user,
                attempts: 0,
            };
            let key = RowKey::draw(cx.now, cx.entropy);
            let expires_at = cx.now.plus_seconds(NOTICE_TTL_SECONDS);
            // No text has this hash: nobody asks for a notice but ourselves.
            let ticket = Ticket::first(key, [0; 32], expires_at, TicketBody::Notice(notice));
            let change = Change::InsertTicket(Ticket { due_at: Some(cx.now), ..ticket });
            self.write(tenant, change);
        }
    }
}

/// Whose frames they are, as a Content-Security-Policy calls them.
pub fn origins(frames: &[String]) -> Vec<String> {
    let origin = |frame: &String| Some(Url::parse(frame).ok()?.origin().ascii_serialization());
    frames.iter().filter_map(origin).collect()
}

/// Where the browser is to look in at the client (Front-Channel Logout §2), beside what the client
/// has in its URI's query.
fn frame(client: &Client, session: RowKey, issuer: &str) -> Option<String> {
    let mut url = Url::parse(client.metadata.frontchannel_logout_uri.as_deref()?).ok()?;
    if client.metadata.frontchannel_logout_session_required {
        url.query_pairs_mut().append_pair("iss", issuer).append_pair("sid", &session.to_text());
    }
    Some(url.into())
}

#[cfg(test)]
mod tests;
