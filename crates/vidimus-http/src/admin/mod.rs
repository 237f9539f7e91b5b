//! The admin API under `/admin/v1`: one way in, [`App::administer`], which asks for the
//! administrator's token before it looks at anything else.

mod actions;
mod assertion;
mod conditions;
mod json;
mod list;
mod objects;
pub mod openapi;
mod orders;
pub mod problem;
mod recycled;
mod requests;
mod routes;
mod rows;

use hyper::{Response, body::Bytes, http::request::Parts};
use vidimus_core::{
    admin::{AdminCheck, Administrator, Over, ReachCheck},
    client_auth::bearer::Bearer,
    engine::Store,
    errand::Errands,
    error::{Cause, OAuthError},
    facts::TenantRef,
    time::Time,
};

use self::routes::{Found, Policy};
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
        let administrator = self.administrator(parts, exchange).await?;
        let found = routes::find(&parts.method, parts.uri.path())?;
        let since = self.admit(&administrator, &found, exchange).await?;
        self.act(Found { since, ..found }, administrator.by, parts, body, exchange).await
    }

    /// The administrator whose token the request carries.
    pub async fn administrator(
        &self,
        parts: &Parts,
        exchange: &mut Exchange,
    ) -> Result<Administrator, Failure> {
        let authorization = authorization(&parts.headers)?;
        let none = || OAuthError::invalid_token("no bearer token was sent").caused(Cause::NoBearer);
        let bearer = Bearer::find(authorization).ok_or_else(none)?;
        self.run(&AdminCheck { bearer }, &self.default_tenant, exchange).await
    }

    /// Whether the route is for this administrator. One of few tenants is told of others what is
    /// said of those that are not there, before anything is looked for; and of his own, nothing
    /// from before it was made.
    async fn admit(
        &self,
        administrator: &Administrator,
        found: &Found,
        exchange: &mut Exchange,
    ) -> Result<Option<Time>, Failure> {
        let Policy { over, right } = found.policy;
        administrator.may(right, over, &found.tenant)?;
        if over == Over::Tenant && administrator.is_of_few() {
            let check = ReachCheck { issued_at: administrator.issued_at };
            let at = TenantRef::Id(found.tenant.clone());
            return Ok(Some(self.run(&check, &at, exchange).await?));
        }
        Ok(None)
    }
}
