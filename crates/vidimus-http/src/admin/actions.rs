//! What each admin route does: read its body, run one operation of the core, send its reply.

use hyper::{Response, StatusCode, body::Bytes, http::request::Parts};
use vidimus_core::{
    admin::{AFTER, KeyList},
    engine::Store,
    errand::Errands,
    error::OAuthError,
    facts::TenantRef,
    form::Form,
    limits::FILTER_BYTES_MAX,
};

use super::{
    json::{self, parse},
    objects::Named,
    openapi, recycled,
    routes::{Action, Found},
};
use crate::{app::App, body::Body, exchange::Exchange, failure::Failure};

impl<S: Store, E: Errands> App<S, E> {
    /// `by` is the administrator: nobody else gets here.
    pub(super) async fn act<B>(
        &self,
        found: Found,
        by: String,
        parts: &Parts,
        body: B,
        exchange: &mut Exchange,
    ) -> Result<Response<Body>, Failure>
    where
        B: hyper::body::Body<Data = Bytes>,
    {
        let Found { action, tenant, id, since, .. } = found;
        knows(action, parts.uri.query())?;
        let body = json::read(action, parts, body, self.body_deadline).await?;
        let at = TenantRef::Id(tenant.clone());
        let of = |kind| Named { kind, tenant: at.clone(), id: id.clone(), by: by.clone() };
        let value = match action {
            Action::List(kind) => self.list(kind, tenant, parts).await?,
            Action::Show(kind) => {
                return self.show(of(kind), &parts.headers, exchange).await;
            }
            Action::Delete(kind) => {
                return self.delete(of(kind), &parts.headers, exchange).await;
            }
            Action::Update(kind) => {
                return self.update(of(kind), parse(&body)?, &parts.headers, exchange).await;
            }
            Action::Create(kind) => {
                return self.create(of(kind), parse(&body)?, &parts.headers, exchange).await;
            }
            Action::Mint
            | Action::Introspect
            | Action::Explain
            | Action::Revoke
            | Action::RevokeOf
            | Action::DeviceApprove
            | Action::Invite
            | Action::AssertionCheck
            | Action::Snapshot
            | Action::PutBack
            | Action::KeyRotate
            | Action::Apply => self.order(action, &body, by, &at, exchange).await?,
            Action::Tokens
            | Action::Family
            | Action::Sessions
            | Action::Audit
            | Action::AuditAll => self.rows(action, (&tenant, &id), parts, exchange).await?,
            Action::Requests => self.requests(None, parts)?,
            Action::RequestsOf => self.requests(Some(&tenant), parts)?,
            Action::Request => self.request(None, &id)?,
            Action::RequestOf => self.request(Some(&tenant), &id)?,
            Action::AuditCheck => self.check_trail().await?,
            Action::EndSession => self.end_session(&id, by, &at, exchange).await?,
            Action::KeyList => self.run(&KeyList {}, &at, exchange).await?,
            Action::Status => self.status.view(self.now()),
            Action::OpenApi => openapi::described(&self.engine.public_url),
        };
        let value = match since {
            Some(since) => recycled::since(action, value, since)?,
            None => value,
        };
        Ok(self.json(StatusCode::OK, &value))
    }
}

/// Only lists have parameters, and each its own.
fn knows(action: Action, query: Option<&str>) -> Result<(), OAuthError> {
    let Some(query) = query else { return Ok(()) };
    let known = openapi::parameters(action);
    if known.is_empty() {
        return Err(OAuthError::invalid_request("Only lists have parameters."));
    }
    for (name, value) in Form::parse(query.as_bytes())?.pairs() {
        let Some(name) = known.iter().find(|known| **known == name) else {
            let known = known.join(", ");
            return Err(OAuthError::invalid_request(format!("This list takes: {known}.")));
        };
        if value.is_empty() || (*name != AFTER && value.len() > FILTER_BYTES_MAX) {
            return Err(OAuthError::invalid_request(format!("{name} is empty or too long.")));
        }
    }
    Ok(())
}
