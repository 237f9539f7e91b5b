//! What a sandbox passes on: paths that are nobody's here, behind the check of the bearer token that a
//! resource server makes (RFC 6750). Whoever stands behind is told whose token it was.

use std::borrow::Cow;

use axum::body::to_bytes;
use hyper::{
    HeaderMap, Method, Request, Response,
    body::Bytes,
    header::{self, HeaderName, HeaderValue},
    http::request::Parts,
};
use serde_json::Value;
use tower::ServiceExt;
use vidimus_core::{
    admin::IntrospectAny,
    client_auth::bearer::Bearer,
    engine::Store,
    errand::Errands,
    error::{Cause, OAuthError},
    facts::{Needs, Space, TenantRef},
    limits::{BODY_BYTES_MAX, PAGE_SIZE_MAX},
    row_key::RowKey,
    secret::Secret,
};
use vidimus_dialect::DIALECTS;

use crate::{
    app::App, body::Body, entropy::OsEntropy, exchange::Exchange, failure::Failure, path,
    request::authorization, routes,
};

/// What the one behind is told, and the member of the answer to an introspection.
const TOLD: [(HeaderName, &str); 4] = [
    (HeaderName::from_static("x-vidimus-client-id"), "client_id"),
    (HeaderName::from_static("x-vidimus-username"), "username"),
    (HeaderName::from_static("x-vidimus-subject"), "sub"),
    (HeaderName::from_static("x-vidimus-scope"), "scope"),
];
const TENANT: HeaderName = HeaderName::from_static("x-vidimus-tenant");
/// First segments of paths that are ours, even where nothing is there.
const OURS: [&str; 9] =
    ["admin", "assets", "console", "docs", "livez", "metrics", "oauth2", "readyz", ".well-known"];
/// Segments of an alias that is looked for.
const ALIAS_SEGMENTS_MAX: usize = 4;

/// Whether a path may be passed on at all, if no route of ours has it.
pub fn takes(path: &str) -> bool {
    let first = path.split('/').nth(1).unwrap_or_default();
    !OURS.contains(&first) && !first.starts_with("__") && routes::owner(&DIALECTS, path).is_none()
}

