//! What each admin route does: read its body, run one operation of the core, send its reply.

use hyper::{Response, StatusCode, body::Bytes, http::request::Parts};
use serde::Deserialize;
use serde_json::Value;
use vidimus_core::{
    admin::{
        Apply, Create, Delete, DeviceApprove, Explain, IntrospectAny, KeyList, KeyRotate, Mint,
        RevokeAny, Show, Update, World,
    },
    engine::Store,
    errand::Errands,
    error::OAuthError,
    facts::TenantRef,
    model::{Kind, SigningAlgorithm},
    secret::Secret,
};

use super::{
    json::{self, parse},
    routes::{Action, Found},
};
use crate::{app::App, body::Body, exchange::Exchange, failure::Failure};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfToken {
    token: Secret,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToExplain {
    token: Secret,
    caller: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceAnswer {
    user_code: Secret,
    username: String,
    approve: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RotateOrder {
    alg: Option<SigningAlgorithm>,
    #[serde(default)]
    compromised: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplyOrder {
    world: Value,
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    prune: bool,
    #[serde(default)]
    import: bool,
}

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
        let Found { action, tenant, id } = found;
        if parts.uri.query().is_some() && !matches!(action, Action::List(_)) {
            return Err(OAuthError::invalid_request("Only lists have parameters.").into());
        }
        let body = json::read(action, parts, body, self.body_deadline).await?;
        let at = TenantRef::Id(tenant.clone());
        let value = match action {
            Action::List(kind) => self.list(kind, tenant, parts).await?,
            Action::Show(kind) => self.run(&Show { kind, id }, &at, exchange).await?,
            Action::Delete(kind) => self.run(&Delete { kind, id, by }, &at, exchange).await?,
            Action::Update(kind) => {
                let patch = parse(&body)?;
                self.run(&Update { kind, id, patch, by }, &at, exchange).await?
            }
            Action::Create(kind) => {
                let declaration = parse(&body)?;
                let at = if kind == Kind::Tenant { named(&declaration)? } else { at };
                let made = self.run(&Create { kind, declaration, by }, &at, exchange).await?;
                return Ok(self.json(StatusCode::CREATED, &made));
            }
            Action::Mint => self.run(&Mint { order: parse(&body)?, by }, &at, exchange).await?,
            Action::Introspect => {
                let OfToken { token } = parse(&body)?;
                self.run(&IntrospectAny { token }, &at, exchange).await?
            }
            Action::Explain => {
                let ToExplain { token, caller } = parse(&body)?;
                self.run(&Explain { token, caller }, &at, exchange).await?
            }
            Action::Revoke => {
                let OfToken { token } = parse(&body)?;
                self.run(&RevokeAny { token, by }, &at, exchange).await?
            }
            Action::DeviceApprove => {
                let DeviceAnswer { user_code, username, approve } = parse(&body)?;
                let answer = DeviceApprove { user_code, username, approve, by };
                self.run(&answer, &at, exchange).await?
            }
            Action::KeyList => self.run(&KeyList {}, &at, exchange).await?,
            Action::KeyRotate => {
                let RotateOrder { alg: algorithm, compromised } = parse(&body)?;
                self.run(&KeyRotate { algorithm, compromised, by }, &at, exchange).await?
            }
            Action::Apply => {
                let ApplyOrder { world, dry_run, prune, import } = parse(&body)?;
                let world = World { is_import: import, ..World::parse(world)? };
                self.run(&Apply { world, dry_run, prune, by }, &at, exchange).await?
            }
            Action::Status => self.status.view(self.now()),
        };
        Ok(self.json(StatusCode::OK, &value))
    }
}

/// A new tenant is decided on by itself, under its own id.
fn named(declaration: &Value) -> Result<TenantRef, OAuthError> {
    let id = declaration.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
    let missing = || OAuthError::invalid_request("A tenant needs an id.").at("/id");
    id.map(|id| TenantRef::Id(id.to_owned())).ok_or_else(missing)
}
