//! The introspection endpoint (RFC 7662 §2) as an operation: who asks, what is found, the answer.

use std::sync::Arc;

use serde_json::json;

use super::{Active, Asker, InHand, Introspection, Reason};
use crate::{
    admission,
    client_auth::{Presented, Sent, bearer::Bearer, tenant, with_caller},
    context::Context,
    engine::Operation,
    error::{Cause, ErrorCode, OAuthError},
    facts::{Facts, Needs},
    form::{Form, missing},
    manner::Manner,
    model::{Body, IntrospectRight, Object},
    outcome::{Decision, Event, Outcome},
    rotation,
    row_key::RowKey,
    scope::{self, Scope},
    vault::Vault,
};

pub struct IntrospectRequest {
    caller: Caller,
    /// `None`: left out or empty. Who asks is known first.
    token: Option<InHand>,
    form: AnswerForm,
    manner: &'static Manner,
}

enum Caller {
    Credentials(Presented),
    Bearer(Bearer),
}

/// How the caller wants the answer (RFC 9701 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerForm {
    Json,
    Jwt,
}

/// The answer, signed where that was asked (`application/token-introspection+jwt`).
#[derive(Clone, Debug, PartialEq)]
pub enum IntrospectReply {
    Json(Introspection),
    /// The caller authenticated as a user; some dialects answer those.
    ToUser(Introspection),
    Jwt(String),
}

impl IntrospectRequest {
    /// `token_type_hint` is only a hint: a token's shape already says where to look.
    ///
    /// # Errors
    /// `invalid_request` without a token, `invalid_client` without credentials.
    pub fn parse(sent: &Sent<'_>, form: AnswerForm) -> Result<Self, OAuthError> {
        let bearer = Bearer::find(sent.authorization).filter(|_| !sent.manner.basic_only);
        let caller = match bearer {
            Some(bearer) => {
                refuse_second_method(sent.form)?;
                Caller::Bearer(bearer)
            }
            None => Caller::Credentials(Presented::find_caller(sent)?),
        };
        let token = sent.form.secret("token").cloned().map(InHand::new);
        Ok(Self { caller, token, form, manner: sent.manner })
    }

    /// Who the caller says it is, if by credentials.
    pub fn client_id(&self) -> Option<&str> {
        match &self.caller {
            Caller::Credentials(presented) => Some(presented.id()),
            Caller::Bearer(_) => None,
        }
    }

    fn answer(
        &self,
        caller: &Arc<Object>,
        facts: &Facts,
        cx: &mut Context<'_>,
    ) -> Decision<IntrospectReply> {
        let tenant = tenant(facts)?;
        let token = self.token.as_ref().ok_or_else(|| missing("token"))?;
        let verdict = self.verdict(token, caller, facts, cx);
        // Whatever the reason is: who chose such a text for a token, here or elsewhere, is no
        // caller's to know.
        if let Err(reason) = &verdict
            && self.manner.refuses_shapeless
            && token.is_shapeless()
        {
            let error = OAuthError::new(ErrorCode::UnsupportedTokenType, "This is no token.");
            let caller = caller.id().to_owned();
            let asked = Event::Introspected { caller, reason: Some(reason.clone()), token: None };
            return Ok(Outcome::refuse(error.caused(Cause::Shapeless)).event(asked));
        }
        let (reason, introspection) = match verdict {
            Ok(active) => (None, Introspection::Active(Box::new(active))),
            Err(reason) => (Some(reason), Introspection::Inactive),
        };
        let token = row(facts, reason.as_ref());
        let event = Event::Introspected { caller: caller.id().to_owned(), reason, token };
        if self.form == AnswerForm::Json {
            let reply = match caller.body {
                Body::User(_) => IntrospectReply::ToUser(introspection),
                _ => IntrospectReply::Json(introspection),
            };
            return Ok(Outcome::reply(reply).event(event));
        }
        let (signer, writes) = rotation::signer(facts, tenant, rotation::DEFAULT, cx)?;
        let claims = json!({
            "iss": cx.issuer,
            "aud": caller.id(),
            "iat": cx.now.seconds(),
            "token_introspection": introspection,
        });
        let jwt = signer.sign("token-introspection+jwt", &claims)?;
        Ok(Outcome { writes, reply: Ok(IntrospectReply::Jwt(jwt)), events: vec![event] })
    }

    fn verdict(
        &self,
        token: &InHand,
        caller: &Arc<Object>,
        facts: &Facts,
        cx: &Context<'_>,
    ) -> Result<Active, Reason> {
        let held = token.held(facts, cx)?;
        if !self.manner.introspects.contains(&held.fact.token.kind) {
            return Err(Reason::WrongKind);
        }
        let (asker, told) = asker(caller);
        match held.judge(&asker) {
            Some(reason) => Err(reason),
            None => {
                let active = Active::of(held.fact, cx.issuer, told.as_ref());
                Ok(active.seen_by(caller, cx.vault))
            }
        }
    }
}

impl Operation for IntrospectRequest {
    type Reply = IntrospectReply;

    fn needs(&self, vault: &Vault) -> Needs {
        let needs = match &self.caller {
            Caller::Credentials(presented) => presented.needs(vault),
            Caller::Bearer(bearer) => bearer.needs(vault),
        };
        match &self.token {
            Some(token) => token.needs(vault, needs),
            None => needs,
        }
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<IntrospectReply> {
        match &self.caller {
            Caller::Credentials(presented) => {
                with_caller(presented, facts, cx, |caller, cx| self.answer(caller, facts, cx))
            }
            Caller::Bearer(bearer) => {
                let fact = bearer.check_any(facts, cx, &[scope::INTROSPECT])?;
                let client = fact.client.as_ref();
                let client = client.ok_or_else(|| OAuthError::invalid_token("client_deleted"))?;
                admission::caller(tenant(facts)?, client.key, None, facts)?;
                self.answer(client, facts, cx)
            }
        }
    }
}

/// What the caller may ask, and the scopes it is told of.
pub fn asker(caller: &Arc<Object>) -> (Asker<'_>, Option<Scope>) {
    match &caller.body {
        Body::Client(client) => {
            let id = std::slice::from_ref(&client.metadata.client_id);
            let right = client.metadata.introspect;
            (Asker { client: Some(caller.key), right, audiences: id }, None)
        }
        Body::ResourceServer(server) => {
            let told = server.scope.as_deref().map(Scope::stored);
            let audiences = &server.audiences;
            (Asker { client: None, right: server.introspect, audiences }, told)
        }
        Body::User(_) => {
            (Asker { client: None, right: IntrospectRight::Tenant, audiences: &[] }, None)
        }
        Body::Tenant(_)
        | Body::SigningKey(_)
        | Body::TrustedIssuer(_)
        | Body::RegistrationToken(_)
        | Body::ApiToken(_)
        | Body::Consent(_)
        | Body::AuditEntry(_) => {
            (Asker { client: None, right: IntrospectRight::Own, audiences: &[] }, None)
        }
    }
}

fn refuse_second_method(form: &Form) -> Result<(), OAuthError> {
    let second = ["client_secret", "client_assertion"].iter().any(|name| form.get(name).is_some());
    if second {
        return Err(OAuthError::invalid_request(
            "More than one client authentication method is used.",
        ));
    }
    Ok(())
}

/// A forged text says nothing about the row whose key it borrowed.
fn row(facts: &Facts, reason: Option<&Reason>) -> Option<RowKey> {
    let row = facts.token.as_ref().filter(|_| reason != Some(&Reason::Forged));
    row.map(|fact| fact.token.key)
}
