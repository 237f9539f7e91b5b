//! The token inspector. A token comes in the body of a form and goes nowhere but into the page.

use serde_json::Value;
use vidimus_console::operator::{Cell, Decoded, Inspection, Moment, Verdict, inspect};
use vidimus_core::{
    admin::{Explain, RevokeAny, operator::ReadToken},
    engine::Store,
    errand::Errands,
    error::OAuthError,
    facts::{Space, TenantRef},
    limits::TOKEN_BYTES_MAX,
    secret::Secret,
};
use vidimus_dialect::Shape;

use super::{
    Console,
    failure::status_of,
    told::{all, is, number, text},
    visit::{Visit, page},
};
use crate::{exchange::Exchange, failure::Failure};

/// Callers that are suggested.
const SUGGESTED_MAX: u32 = 100;

impl<S: Store, E: Errands> Console<'_, S, E> {
    pub(super) async fn inspect(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let mut shown = asked(visit);
        shown.callers = self.callers(&shown.tenant).await?;
        if !visit.is_post {
            return Ok(self.inspected(visit, &shown, 200));
        }
        let status = self.look_at(&mut shown, exchange).await?;
        Ok(self.inspected(visit, &shown, status))
    }

    pub(super) async fn revoke_inspected(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let mut shown = asked(visit);
        shown.callers = self.callers(&shown.tenant).await?;
        let at = TenantRef::Id(shown.tenant.clone());
        let revoke = RevokeAny { token: Secret::new(shown.token.clone()), by: visit.by() };
        let status = match self.run(&revoke, &at, exchange).await {
            Ok(reply) => {
                let said =
                    if is(&reply, "revoked") { "Revoked." } else { "There was nothing to revoke." };
                shown.done = Some(said.to_owned());
                self.look_at(&mut shown, exchange).await?
            }
            Err(failure) => failed(&mut shown, failure)?,
        };
        Ok(self.inspected(visit, &shown, status))
    }

    /// What is known of it, into the page; and the page's status.
    async fn look_at(
        &self,
        shown: &mut Inspection,
        exchange: &mut Exchange,
    ) -> Result<u16, Failure> {
        if shown.token.is_empty() || shown.token.len() > TOKEN_BYTES_MAX {
            let what = match shown.token.is_empty() {
                true => "Paste a token first.".to_owned(),
                false => format!("No token is longer than {TOKEN_BYTES_MAX} bytes."),
            };
            shown.failure = Some(what);
            return Ok(400);
        }
        let at = TenantRef::Id(shown.tenant.clone());
        let token = Secret::new(shown.token.clone());
        let caller = Some(shown.caller.clone()).filter(|caller| !caller.is_empty());
        let explain = Explain { token: token.clone(), caller };
        match self.explain(&explain, &at, exchange).await {
            Ok(reply) => shown.verdict = Some(verdict(&reply)),
            Err(failure) => return failed(shown, failure),
        }
        match self.run(&ReadToken { token }, &at, exchange).await {
            Ok(reply) => shown.decoded = Some(decoded(&reply)),
            Err(failure) => return failed(shown, failure),
        }
        Ok(200)
    }

    async fn callers(&self, tenant: &str) -> Result<Vec<String>, Failure> {
        let Ok(key) = self.tenant_key(tenant).await else { return Ok(Vec::new()) };
        let page = self.engine.store.page(key, Space::Caller, "", SUGGESTED_MAX).await?;
        Ok(page.iter().map(|object| object.id().to_owned()).collect())
    }

    fn inspected(&self, visit: &Visit<'_>, shown: &Inspection, status: u16) -> Shape {
        let mut shell = visit.shell("inspect");
        shell.tenant.clone_from(&shown.tenant);
        page(inspect(&shell, shown)).status(status)
    }
}

fn asked(visit: &Visit<'_>) -> Inspection {
    let from = if visit.is_post { &visit.form } else { &visit.query };
    let text = |name: &str| from.get(name).unwrap_or_default().trim().to_owned();
    let tenant = Some(text("tenant")).filter(|tenant| !tenant.is_empty());
    Inspection {
        tenant: tenant.unwrap_or_else(|| TenantRef::DEFAULT_ID.to_owned()),
        // Never of an address: those are kept in many places.
        token: if visit.is_post { text("token") } else { String::new() },
        caller: text("caller"),
        ..Inspection::default()
    }
}

fn failed(shown: &mut Inspection, failure: Failure) -> Result<u16, Failure> {
    let Failure::Refused(refused) = failure else { return Err(failure) };
    let OAuthError { description, .. } = &*refused.error;
    shown.failure = Some(description.to_string());
    Ok(status_of(&refused))
}

fn verdict(reply: &Value) -> Verdict {
    let null = Value::Null;
    let answer = reply.get("answer").unwrap_or(&null);
    let moment = |one: &Value| Moment {
        at: number(one, "at"),
        event: text(one, "event"),
        what: text(one, "what"),
        is_ahead: is(one, "future"),
    };
    Verdict {
        is_active: is(reply, "active"),
        reason: text(reply, "reason"),
        why: text(reply, "why"),
        answer: format!("{answer:#}"),
        facts: stored(reply.get("token").unwrap_or(&null)),
        time_line: all(reply, "time_line").map(moment).collect(),
    }
}

fn stored(token: &Value) -> Vec<(String, Cell)> {
    let Value::Object(map) = token else { return Vec::new() };
    let known = map.iter().filter(|(_, value)| !value.is_null());
    known
        .map(|(member, value)| {
            let cell = match value {
                Value::Number(at) if matches!(member.as_str(), "iat" | "exp" | "nbf") => {
                    Cell::When(at.as_i64().unwrap_or_default())
                }
                Value::String(scope) if member == "scope" => {
                    Cell::Codes(scope.split_whitespace().map(str::to_owned).collect())
                }
                Value::String(text) => Cell::Code(text.clone()),
                Value::Array(all) => Cell::Codes(
                    all.iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect(),
                ),
                other => Cell::Code(other.to_string()),
            };
            (member.replace('_', " "), cell)
        })
        .collect()
}

fn decoded(reply: &Value) -> Decoded {
    let part = |name: &str| reply.get(name).map_or_else(String::new, |value| format!("{value:#}"));
    let signature =
        reply.get("signature").and_then(Value::as_str).map(|signature| match signature {
            "good" => (true, "A key of this tenant signed it."),
            "wrong" => (false, "It names a key of this tenant, which did not sign this text."),
            "of_a_revoked_key" => (false, "The key that signed it is revoked as compromised."),
            _ => (false, "No key of this tenant has its kid: another issuer or tenant signed it."),
        });
    Decoded {
        shape: match text(reply, "shape").as_str() {
            "jwt" => "a JWT".to_owned(),
            "opaque" => "an opaque token; it says nothing by itself".to_owned(),
            _ => "no token of any shape that is made here".to_owned(),
        },
        header: part("header"),
        claims: part("claims"),
        signature: signature.map(|(good, said)| (good, said.to_owned())),
    }
}
