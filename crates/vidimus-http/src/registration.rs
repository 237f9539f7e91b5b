//! Clients that register themselves (RFC 7591) and manage their registration (RFC 7592): JSON in,
//! the registration access token in the header.

use hyper::{Method, body::Bytes};
use vidimus_core::{
    engine::Store,
    errand::Errands,
    register::{DeleteClient, ReadClient, RegisterRequest, UpdateClient},
};
use vidimus_dialect::{Endpoint, Shape};

use crate::{
    app::App,
    endpoints::Answered,
    exchange::Exchange,
    failure::{Failure, Refused},
    headers::Cache,
    request::{authorization, is_of_type},
    turn::Turn,
};

impl<S: Store, E: Errands> App<S, E> {
    pub async fn registration(
        &self,
        turn: &Turn<'_>,
        bytes: &Bytes,
        exchange: &mut Exchange,
    ) -> Result<Answered, Failure> {
        let parts = turn.parts;
        let authorization = authorization(&parts.headers)?;
        let manner = turn.target.route.manner;
        let client_id = turn.target.captured.first().map(String::as_str).unwrap_or_default();
        let reply = match (turn.target.route.endpoint, &parts.method) {
            (Endpoint::Register, &Method::POST) => {
                is_of_type(&parts.headers, "application/json")?;
                let peer = Some(exchange.peer.address);
                let operation = RegisterRequest::parse(authorization, bytes, manner, peer)?;
                self.on_turn(&operation, turn, None, exchange).await?
            }
            (Endpoint::Registration, &Method::GET) => {
                let operation = ReadClient::parse(client_id, authorization)?;
                self.on_turn(&operation, turn, Some(client_id), exchange).await?
            }
            (Endpoint::Registration, &Method::PUT) => {
                is_of_type(&parts.headers, "application/json")?;
                let operation = UpdateClient::parse(client_id, authorization, bytes, manner)?;
                self.on_turn(&operation, turn, Some(client_id), exchange).await?
            }
            (Endpoint::Registration, &Method::DELETE) => {
                let operation = DeleteClient::parse(client_id, authorization)?;
                self.on_turn(&operation, turn, Some(client_id), exchange).await?;
                return Ok(Answered::new(Cache::Nobody, |_, _| Shape::EMPTY.status(204)));
            }
            (Endpoint::Register, _) => return Err(Refused::method("POST").into()),
            _ => return Err(Refused::method("GET, PUT, DELETE").into()),
        };
        Ok(Answered::new(Cache::Nobody, move |d, asked| (d.registration)(&reply, asked)))
    }
}
