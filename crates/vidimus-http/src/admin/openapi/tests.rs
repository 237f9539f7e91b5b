//! The document says all that is served, and what it names is there.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

fn json_of() -> Value {
    serde_json::to_value(document("https://as.example", "1.2.3")).unwrap()
}

#[test]
fn it_is_openapi_3_1_with_every_route_of_the_table_and_no_other() {
    let document = json_of();
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            described.insert(format!("{} {path}", method.to_uppercase()));
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{path}");
            assert!(operation[POLICY]["over"].is_string(), "{path}");
        }
    }
    let served =
        routes::all().iter().map(|route| format!("{} {PREFIX}{}", route.method, route.path));
    assert_eq!(described, served.collect());
}

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value.as_str().filter(|_| key == "$ref") {
                    Some(target) => {
                        found.insert(target);
                    }
                    None => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn what_is_referred_to_is_there() {
    let document = json_of();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20, "{found:?}");
    for target in found {
        assert!(document.pointer(&target[1..]).is_some(), "{target}");
    }
}

const fn is_list(action: Action) -> bool {
    matches!(
        action,
        Action::List(_)
            | Action::Tokens
            | Action::Family
            | Action::Sessions
            | Action::Audit
            | Action::AuditAll
            | Action::Requests
            | Action::RequestsOf
    )
}

#[test]
fn lists_are_asked_what_they_know() {
    for route in routes::all() {
        assert_eq!(is_list(route.action), !parameters(route.action).is_empty(), "{}", route.path);
    }
}

/// The matrix of docs/reference/admin-api.md.
#[test]
fn sec_209_the_documented_matrix_is_the_table() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/admin-api.md");
    let text = std::fs::read_to_string(folder).unwrap();
    let rows: Vec<&str> = text.lines().filter(|line| line.contains(PREFIX)).collect();
    let expected: Vec<String> = routes::all()
        .iter()
        .map(|route| {
            let (over, right) = (over(route.policy), right(route.policy));
            format!("| {} | `{PREFIX}{}` | {over} | {right} |", route.method, route.path)
        })
        .collect();
    let told: Vec<&str> = rows.into_iter().filter(|row| row.starts_with("| ")).collect();
    assert_eq!(told, expected, "the table must read\n{}", expected.join("\n"));
}
