//! The token endpoint (RFC 6749 §3.2): the phases that every grant shares, in their order.
//!
//! authenticate the client · may it use the grant · the grant's own decision · narrow the scope ·
//! check the resources · issue

mod continuation;
mod examine;
mod first_use;
mod issue;
mod reply;
mod reuse;
mod who;

pub use examine::Examined;
pub use first_use::mark as mark_used;
pub use issue::{Issue, Issued, issue, locate, rfc_9068, secret};
pub use reply::TokenReply;

use crate::{
    client_auth::{Sent, tenant, with_caller},
    context::Context,
    engine::Operation,
    error::{Cause, ErrorCode, OAuthError},
    facts::{Facts, Needs, Space},
    form::Form,
    grant::{self, Asked, Continues, Grant, GrantRequest, Granted, token_exchange::TOKEN_EXCHANGE},
    jwt::Unverified,
    manner::Manner,
    model::{Client, Named, Tenant, TokenKind},
    outcome::{Decision, Event, Outcome, Stop},
    resource,
    scope::{self, Scope},
    time::Time,
    vault::Vault,
};
use continuation::Continuation;
use reply::Beside;
use reuse::{Reuse, Wanted};
use who::Who;

pub struct TokenRequest {
    who: Who,
    grant: Option<&'static Grant>,
    scope: Option<Scope>,
    resources: Vec<String>,
    form: Form,
    assertion: Option<Unverified>,
    manner: &'static Manner,
    peer: Option<std::net::IpAddr>,
}

impl TokenRequest {
    /// # Errors
    /// What RFC 6749 §5.2 says of the first thing that is wrong.
    pub fn parse(sent: &Sent<'_>) -> Result<Self, OAuthError> {
        let grant_type = sent.form.require("grant_type")?.expose();
        let grant = grant::named(sent.manner.grant_name(grant_type))
            .filter(|grant| sent.manner.offers(grant.name));
        let who = Who::find(sent, grant)?;
        let scope = sent.form.get("scope").map(Scope::parse).transpose()?;
        let mut resources = sent.form.resources()?;
        if grant.is_some_and(|grant| grant.name == TOKEN_EXCHANGE) {
            // Its other way to name a resource (RFC 8693 §2.1).
            resources.extend(sent.form.get("audience").map(str::to_owned));
        }
        for resource in &resources {
            resource::check(resource)?;
        }
        let assertion = grant.and_then(|grant| sent.form.get(grant.assertion?));
        let assertion = assertion.and_then(Unverified::parse);
        let (form, manner, peer) = (sent.form.clone(), sent.manner, sent.peer);
        Ok(Self { who, grant, scope, resources, form, assertion, manner, peer })
    }

    /// Who the client says it is; the edge may look for its tenant by that.
    pub fn client_id(&self) -> Option<&str> {
        self.who.id()
    }

    fn decide_for(
        &self,
        client: Option<Named<'_, Client>>,
        facts: &Facts,
        cx: &mut Context<'_>,
    ) -> Decision<TokenReply> {
        let tenant = tenant(facts)?;
        let grant = self.permitted(tenant, client)?;
        let (form, manner, peer) = (&self.form, self.manner, self.peer);
        let assertion = self.assertion.as_ref();
        let request = GrantRequest { tenant, client, form, assertion, manner, peer, facts };
        let mut granted = (grant.decide)(&request, cx)?;
        // What belongs to an authorization already stays in it, and ends with it.
        let is_without = self.manner.grants_without_refresh.contains(&grant.name);
        if is_without && matches!(granted.continues, Continues::Anew) {
            granted.continues = Continues::Not;
        }
        self.issue_for(grant, &request, granted, cx)
    }

