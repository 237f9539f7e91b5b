//! What leaves the server beside its answers: spans and log records to a collector, audit lines to a
//! file. It is of use, and no secret is in it (SEC-265).

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Any};
use prost::Message;
use serde_json::{Value, json};
use vidimus_e2e::collector::Collector;
use vidimus_e2e::http::{Request, form_encode};
use vidimus_e2e::setup::{Setup, Store};

use crate::logs::misplace;
use crate::search::Search;
use crate::stored::{in_parts, play};
use crate::world::{Tenant, World, shared_machine};

type Attributes = BTreeMap<String, String>;

/// Spans and log records, each with its text under the name "".
struct Told {
    spans: Vec<Attributes>,
    records: Vec<Attributes>,
    bytes: Vec<u8>,
}

impl Told {
    fn to(collector: &Collector) -> Self {
        let traces = collector.received("/v1/traces");
        let logs = collector.received("/v1/logs");
        let mut told = Self { spans: Vec::new(), records: Vec::new(), bytes: Vec::new() };
        for body in &traces {
            let request = ExportTraceServiceRequest::decode(&body[..]).expect("protobuf");
            let scopes = request.resource_spans.into_iter().flat_map(|of| of.scope_spans);
            for span in scopes.flat_map(|scope| scope.spans) {
                told.spans.push(attributes(span.attributes, span.name));
            }
        }
        for body in &logs {
            let request = ExportLogsServiceRequest::decode(&body[..]).expect("protobuf");
            let scopes = request.resource_logs.into_iter().flat_map(|of| of.scope_logs);
            for record in scopes.flat_map(|scope| scope.log_records) {
                let body = record.body.map(text).unwrap_or_default();
                told.records.push(attributes(record.attributes, body));
            }
        }
        told.bytes = [traces.concat(), logs.concat()].concat();
        told
    }
}

fn attributes(list: Vec<KeyValue>, named: String) -> Attributes {
    let pairs = list.into_iter().map(|pair| (pair.key, pair.value.map(text).unwrap_or_default()));
    pairs.chain([(String::new(), named)]).collect()
}

fn text(value: AnyValue) -> String {
    match value.value {
        Some(Any::StringValue(text)) => text,
        Some(Any::IntValue(number)) => number.to_string(),
        Some(Any::BoolValue(is)) => is.to_string(),
        other => format!("{other:?}"),
    }
}

fn audit(world: &World) -> Vec<Value> {
    let path = world.server.directory().join("audit.jsonl");
    let mode = fs::metadata(&path).expect("audit lines").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "others may read it");
    let text = fs::read_to_string(path).expect("text");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect()
}

#[test]
fn a_collector_is_told_request_tenant_endpoint_and_reason() {
    let _shared = shared_machine();
    let collector = Collector::start();
    let mut world = World::start(&at_file(&collector));
    let tenant = world.tenant("watched", json!({}));
    let caller =
        world.resource_server(&tenant, "api", json!({"audiences": ["https://api.example"]}));
    let unknown = "vat_0000000000000000000000000000000000000000000000000000000000000";
    let answer = world.introspect(&tenant, &caller, unknown);
    let id = answer.header("X-Request-Id").expect("an id").to_owned();
    let refused = world.exchange(
        &Request::post(&tenant.at("/oauth2/token"))
            .basic("nobody", "a-secret-of-nobody")
            .form(&[("grant_type", "client_credentials")]),
    );
    let refused_id = refused.header("X-Request-Id").expect("an id").to_owned();
    assert!(world.server.terminate().success(), "it ends well");
    let told = Told::to(&collector);
    let of = |all: &[Attributes], id: &str| -> Vec<Attributes> {
        let is = |told: &&Attributes| told.get("request_id").is_some_and(|told| told == id);
        all.iter().filter(is).cloned().collect()
    };
    let has = |told: &Attributes, name: &str, value: &str| {
        assert_eq!(told.get(name).map(String::as_str), Some(value), "{name}: {told:#?}");
    };
    let spans = of(&told.spans, &id);
    assert_eq!(spans.len(), 1, "{spans:#?}");
    has(&spans[0], "", "request");
    has(&spans[0], "endpoint", "introspect");
    has(&spans[0], "tenant", &tenant.id);
    has(&spans[0], "http.response.status_code", "200");
    let reason = spans[0].get("reason").expect("a reason").clone();
    let records = of(&told.records, &id);
    let inactive = records.iter().find(|record| record[""] == "introspection: inactive");
    let inactive = inactive.unwrap_or_else(|| panic!("{records:#?}"));
    has(inactive, "reason", &reason);
    has(inactive, "tenant", &tenant.id);
    let refusals = of(&told.records, &refused_id);
    has(&refusals[0], "error", "invalid_client");
    has(&of(&told.spans, &refused_id)[0], "http.response.status_code", "401");
    // Nothing of those who carry it: it would never end.
    let targets = told.records.iter().chain(&told.spans).filter_map(|of| of.get("target"));
    assert!(targets.clone().all(|target| target.starts_with("vidimus")), "{:?}", targets.max());
}

fn at_file(collector: &Collector) -> Setup {
    let setup = Setup::new(Store::Sqlite).section("\n[log]\naudit = \"file:audit.jsonl\"\n");
    setup.setting("telemetry.otlp_endpoint", &collector.url())
}

