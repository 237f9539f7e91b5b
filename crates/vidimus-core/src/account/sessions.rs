//! Where the user is signed in, and the end of it here or elsewhere.

use std::sync::Arc;

use super::{Acted, Visit};
use crate::{
    authorize::reply::{Dress, Next},
    context::Context,
    logout,
    model::{Session, Ticket},
    outcome::Stop,
    page::{AccountNotice, Page, SessionLine, SignedOut},
    session,
};

impl Visit<'_> {
    pub(super) fn session_lines(
        &self,
        acted: &Acted,
        cx: &Context<'_>,
    ) -> Result<Vec<SessionLine>, Stop> {
        let current = self.live.ticket.key;
        let mut lines = Vec::new();
        for (ticket, session) in self.sessions(cx)? {
            if acted.ended.contains(&ticket.key) {
                continue;
            }
            lines.push(SessionLine {
                session: ticket.key.to_text(),
                is_this: ticket.key == current,
                agent: session.agent.clone(),
                address: session.address.clone(),
                started_at: session.started_at,
                seen_at: session.seen_at,
            });
        }
        lines.sort_by_key(|line| (!line.is_this, std::cmp::Reverse(line.seen_at)));
        Ok(lines)
    }

    /// Those that are good still.
    pub(super) fn sessions(&self, cx: &Context<'_>) -> Result<Vec<(&Arc<Ticket>, &Session)>, Stop> {
        let user = self.live.user;
        let tickets = self.facts.sessions_of(user.key())?.iter();
        let live = tickets.filter_map(|ticket| {
            let session = session::lasting(ticket, cx.now)?;
            session::stands(session, user, self.tenant).then_some((ticket, session))
        });
        Ok(live.collect())
    }

    pub(super) fn end_session(&self, cx: &mut Context<'_>) -> Result<Acted, Stop> {
        let wanted = self.request.form.require("session")?.expose();
        if wanted == self.live.ticket.key.to_text() {
            return self.sign_out(cx);
        }
        let mut acted = Acted::told(AccountNotice::SessionEnded);
        let all = self.facts.sessions_of(self.live.user.key())?;
        // One that is over already is what was wanted.
        if let Some(ticket) = all.iter().find(|ticket| ticket.key.to_text() == wanted) {
            // What this browser frames says nothing to clients at another.
            acted.writes = logout::end(ticket, self.tenant, self.facts, cx)?.writes;
            acted.ended.push(ticket.key);
        }
        Ok(acted)
    }

    /// Of this account; the browser's others stay.
    pub(super) fn sign_out(&self, cx: &mut Context<'_>) -> Result<Acted, Stop> {
        let ended = logout::end(&self.live.ticket, self.tenant, self.facts, cx)?;
        let left: Vec<_> = self.others.iter().map(|live| &live.handle).collect();
        let frames = logout::origins(&ended.frames);
        let dress = Dress { look: self.look(cx), frames, ..Dress::default() };
        let page = SignedOut { frames: ended.frames, next: None, client: None };
        Ok(Acted {
            next: Some(Next::Page(Box::new(Page::SignedOut(page)), dress)),
            has_session_row: true,
            writes: ended.writes,
            cookies: session::cookies(self.tenant, &left, cx).into(),
            ..Acted::default()
        })
    }
}
