//! Every kind of fault as a client meets it, so often as was asked, in one tenant alone.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vidimus_e2e::connection;
use vidimus_e2e::http::{Request, Response};

use crate::stage::{Tenant, as_user, sandbox, shared};

fn parsed(answer: &Response) -> Option<Value> {
    serde_json::from_slice(&answer.body).ok()
}

fn is_json(answer: &Response) -> bool {
    answer.header("content-type").is_some_and(|value| value.starts_with("application/json"))
}

/// Whether an answer is what a client gets who meets that fault.
fn shows(kind: &str, answer: &Response) -> bool {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let value = parsed(answer);
    let active = value.as_ref().and_then(|value| value.get("active").cloned());
    let right = || answer.status == 200 && active == Some(json!(true));
    match kind {
        "delay" => right(),
        "429" => answer.status == 429 && answer.header("retry-after") == Some("1"),
        "500" => answer.status == 500 && is_json(answer),
        "503" => answer.status == 503 && answer.header("retry-after").is_some(),
        "502-html" => answer.status == 502 && text.starts_with("<html>"),
        "redirect" => answer.status == 302 && answer.header("location").is_some(),
        "truncated" => is_json(answer) && value.is_none() && text.starts_with('{'),
        "html" => answer.status == 200 && text.starts_with("<!DOCTYPE html>"),
        "empty" => answer.status == 200 && text.is_empty(),
        "wrong-type" => right() && !is_json(answer),
        "no-type" => right() && answer.header("content-type").is_none(),
        "duplicate-keys" => text.contains("\"active\":true") && text.contains("\"active\":false"),
        "huge-number" => text.contains("\"exp\":99999999999999999999999999999999"),
        "bom" => answer.body.starts_with(b"\xEF\xBB\xBF{"),
        "utf-16" => answer.body.starts_with(b"\xFE\xFF\0{"),
        "not-utf-8" => std::str::from_utf8(&answer.body).is_err(),
        "deep" => text.starts_with(&"[".repeat(10_000)),
        "trailing" => value.is_none() && text.contains("\"active\":true") && text.contains("<!--"),
        "array" => value.is_some_and(|value| value[0]["active"] == true),
        "strings" => active == Some(json!("true")),
        "member-missing" => answer.status == 200 && value.is_some() && active.is_none(),
        "members-null" => active == Some(Value::Null),
        "members-extra" => right() && value.is_some_and(|value| value.get("x_unknown").is_some()),
        "gzip" => right() && answer.header("content-encoding") == Some("gzip"),
        "slow" => right(),
        other => panic!("{other} is new in the catalogue: say here what it shows"),
    }
}

#[test]
fn each_kind_is_shown_once_and_then_the_right_answer_comes() {
    let tenant = Tenant::like("demo");
    let token = tenant.token();
    let catalogue = sandbox(tenant.server, "GET", "faults", None).json();
    let kinds = catalogue["kinds"].as_array().expect("kinds");
    assert!(kinds.len() > 20);
    for kind in kinds.iter().map(|kind| kind["kind"].as_str().expect("a name")) {
        let order = json!({"endpoint": "introspect", "kind": kind, "tenant": tenant.id,
                           "delay_ms": 40});
        let made = sandbox(tenant.server, "POST", "faults", Some(order));
        assert_eq!(made.status, 201, "{}", made.text());
        let asked = connection::exchange(&tenant.server.address(), &tenant.introspects(&token));
        match (kind, asked) {
            ("closed", asked) => assert!(asked.is_err(), "{asked:?}"),
            (_, Ok(answer)) => assert!(
                shows(kind, &answer),
                "{kind}: {} {:?} {}",
                answer.status,
                answer.headers,
                String::from_utf8_lossy(&answer.body)
            ),
            (_, Err(why)) => panic!("{kind}: {why}"),
        }
        let after = tenant.introspect(&token);
        assert!(after.json()["active"] == true && is_json(&after), "{kind}: {}", after.text());
    }
    let shown: Vec<_> =
        tenant.requests().iter().filter_map(|r| r["fault"].as_str().map(str::to_owned)).collect();
    assert_eq!(shown.len(), kinds.len(), "the log names each: {shown:?}");
}

