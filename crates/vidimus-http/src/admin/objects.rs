//! One object: created, shown, changed and deleted, on the conditions that the request names.

use hyper::{HeaderMap, Response, StatusCode};
use serde_json::Value;
use vidimus_core::{
    admin::{Conditional, Create, CreateOnce, Delete, Show, Update},
    engine::Store,
    errand::Errands,
    error::OAuthError,
    facts::TenantRef,
    model::Kind,
};

use super::conditions::{idempotency_key, if_match};
use crate::{app::App, body::Body, exchange::Exchange, failure::Failure};

/// Which object, and who asks for what of it.
pub struct Named {
    pub kind: Kind,
    pub tenant: TenantRef,
    pub id: String,
    pub by: String,
}

impl<S: Store, E: Errands> App<S, E> {
    pub(super) async fn show(
        &self,
        Named { kind, tenant, id, .. }: Named,
        headers: &HeaderMap,
        exchange: &mut Exchange,
    ) -> Result<Response<Body>, Failure> {
        let object = self.run(&Show { kind, id }, &tenant, exchange).await?;
        Ok(self.shown(headers, &object)?)
    }

    pub(super) async fn update(
        &self,
        Named { kind, tenant, id, by }: Named,
        patch: Value,
        headers: &HeaderMap,
        exchange: &mut Exchange,
    ) -> Result<Response<Body>, Failure> {
        let if_match = if_match(headers)?;
        let operation = Update { kind, id, patch, by };
        let object = self.run(&Conditional { operation, if_match }, &tenant, exchange).await?;
        Ok(self.tagged(StatusCode::OK, &object))
    }

    pub(super) async fn delete(
        &self,
        Named { kind, tenant, id, by }: Named,
        headers: &HeaderMap,
        exchange: &mut Exchange,
    ) -> Result<Response<Body>, Failure> {
        let if_match = if_match(headers)?;
        let operation = Delete { kind, id, by };
        let gone = self.run(&Conditional { operation, if_match }, &tenant, exchange).await?;
        Ok(self.json(StatusCode::OK, &gone))
    }

    pub(super) async fn create(
        &self,
        Named { kind, tenant, by, .. }: Named,
        declaration: Value,
        headers: &HeaderMap,
        exchange: &mut Exchange,
    ) -> Result<Response<Body>, Failure> {
        let tenant = if kind == Kind::Tenant { named(&declaration)? } else { tenant };
        let key = idempotency_key(headers)?;
        let create = Create { kind, declaration, by };
        let Some(key) = key else {
            let object = self.run(&create, &tenant, exchange).await?;
            return Ok(self.created(&object, false));
        };
        let once = CreateOnce { create, tenant, key };
        let made = self.run(&once, &once.at(), exchange).await?;
        Ok(self.created(&made.object, made.is_replayed))
    }
}

/// A new tenant is decided on by itself, under its own id.
fn named(declaration: &Value) -> Result<TenantRef, OAuthError> {
    let id = declaration.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
    let missing = || OAuthError::invalid_request("A tenant needs an id.").at("/id");
    id.map(|id| TenantRef::Id(id.to_owned())).ok_or_else(missing)
}
