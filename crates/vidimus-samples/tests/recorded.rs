//! Every reply in the catalogue is one that was recorded: its name says by which exchange of `wire/`.

use std::fs;

use serde_json::{Map, Value};
use vidimus_e2e::wire::{
    compare::{self, Comparison},
    document::{Document, Exchange, Step},
    template::{self, Variables},
};
use vidimus_samples::{call::Call, catalogue};

/// Endpoints that no wire file has yet, because what they answer is a page, a picture, or a product's
/// own doing.
const WITHOUT: [(&str, &str); 6] = [
    ("standard", "token-jwt-bearer"),
    ("standard", "check-session"),
    ("standard", "account"),
    ("standard", "logo"),
    ("standard", "client-logo"),
    ("wso2", "check-session"),
];
/// Recorded with a token of the administrator, whose password does as well.
const EITHER_WAY: (&str, &str) = ("wso2", "register");
const ISSUER: &str = "https://as.example";
const PAGE: &str = "<!doctype html>";

/// The one that answers so: titles stand above several exchanges.
fn exchange(named: &str, status: &str, path_end: &str) -> (Exchange, String) {
    let (path, title) = named.split_once(": ").expect("wire/FILE: Title");
    let file = vidimus_e2e::binary::workspace().join(path);
    let text = fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    let document = Document::parse(&text).expect(path);
    let is_it = |exchange: &Exchange| {
        let target = exchange.request.text.split([' ', '?']).nth(1).unwrap_or_default();
        exchange.title == title
            && exchange.response.text.starts_with(&format!("HTTP/1.1 {status}"))
            && same_path(target, path_end)
    };
    let found = document.steps.into_iter().find_map(|step| match step {
        Step::Exchange(exchange) if is_it(&exchange) => Some(exchange),
        _ => None,
    });
    let exchange = found.unwrap_or_else(|| panic!("{path} has no such exchange: {title}"));
    let (_, body) = exchange.response.text.split_once("\n\n").unwrap_or_default();
    let body = body.to_owned();
    (exchange, body)
}

/// A segment in braces stands for any one segment, in front of the path may be a tenant's.
fn same_path(target: &str, path: &str) -> bool {
    let segments = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let (target, path) = (segments(target), segments(path));
    let same = |(one, other): (&String, &String)| {
        one == other || one.contains("{{") || other.contains("{{")
    };
    target.len() >= path.len() - 1 && target.iter().rev().zip(path.iter().skip(1).rev()).all(same)
}

/// What was captured before may be anything here: `{{id}}` as `{{capture id}}`.
fn uncaptured(recorded: &str) -> String {
    let known = ["any", "number", "string", "rest", "issuer", "host", "base_url"];
    let mut text = String::new();
    let mut rest = recorded;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, left)) = after.split_once("}}") else { break };
        let plain = !name.contains(' ') && !known.contains(&name);
        text.push_str(before);
        text.push_str(&if plain {
            format!("{{{{capture {name}}}}}")
        } else {
            format!("{{{{{name}}}}}")
        });
        rest = left;
    }
    text + rest
}

/// How the recorded caller showed who it is: by a scheme of HTTP, or not.
fn scheme(request: &str) -> &str {
    let header = request.lines().find_map(|line| line.strip_prefix("Authorization: "));
    header.and_then(|value| value.split(' ').next()).unwrap_or_default()
}

fn asked(call: &Call) -> &'static str {
    match call.header("authorization") {
        _ if call.basic.is_some() => "Basic",
        Some(_) => "Bearer",
        None => "",
    }
}

/// The members that both name stand in the same order.
fn ordered(recorded: &Map<String, Value>, shown: &Map<String, Value>) -> bool {
    let recorded: Vec<&String> = recorded.keys().filter(|name| shown.contains_key(*name)).collect();
    let shown: Vec<&String> = shown.keys().filter(|name| recorded.contains(name)).collect();
    recorded == shown
}

fn differences(recorded: &str, exact: bool, shown: &str) -> Vec<String> {
    let variables = Variables::from([("issuer".to_owned(), ISSUER.to_owned())]);
    let recorded = uncaptured(recorded);
    if exact || !recorded.starts_with(['{', '[']) {
        let found = template::matches(&recorded, shown, &variables).expect("a pattern");
        return if found.is_some() {
            Vec::new()
        } else {
            vec![format!("{recorded}\nis not\n{shown}")]
        };
    }
    let recorded = compare::parse(&recorded).expect("recorded JSON");
    let shown: Value = serde_json::from_str(shown).expect("JSON");
    let mut comparison = Comparison::new(&variables);
    comparison.value("body", &recorded, &shown);
    let mut differences = comparison.differences;
    if let (Some(recorded), Some(shown)) = (recorded.as_object(), shown.as_object())
        && !ordered(recorded, shown)
    {
        differences.push("other order of members".to_owned());
    }
    differences
}

#[test]
fn every_reply_was_recorded() {
    let mut without = Vec::new();
    for (dialect, item) in catalogue::endpoints() {
        let call = item.call(&Default::default());
        let Some(sample) = &call.sample else {
            without.push((dialect, item.id()));
            continue;
        };
        assert!(sample.name.starts_with(&format!("wire/{dialect}/")), "{}", sample.name);
        let path = call.url.raw().replace("{{url}}", "").replace("{{site}}", "");
        let path = path.split('?').next().unwrap_or_default();
        let (exchange, recorded) = exchange(&sample.name, &sample.status.to_string(), path);
        assert!(exchange.request.text.starts_with(&format!("{} ", call.method)), "{}", sample.name);
        if (dialect, item.id()) != EITHER_WAY {
            assert_eq!(scheme(&exchange.request.text), asked(&call), "{dialect} {}", item.id());
        }
        // Pages are recorded by what they must hold; their text is nobody's to copy.
        if recorded.starts_with(PAGE) {
            assert_eq!(sample.body, "", "{}", sample.name);
            continue;
        }
        let found = differences(&recorded, exchange.exact, &sample.body);
        assert_eq!(found, Vec::<String>::new(), "{dialect} {}: {}", item.id(), sample.name);
    }
    assert_eq!(without, WITHOUT);
}

#[test]
fn a_reply_that_was_not_recorded_so_is_found() {
    let recorded = r#"{"a": {{number}}, "b": "{{issuer}}/x/{{id}}"}"#;
    let good = r#"{"a": 1, "b": "https://as.example/x/7"}"#;
    assert_eq!(differences(recorded, false, good), Vec::<String>::new());
    for bad in [
        r#"{"a": 1}"#,
        r#"{"b": "https://as.example/x/7", "a": 1}"#,
        r#"{"a": 1, "b": "https://as.example/x/7", "c": 2}"#,
        r#"{"a": "1", "b": "https://as.example/x/7"}"#,
    ] {
        assert_eq!(differences(recorded, false, bad).len(), 1, "{bad}");
    }
    assert_eq!(differences("{\"a\":{{number}}}", true, "{\"a\":1}"), Vec::<String>::new());
    assert_eq!(differences("{\"a\":{{number}}}", true, "{\"a\": 1}").len(), 1);
}
