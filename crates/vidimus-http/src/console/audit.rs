//! The audit trail of a tenant, or of the server.

use serde_json::{Map, Value};
use vidimus_console::operator::{
    Changed, Difference, Entry, Notice, Trail, audit, encoded, noun, of_tenant,
};
use vidimus_core::{engine::Store, errand::Errands};
use vidimus_dialect::Shape;

use super::{
    Console,
    told::{all, is, number, text},
    visit::{Visit, page},
};
use crate::failure::Failure;

const ENTRIES: u32 = 25;
/// Kinds as the trail names them, and where they are in the console.
const PATHS: [(&str, &str); 6] = [
    ("client", "clients"),
    ("resource_server", "resource-servers"),
    ("user", "users"),
    ("trusted_issuer", "issuers"),
    ("registration_token", "registration-tokens"),
    ("api_token", "api-tokens"),
];

impl<S: Store, E: Errands> Console<'_, S, E> {
    pub(super) async fn audit_trail(&self, visit: &Visit<'_>) -> Result<Shape, Failure> {
        let is_of_all = !visit.found.route.path.contains("{tenant}");
        let tenant = (!is_of_all).then_some(visit.found.tenant.as_str());
        if let Some(tenant) = tenant {
            self.tenant_key(tenant).await?;
        }
        let after = visit.query.get("after").unwrap_or_default();
        let found = self.trail(tenant, after, ENTRIES).await?;
        let path = visit.parts.uri.path();
        let shown = Trail {
            tenant: tenant.map(str::to_owned),
            entries: found.items.iter().map(entry).collect(),
            next: found.next.map(|next| format!("{path}?after={}", encoded(&next))),
            first: (!after.is_empty()).then(|| path.to_owned()),
            other: match tenant {
                Some(_) => ("/console/audit".to_owned(), "Of all tenants".to_owned()),
                None => (
                    of_tenant(&visit.found.tenant, "/audit"),
                    format!("Of {} alone", visit.found.tenant),
                ),
            },
        };
        let mut shell = visit.shell("audit");
        if visit.query.get("check").is_some() {
            shell.notice = Some(self.checked_trail().await?);
        }
        Ok(page(audit(&shell, &shown)))
    }

    /// Whether an entry is missing, or is not as it was written.
    async fn checked_trail(&self) -> Result<Notice, Failure> {
        let told = self.check_trail().await?;
        let is_intact = is(&told, "intact");
        let text = if is_intact {
            format!("The trail is whole: {} entries, in their order.", number(&told, "entries"))
        } else {
            let broken = told.get("broken").map_or_else(String::new, Value::to_string);
            format!("The trail is not whole. Broken at: {broken}")
        };
        Ok(Notice { is_failure: !is_intact, text })
    }
}

fn entry(item: &Value) -> Entry {
    let tenant = text(item, "tenant");
    let request = text(item, "request_id");
    let from = match (text(item, "address"), request) {
        (address, request) if request.is_empty() => address,
        (address, request) => format!("{address} · request {request}"),
    };
    Entry {
        at: number(item, "at"),
        by: text(item, "by"),
        action: text(item, "action"),
        from,
        is_intact: is(item, "intact"),
        changes: all(item, "changes").map(|change| changed(change, &tenant)).collect(),
        further: item.get("further").and_then(Value::as_u64).unwrap_or_default(),
        tenant,
    }
}

fn changed(change: &Value, tenant: &str) -> Changed {
    let (verb, kind, id) = (text(change, "verb"), text(change, "kind"), text(change, "id"));
    let path = PATHS.iter().find(|(known, _)| *known == kind).and_then(|(_, path)| noun(path));
    let to = match path {
        Some(noun) if verb != "delete" => {
            of_tenant(tenant, &format!("/{}/{}", noun.path, encoded(&id)))
        }
        _ => String::new(),
    };
    let empty = Map::new();
    let side = |name: &str| change.get(name).and_then(Value::as_object).unwrap_or(&empty);
    let mut differences = Vec::new();
    compare("", side("before"), side("after"), &mut differences);
    Changed { what: format!("{verb} {} {id}", kind.replace('_', " ")), to, differences }
}

/// Of members that are objects before and after, what differs within them.
fn compare(
    within: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    differences: &mut Vec<Difference>,
) {
    let mut members: Vec<&String> = before.keys().chain(after.keys()).collect();
    members.sort_unstable();
    members.dedup();
    for member in members {
        let name = format!("{within}{member}");
        match (before.get(member), after.get(member)) {
            (Some(Value::Object(before)), Some(Value::Object(after))) => {
                compare(&format!("{name}."), before, after, differences);
            }
            (before, after) if before == after => {}
            (before, after) => differences.push(Difference {
                member: name,
                before: before.map(spelled),
                after: after.map(spelled),
            }),
        }
    }
}

fn spelled(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "(empty)".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_told_however_deep() {
        let change = json!({
            "verb": "update", "kind": "tenant", "id": "t",
            "before": {"policy": {"a": 1, "b": {"c": true}}, "gone": "x"},
            "after": {"policy": {"a": 1, "b": {"c": false}}, "new": ["y"]},
        });
        let told = changed(&change, "t");
        let told: Vec<_> = told
            .differences
            .iter()
            .map(|one| (one.member.as_str(), one.before.as_deref(), one.after.as_deref()))
            .collect();
        let wanted = [
            ("gone", Some("x"), None),
            ("new", None, Some("[\"y\"]")),
            ("policy.b.c", Some("true"), Some("false")),
        ];
        assert_eq!(told, wanted);
    }
}
