//! What is declared, as lists and one by one.

use serde_json::Value;
use vidimus_console::operator::{
    Cell, Deed, Filter, FilterInput, List, Notice, Noun, Object as Shown, Row, Tone, ago, encoded,
    list, object, of_tenant,
};
use vidimus_core::{
    admin::{AFTER, LIMIT, Show, view},
    engine::Store,
    errand::Errands,
    error::{ErrorCode, OAuthError},
    facts::{Needs, TenantRef},
    form::Form,
    model::Kind,
};
use vidimus_dialect::Shape;

use super::{
    Console,
    declaration::pairs,
    failure::status_of,
    told::{all, is, text},
    visit::{Visit, page},
};
use crate::{exchange::Exchange, failure::Failure, used::with_use};

/// Rows of one page.
pub const ROWS: usize = 40;

impl<S: Store, E: Errands> Console<'_, S, E> {
    pub(super) async fn objects(&self, visit: &Visit<'_>) -> Result<Shape, Failure> {
        let noun = visit.found.noun;
        let query = asked(noun, &visit.query)?;
        let mut shell = visit.shell(noun.path);
        let mut status = 200;
        let told = match self.listed(noun.kind, visit.found.tenant.clone(), &query).await {
            // What the filters cannot mean is said above them.
            Err(Failure::Refused(refused)) if refused.error.code == ErrorCode::InvalidRequest => {
                let text = refused.error.description.to_string();
                shell.notice = Some(Notice { is_failure: true, text });
                status = status_of(&refused);
                Value::Null
            }
            told => told?,
        };
        let path = visit.list_path();
        let next = told.get("next").and_then(Value::as_str);
        let of_tenant = |rest: &str| of_tenant(&visit.found.tenant, rest);
        let shown = List {
            title: noun.many.to_owned(),
            lead: noun.lead.to_owned(),
            filters: filters(noun, &visit.query),
            columns: columns(noun),
            rows: all(&told, "items").map(|view| row(noun, view, &path)).collect(),
            next: next.map(|after| format!("{path}?{}", again(noun, &visit.query, after))),
            first: visit
                .query
                .get(AFTER)
                .map(|_| format!("{path}?{}", again(noun, &visit.query, ""))),
            create: (visit.may_change() && noun.can_be_made).then(|| {
                let to = of_tenant(&format!("/new/{}", noun.path));
                (to, format!("New {}", noun.one.to_lowercase()))
            }),
            bulk: (noun.kind == Kind::Client && visit.may_change()).then(|| {
                let to = of_tenant(&format!("/bulk/{}", noun.path));
                (to, vec![("disable", "Disable selected"), ("delete", "Delete selected")])
            }),
            empty: noun.empty.to_owned(),
            path,
        };
        Ok(page(list(&shell, &shown)).status(status))
    }

    /// As administrators see it; of a client, with its last use.
    pub(super) async fn view_of(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Value, Failure> {
        let (kind, id) = (visit.found.noun.kind, visit.found.id.clone());
        if kind == Kind::Client {
            let needs = Needs::default().object(kind.space(), &id);
            let facts = self.engine.store.load(&visit.tenant(), &needs).await?;
            let client = facts.find(kind.space(), &id).filter(|object| object.kind() == kind);
            if let (Some(tenant), Some(client)) = (facts.tenant(), client) {
                let used = self.engine.store.used(tenant.key(), &[client.key]).await?;
                return Ok(with_use(view(client), used.first().map(|(_, at)| *at)));
            }
        }
        self.run(&Show { kind, id }, &visit.tenant(), exchange).await
    }

    pub(super) async fn object(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let view = self.view_of(visit, exchange).await?;
        let noun = visit.found.noun;
        let shown = Shown {
            title: visit.found.id.clone(),
            kind: noun.one.to_owned(),
            back: match noun.kind {
                Kind::Tenant => ("/console/tenants".to_owned(), noun.many.to_owned()),
                _ => (visit.list_path(), noun.many.to_owned()),
            },
            tags: tags(&view),
            facts: facts(noun, &view, visit.now),
            raw: format!("{view:#}"),
            deeds: if visit.may_change() { deeds(noun, &view, visit) } else { Vec::new() },
            links: links(noun, visit),
        };
        Ok(page(object(&visit.shell(noun.path), &shown)))
    }
}

/// Where one object is, and what is below it.
pub fn place(visit: &Visit<'_>, rest: &str) -> String {
    match visit.found.noun.kind {
        Kind::Tenant => of_tenant(&visit.found.tenant, &format!("/settings{rest}")),
        _ => format!("{}/{}{rest}", visit.list_path(), encoded(&visit.found.id)),
    }
}

/// What lists of the kind know, as the API is asked for it.
fn asked(noun: &Noun, query: &Form) -> Result<Form, OAuthError> {
    let names = noun.filters.iter().map(|filter| filter.name).chain([AFTER]);
    let given = names.filter_map(|name| {
        let value = query.get(name)?.trim();
        (!value.is_empty()).then(|| (name.to_owned(), value.to_owned()))
    });
    Form::of(given.chain([(LIMIT.to_owned(), ROWS.to_string())]))
}

fn again(noun: &Noun, query: &Form, after: &str) -> String {
    let kept = noun
        .filters
        .iter()
        .filter_map(|filter| Some(format!("{}={}", filter.name, encoded(query.get(filter.name)?))));
    let after = (!after.is_empty()).then(|| format!("{AFTER}={}", encoded(after)));
    kept.chain(after).collect::<Vec<_>>().join("&")
}

