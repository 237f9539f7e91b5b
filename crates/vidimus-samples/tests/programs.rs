//! The text of programs in every language, also of those that no test runs: `UPDATE_SNAPSHOTS=1` writes
//! them down anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;
use vidimus_samples::{lang::LANGUAGES, page, postman};

/// A form with Basic, a JSON document, parts, and a plain GET: together all that a program can hold.
fn items() -> Vec<(&'static str, String)> {
    let sample = |body: &str| json!([{"code": 200, "name": "A reply", "body": body}]);
    let basic = json!({"type": "basic", "basic": [
        {"key": "username", "value": "{{clientId}}"}, {"key": "password", "value": "{{clientSecret}}"}]});
    let form = json!({
        "name": "Token Introspection",
        "request": {
            "auth": basic, "method": "POST", "url": "{{url}}{{site}}/oauth2/introspect",
            "header": [{"key": "Accept", "value": "application/json"}],
            "body": {"mode": "urlencoded", "urlencoded": [
                {"key": "token", "value": "{{_accessToken}}"}, {"key": "token_type_hint", "value": "access_token"}]},
        },
        "response": sample("{\"active\": true, \"scope\": \"read\", \"exp\": <timestamp>}"),
    });
    let document = json!({
        "name": "Register",
        "request": {
            "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{init_access_token}}"}]},
            "method": "POST", "url": "{{url}}/clients/:kind?from={{origin}}",
            "body": {"mode": "raw", "raw": "{\n  \"client_name\": \"O'Neil \\\"{{name}}\\\" $1 ü\"\n}"},
        },
        "response": sample("{\"id\": 1, \"keys\": [{\"kid\": \"a\", \"ops\": [\"sign\"]}], \"by\": {\"name\": \"x\"}}"),
    });
    let parts = json!({
        "name": "Upload",
        "request": {"method": "POST", "url": "{{url}}/files", "body": {"mode": "formdata", "formdata": [
            {"key": "note", "value": "{{note}}", "type": "text"}, {"key": "file", "type": "file", "src": "a.csv", "contentType": "text/csv"}]}},
    });
    let get = json!({"name": "Health", "request": "https://as.example/livez"});
    let all = [("form", form), ("document", document), ("parts", parts), ("get", get)];
    all.into_iter().map(|(name, item)| (name, item.to_string())).collect()
}

/// # Panics
/// If the text is not the one that was written down.
fn compare(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs").join(file);
    if wants_update() {
        fs::write(&path, text).expect("written");
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    let changed = text.lines().zip(known.lines()).find(|(new, old)| new != old);
    assert!(
        text == known,
        "{file} changed, first at {changed:?}; if it should, run again with UPDATE_SNAPSHOTS=1"
    );
}

#[test]
fn every_language_writes_what_it_wrote() {
    for language in LANGUAGES {
        let mut all = String::new();
        for (name, item) in items() {
            let values = BTreeMap::from([("url".to_owned(), "https://as.example".to_owned())]);
            let call = postman::read(&item).expect("an item").items[0].call(&values);
            all.push_str(&format!("==== {name}\n{}", (language.program)(&call)));
        }
        assert!(!all.contains("{{"), "{}: a blank is left in\n{all}", language.name);
        compare(&format!("{}.txt", language.name), &all);
    }
}

#[test]
fn a_page_is_what_it_was() {
    let (_, item) = items().swap_remove(0);
    let call = postman::read(&item).expect("an item").items[0].call(&BTreeMap::new());
    compare("page.html", &page::whole(LANGUAGES[1], &call));
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the test says so in the environment")]
fn wants_update() -> bool {
    std::env::var_os("UPDATE_SNAPSHOTS").is_some()
}
