//! Routes over what is made and not declared: the audit trail, tokens, families and sessions.

use hyper::http::request::Parts;
use serde::Deserialize;
use serde_json::{Value, json};
use vidimus_core::{
    admin::{Cursor, EndSession, RevokeFamily, Update},
    engine::Store,
    errand::Errands,
    error::OAuthError,
    facts::TenantRef,
    form::Form,
    model::Kind,
    row_key::RowKey,
    vault::hex,
};

use super::{list::limit, routes::Action};
use crate::{
    app::App,
    entropy::OsEntropy,
    exchange::Exchange,
    failure::Failure,
    trail::{Page, TokensOf, row_key},
};

/// Whose tokens are revoked: those of exactly one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationOrder {
    family: Option<String>,
    client_id: Option<String>,
    username: Option<String>,
    /// Every token of the tenant.
    #[serde(default)]
    all: bool,
}

impl<S: Store, E: Errands> App<S, E> {
    /// One page, `{"items": […], "next": …}`.
    pub(super) async fn rows(
        &self,
        action: Action,
        (tenant, id): (&str, &str),
        parts: &Parts,
        exchange: &mut Exchange,
    ) -> Result<Value, Failure> {
        let query = Form::parse(parts.uri.query().unwrap_or_default().as_bytes())?;
        let limit = limit(&query)?;
        // By name: a trail outlives its tenant.
        let list = self.engine.vault.tag("rows", &[tenant.as_bytes(), parts.uri.path().as_bytes()]);
        let cursor = Cursor { tenant: RowKey::ROOT, list: &hex(&list), query: &query };
        let after = cursor.open(&self.engine.vault)?;
        let after = after.as_str();
        let page = match action {
            Action::AuditAll => self.trail(None, after, limit).await?,
            Action::Audit => self.trail(Some(tenant), after, limit).await?,
            Action::Sessions => {
                self.sessions(tenant, query.get("username"), (after, limit), exchange).await?
            }
            Action::Family => {
                let of = TokensOf { family: Some(id), ..TokensOf::default() };
                self.tokens(tenant, of, (after, limit), exchange).await?
            }
            _ => {
                let of = TokensOf {
                    client_id: query.get("client_id"),
                    username: query.get("username"),
                    family: query.get("family"),
                };
                self.tokens(tenant, of, (after, limit), exchange).await?
            }
        };
        let Page { items, next } = page;
        let seal = |last: String| cursor.seal(&last, &self.engine.vault, &mut OsEntropy);
        let next = next.map(seal).transpose()?;
        Ok(json!({ "items": items, "next": next }))
    }

    pub(super) async fn end_session(
        &self,
        id: &str,
        by: String,
        at: &TenantRef,
        exchange: &mut Exchange,
    ) -> Result<Value, Failure> {
        let session = row_key(id, "")?;
        self.run(&EndSession { session, by }, at, exchange).await
    }

    /// A family is cut off by itself; of a client, a user or the tenant all tokens that were issued until
    /// now.
    pub(super) async fn revoke_of(
        &self,
        order: RevocationOrder,
        by: String,
        at: &TenantRef,
        exchange: &mut Exchange,
    ) -> Result<Value, Failure> {
        let RevocationOrder { family, client_id, username, all } = order;
        let (kind, id) = match (family, client_id, username, all) {
            (Some(family), None, None, false) => {
                let family = row_key(&family, "/family")?;
                return self.run(&RevokeFamily { family, by }, at, exchange).await;
            }
            (None, Some(client_id), None, false) => (Kind::Client, client_id),
            (None, None, Some(username), false) => (Kind::User, username),
            (None, None, None, true) => (Kind::Tenant, at.name().to_owned()),
            _ => {
                let what = "Exactly one of family, client_id, username and all is needed.";
                return Err(OAuthError::invalid_request(what).at("").into());
            }
        };
        let patch = json!({"revoke_tokens": true});
        self.run(&Update { kind, id, patch, by }, at, exchange).await?;
        Ok(json!({"revoked": true}))
    }
}
