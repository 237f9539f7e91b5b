//! What each admin route does: read its body, run one operation of the core, send its reply.

use hyper::{Response, StatusCode, body::Bytes, http::request::Parts};
use serde::Deserialize;
use serde_json::Value;
use vidimus_core::{
    admin::{
        AFTER, Apply, DeviceApprove, Explain, IntrospectAny, KeyList, KeyRotate, Mint, PutBack,
        RevokeAny, Snapshot, World, operator::Invite,
    },
    engine::Store,
    errand::Errands,
    error::OAuthError,
    facts::TenantRef,
    form::Form,
    limits::FILTER_BYTES_MAX,
    model::{Kind, SigningAlgorithm},
    secret::Secret,
};

use super::{
    json::{self, parse},
    objects::Named,
    openapi, recycled,
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

/// What stands by itself, and may be put back as it was.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Client,
    ResourceServer,
    User,
    TrustedIssuer,
}

impl From<Kept> for Kind {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Client => Self::Client,
            Kept::ResourceServer => Self::ResourceServer,
            Kept::User => Self::User,
            Kept::TrustedIssuer => Self::TrustedIssuer,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfObject {
    kind: Kept,
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToPutBack {
    kind: Kept,
    id: String,
    sealed: String,
    version: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InviteOrder {
    username: Option<String>,
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
            Action::Invite => {
                let InviteOrder { username } = parse(&body)?;
                let invite = Invite { username, first_only: false, by };
                self.run(&invite, &self.default_tenant, exchange).await?
            }
            Action::AssertionCheck => self.check_assertion(parse(&body)?, &at, exchange).await?,
            Action::Snapshot => {
                let OfObject { kind, id } = parse(&body)?;
                self.run(&Snapshot { kind: kind.into(), id }, &at, exchange).await?
            }
            Action::PutBack => {
                let ToPutBack { kind, id, sealed, version } = parse(&body)?;
                let kind = kind.into();
                self.run(&PutBack { kind, id, sealed, version, by }, &at, exchange).await?
            }
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
            Action::RevokeOf => self.revoke_of(parse(&body)?, by, &at, exchange).await?,
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