#[test]
fn sec_265_no_secret_reaches_a_collector_or_the_audit_lines() {
    let _shared = shared_machine();
    let collector = Collector::start();
    let mut setup = at_file(&collector);
    setup.environment.push(("RUST_LOG".to_owned(), "trace".to_owned()));
    let mut world = World::start(&setup);
    world.remember(world.admin_bearer());
    play(&world);
    misplace(&world);
    let lines = audit(&world);
    let issued = in_parts(&world.issued());
    assert!(issued.len() >= 60, "{} secrets", issued.len());
    let search = Search::new(&issued);
    let file = fs::read(world.server.directory().join("audit.jsonl")).expect("audit lines");
    assert!(world.server.terminate().success(), "it ends well");
    let told = Told::to(&collector);
    assert!(told.spans.len() > 100, "{} spans", told.spans.len());
    assert!(told.records.len() > 100, "{} records", told.records.len());
    assert!(lines.len() > 20, "{} audit lines", lines.len());
    assert_eq!(search.hits(&told.bytes), Vec::<&str>::new(), "in telemetry");
    assert_eq!(search.hits(&file), Vec::<&str>::new(), "in audit lines");
}

#[test]
fn sec_273_audit_lines_say_who_did_what_where_from_and_what_came_of_it() {
    let _shared = shared_machine();
    let collector = Collector::start();
    let mut world = World::start(&at_file(&collector));
    let root = Tenant::root(&world.server);
    let forged = "x\r\n{\"by\":\"nobody\"}\u{1b}[31m\u{85}\u{2028}";
    let made =
        world.admin("POST", "/tenants/default/clients", Some(&json!({"client_id": "billing"})));
    let id = made.header("X-Request-Id").expect("an id").to_owned();
    let wrong = Request::post("/oauth2/token").basic(forged, "no").form(&[("grant_type", "x")]);
    world.exchange(&wrong);
    world.exchange(&Request::get("/admin/v1/status").bearer("vat_no"));
    world.admin("GET", &format!("/tenants/default/clients/{}", form_encode(forged)), None);
    let app = world.client(&root, "app", json!({"grant_types": ["client_credentials"]}));
    let token = world.token(&root, &app, &[]);
    world.revoke(&root, &app, &token);
    let lines = audit(&world);
    let of = |action: &str| -> Vec<&Value> {
        lines.iter().filter(|line| line["action"] == action).collect()
    };
    let created = of("create client").into_iter().find(|line| line["target"] == "billing");
    let created = created.unwrap_or_else(|| panic!("{lines:#?}"));
    for (member, value) in [
        ("request_id", id.as_str()),
        ("tenant", "default"),
        ("by", "vidimus-admin"),
        ("result", "done"),
        ("peer", "127.0.0.1"),
        ("endpoint", "admin"),
    ] {
        assert_eq!(created[member], value, "{created}");
    }
    let time = created["time"].as_str().expect("a time");
    assert!(time.ends_with('Z') && time.len() == "2026-11-21T17:40:24.123Z".len(), "{time}");
    let refused = of("authenticate");
    assert!(refused.iter().any(|line| line["result"] == "invalid_client"), "{refused:#?}");
    let at_admin =
        |line: &&&Value| line["endpoint"] == "admin" && line["result"] == "invalid_token";
    assert_eq!(refused.iter().filter(at_admin).count(), 1, "{refused:#?}");
    assert_eq!(of("revoke token")[0]["by"], "app");
    let file = fs::read_to_string(world.server.directory().join("audit.jsonl")).expect("text");
    let is_plain = |c: char| c == '\n' || !(c.is_control() || c == '\u{2028}');
    assert!(file.chars().all(is_plain), "a control character");
    assert!(!lines.iter().any(|line| line["by"] == "nobody"), "a line was forged");
    // It may be moved away at any time.
    let path = world.server.directory().join("audit.jsonl");
    fs::rename(&path, path.with_extension("1")).expect("moved");
    world.admin("POST", "/tenants/default/clients", Some(&json!({"client_id": "later"})));
    assert_eq!(audit(&world).len(), 1);
    assert!(world.server.terminate().success());
}

#[test]
fn audit_lines_can_go_to_standard_output_and_nothing_else_does() {
    let _shared = shared_machine();
    let world = World::start(&Setup::new(Store::Memory).setting("log.audit", "stdout"));
    world.change("POST", "/tenants/default/clients", &json!({"client_id": "billing"}));
    let out = world.server.stdout();
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    assert!(lines.iter().any(|line| line["target"] == "billing"), "{lines:#?}");
}

#[test]
fn a_collector_that_is_away_is_told_of_and_costs_no_request() {
    let _shared = shared_machine();
    // Reserved, and nobody's: a connection is refused at once.
    let setup = Setup::new(Store::Memory).setting("telemetry.otlp_endpoint", "http://127.0.0.1:9");
    let mut world = World::start(&setup);
    let root = Tenant::root(&world.server);
    let deadline = Instant::now() + Duration::from_secs(30);
    while !world.server.stderr().contains("telemetry data will be lost") {
        assert!(Instant::now() < deadline, "nobody is told:\n{}", world.server.stderr());
        let asked = Instant::now();
        assert_eq!(world.exchange(&Request::get(&root.at("/oauth2/jwks"))).status, 200);
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(world.server.terminate().success());
}
