//! Names: each finds its tenant, no page gets in by one, and the authority vouches for no others.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use vidimus_e2e::binary;
use vidimus_e2e::http::Request;

use crate::stage::{Secured, json};

/// curl's own: the peer's certificate is not to be trusted, or is another's.
const DISTRUSTED: i32 = 60;

fn listed() -> Vec<(String, String)> {
    let output = binary::command().args(["dev", "--hosts", "-o", "json"]).output().expect("runs");
    assert!(output.status.success());
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |named: &Value, member: &str| named[member].as_str().expect("text").to_owned();
    let names = told["names"].as_array().expect("a list");
    names.iter().map(|named| (text(named, "name"), text(named, "tenant"))).collect()
}

#[test]
fn a_product_s_own_client_changes_nothing_but_where_its_names_lead() {
    let secured = Secured::start();
    let user = "username=test@test.com&password=test";
    let app = "client_id=demo-connected-app&client_secret=demo-consumer-secret";
    let form = format!("grant_type=password&{user}&{app}");
    let token = "/services/oauth2/token";
    let token = json(&secured.ask("login.salesforce.com", token, &["--data", &form]));
    let token = token["access_token"].as_str().expect("a token").replace('!', "%21");
    let form = format!("token={token}&{app}");
    let introspect = "/services/oauth2/introspect";
    let known = json(&secured.ask("acme.my.salesforce.com", introspect, &["--data", &form]));
    assert_eq!(known["active"], true, "{known}");

    let api_token = "api_token=demo-csp-api-token-for-this-machine-alone";
    let path = "/csp/gateway/am/api/auth/api-tokens/authorize";
    let answer = json(&secured.ask("console.cloud.vmware.com", path, &["--data", api_token]));
    assert_eq!(answer["token_type"], "bearer");
    // The name decides: the other product's tenant has no such token.
    let other = secured.ask("login.salesforce.com", path, &["--data", api_token]);
    assert_ne!(other.expect("an answer").0, 200);

    let client = "rgfKVdnMQnJSSr_pKFTxj3apiwYa:BRebJ0aqfclQB9v7yZwhj0JfW0ga";
    let form = "grant_type=client_credentials&scope=test1 test2";
    let more = ["--user", client, "--data", form];
    let token = json(&secured.ask("localhost", "/oauth2/token", &more));
    let form = format!("token={}", token["access_token"].as_str().expect("a token"));
    let more = ["--user", "admin@foo.com:admin", "--data", &form];
    let known = json(&secured.ask("localhost", "/t/foo.com/oauth2/introspect", &more));
    assert_eq!(known["active"], true, "{known}");
}

#[test]
fn every_name_that_is_printed_answers_for_its_tenant() {
    let secured = Secured::start();
    let names = listed();
    for wanted in ["login.salesforce.com", "test.salesforce.com", "console-stg.cloud.vmware.com"] {
        assert!(names.iter().any(|(name, _)| name == wanted), "{wanted} in {names:?}");
    }
    for (name, tenant) in &names {
        secured.sandbox(&Request::new("DELETE", "/__sandbox/requests"));
        let path = match tenant.as_str() {
            "csp" => "/csp/gateway/am/api/auth/introspect",
            _ => "/services/oauth2/introspect",
        };
        let (status, body) = secured.ask(name, path, &["--data", "token=x"]).expect("an answer");
        assert!((400..500).contains(&status), "{name}: {status} {body}");
        assert_eq!(secured.tenants(), [Value::from(tenant.as_str())], "{name}");
    }
}

#[test]
fn the_lines_name_every_host_once_for_each_place() {
    let output = binary::command().args(["dev", "--hosts"]).output().expect("runs");
    let text = String::from_utf8(output.stdout).expect("text");
    for (name, _) in listed() {
        assert!(text.contains(&format!("--add-host {name}:127.0.0.1")), "{name}: {text}");
        assert!(text.contains(&format!("- \"{name}:127.0.0.1\"")), "{name}: {text}");
        let line = text.lines().find(|line| line.starts_with("127.0.0.1 ")).expect("a line");
        assert!(line.split(' ').any(|word| word == name), "{name}: {line}");
    }
}

#[test]
fn the_authority_is_trusted_by_who_names_it_and_for_these_names_alone() {
    let secured = Secured::start();
    let path = "/.well-known/openid-configuration";
    assert_eq!(secured.curl("localhost", path, &[]), Err(DISTRUSTED), "it is installed nowhere");
    assert_eq!(secured.ask("localhost", path, &[]).expect("an answer").0, 200);
    assert!(secured.ask("mine.my.salesforce.com", path, &[]).is_ok(), "any company's name");
    for name in ["www.salesforce.com", "salesforce.com", "vmware.com", "bank.example"] {
        assert_eq!(secured.ask(name, path, &[]), Err(DISTRUSTED), "{name}");
    }
}

#[test]
fn the_authority_stays_and_its_key_is_nobody_else_s() {
    let mut secured = Secured::start();
    let before = fs::read_to_string(secured.authority()).expect("an authority");
    assert!(!before.contains("PRIVATE"));
    for key in ["ca.key", "server.key"] {
        let path = secured.server.directory().join("dev/tls").join(key);
        let mode = fs::metadata(path).expect("a key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
    secured.server.restart();
    assert_eq!(fs::read_to_string(secured.authority()).expect("an authority"), before);
    assert!(secured.ask("localhost", "/oauth2/jwks", &[]).is_ok());
}

#[test]
fn a_page_gets_to_the_sandbox_s_own_routes_by_no_name() {
    let secured = Secured::start();
    let forward = ["--data", "{\"advance_seconds\": 7200}"];
    for (name, more) in [
        // A product's name opens the product's paths, not the clock.
        ("login.salesforce.com", &[][..]),
        ("console.cloud.vmware.com", &[]),
        // A page that was loaded from that name, or from elsewhere.
        ("login.salesforce.com", &["--header", "Origin: https://login.salesforce.com"]),
        ("localhost", &["--header", "Origin: https://evil.example"]),
        ("localhost", &["--header", "Sec-Fetch-Site: cross-site"]),
        // A name that was made to lead here.
        ("localhost", &["--header", "Host: evil.example"]),
    ] {
        let said = secured.ask(name, "/__sandbox/clock", &[&forward, more].concat());
        assert_eq!(said.expect("an answer").0, 403, "{name} {more:?}");
    }
    let clock = json(&secured.ask("localhost", "/__sandbox/clock", &[]));
    assert_eq!(clock["offset_seconds"], 0, "nobody moved it");
}

#[test]
fn https_too_listens_on_this_machine_alone() {
    let refused = |arguments: &[&str]| {
        let output = binary::command()
            .args(["dev", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .output()
            .expect("runs");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), stderr)
    };
    let (code, said) = refused(&["--tls", "--tls-listen", "0.0.0.0:0"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("this machine alone"), "{said}");
    assert_eq!(refused(&["--tls-listen", "127.0.0.1:0"]).0, Some(2), "without --tls");
}
