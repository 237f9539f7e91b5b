//! What each endpoint of the protocol answers: its request read and run on the engine.

use hyper::{Method, body::Bytes};
use vidimus_core::{
    client_auth::{Sent, bearer::Bearer},
    device::DeviceRequest,
    discovery::{MetadataRequest, ResourceMetadataRequest, TenantRequest},
    engine::Store,
    errand::Errands,
    error::OAuthError,
    introspect::{AnswerForm, DetailsRequest, IntrospectReply, IntrospectRequest},
    jwks::JwksRequest,
    par::PushRequest,
    revoke::RevokeRequest,
    token::TokenRequest,
};
use vidimus_dialect::Endpoint;

use super::Answered;
use crate::{
    app::App,
    exchange::Exchange,
    failure::Failure,
    headers::Cache,
    parameters,
    request::{accepts, authorization},
    turn::Turn,
};

const INTROSPECTION_JWT: &str = "application/token-introspection+jwt";

impl<S: Store, E: Errands> App<S, E> {
    pub(super) async fn answer_in(
        &self,
        turn: &mut Turn<'_>,
        bytes: &Bytes,
        exchange: &mut Exchange,
    ) -> Result<Answered, Failure> {
        let route = turn.target.route;
        if let Endpoint::Introspect = route.endpoint {
            turn.form = Some(parameters::read(route.reading, turn.parts, bytes).await?);
            return self.introspection(turn, exchange).await;
        }
        // Boxed: what is rarer must not make the future of an introspection larger.
        Box::pin(self.answer_rarer(turn, bytes, exchange)).await
    }

    async fn answer_rarer(
        &self,
        turn: &mut Turn<'_>,
        bytes: &Bytes,
        exchange: &mut Exchange,
    ) -> Result<Answered, Failure> {
        let route = turn.target.route;
        match route.endpoint {
            Endpoint::Metadata => {
                let reply = self.on_turn(&MetadataRequest, turn, None, exchange).await?;
                Ok(Answered::new(Cache::Anybody, move |d, asked| (d.metadata)(&reply, asked)))
            }
            Endpoint::ResourceMetadata => {
                let reply = self.on_turn(&ResourceMetadataRequest, turn, None, exchange).await?;
                Ok(Answered::new(Cache::Anybody, move |_, _| vidimus_dialect::json(&reply)))
            }
            Endpoint::Jwks => {
                if route.reading.query {
                    turn.form = Some(parameters::read(route.reading, turn.parts, bytes).await?);
                }
                let jwks = JwksRequest { publishes: route.manner.publishes };
                let reply = self.on_turn(&jwks, turn, None, exchange).await?;
                Ok(Answered::new(Cache::Anybody, move |d, asked| (d.jwks)(&reply, asked)))
            }
            Endpoint::Organization => {
                self.on_turn(&TenantRequest, turn, None, exchange).await?;
                Ok(Answered::new(Cache::Nobody, |d, asked| (d.organization)(asked)))
            }
            Endpoint::Register | Endpoint::Registration => {
                self.registration(turn, bytes, exchange).await
            }
            Endpoint::Userinfo | Endpoint::Identity => self.userinfo(turn, bytes, exchange).await,
            Endpoint::Logo => self.logo(turn, exchange).await,
            endpoint if endpoint.is_page() => self.page(turn, bytes, exchange).await,
            _ => {
                let form = parameters::read(route.reading, turn.parts, bytes).await?;
                turn.endpoint = route.reading.endpoint(route.endpoint, &form);
                turn.form = Some(form);
                self.with_form(turn, exchange).await
            }
        }
    }

    async fn introspection(
        &self,
        turn: &Turn<'_>,
        exchange: &mut Exchange,
    ) -> Result<Answered, Failure> {
        let wants_jwt = accepts(&turn.parts.headers, INTROSPECTION_JWT);
        let answer = if wants_jwt { AnswerForm::Jwt } else { AnswerForm::Json };
        let operation = IntrospectRequest::parse(&sent(turn, exchange)?, answer)?;
        let reply = self.on_turn(&operation, turn, operation.client_id(), exchange).await?;
        let to_user = matches!(reply, IntrospectReply::ToUser(_));
        let answered =
            Answered::new(Cache::Nobody, move |d, asked| (d.introspection)(&reply, asked));
        Ok(Answered { to_user, ..answered })
    }

    /// The other endpoints whose request is a form.
    async fn with_form(
        &self,
        turn: &Turn<'_>,
        exchange: &mut Exchange,
    ) -> Result<Answered, Failure> {
        let sent = sent(turn, exchange)?;
        match turn.endpoint {
            Endpoint::Token => {
                let operation = TokenRequest::parse(&sent)?;
                let reply = self.on_turn(&operation, turn, operation.client_id(), exchange).await?;
                Ok(Answered::new(Cache::Nobody, move |d, asked| (d.token)(&reply, asked)))
            }
            Endpoint::Revoke => {
                let by_get = turn.parts.method == Method::GET;
                let operation = RevokeRequest::parse(&sent)?.by_get(by_get);
                let reply = self.on_turn(&operation, turn, operation.client_id(), exchange).await?;
                Ok(Answered::new(Cache::Nobody, move |d, asked| (d.revoked)(&reply, asked)))
            }
            Endpoint::DeviceAuthorization => {
                let operation = DeviceRequest::parse(&sent)?;
                let client_id = Some(operation.client_id());
                let reply = self.on_turn(&operation, turn, client_id, exchange).await?;
                Ok(Answered::new(Cache::Nobody, move |d, asked| (d.device)(&reply, asked)))
            }
            Endpoint::PushedAuthorization => {
                let operation = PushRequest::parse(&sent)?;
                let client_id = Some(operation.client_id());
                let reply = self.on_turn(&operation, turn, client_id, exchange).await?;
                Ok(Answered::new(Cache::Nobody, move |d, asked| (d.pushed)(&reply, asked)))
            }
            Endpoint::TokenDetails => {
                let operation = DetailsRequest::parse(&sent)?;
                let reply = self.on_turn(&operation, turn, None, exchange).await?;
                Ok(Answered::new(Cache::Nobody, move |d, asked| (d.details)(&reply, asked)))
            }
            // Nobody is signed in yet, so there is nobody to sign out.
            _ => {
                self.on_turn(&TenantRequest, turn, None, exchange).await?;
                Ok(Answered::new(Cache::Nobody, |d, asked| (d.logout)(asked)))
            }
        }
    }
}

/// What the request's form and header say of who asks.
fn sent<'a>(turn: &'a Turn<'_>, exchange: &Exchange) -> Result<Sent<'a>, OAuthError> {
    let form = turn.form.as_ref().ok_or_else(|| OAuthError::invalid_request("No form."))?;
    let manner = turn.target.route.manner;
    let authorization = authorization(&turn.parts.headers)?;
    let authorization = authorization.filter(|_| !Bearer::is_ignored(authorization, form, manner));
    Ok(Sent { authorization, form, manner, peer: Some(exchange.peer.address) })
}