#[test]
fn a_fault_counts_down_and_stays_in_its_tenant() {
    let (ours, theirs) = (Tenant::like("demo"), Tenant::like("demo"));
    let token = ours.token();
    ours.fault("introspect", "429", 3);
    assert_eq!(ours.server.exchange(&ours.asks_for_token()).status, 200);
    assert_eq!(theirs.introspect(&token).status, 200);
    for remaining in [2, 1, 0] {
        assert_eq!(ours.introspect(&token).status, 429);
        let list = sandbox(ours.server, "GET", "faults", None).json();
        let left = list["faults"].as_array().and_then(|rules| {
            rules.iter().find(|rule| rule["tenant"] == *ours.id)?["remaining"].as_u64()
        });
        assert_eq!(left.unwrap_or(0), remaining);
    }
    assert_eq!(ours.introspect(&token).status, 200);
    ours.fault("any", "500", 5);
    let cleared = sandbox(ours.server, "DELETE", &format!("faults?tenant={}", ours.id), None);
    assert_eq!(cleared.json()["cleared"], 1);
    assert_eq!(ours.introspect(&token).status, 200);
}

#[test]
fn a_connection_that_closes_has_said_half_of_it() {
    let tenant = Tenant::like("demo");
    let token = tenant.token();
    tenant.fault("introspect", "closed", 1);
    let address = tenant.server.address();
    let mut stream = TcpStream::connect(&address).expect("it accepts");
    stream.write_all(&tenant.introspects(&token).bytes(&address)).expect("sent");
    let mut all = Vec::new();
    // Reset or closed, as the system tells it.
    let _ = stream.read_to_end(&mut all);
    let text = String::from_utf8_lossy(&all).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text}"));
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.and_then(|length| length.parse().ok()).expect("its length");
    assert!(head.starts_with("HTTP/1.1 200") && body.len() == length / 2, "{text}");
}

/// A client that tries again after a refusal must not have used up anything by the first try.
#[test]
fn a_request_that_met_a_refusal_did_nothing() {
    let tenant = Tenant::like("csp");
    let path = tenant.path("/csp/gateway/am/api/auth/api-tokens/authorize");
    let api_token = tenant.told["api_tokens"][0]["token"].as_str().expect("told").to_owned();
    let asks = || Request::post(&path).form(&[("api_token", &api_token)]);
    tenant.fault("token", "503", 1);
    assert_eq!(tenant.server.exchange(&asks()).status, 503);
    let issued = tenant.server.exchange(&asks());
    assert_eq!(issued.status, 200, "{}", issued.text());
}

#[test]
fn refusals_are_in_the_words_of_the_product() {
    let csp = Tenant::like("csp");
    csp.fault("introspect", "429", 1);
    csp.fault("introspect", "500", 1);
    for status in [429, 500] {
        let path = csp.path("/csp/gateway/am/api/auth/introspect");
        let form = [("token", "x")];
        let request = Request::post(&path).basic("demo-csp-client", "demo-csp-secret").form(&form);
        let answer = csp.server.exchange(&request);
        assert_eq!(answer.status, status);
        for member in ["cspErrorCode", "message", "statusCode", "requestId"] {
            assert!(answer.json().get(member).is_some(), "{member}: {}", answer.text());
        }
    }
    let wso2 = Tenant::like("foo.com");
    wso2.fault("introspect", "429", 1);
    let request =
        as_user(Request::post(&wso2.path("/oauth2/introspect")), "admin@foo.com", "admin");
    let answer = wso2.server.exchange(&request.form(&[("token", "x")]));
    assert_eq!(answer.status, 429, "{}", answer.text());
    let salesforce = Tenant::like("salesforce");
    salesforce.fault("token", "503", 1);
    let request = Request::post(&salesforce.path("/services/oauth2/token"));
    let answer = salesforce.server.exchange(&request.form(&[("grant_type", "password")]));
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.json().get("error").is_some(), "{}", answer.text());
}

#[test]
fn a_delay_takes_its_time() {
    let tenant = Tenant::like("demo");
    let token = tenant.token();
    for kind in ["delay", "slow"] {
        let order = json!({"endpoint": "introspect", "kind": kind, "tenant": tenant.id,
                           "delay_ms": 300});
        assert_eq!(sandbox(tenant.server, "POST", "faults", Some(order)).status, 201);
        let begun = Instant::now();
        assert_eq!(tenant.introspect(&token).json()["active"], true);
        assert!(begun.elapsed() >= Duration::from_millis(270), "{kind}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_what_can() {
    for (order, expected) in [
        (json!({"endpoint": "nowhere", "kind": "429"}), "introspect"),
        (json!({"endpoint": "token", "kind": "nonsense"}), "truncated"),
        (json!({"endpoint": "token", "kind": "429", "for": 0}), "for"),
        (json!({"endpoint": "token", "kind": "429", "times": 2}), "times"),
        (json!({"endpoint": "token"}), "kind"),
        (json!({"endpoint": "token", "kind": "delay", "delay_ms": 1_000_000_000}), "delay_ms"),
    ] {
        let answer = sandbox(shared(), "POST", "faults", Some(order));
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains(expected), "{}", answer.text());
    }
}
