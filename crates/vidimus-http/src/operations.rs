//! `/livez`, `/readyz`, `/metrics`: for machines that watch the server; nothing in them tells more.

use std::time::Duration;

use hyper::{Response, StatusCode, body::Bytes, http::request::Parts};
use tokio::time::timeout;
use vidimus_core::{
    admin::{Over, Right},
    engine::Store,
    errand::Errands,
    facts::Needs,
};
use vidimus_dialect::Shape;

use crate::{
    app::App,
    body::Body,
    exchange::{Door, Exchange, Peer},
    failure::Failure,
    headers::Cache,
    metrics::Label,
    request::reads,
};

const ALIVE: Shape = Shape::fixed(r#"{"status":"alive"}"#);
const READY: Shape = Shape::fixed(r#"{"status":"ready"}"#);
const NOT_READY: Shape = Shape::fixed(r#"{"status":"not_ready"}"#).status(503);

/// A store that takes longer is of no use to a request either.
const LOOK_DEADLINE: Duration = Duration::from_secs(1);

impl<S: Store, E: Errands> App<S, E> {
    /// `None`: the path is none of these.
    pub async fn operations(
        &self,
        parts: &Parts,
        exchange: &mut Exchange,
    ) -> Option<Result<Response<Body>, Failure>> {
        let path = parts.uri.path();
        if !matches!(path, "/livez" | "/readyz" | "/metrics") {
            return None;
        }
        exchange.label = Label::Operations;
        if let Err(refused) = reads(&parts.method) {
            return Some(Err(refused.into()));
        }
        Some(match path {
            "/livez" => Ok(self.shaped(Cache::Nobody, ALIVE)),
            "/readyz" => Ok(self.readiness().await),
            _ => self.numbers(parts, exchange).await,
        })
    }

    async fn readiness(&self) -> Response<Body> {
        if !self.status.is_draining() && self.store_is_reachable().await {
            self.shaped(Cache::Nobody, READY)
        } else {
            self.shaped(Cache::Nobody, NOT_READY)
        }
    }

    async fn store_is_reachable(&self) -> bool {
        if let Some(reachable) = self.status.recent_look() {
            return reachable;
        }
        let needs = Needs::default();
        let look = self.engine.store.load(&self.default_tenant, &needs);
        let reachable = timeout(LOOK_DEADLINE, look).await.is_ok_and(|looked| looked.is_ok());
        self.status.looked(reachable);
        reachable
    }

    async fn numbers(
        &self,
        parts: &Parts,
        exchange: &mut Exchange,
    ) -> Result<Response<Body>, Failure> {
        if !may_look(parts, exchange.peer) {
            let administrator = self.administrator(parts, exchange).await?;
            administrator.may(Right::Read, Over::Everything, "")?;
        }
        let text = Bytes::from(self.metrics.render());
        let content_type = "text/plain; version=0.0.4; charset=utf-8";
        Ok(self.response(StatusCode::OK, Cache::Nobody, content_type, text))
    }
}

/// A peer on this machine that speaks for itself: a proxy here would make everybody local.
fn may_look(parts: &Parts, peer: Peer) -> bool {
    let forwarded = ["forwarded", "x-forwarded-for", "via", "x-real-ip"];
    let direct = !forwarded.iter().any(|name| parts.headers.contains_key(*name));
    peer.door == Door::Operations || (peer.address.to_canonical().is_loopback() && direct)
}