    /// Whether the tenant offers the grant and the client may use it.
    fn permitted(
        &self,
        tenant: Named<'_, Tenant>,
        client: Option<Named<'_, Client>>,
    ) -> Result<&'static Grant, OAuthError> {
        let on = |grant: &&'static Grant| (grant.is_on)(&tenant.policy);
        let grant = self.grant.filter(on).ok_or_else(grant::unsupported)?;
        let Some(client) = client else { return Ok(grant) };
        if !client.has_grant(grant.name) {
            return Err(grant::unauthorized());
        }
        if client.is_public() && !grant.allows_public {
            let what = "A public client cannot use this grant type.";
            return Err(
                OAuthError::new(ErrorCode::UnauthorizedClient, what).caused(Cause::GrantNotAllowed)
            );
        }
        Ok(grant)
    }

    fn issue_for(
        &self,
        grant: &'static Grant,
        request: &GrantRequest<'_>,
        granted: Granted<'_>,
        cx: &mut Context<'_>,
    ) -> Decision<TokenReply> {
        let (facts, tenant, client) = (request.facts, request.tenant, request.client);
        let ceiling = granted.default_scope.as_ref().filter(|_| self.scope.is_none());
        let scope = scope::narrow(self.scope.as_ref(), ceiling.unwrap_or(&granted.ceiling))?;
        let audience = self.audience(&granted, facts)?;
        let lasts_until = self.lasts_until(&granted, tenant, cx);
        let wanted = Wanted { scope: &scope, audience: &audience, lasts_until };
        let mut reuse = Reuse::find(request, &granted, wanted, cx)?;
        let kept = reuse.kept();
        let continues = kept.as_ref().unwrap_or(&granted.continues);
        let next = Continuation::of(continues, &granted, request, &scope, cx);
        let authentication = next.authentication();
        let access = Issue {
            facts,
            tenant,
            client,
            user: granted.user,
            scope: &scope,
            audience: &audience,
            expires_at: next.ends_at().map_or(lasts_until, |end| lasts_until.min(end)),
            not_before: None,
            family: next.family(),
            kind: TokenKind::Access,
            confirmation: None,
            manner: self.manner,
            derived: reuse.is_on(),
        };
        let live = reuse.access();
        let is_new = live.is_none();
        let mut issued = live.map_or_else(|| issue(&access, cx), Ok)?;
        let mut writes = granted.writes;
        writes.append(&mut issued.writes);
        writes.extend(first_use::mark_proven(client, self.who.secret(), facts)?);
        let refresh = next.refresh(&access, &granted.ceiling, granted.audience.as_deref(), cx)?;
        writes.extend(reuse.remember(tenant.key(), is_new.then_some(&issued), &refresh));
        writes.extend(refresh.writes);
        let (authentication, nonce) = (authentication.as_deref(), granted.nonce.as_deref());
        let beside = Beside { authentication, nonce, access_token: &issued.text };
        let id_token = reply::id_token(&access, grant, &beside, cx, &mut writes)?;
        Ok(Outcome {
            writes,
            reply: Ok(TokenReply {
                expires_in: issued.expires_at.seconds() - cx.now.seconds(),
                access_token: issued.text,
                scope: scope.to_string(),
                scope_was_asked: self.scope.is_some(),
                refresh_token: refresh.text,
                refresh_is_new: refresh.is_new || kept.is_some(),
                id_token,
                issued_token_type: granted.issued_token_type,
                grant: grant.name,
                issued_at: cx.now,
                client: client.map(|client| client.key()),
                user: granted.user.map(|user| user.key()),
                client_secret: self.who.secret().cloned(),
            }),
            events: vec![Event::Issued {
                grant: grant.name,
                client_id: client.map_or("", |client| client.id()).to_owned(),
                token: issued.key,
            }],
        })
    }

    fn lasts_until(
        &self,
        granted: &Granted<'_>,
        tenant: Named<'_, Tenant>,
        cx: &Context<'_>,
    ) -> Time {
        let ttl_seconds = [self.manner.access_ttl_seconds_max, granted.ttl_seconds_max]
            .into_iter()
            .flatten()
            .fold(tenant.policy.access_token_ttl_seconds, i64::min);
        cx.now.expiry(ttl_seconds)
    }

    /// The resources asked for, each known and allowed; where none is, those of the authorization.
    fn audience(&self, granted: &Granted<'_>, facts: &Facts) -> Result<Vec<String>, OAuthError> {
        for resource in &self.resources {
            if granted.audience.as_ref().is_some_and(|allowed| !allowed.contains(resource)) {
                return Err(resource::unknown());
            }
            if !facts.serves(resource) {
                return Err(resource::unknown());
            }
        }
        match &granted.audience {
            Some(allowed) if self.resources.is_empty() => Ok(allowed.clone()),
            _ => Ok(self.resources.clone()),
        }
    }
}

impl Operation for TokenRequest {
    type Reply = TokenReply;

    fn needs(&self, vault: &Vault) -> Needs {
        let mut needs = self.who.needs(vault);
        if let Some(grant) = self.grant {
            let (form, manner, client_id) = (&self.form, self.manner, self.who.id());
            let asked = Asked { form, assertion: self.assertion.as_ref(), manner, client_id };
            needs = (grant.needs)(&asked, needs, vault);
        }
        self.resources.iter().fold(needs, |needs, uri| needs.object(Space::Audience, uri))
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<TokenReply> {
        match &self.who {
            Who::Presented(presented) => with_caller(presented, facts, cx, |caller, cx| {
                let client = Named::of(caller).ok_or_else(grant::unauthorized)?;
                self.decide_for(Some(client), facts, cx)
            }),
            Who::Asserted(issuer) => {
                let client = who::asserted(issuer, facts)?;
                let outcome = self.decide_for(Some(client), facts, cx).or_else(Stop::refused)?;
                who::admit_asserted(outcome, client, facts)
            }
            Who::Holder => {
                who::standing(facts)?;
                let outcome = self.decide_for(None, facts, cx).or_else(Stop::refused)?;
                who::admit_holder(outcome, self.peer, facts)
            }
        }
    }
}

#[cfg(test)]
mod tests;
