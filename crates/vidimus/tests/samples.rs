//! `vidimus samples` as it is typed: what it prints, and what it says where something is not to be had.

mod harness;

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use harness::{stderr, stdout, vidimus};
use serde_json::Value;

const COLLECTION: &str = r#"{"info": {"name": "C"}, "variable": [{"key": "url", "value": "https://a.example"}], "item": [
  {"name": "Auth", "item": [{"name": "Login", "request": {"method": "POST", "url": "{{url}}/login"}},
                            {"name": "Logout", "request": "{{url}}/logout"}]},
  {"name": "Health", "request": "{{url}}/health"}]}"#;

fn samples(arguments: &[&str]) -> Output {
    vidimus(Path::new("/")).arg("samples").args(arguments).output().unwrap()
}

fn of_input(input: &str, arguments: &[&str]) -> Output {
    let mut child = vidimus(Path::new("/"))
        .args(["samples", "--from", "-"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{}", stderr(output));
    assert!(output.stdout.is_empty());
    stderr(output)
}

#[test]
fn an_item_is_chosen_by_its_name() {
    for item in ["Auth/Login", "Login", "login"] {
        let output = of_input(COLLECTION, &["--lang", "python", "--item", item]);
        let text = stdout(&output);
        assert!(text.contains("url + \"/login\""), "{item}: {text}{}", stderr(&output));
        assert!(text.contains("value(\"url\", \"https://a.example\")"), "{text}");
    }
    let output =
        of_input(COLLECTION, &["--lang", "go", "--item", "Health", "--var", "url=http://b"]);
    assert!(stdout(&output).contains("value(\"url\", \"http://b\")"));
}

#[test]
fn what_is_missing_is_told_with_what_there_is() {
    let output = of_input(COLLECTION, &["--lang", "go"]);
    let why = said(&output, 2);
    assert!(why.contains("--item") && why.contains("\n  Auth/Logout\n"), "{why}");
    let why = said(&of_input(COLLECTION, &["--lang", "go", "--item", "Auth/Logn"]), 2);
    assert!(why.contains("did you mean Auth/Login?"), "{why}");
    let why = said(&of_input(COLLECTION, &["--item", "Health"]), 2);
    assert!(why.contains("--lang is missing: one of curl, python"), "{why}");
    let why = said(&of_input(COLLECTION, &["--lang", "rubi", "--item", "Health"]), 2);
    assert!(why.contains("did you mean ruby?") && why.contains("swift"), "{why}");
    let why = said(&of_input(COLLECTION, &["--lang", "go", "--item", "Health", "--var", "x"]), 2);
    assert!(why.contains("NAME=VALUE"), "{why}");
    for arguments in [&["--list", "--postman"][..], &["--lang", "go"], &["--list", "--item", "x"]] {
        said(&samples(arguments), 2);
    }
}

#[test]
fn what_is_no_collection_is_told_with_its_place() {
    let why = said(&of_input("{\n  \"item\": [,]\n}", &["--lang", "go"]), 1);
    assert!(why.contains("standard input:2:12: no Postman collection"), "{why}");
    let why = said(&samples(&["--from", "/nowhere/at all.json", "--lang", "go"]), 1);
    assert!(why.contains("/nowhere/at all.json: "), "{why}");
    let why = said(&of_input("{\"values\": []}", &["--lang", "go"]), 1);
    assert!(why.contains("standard input:1:1: a Postman environment"), "{why}");
}

#[test]
fn a_value_that_no_call_needs_is_mentioned() {
    let output = of_input(COLLECTION, &["--lang", "go", "--item", "Health", "--var", "urll=x"]);
    assert!(output.status.success());
    assert!(stderr(&output).contains("--var urll: not a variable of this call; it has url"));
}

#[test]
fn endpoints_are_at_their_tenant() {
    let arguments =
        ["--endpoint", "jwks", "--lang", "ruby", "--tenant", "acme", "--server", "http://x:1/"];
    let text = stdout(&samples(&arguments));
    assert!(text.contains("value(\"url\", \"http://x:1\")"), "{text}");
    assert!(text.contains("value(\"site\", \"/t/acme\")"), "{text}");
    let why = said(&samples(&["--endpoint", "jwkss", "--lang", "ruby"]), 2);
    assert!(why.contains("did you mean jwks?") && why.contains("introspect"), "{why}");
}

#[test]
fn a_page_is_whole_and_is_read_again() {
    let output = of_input(COLLECTION, &["--lang", "php", "--item", "Login", "--page"]);
    let page = stdout(&output);
    assert!(
        page.starts_with("<!doctype html>") && page.contains("<h1>PHP / C / Auth / Login</h1>")
    );
    let again = of_input(&page, &["--lang", "php", "--var", "url=https://a.example"]);
    assert!(stdout(&again).contains("curl_init($url . \"/login\")"), "{}", stderr(&again));
}

#[test]
fn every_language_and_endpoint_is_listed_and_printed() {
    let output = samples(&["--list", "--output", "json"]);
    let list: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let names = list["languages"].as_array().unwrap();
    assert_eq!(names.len(), 13);
    for endpoint in list["items"].as_array().unwrap() {
        let text = |name: &str| endpoint[name].as_str().unwrap();
        let arguments =
            ["--endpoint", text("endpoint"), "--dialect", text("dialect"), "--lang", "curl"];
        let output = samples(&arguments);
        assert!(stdout(&output).starts_with("#!/bin/sh\n"), "{arguments:?}: {}", stderr(&output));
    }
    for name in names {
        let output = samples(&["--endpoint", "token", "--lang", name.as_str().unwrap()]);
        assert!(stdout(&output).contains("client_credentials"), "{name}");
    }
}

#[test]
fn downloads_are_printed() {
    for (download, member) in [
        ("--postman", "item"),
        ("--environment", "values"),
        ("--openapi", "paths"),
        ("--har", "log"),
    ] {
        let output = samples(&[download, "--var", "clientId=app"]);
        let file: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert!(file.get(member).is_some(), "{download}");
    }
    let text = stdout(&samples(&["--http", "--dialect", "standard"]));
    assert!(
        text.starts_with("@url = http://127.0.0.1:8080\n") && text.contains("\n### standard / ")
    );
    let why = said(&samples(&["--http", "--dialect", "standart"]), 2);
    assert!(why.contains("did you mean standard?"), "{why}");
}
