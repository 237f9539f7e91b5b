//! Live requests: the list, what is new of it, and one by itself.

use serde_json::{Value, json};
use vidimus_console::operator::{
    Cell, Filter as ShownFilter, FilterInput, Line, Request, Requests, encoded, request, requests,
    tone, when,
};
use vidimus_core::error::{ErrorCode, OAuthError};
use vidimus_dialect::Shape;

use super::{
    Console,
    visit::{Visit, page},
};
use crate::{
    failure::Failure,
    metrics::Label,
    request_log::{Entry, Filter, Pair, as_curl},
};

const PATH: &str = "/console/requests";
const LINES: usize = 100;
/// What a list of requests is asked with; the rest is not ours.
const FILTERS: [&str; 5] = ["endpoint", "status", "reason", "caller", "tenant"];
const STATUSES: [(&str, &str); 5] =
    [("", "Any"), ("2xx", "2xx"), ("3xx", "3xx"), ("4xx", "4xx"), ("5xx", "5xx")];

impl<S, E> Console<'_, S, E> {
    pub(super) fn live_requests(&self, visit: &Visit<'_>) -> Result<Shape, Failure> {
        let mut lines = self.lines(visit)?;
        lines.reverse();
        let query = query(visit);
        let live = format!("{PATH}.json{}{query}", if query.is_empty() { "" } else { "?" });
        let skipped = self.requests.skipped();
        let shown = Requests { filters: filters(visit), lines, live, skipped };
        Ok(page(requests(&visit.shell("requests"), &shown)))
    }

    /// What has come since the request that is named.
    pub(super) fn new_requests(&self, visit: &Visit<'_>) -> Result<Shape, Failure> {
        let items: Vec<Value> = self.lines(visit)?.iter().map(as_json).collect();
        Ok(vidimus_dialect::json(&json!({ "items": items })))
    }

    /// Oldest first.
    fn lines(&self, visit: &Visit<'_>) -> Result<Vec<Line>, Failure> {
        let mut filter = Filter::of(&query(visit))?;
        filter.since = visit.query.get("since").map(str::to_owned);
        filter.limit = LINES;
        let found = self.requests.list(&filter);
        // What pages load tells nobody anything, unless it is asked for.
        let is_asset = |entry: &Entry| entry.endpoint == Label::Assets.as_str();
        let wanted = |entry: &&std::sync::Arc<Entry>| filter.endpoint.is_some() || !is_asset(entry);
        Ok(found.iter().filter(wanted).map(|entry| line(entry)).collect())
    }

    pub(super) fn one_request(&self, visit: &Visit<'_>) -> Result<Shape, Failure> {
        let entry = self.requests.one(&visit.found.id).ok_or_else(gone)?;
        let is_introspection = entry.endpoint == Label::Introspect.as_str();
        let to_inspector = || {
            let (tenant, caller) = (encoded(&entry.tenant), entry.caller.as_deref());
            format!(
                "/console/inspect?tenant={tenant}&caller={}",
                encoded(caller.unwrap_or_default())
            )
        };
        let may_replay = visit.in_sandbox && visit.may_change();
        let shown = Request {
            title: format!("{} {}", entry.method, entry.path),
            status: entry.status,
            facts: facts(&entry),
            why: entry.why.clone().unwrap_or_default(),
            asked: pairs(&entry.request.headers),
            parameters: pairs(&entry.request.parameters),
            answered: pairs(&entry.response.headers),
            members: pairs(&entry.response.members),
            curl: as_curl(&entry, &self.engine.public_url),
            explain: is_introspection.then(to_inspector),
            replay: may_replay.then(|| format!("{PATH}/{}/replay", encoded(&entry.request_id))),
        };
        Ok(page(request(&visit.shell("requests"), &shown)))
    }
}

pub fn gone() -> OAuthError {
    let what = "That request is not kept any more: newer ones took its place.";
    OAuthError::new(ErrorCode::NotFound, what)
}

/// Only what filters, and only what is filled in.
fn query(visit: &Visit<'_>) -> String {
    let kept = FILTERS.iter().filter_map(|name| {
        let value = visit.query.get(name)?.trim();
        (!value.is_empty()).then(|| format!("{name}={}", encoded(value)))
    });
    kept.collect::<Vec<_>>().join("&")
}

fn filters(visit: &Visit<'_>) -> Vec<ShownFilter> {
    let endpoints = Label::ALL.iter().map(|label| label.as_str());
    let endpoints =
        std::iter::once(("", "Any")).chain(endpoints.map(|endpoint| (endpoint, endpoint)));
    let owned = |(value, text): (&str, &str)| (value.to_owned(), text.to_owned());
    let filter = |name: &str, label: &str, input| ShownFilter {
        name: name.to_owned(),
        label: label.to_owned(),
        input,
        value: visit.query.get(name).unwrap_or_default().to_owned(),
    };
    vec![
        filter("reason", "Reason", FilterInput::Text),
        filter("endpoint", "Endpoint", FilterInput::Choice(endpoints.map(owned).collect())),
        filter("status", "Status", FilterInput::Choice(STATUSES.into_iter().map(owned).collect())),
        filter("caller", "Caller", FilterInput::Text),
        filter("tenant", "Tenant", FilterInput::Text),
    ]
}

fn line(entry: &Entry) -> Line {
    Line {
        id: entry.request_id.clone(),
        to: format!("{PATH}/{}", encoded(&entry.request_id)),
        at: entry.time,
        tenant: entry.tenant.clone(),
        method: entry.method.clone(),
        path: entry.path.clone(),
        status: entry.status,
        milliseconds: entry.milliseconds,
        caller: entry.caller.clone().unwrap_or_default(),
        because: entry.because().unwrap_or_default().to_owned(),
    }
}

fn as_json(line: &Line) -> Value {
    let (machine, text) = when(line.at);
    json!({
        "id": line.id,
        "to": line.to,
        "machine": machine,
        "when": text,
        "tenant": line.tenant,
        "method": line.method,
        "path": line.path,
        "status": line.status,
        "tone": tone(line.status).class(),
        "took": format!("{:.1} ms", line.milliseconds),
        "caller": line.caller,
        "because": line.because,
    })
}

pub fn pairs(pairs: &[Pair]) -> Vec<(String, String)> {
    pairs.iter().map(|pair| (pair.name.clone(), pair.value.to_string())).collect()
}

fn facts(entry: &Entry) -> Vec<(String, Cell)> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let code = |text: Option<&str>| text.map_or(Cell::None, |text| Cell::Code(text.to_owned()));
    let facts = [
        ("Time (UTC)", Cell::When(entry.time)),
        ("Request id", code(Some(&entry.request_id))),
        ("Tenant", text(&entry.tenant)),
        ("Endpoint", text(entry.endpoint)),
        ("Dialect", code(entry.dialect)),
        ("Took", text(&format!("{:.2} ms", entry.milliseconds))),
        ("Caller", code(entry.caller.as_deref())),
        ("Reason", code(entry.reason)),
        ("Error", code(entry.error)),
        ("Cause", code(entry.cause.as_deref())),
        ("Fault that was set", code(entry.fault)),
        ("From", text(&entry.peer)),
    ];
    let is_there = |(_, cell): &(&str, Cell)| !matches!(cell, Cell::None);
    facts.into_iter().filter(is_there).map(|(name, cell)| (name.to_owned(), cell)).collect()
}