pub fn filters(noun: &Noun, query: &Form) -> Vec<Filter> {
    let filters = noun.filters.iter().map(|filter| Filter {
        name: filter.name.to_owned(),
        label: filter.label.to_owned(),
        input: match filter.choices {
            [] => FilterInput::Text,
            choices => FilterInput::Choice(pairs(choices)),
        },
        value: query.get(filter.name).unwrap_or_default().to_owned(),
    });
    filters.collect()
}

pub fn columns(noun: &Noun) -> Vec<String> {
    let rest = noun.columns.iter().map(|(title, _)| (*title).to_owned());
    std::iter::once("Id".to_owned()).chain(rest).collect()
}

/// `path`: of the list.
pub fn row(noun: &Noun, view: &Value, path: &str) -> Row {
    let cells = noun.columns.iter().map(|(_, cell)| cell(view)).collect();
    Row { id: text(view, noun.id_member), to: place_of(noun, view, path), cells }
}

/// Where the object of this view is; `path`: of the list.
pub fn place_of(noun: &Noun, view: &Value, path: &str) -> String {
    let id = text(view, noun.id_member);
    match noun.kind {
        Kind::Tenant => of_tenant(&id, "/settings"),
        _ => format!("{path}/{}", encoded(&id)),
    }
}

fn tags(view: &Value) -> Vec<(Tone, String)> {
    let mut tags = vec![if is(view, "disabled") {
        (Tone::Bad, "disabled".to_owned())
    } else {
        (Tone::Good, "enabled".to_owned())
    }];
    if is(view, "locked") {
        tags.push((Tone::Bad, "locked".to_owned()));
    }
    if view.get("registered_at").is_some() {
        tags.push((Tone::Note, "registered itself".to_owned()));
    }
    tags
}

/// Every member in the order of the fields first, then the rest.
fn facts(noun: &Noun, view: &Value, now: i64) -> Vec<(String, Cell)> {
    let Value::Object(map) = view else { return Vec::new() };
    let mut facts = Vec::new();
    for field in noun.fields {
        if let Some(value) = map.get(field.member) {
            facts.push((field.label.to_owned(), cell(field.member, value, now)));
        }
    }
    for (member, value) in map {
        let is_told = noun.has_field(member) || matches!(member.as_str(), "kind" | "disabled");
        match value {
            _ if is_told => {}
            Value::Object(inner) => {
                let inner = inner.iter().filter(|(_, value)| !value.is_object());
                facts.extend(inner.map(|(part, value)| {
                    (spelled(&format!("{member}: {part}")), cell(part, value, now))
                }));
            }
            _ => facts.push((spelled(member), cell(member, value, now))),
        }
    }
    facts
}

/// A member's name for people: `access_token_ttl_seconds` is "Access token ttl seconds".
fn spelled(member: &str) -> String {
    let mut letters = member.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).map(|c| if c == '_' { ' ' } else { c }).collect()
}

fn cell(member: &str, value: &Value, now: i64) -> Cell {
    let is_moment = member.ends_with("_at")
        || matches!(member, "last_used" | "tokens_revoked_before" | "exp" | "iat");
    match value {
        Value::Null => Cell::None,
        Value::Number(number) => match number.as_i64() {
            Some(at) if is_moment => Cell::Text(format!(
                "{} UTC ({})",
                vidimus_console::operator::when(at).1,
                ago(at, now)
            )),
            _ => Cell::Text(number.to_string()),
        },
        Value::String(text) if member == "scope" => {
            Cell::Codes(text.split_whitespace().map(str::to_owned).collect())
        }
        Value::String(text) if text.is_empty() => Cell::None,
        Value::String(text) => Cell::Text(text.clone()),
        Value::Bool(yes) => Cell::Text(if *yes { "yes" } else { "no" }.to_owned()),
        Value::Array(all) if all.is_empty() => Cell::None,
        Value::Array(all) => {
            let text = |one: &Value| one.as_str().map_or_else(|| one.to_string(), str::to_owned);
            Cell::Codes(all.iter().map(text).collect())
        }
        Value::Object(_) => Cell::Code(value.to_string()),
    }
}

fn deeds(noun: &Noun, view: &Value, visit: &Visit<'_>) -> Vec<Deed> {
    let act = place(visit, "/act");
    let deed = |action, text, is_danger| Deed { to: act.clone(), action, text, is_danger };
    let mut deeds = Vec::new();
    if noun.can_be_changed {
        deeds.push(Deed { to: place(visit, "/edit"), ..deed(None, "Edit", false) });
    }
    if noun.has_secret && view.get("has_secret").is_some() {
        deeds.push(deed(Some("renew-secret"), "Rotate secret", false));
    }
    let is_home = visit.found.id == TenantRef::DEFAULT_ID && noun.kind == Kind::Tenant;
    if noun.can_be_disabled && !is_home {
        deeds.push(if is(view, "disabled") {
            deed(Some("enable"), "Enable", false)
        } else {
            deed(Some("disable"), "Disable", false)
        });
    }
    if noun.has_tokens {
        deeds.push(deed(Some("revoke-tokens"), "Revoke all tokens", true));
    }
    if !is_home {
        deeds.push(Deed { to: place(visit, "/delete"), ..deed(None, "Delete", true) });
    }
    deeds
}

fn links(noun: &Noun, visit: &Visit<'_>) -> Vec<(String, String)> {
    let of_this = |rest: &str, text: &str| (place(visit, rest), text.to_owned());
    match noun.kind {
        Kind::User => {
            vec![of_this("/sessions", "Sessions"), of_this("/tokens", "Tokens")]
        }
        Kind::Client => vec![of_this("/tokens", "Tokens")],
        _ => Vec::new(),
    }
}
