//! Texts that mean something to a language, a shell or a format arrive as they are, whether they stand in
//! the program or in its environment.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vidimus_e2e::http::form_decode;

use crate::echo::{Echo, Kept};
use crate::programs::{Ran, interpreter, printed, run};
use crate::rust;

const TEXT: &str = "q\"'\\$`#{x}%s {y} ü😀\n\t<&>?> \\u0041 \\n */ end$";
const HEADER: &str = "a\"b'c\\d$e`f#{g}%h";
const FILE: &str = "line 1\nü\"\r\n";

/// What languages, shells and the programs themselves have names of their own for.
const NAMES: [&str; 20] = [
    "class", "def", "end", "fn", "func", "let", "str", "String", "System", "Some", "self", "this",
    "reply", "response", "status", "body", "i", "URI", "my-name", "1st",
];

struct Case {
    name: &'static str,
    item: Value,
    check: fn(&Kept),
}

fn cases(folder: &Path) -> Vec<Case> {
    let file = folder.join("up load.txt");
    fs::write(&file, FILE).expect("written");
    let sample = json!([{"code": 200, "body": json!({
        "a": {"b": "", "none": 0}, "l": [{"n": 1, "m": [true]}], "e": {}, "gone": null}).to_string()}]);
    let url = json!({"raw": "{{url}}/p/:id/x", "variable": [{"key": "id", "value": ""}],
        "query": [{"key": "lit", "value": "a b&c"}, {"key": "v", "value": "{{v}}"}]});
    let basic = json!({"type": "basic", "basic": [
        {"key": "username", "value": "{{u}}"}, {"key": "password", "value": "{{p}}"}]});
    // Outside of strings a variable is a number.
    let text = json!({"lit": TEXT, "v": "a{{v}}", "n": "N"}).to_string().replace("\"N\"", "{{n}}");
    vec![
        Case {
            name: "form",
            item: json!({"name": "A 'form' \"of\" ?> */ \\u000a", "response": sample, "request": {
                "auth": basic, "method": "POST", "url": url,
                "header": [{"key": "X-Lit", "value": HEADER}, {"key": "X-Var", "value": "p {{h}} s"}],
                "body": {"mode": "urlencoded", "urlencoded": [{"key": "l x", "value": TEXT},
                    {"key": "v", "value": "a{{v}}b"}, {"key": "v", "value": "second"}]}}}),
            check: form,
        },
        Case {
            name: "json",
            item: json!({"name": "JSON", "response": sample, "request": {
                "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{h}}"}]},
                "method": "PUT", "url": url, "body": {"mode": "raw", "raw": text}}}),
            check: json_object,
        },
        Case {
            name: "names",
            item: json!({"name": "names", "response": sample, "request": {
                "method": "POST", "url": "{{url}}/n", "body": {"mode": "urlencoded", "urlencoded":
                    NAMES.map(|name| json!({"key": "k", "value": format!("{{{{{name}}}}}")}))}}}),
            check: names,
        },
        Case {
            name: "parts",
            item: json!({"name": "parts", "response": sample, "request": {
                "method": "POST", "url": "{{url}}/m",
                "body": {"mode": "formdata", "formdata": [{"key": "t", "value": "x {{v}}", "type": "text"},
                    {"key": "f", "type": "file", "src": file}]}}}),
            check: parts,
        },
    ]
}

fn values(url: &str) -> Vec<(String, String)> {
    let pairs = [
        ("url", url),
        ("v", TEXT),
        ("h", HEADER),
        ("u", "user ü"),
        ("p", "pa:ss\"w$"),
        ("n", "7"),
        ("id", "a/b ü?"),
    ];
    let mut values = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    for name in NAMES {
        values.push((name.to_owned(), format!("of {name}")));
    }
    // As a shell must have them.
    values.push(("my_name".to_owned(), "of my-name".to_owned()));
    values.push(("_1st".to_owned(), "of 1st".to_owned()));
    values
}

fn names(kept: &Kept) {
    let body = String::from_utf8(kept.body.clone()).expect("ASCII");
    let pairs: Vec<String> = body.split('&').map(form_decode).collect();
    assert_eq!(pairs, NAMES.map(|name| format!("k=of {name}")));
}

fn target(kept: &Kept) {
    let (path, query) = kept.target.split_once('?').expect("a query");
    assert!(path.to_ascii_uppercase().contains("%2F"), "{path}");
    assert_eq!(form_decode(path), "/p/a/b ü?/x");
    let pairs: Vec<_> = query.split('&').collect();
    assert_eq!(pairs.len(), 2, "{query}");
    assert_eq!(pairs[0], "lit=a%20b%26c");
    assert_eq!(form_decode(pairs[1]), format!("v={TEXT}"));
}

