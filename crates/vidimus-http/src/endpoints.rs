//! The protocol's endpoints: parse, run on the engine, put into the dialect's words.

use hyper::{Response, StatusCode, body::Bytes, http::request::Parts};
use vidimus_core::{
    discovery::MetadataRequest,
    engine::{Operation, Store},
    errand::Errands,
    facts::TenantRef,
    introspect::{AnswerForm, IntrospectRequest},
    jwks::JwksRequest,
    revoke::RevokeRequest,
    token::TokenRequest,
};
use vidimus_dialect::{Endpoint, Shape};

use crate::{
    app::App,
    body::Body,
    entropy::OsEntropy,
    events,
    exchange::Exchange,
    failure::Failure,
    headers::Cache,
    in_dialect::InDialect,
    request::{accepts, form, reads},
    routes::Target,
};

const INTROSPECTION_JWT: &str = "application/token-introspection+jwt";

impl<S: Store, E: Errands> App<S, E> {
    pub async fn endpoint<B>(
        &self,
        target: &Target<'_>,
        parts: &Parts,
        body: B,
        exchange: &mut Exchange,
    ) -> Result<Response<Body>, Failure>
    where
        B: hyper::body::Body<Data = Bytes>,
    {
        let dialect = target.dialect;
        let deadline = self.body_deadline;
        let (cache, shape) = match target.endpoint {
            Endpoint::Introspect => {
                let sent = form(parts, body, deadline).await?;
                let wants_jwt = accepts(&parts.headers, INTROSPECTION_JWT);
                let answer = if wants_jwt { AnswerForm::Jwt } else { AnswerForm::Json };
                let operation = IntrospectRequest::parse(&sent.sent(), answer)?;
                let reply = self.on_target(&operation, target, parts, exchange).await?;
                (Cache::Nobody, (dialect.introspection)(&reply))
            }
            Endpoint::Token => {
                let sent = form(parts, body, deadline).await?;
                let operation = TokenRequest::parse(&sent.sent())?;
                let reply = self.on_target(&operation, target, parts, exchange).await?;
                (Cache::Nobody, (dialect.token)(&reply))
            }
            Endpoint::Revoke => {
                let sent = form(parts, body, deadline).await?;
                let operation = RevokeRequest::parse(&sent.sent())?;
                self.on_target(&operation, target, parts, exchange).await?;
                (Cache::Nobody, dialect.revoked.clone())
            }
            Endpoint::Metadata => {
                reads(&parts.method)?;
                let reply = self.on_target(&MetadataRequest, target, parts, exchange).await?;
                (Cache::Anybody, (dialect.metadata)(&reply))
            }
            Endpoint::Jwks => {
                reads(&parts.method)?;
                let reply = self.on_target(&JwksRequest, target, parts, exchange).await?;
                (Cache::Anybody, (dialect.jwks)(&reply))
            }
        };
        Ok(self.shaped(StatusCode::OK, cache, shape))
    }

    async fn on_target<O: Operation>(
        &self,
        operation: &O,
        target: &Target<'_>,
        parts: &Parts,
        exchange: &mut Exchange,
    ) -> Result<O::Reply, Failure> {
        let tenant = self.tenant_at(&target.place, parts).await?;
        let operation = InDialect { operation, dialect: target.dialect.name };
        self.run(&operation, &tenant, exchange).await
    }

    /// One operation on the engine, with the machine's time and entropy.
    pub async fn run<O: Operation>(
        &self,
        operation: &O,
        tenant: &TenantRef,
        exchange: &mut Exchange,
    ) -> Result<O::Reply, Failure> {
        let now = self.clock.now();
        let answer = self.engine.run(operation, tenant, now, &mut OsEntropy).await?;
        for event in &answer.events {
            events::record(&self.metrics, &self.guessing, event, now, exchange);
        }
        Ok(answer.reply?)
    }

    pub fn json(&self, status: StatusCode, value: &serde_json::Value) -> Response<Body> {
        let shape: Shape = vidimus_dialect::json(value);
        self.shaped(status, Cache::Nobody, shape)
    }
}
