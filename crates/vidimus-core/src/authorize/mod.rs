//! Authorization (RFC 6749 §3.1, OpenID Connect Core §3): requests that a person answers. The table
//! is the pipeline; a request goes down its column.

mod ask;
mod checks;
mod draft;
mod finish;
mod flow;
mod known_uri;
mod prompt;
pub mod reply;
mod respond;
mod response_type;
mod table;

pub use known_uri::KnownUri;
pub use respond::ACR;
pub use response_type::ResponseType;

use std::net::IpAddr;

use crate::{
    browser::{Browser, Cookie},
    claims_request::ClaimsRequest,
    client_auth::tenant,
    context::Context,
    engine::Operation,
    error::OAuthError,
    facts::{Facts, Needs, Space, TicketRef},
    form::Form,
    limits::TABS_MAX,
    manner::Manner,
    model::{Client, Named, Tenant},
    outcome::{Decision, Outcome},
    par,
    scope::Scope,
    session,
    token_format::parse_ticket,
    vault::Vault,
};
use draft::{Draft, Halt};
use prompt::Prompt;
use reply::{Answer, ResponseMode};
use table::Column;

/// Authorizations of one client that one session remembers; with more, the first of them ends.
const FAMILIES_MAX: usize = 32;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Authorize,
    /// RFC 8628 §3.3.
    Device,
    /// OpenID Connect RP-Initiated Logout.
    EndSession,
    /// The sign-in before the account page, which nobody has asked for but the user.
    Account,
}

/// A request as it came. What is wrong with it is for the table to say.
pub struct AuthorizeRequest {
    pub endpoint: Endpoint,
    /// Of the query and the body.
    pub form: Form,
    pub browser: Browser,
    /// The single `Authorization` header, for those that bring their user's password.
    pub authorization: Option<String>,
    pub manner: &'static Manner,
    /// The text behind the endpoint's path: a flow that goes on.
    pub flow: Option<String>,
    /// Whether a form was sent.
    pub is_post: bool,
}

impl AuthorizeRequest {
    /// Who the client is said to be; the edge may look for its tenant by that.
    pub fn client_id(&self) -> Option<&str> {
        self.form.get("client_id").filter(|_| self.flow.is_none())
    }

    fn column(&self) -> Column {
        match (self.endpoint, &self.flow) {
            (Endpoint::Authorize, None) => Column::Authorize,
            (Endpoint::Authorize, Some(_)) => Column::Resume,
            (Endpoint::Device, _) => Column::Device,
            (Endpoint::EndSession, _) => Column::EndSession,
            (Endpoint::Account, _) => Column::Account,
        }
    }
}

impl Operation for AuthorizeRequest {
    type Reply = Answer;

    fn needs(&self, _: &Vault) -> Needs {
        let mut needs = Needs::default();
        if let Some(text) = &self.flow {
            needs.tickets.extend(parse_ticket(flow::PREFIX, text).map(TicketRef::Key));
            return needs;
        }
        let pushed = self.form.get("request_uri").and_then(|uri| uri.strip_prefix(par::URN));
        let pushed = pushed.and_then(|text| parse_ticket(par::PREFIX, text));
        needs.tickets.extend(pushed.map(TicketRef::Key));
        match self.client_id() {
            Some(client_id) => needs.object(Space::Caller, client_id),
            None => needs,
        }
    }

    fn attempts_max(&self) -> usize {
        TABS_MAX
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Answer> {
        let tenant = tenant(facts)?;
        let mut draft = Draft::new(self, self.column(), tenant, facts, cx);
        let ran = table::run(&mut draft, cx);
        let next = finish::finish(&mut draft, ran, cx)?;
        if draft.column != Column::EndSession {
            finish::keep_session(&mut draft, cx);
        }
        let mut cookies: Vec<Cookie> = std::mem::take(&mut draft.cookies);
        cookies.extend(draft.browser.cookie(tenant));
        let (writes, events) = (draft.writes, draft.events);
        Ok(Outcome { writes, reply: Ok(Answer { next, cookies }), events })
    }
}

/// A request that is pushed, on its way through the same checks (RFC 9126 §2.1); what of it is kept.
///
/// # Errors
/// The first refusal, in the words of the authorization endpoint.
pub fn pushed(
    form: &Form,
    manner: &'static Manner,
    peer: Option<IpAddr>,
    client: Named<'_, Client>,
    (tenant, facts): (Named<'_, Tenant>, &Facts),
    cx: &mut Context<'_>,
) -> Result<Vec<(String, String)>, crate::outcome::Stop> {
    let mut form = form.clone();
    if form.get("client_id").is_none() {
        form.imply("client_id", client.id());
    }
    let asked = AuthorizeRequest {
        endpoint: Endpoint::Authorize,
        form,
        browser: Browser { address: peer, ..Browser::default() },
        authorization: None,
        manner,
        flow: None,
        is_post: true,
    };
    let mut draft = Draft::new(&asked, Column::Push, tenant, facts, cx);
    match table::run(&mut draft, cx) {
        Ok(()) if draft.client.map(|named| named.key()) == Some(client.key()) => {
            Ok(flow::kept(&draft)?)
        }
        Ok(()) => Err(OAuthError::invalid_request("The client_id is another client's.").into()),
        Err(Halt::Stop(stop)) => Err(stop),
        Err(Halt::Answer(_) | Halt::Ask(_) | Halt::Denied) => {
            Err(OAuthError::invalid_request("The request cannot be pushed.").into())
        }
    }
}

impl<'a> Draft<'a> {
    fn new(
        asked: &'a AuthorizeRequest,
        column: Column,
        tenant: Named<'a, Tenant>,
        facts: &'a Facts,
        cx: &mut Context<'_>,
    ) -> Self {
        Self {
            column,
            asked,
            facts,
            tenant,
            parameters: asked.form.clone(),
            client: None,
            of_client: None,
            to: None,
            mode: ResponseMode::Query,
            response_type: ResponseType::default(),
            scope: Scope::default(),
            audience: Vec::new(),
            challenge: None,
            claims: ClaimsRequest::default(),
            prompt: Prompt::default(),
            hint: None,
            browser: session::bound(&asked.browser, tenant, cx),
            sessions: Vec::new(),
            flow: None,
            device: None,
            is_pushed: false,
            is_headless: false,
            is_allowed: false,
            is_confirmed: false,
            after: None,
            failure: None,
            events: Vec::new(),
            session_row: None,
            writes: Vec::new(),
            cookies: Vec::new(),
        }
    }
}

#[cfg(test)]
pub mod tests;