fn form(kept: &Kept) {
    target(kept);
    assert_eq!(kept.method, "POST");
    let body = String::from_utf8(kept.body.clone()).expect("ASCII");
    let pairs: Vec<String> = body.split('&').map(form_decode).collect();
    assert_eq!(pairs, [format!("l x={TEXT}"), format!("v=a{TEXT}b"), "v=second".to_owned()]);
    assert!(kept.header("content-type").starts_with("application/x-www-form-urlencoded"));
    assert_eq!(kept.header("x-lit"), HEADER);
    assert_eq!(kept.header("x-var"), format!("p {HEADER} s"));
    let said = kept.header("authorization").strip_prefix("Basic ").expect("Basic");
    let said = STANDARD.decode(said).expect("Base64");
    assert_eq!(String::from_utf8_lossy(&said), "user ü:pa:ss\"w$");
}

fn json_object(kept: &Kept) {
    target(kept);
    assert_eq!(kept.method, "PUT");
    let body: Value = serde_json::from_slice(&kept.body)
        .unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&kept.body)));
    assert_eq!(body, json!({"lit": TEXT, "v": format!("a{TEXT}"), "n": 7}));
    assert!(kept.header("content-type").starts_with("application/json"));
    assert_eq!(kept.header("authorization"), format!("Bearer {HEADER}"));
}

fn parts(kept: &Kept) {
    let stated = kept.header("content-type");
    let (kind, boundary) = stated.split_once("boundary=").expect("a boundary");
    assert!(kind.starts_with("multipart/form-data"), "{stated}");
    let body = String::from_utf8(kept.body.clone()).expect("UTF-8");
    let between = format!("--{}", boundary.trim_matches('"'));
    let parts: Vec<&str> = body.split(&between).collect();
    let [_, text, file, end] = parts.as_slice() else { panic!("{body}") };
    assert!(
        text.contains("name=\"t\"") && text.ends_with(&format!("\r\n\r\nx {TEXT}\r\n")),
        "{text}"
    );
    let named = file.contains("name=\"f\"") && file.contains("filename=\"up load.txt\"");
    assert!(named && file.ends_with(&format!("\r\n\r\n{FILE}\r\n")), "{file}");
    assert_eq!(end.trim_end(), "--");
}

/// Members as they come, whatever the sample's arrays hold.
fn members(ran: &Ran) {
    for line in [
        "a.b = x\"ü",
        "a.none = (absent)",
        "l[0].n = 1",
        "l[0].m[0] = true",
        "l[0].m[1] = null",
        "l[1].n = 2.5",
        "l[1].m = []",
        "e = {}",
        "gone = (absent)",
    ] {
        ran.says(line);
    }
}

fn exact(language: &str) {
    let Some(interpreter) = interpreter(language) else { return };
    let (folder, echo) = (tempfile::tempdir().expect("folder"), Echo::start());
    for case in cases(folder.path()) {
        eprintln!("{language}: {}", case.name);
        let text = program(&case, folder.path(), language);
        let ran = run(&interpreter, &text, &values(&echo.url));
        ran.succeeded();
        (case.check)(&echo.request());
        members(&ran);
    }
}

fn program(case: &Case, folder: &Path, language: &str) -> String {
    let file = folder.join("item.json");
    fs::write(&file, case.item.to_string()).expect("written");
    printed(&["--from", &file.display().to_string(), "--lang", language])
}

#[test]
fn curl_sends_exactly_what_was_asked_for() {
    exact("curl");
}

#[test]
fn python_sends_exactly_what_was_asked_for() {
    exact("python");
}

#[test]
fn chilkat_sends_exactly_what_was_asked_for() {
    exact("python-chilkat2");
}

#[test]
fn javascript_sends_exactly_what_was_asked_for() {
    exact("javascript");
}

#[test]
fn typescript_sends_exactly_what_was_asked_for() {
    exact("typescript");
}

#[test]
fn php_sends_exactly_what_was_asked_for() {
    exact("php");
}

#[test]
fn ruby_sends_exactly_what_was_asked_for() {
    exact("ruby");
}

#[test]
fn java_sends_exactly_what_was_asked_for() {
    exact("java");
}

#[test]
fn go_sends_exactly_what_was_asked_for() {
    exact("go");
}

#[test]
fn rust_sends_exactly_what_was_asked_for() {
    let (folder, echo) = (tempfile::tempdir().expect("folder"), Echo::start());
    let cases = cases(folder.path());
    let texts: Vec<String> =
        cases.iter().map(|case| program(case, folder.path(), "rust")).collect();
    let built = rust::build(&texts);
    for (at, case) in cases.iter().enumerate() {
        eprintln!("rust: {}", case.name);
        let ran = built.run(at, &values(&echo.url));
        ran.succeeded();
        (case.check)(&echo.request());
        members(&ran);
    }
}
