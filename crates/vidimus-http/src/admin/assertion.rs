//! An assertion checked as the routes of each dialect of the tenant would read it, and what a client of
//! each would be told.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use vidimus_core::{
    admin::AssertionCheck,
    client_auth,
    engine::Store,
    errand::Errands,
    error::OAuthError,
    facts::{Facts, Needs, TenantRef},
    manner::Manner,
    secret::Secret,
};
use vidimus_dialect::{Asked, DIALECTS, Dialect, Endpoint, Route, Shape};

use crate::{app::App, exchange::Exchange, failure::Failure};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToCheck {
    assertion: Secret,
    /// The dialect whose checks are told one by one; the tenant's first, if left out.
    profile: Option<String>,
    /// Who would bring it; its issuer, if left out.
    client_id: Option<String>,
}

impl<S: Store, E: Errands> App<S, E> {
    pub async fn check_assertion(
        &self,
        order: ToCheck,
        at: &TenantRef,
        exchange: &mut Exchange,
    ) -> Result<Value, Failure> {
        let facts = self.engine.store.load(at, &Needs::default()).await?;
        let spoken = spoken(&facts)?;
        let names = || spoken.iter().map(|(dialect, _)| dialect.name);
        let profile = match &order.profile {
            None => names().next(),
            Some(name) => names().find(|known| known == name),
        };
        let profile = profile.ok_or_else(|| {
            let names: Vec<&str> = names().collect();
            let what = format!("The tenant answers for tokens as one of: {}.", names.join(", "));
            OAuthError::invalid_request(what).at("/profile")
        })?;
        let mut as_seen = Map::new();
        let mut told = json!({});
        for (dialect, route) in &spoken {
            let (assertion, client_id) = (order.assertion.clone(), order.client_id.clone());
            let check = AssertionCheck::new(assertion, client_id, route.manner)?;
            let report = self.run(&check, at, exchange).await?;
            let seen = match &report.verdict {
                Ok(()) => json!({"status": 200, "body": Value::Null}),
                Err(error) => {
                    let issuer = self.engine.issuer(facts.tenant().map_or("", |t| t.id()));
                    let asked = Asked {
                        endpoint: Endpoint::Token,
                        path: route.path,
                        tenant: facts.tenant(),
                        issuer: &issuer,
                        ..self.asked_plainly(exchange)
                    };
                    seen(&(dialect.error)(error, None, &asked))
                }
            };
            as_seen.insert(dialect.name.to_owned(), seen);
            if dialect.name == profile {
                let ok = report.verdict.is_ok();
                told = json!({"ok": ok, "profile": profile, "checks": report.checks,
                    "fix": report.fix});
            }
        }
        if let Value::Object(map) = &mut told {
            map.insert("as_seen".to_owned(), Value::Object(as_seen));
        }
        Ok(told)
    }
}

/// The dialects in which the tenant gives tokens, and their routes to that.
fn spoken(facts: &Facts) -> Result<Vec<(&'static Dialect, &'static Route)>, OAuthError> {
    let tenant = client_auth::tenant(facts)?;
    Ok(giving().filter(|(dialect, _)| tenant.body.speaks(dialect.name)).collect())
}

/// The dialects that give tokens.
fn giving() -> impl Iterator<Item = (&'static Dialect, &'static Route)> {
    let route = |dialect: &'static Dialect| Route::to(Endpoint::Token, dialect.routes);
    DIALECTS.into_iter().filter_map(move |dialect| Some((dialect, route(dialect)?)))
}

/// How the dialect of this name gives tokens.
pub fn manner(profile: &str) -> Result<&'static Manner, OAuthError> {
    let found = giving().find(|(dialect, _)| dialect.name == profile);
    found.map(|(_, route)| route.manner).ok_or_else(|| {
        let names: Vec<&str> = giving().map(|(dialect, _)| dialect.name).collect();
        let what = format!("profile must be one of: {}.", names.join(", "));
        OAuthError::invalid_request(what).at("/profile")
    })
}

/// JSON as it is; any other body as text.
fn seen(shape: &Shape) -> Value {
    let body = serde_json::from_slice::<Value>(&shape.body)
        .unwrap_or_else(|_| String::from_utf8_lossy(&shape.body).into_owned().into());
    json!({"status": shape.status, "body": body})
}
