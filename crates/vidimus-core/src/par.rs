//! Pushed authorization requests (RFC 9126): the client sends its request itself, and the browser
//! carries no more than a name for it.

use crate::{
    authorize,
    client_auth::{Presented, Sent, tenant, with_caller},
    context::Context,
    engine::Operation,
    error::OAuthError,
    facts::{Facts, Needs},
    form::Form,
    grant,
    limits::PUSHED_TTL_SECONDS,
    manner::Manner,
    model::{Client, Named, TicketBody},
    outcome::{Change, Decision, Outcome},
    secret::Secret,
    ticket,
    vault::Vault,
};

/// Before the name itself (RFC 9126 §2.2).
pub const URN: &str = "urn:ietf:params:oauth:request_uri:";
pub const PREFIX: &str = "vpr_";

pub struct PushRequest {
    presented: Presented,
    form: Form,
    manner: &'static Manner,
    peer: Option<std::net::IpAddr>,
}

/// RFC 9126 §2.2.
#[derive(Debug)]
pub struct PushReply {
    pub request_uri: Secret,
    /// Seconds.
    pub expires_in: i64,
}

impl PushRequest {
    /// # Errors
    /// `invalid_client` without credentials or a public client's id; `invalid_request` for a request
    /// that names another one (§2.1).
    pub fn parse(sent: &Sent<'_>) -> Result<Self, OAuthError> {
        let presented = Presented::find(sent)?;
        if sent.form.get("request_uri").is_some() {
            let what = "A pushed request cannot be a request_uri.";
            return Err(OAuthError::invalid_request(what));
        }
        Ok(Self { presented, form: sent.form.clone(), manner: sent.manner, peer: sent.peer })
    }

    /// Who the client says it is; the edge may look for its tenant by that.
    pub fn client_id(&self) -> &str {
        self.presented.id()
    }

    fn decide_for(
        &self,
        client: Named<'_, Client>,
        facts: &Facts,
        cx: &mut Context<'_>,
    ) -> Decision<PushReply> {
        let tenant = tenant(facts)?;
        let at = (tenant, facts);
        let parameters = authorize::pushed(&self.form, self.manner, self.peer, client, at, cx)?;
        let body = TicketBody::Pushed { client: client.key(), parameters };
        let expires_at = cx.now.expiry(PUSHED_TTL_SECONDS);
        let (text, ticket) = ticket::mint(PREFIX, tenant, expires_at, body, cx);
        let request_uri = Secret::new(format!("{URN}{}", text.expose()));
        let reply = PushReply { request_uri, expires_in: PUSHED_TTL_SECONDS };
        Ok(Outcome::reply(reply).write(tenant.key(), Change::InsertTicket(ticket)))
    }
}

impl Operation for PushRequest {
    type Reply = PushReply;

    fn needs(&self, vault: &Vault) -> Needs {
        self.presented.needs(vault)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<PushReply> {
        with_caller(&self.presented, facts, cx, |caller, cx| {
            let client = Named::of(caller).ok_or_else(grant::unauthorized)?;
            self.decide_for(client, facts, cx)
        })
    }
}