impl<S: Store, E: Errands> App<S, E> {
    pub async fn pass_on<B>(
        &self,
        upstream: &axum::Router,
        parts: &Parts,
        body: B,
        exchange: &mut Exchange,
    ) -> Result<Response<Body>, Failure>
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let mut onward = parts.clone();
        onward.headers.remove(TENANT);
        TOLD.iter().for_each(|(name, _)| drop(onward.headers.remove(name)));
        // A browser asks beforehand without a token (Fetch §3.2.2).
        if !is_preflight(parts) {
            let (tenant, known) = match self.bearer_of(parts).await {
                Ok(known) => known,
                Err(failure) => {
                    // Some clients take it ill over HTTP/2 to be answered while they speak.
                    let _ = to_bytes(axum::body::Body::new(body), BODY_BYTES_MAX).await;
                    return Err(failure);
                }
            };
            put(&mut onward.headers, TENANT, &tenant);
            for (name, member) in TOLD {
                if let Some(value) = known.get(member).and_then(Value::as_str) {
                    put(&mut onward.headers, name, value);
                }
            }
            exchange.tenant = Some(tenant);
            exchange.caller = known.get("client_id").and_then(Value::as_str).map(str::to_owned);
        }
        let request = Request::from_parts(onward, axum::body::Body::new(body));
        let response = match upstream.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        Ok(response.map(Body::Added))
    }

    /// The tenant and what introspection tells of the token.
    async fn bearer_of(&self, parts: &Parts) -> Result<(String, Value), Failure> {
        let token = presented(&parts.headers)?.ok_or_else(|| {
            OAuthError::invalid_token("no access token was sent").caused(Cause::NoBearer)
        })?;
        let operation = IntrospectAny { token };
        let now = self.now();
        for tenant in self.tenants_of(parts).await? {
            let asked = TenantRef::Id(tenant.clone());
            let answer = self.engine.run(&operation, &asked, now, &mut OsEntropy).await?;
            let Ok(known) = answer.reply else { continue };
            if known.get("active") != Some(&Value::Bool(true)) {
                continue;
            }
            // A bound token needs a proof, and only who issued the nonce or ended TLS can check that.
            let is_plain = known.get("token_type").and_then(Value::as_str) == Some("Bearer")
                && known.get("cnf").is_none();
            if is_plain {
                return Ok((tenant, known));
            }
            return Err(refused("it is not a plain bearer token").into());
        }
        Err(refused("the access token is not active").into())
    }

    /// Whose tokens are good here: of the tenant that path or host names, else of any. An API at the
    /// root of `localhost` is every tenant's.
    async fn tenants_of(&self, parts: &Parts) -> Result<Vec<String>, Failure> {
        let named = parts.uri.path().strip_prefix("/t/").and_then(|rest| rest.split('/').next());
        if let Some(id) = named.and_then(path::decode) {
            return Ok(vec![id.into_owned()]);
        }
        for alias in aliases(parts.uri.path()) {
            let asked = TenantRef::Path(alias.to_owned());
            let facts = self.engine.store.load(&asked, &Needs::default()).await?;
            if let Some(tenant) = facts.tenant() {
                return Ok(vec![tenant.id().to_owned()]);
            }
        }
        if let Cow::Owned(tenant) = self.tenant_of_host(parts).await? {
            return Ok(vec![tenant.name().to_owned()]);
        }
        let store = &self.engine.store;
        let all = store.page(RowKey::ROOT, Space::Tenant, "", PAGE_SIZE_MAX).await?;
        Ok(all.iter().map(|tenant| tenant.id().to_owned()).collect())
    }
}

/// In the header of RFC 6750, or alone in one that some dialect knows.
fn presented(headers: &HeaderMap) -> Result<Option<Secret>, OAuthError> {
    if let Some(token) = Bearer::text(authorization(headers)?) {
        return Ok(Some(token));
    }
    let routes = DIALECTS.iter().flat_map(|dialect| dialect.routes);
    let mut others = routes.filter_map(|route| headers.get(route.reading.token_header?));
    Ok(others.find_map(|value| value.to_str().ok()).map(Secret::new))
}

fn refused(why: &'static str) -> OAuthError {
    OAuthError::invalid_token(why).caused(Cause::TokenUnknown)
}

fn is_preflight(parts: &Parts) -> bool {
    parts.method == Method::OPTIONS
        && parts.headers.contains_key(header::ORIGIN)
        && parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// What a path may begin with, the longest first.
fn aliases(path: &str) -> impl Iterator<Item = &str> {
    let ends: Vec<usize> =
        path.match_indices('/').map(|(at, _)| at).skip(1).take(ALIAS_SEGMENTS_MAX).collect();
    ends.into_iter().rev().filter_map(|end| path.get(..end))
}

/// A value that is no header text is left out.
fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours_is_never_passed_on() {
        for path in ["/services/data/v60.0/query", "/api/orders", "/", "/t/foo.com/api"] {
            assert!(takes(path), "{path}");
        }
        for path in [
            "/admin/v1/nothing",
            "/oauth2/tokens",
            "/.well-known/nothing",
            "/console/nothing",
            "/docs/nothing",
            "/assets/nothing",
            "/__sandbox",
            "/services/oauth2/nothing",
            "/metrics/x",
        ] {
            assert!(!takes(path), "{path}");
        }
    }

    #[test]
    fn aliases_are_tried_from_the_longest() {
        assert_eq!(aliases("/a/b/c").collect::<Vec<_>>(), ["/a/b", "/a"]);
        assert_eq!(aliases("/a").count(), 0);
    }
}
