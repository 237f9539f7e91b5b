//! How sessions begin and how their handles travel.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{ACCOUNTS_MAX, Live, PREFIX, cookie_name};
use crate::{
    browser::{Browser, Cookie, Reach},
    context::Context,
    model::{Named, Session, Tenant, Ticket, TicketBody, User},
    outcome::{Change, Write},
    row_key::RowKey,
    secret::Secret,
    token_format::mint_ticket,
};

const AGENT_CHARS_MAX: usize = 256;

/// A session that begins with this sign-in, or goes on with a new handle.
pub struct Begun {
    pub handle: Secret,
    pub ticket: Ticket,
    pub session: Session,
}

/// The user has just proven who it is. A session of the same user at this browser goes on, but what
/// named it before names nothing any more.
pub fn begin(
    user: Named<'_, User>,
    browser: &Browser,
    live: &[Live<'_>],
    tenant: Named<'_, Tenant>,
    cx: &mut Context<'_>,
) -> Begun {
    let before = live.iter().find(|live| live.user.key() == user.key());
    let key = before.map_or_else(|| RowKey::draw(cx.now, cx.entropy), |live| live.ticket.key);
    let handle = mint_ticket(PREFIX, key, &cx.entropy.draw());
    let policy = &tenant.policy;
    let session = Session {
        user: user.key(),
        username: user.username.clone(),
        started_at: before.map_or(cx.now, |live| live.session.started_at),
        authenticated_at: cx.now,
        amr: vec!["pwd".to_owned()],
        seen_at: cx.now,
        ends_at: cx.now.plus_seconds(policy.session_ttl_seconds),
        agent: browser.agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS_MAX).collect(),
        address: browser.address.map(|address| address.to_string()).unwrap_or_default(),
        clients: before.map(|live| live.session.clients.clone()).unwrap_or_default(),
    };
    let hash = cx.vault.token_hash(tenant.key(), handle.expose());
    let body = TicketBody::Session(Box::new(session.clone()));
    let ticket = Ticket {
        version: before.map_or(1, |live| live.ticket.version + 1),
        owner: Some(user.key()),
        ..Ticket::first(key, hash, idle_end(&session, tenant, cx), body)
    };
    Begun { handle, ticket, session }
}

impl Begun {
    /// As what it is from the next request on.
    pub fn live<'a>(&self, user: Named<'a, User>) -> Live<'a> {
        Live {
            handle: self.handle.clone(),
            ticket: Arc::new(self.ticket.clone()),
            session: self.session.clone(),
            user,
        }
    }
}

/// The row of a session in its next version; the first one is inserted.
pub fn replaced(tenant: Named<'_, Tenant>, ticket: Ticket) -> Write {
    let change = if ticket.version == 1 {
        Change::InsertTicket(ticket)
    } else {
        Change::ReplaceTicket(ticket)
    };
    Write { tenant: tenant.key(), change }
}

pub fn used(
    ticket: &Ticket,
    session: Session,
    tenant: Named<'_, Tenant>,
    cx: &Context<'_>,
) -> Ticket {
    let session = Session { seen_at: cx.now, ..session };
    let expires_at = idle_end(&session, tenant, cx);
    Ticket { expires_at, ..ticket.next(TicketBody::Session(Box::new(session))) }
}

fn idle_end(session: &Session, tenant: Named<'_, Tenant>, cx: &Context<'_>) -> crate::time::Time {
    cx.now.plus_seconds(tenant.policy.session_idle_ttl_seconds).min(session.ends_at)
}

/// What a browser with these handles is given, the current one first; none left removes both cookies.
pub fn cookies(tenant: Named<'_, Tenant>, handles: &[&Secret], cx: &Context<'_>) -> [Cookie; 2] {
    [handles_cookie(tenant, handles), state_cookie(tenant, handles.first().copied(), cx)]
}

fn handles_cookie(tenant: Named<'_, Tenant>, handles: &[&Secret]) -> Cookie {
    let texts: Vec<&str> =
        handles.iter().take(ACCOUNTS_MAX).map(|handle| handle.expose()).collect();
    Cookie {
        name: cookie_name(tenant),
        value: Secret::new(texts.join("~")),
        max_age_seconds: None,
        reach: Reach::Ours,
    }
}

/// What tells one session from the next, and nothing of either (Session Management §3).
pub fn state(tenant: Named<'_, Tenant>, handle: &Secret, cx: &Context<'_>) -> String {
    let parts: [&[u8]; 2] = [&tenant.key().0.to_be_bytes(), handle.expose().as_bytes()];
    URL_SAFE_NO_PAD.encode(cx.vault.tag("session state", &parts))
}

/// For the frame that clients ask; none where nobody is signed in.
fn state_cookie(tenant: Named<'_, Tenant>, handle: Option<&Secret>, cx: &Context<'_>) -> Cookie {
    Cookie {
        name: format!("vidimus-state-{}", tenant.key().to_text()),
        value: Secret::new(handle.map(|handle| state(tenant, handle, cx)).unwrap_or_default()),
        max_age_seconds: None,
        reach: Reach::Framed,
    }
}
