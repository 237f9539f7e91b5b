//! Where a request meets a fault: before anything is done for it, once its tenant is known.

use std::{borrow::Cow, time::Duration};

use hyper::header;
use vidimus_core::{
    engine::Store,
    errand::Errands,
    error::{Fault, OAuthError},
    facts::{Needs, TenantRef},
    form::Form,
};

use super::Kind;
use crate::{
    app::App, exchange::Exchange, failure::Failure, metrics::Label, request_log::basic, turn::Turn,
};

const SET: &str = "a fault that was set in the sandbox";

impl<S: Store, E: Errands> App<S, E> {
    /// # Errors
    /// The fault, where it is one that comes instead of an answer.
    pub async fn staged(
        &self,
        turn: &Turn<'_>,
        body: &[u8],
        exchange: &mut Exchange,
    ) -> Result<(), Failure> {
        let Some(sandbox) = self.sandbox.as_ref().filter(|sandbox| sandbox.faults.are_set()) else {
            return Ok(());
        };
        let tenant = self.tenant_at(turn.target, turn.parts).await?;
        let tenant = match (tenant, client_id(turn, body)) {
            (Cow::Borrowed(_), Some(id)) => TenantRef::OfClient(id),
            (tenant, _) => tenant.into_owned(),
        };
        let facts = self.engine.store.load(&tenant, &Needs::default()).await?;
        let tenant = facts.tenant();
        // Another dialect's turn comes yet, and it will be met there.
        if tenant.is_some_and(|tenant| !tenant.speaks(turn.target.dialect.name)) {
            return Ok(());
        }
        let endpoint = Label::from(turn.endpoint).as_str();
        let Some(shown) = sandbox.faults.take(endpoint, tenant.map(|tenant| tenant.id())) else {
            return Ok(());
        };
        exchange.fault = Some(shown.name);
        // A slow body takes its time by itself.
        if shown.kind != Kind::Slow && !shown.delay.is_zero() {
            wait(shown.delay).await;
        }
        let instead: Failure = match shown.kind {
            Kind::TooManyRequests => OAuthError::too_many(shown.retry_after_seconds).into(),
            Kind::ServerError => Fault::Corrupt(SET.to_owned()).into(),
            Kind::Unavailable => Fault::Unavailable(SET.to_owned()).into(),
            _ => {
                exchange.spoilt = Some(shown);
                return Ok(());
            }
        };
        turn.heard.note(&facts);
        Err(instead)
    }
}

#[expect(clippy::disallowed_methods, reason = "a slow server is what was asked for")]
pub async fn wait(so_long: Duration) {
    tokio::time::sleep(so_long).await;
}

/// Of who asks at the root: it may be a client of another tenant.
fn client_id(turn: &Turn<'_>, body: &[u8]) -> Option<String> {
    let authorization = turn.parts.headers.get(header::AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok()?.split_once(' '));
    let basic = authorization.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let of_basic = basic.and_then(|(_, credentials)| basic_id(credentials));
    let of = |text: &[u8]| Form::parse(text).ok()?.get("client_id").map(str::to_owned);
    of_basic.or_else(|| of(body)).or_else(|| of(turn.parts.uri.query()?.as_bytes()))
}

fn basic_id(credentials: &str) -> Option<String> {
    basic(credentials).map(|(id, _)| id)
}
