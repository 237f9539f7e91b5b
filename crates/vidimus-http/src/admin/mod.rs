//! The admin API under `/admin/v1`: one way in, [`App::administer`], which asks for the
//! administrator's token before it looks at anything else.

mod actions;
mod json;
mod list;
mod routes;

use hyper::{Response, body::Bytes, http::request::Parts};
use vidimus_core::{
    admin::AdminCheck,
    client_auth::bearer::Bearer,
    engine::Store,
    errand::Errands,
    error::{Cause, OAuthError},
};

use crate::{app::App, body::Body, exchange::Exchange, failure::Failure, request::authorization};

impl<S: Store, E: Errands> App<S, E> {
    pub async fn administer<B>(
        &self,
        parts: &Parts,
        body: B,
        exchange: &mut Exchange,
    ) -> Result<Response<Body>, Failure>
    where
        B: hyper::body::Body<Data = Bytes>,
    {
        let by = self.administrator(parts, exchange).await?;
        let found = routes::find(&parts.method, parts.uri.path())?;
        self.act(found, by, parts, body, exchange).await
    }

    /// The administrator whose token the request carries.
    pub async fn administrator(
        &self,
        parts: &Parts,
        exchange: &mut Exchange,
    ) -> Result<String, Failure> {
        let authorization = authorization(&parts.headers)?;
        let none = || OAuthError::invalid_token("no bearer token was sent").caused(Cause::NoBearer);
        let bearer = Bearer::find(authorization).ok_or_else(none)?;
        self.run(&AdminCheck { bearer }, &self.default_tenant, exchange).await
    }
}
