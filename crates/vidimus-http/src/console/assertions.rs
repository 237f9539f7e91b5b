//! The assertion inspector, over the check that the admin API and the command line run.

use serde_json::{Map, Value, json};
use vidimus_console::operator::{Assertion, Check, Checked, Seen, assertion};
use vidimus_core::{
    engine::Store, errand::Errands, error::OAuthError, facts::TenantRef, limits::TOKEN_BYTES_MAX,
};
use vidimus_dialect::{DIALECTS, Shape};

use super::{
    Console,
    failure::status_of,
    told::{all, is},
    visit::{Visit, page},
};
use crate::{exchange::Exchange, failure::Failure};

impl<S: Store, E: Errands> Console<'_, S, E> {
    pub(super) async fn assertions(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let mut shown = asked(visit);
        let mut status = 200;
        if visit.is_post {
            match self.checked(&shown, exchange).await {
                Ok(checked) => shown.checked = Some(checked),
                Err(Failure::Refused(refused)) => {
                    status = status_of(&refused);
                    shown.failure = Some(refused.error.description.to_string());
                }
                Err(fault) => return Err(fault),
            }
        }
        let mut shell = visit.shell("assertions");
        shell.tenant.clone_from(&shown.tenant);
        Ok(page(assertion(&shell, &shown)).status(status))
    }

    async fn checked(
        &self,
        asked: &Assertion,
        exchange: &mut Exchange,
    ) -> Result<Checked, Failure> {
        let refuse = |what| Failure::from(OAuthError::invalid_request(what));
        if asked.assertion.is_empty() {
            return Err(refuse("Paste an assertion first."));
        }
        if asked.assertion.len() > TOKEN_BYTES_MAX {
            return Err(refuse("No assertion is so long."));
        }
        let left_out = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let order = json!({
            "assertion": asked.assertion,
            "profile": left_out(&asked.profile),
            "client_id": left_out(&asked.client_id),
        });
        let order = serde_json::from_value(order).map_err(|_| refuse("It cannot be read."))?;
        let at = TenantRef::Id(asked.tenant.clone());
        let told = self.check_assertion(order, &at, exchange).await?;
        Ok(told_of(&told))
    }
}

fn asked(visit: &Visit<'_>) -> Assertion {
    let from = if visit.is_post { &visit.form } else { &visit.query };
    let text = |name: &str| from.get(name).unwrap_or_default().trim().to_owned();
    let tenant = Some(text("tenant")).filter(|tenant| !tenant.is_empty());
    Assertion {
        tenant: tenant.unwrap_or_else(|| TenantRef::DEFAULT_ID.to_owned()),
        // Never of an address: those are kept in many places.
        assertion: if visit.is_post { text("assertion") } else { String::new() },
        profile: text("profile"),
        profiles: DIALECTS.iter().map(|dialect| dialect.name).collect(),
        client_id: text("client_id"),
        ..Assertion::default()
    }
}

fn spelled(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn told_of(told: &Value) -> Checked {
    let null = Value::Null;
    let part = |value: &Value, member: &str| spelled(value.get(member).unwrap_or(&null));
    let check = |one: &Value| Check {
        claim: part(one, "claim"),
        is_good: one.get("ok").and_then(Value::as_bool),
        found: part(one, "found"),
        note: part(one, "note"),
        accepted: match one.get("accepted") {
            Some(Value::Array(all)) => all.iter().map(spelled).collect(),
            Some(one) => vec![spelled(one)].into_iter().filter(|text| !text.is_empty()).collect(),
            None => Vec::new(),
        },
    };
    let none = Map::new();
    let seen = told.get("as_seen").and_then(Value::as_object).unwrap_or(&none);
    let seen = seen.iter().map(|(dialect, answer)| Seen {
        dialect: dialect.clone(),
        status: answer.get("status").and_then(Value::as_u64).unwrap_or_default(),
        body: match answer.get("body") {
            None | Some(Value::Null) => "a token".to_owned(),
            Some(body) => format!("{body:#}"),
        },
    });
    Checked {
        is_good: is(told, "ok"),
        profile: part(told, "profile"),
        checks: all(told, "checks").map(check).collect(),
        seen: seen.collect(),
        fix: all(told, "fix").map(spelled).collect(),
    }
}
