//! The sandbox, from start to end.

mod harness;

use std::fs;

use harness::{Server, eventually, stderr, stdout, vidimus};
use reqwest::Method;
use serde_json::{Value, json};

const DEV: [&str; 5] = ["dev", "--listen", "127.0.0.1:0", "--dir", "."];

fn token(server: &Server) -> String {
    let form = Some("grant_type=client_credentials&resource=https://orders.example");
    let (status, body) = server.ask("/oauth2/token", Some(("demo-app", "demo-secret")), form);
    assert_eq!(status, 200, "{body}");
    body["access_token"].as_str().unwrap().to_owned()
}

fn is_active(server: &Server, token: &str) -> bool {
    let form = format!("token={token}");
    let caller = Some(("demo-api", "demo-api-secret"));
    let (status, body) = server.ask("/oauth2/introspect", caller, Some(&form));
    assert_eq!(status, 200, "{body}");
    body["active"].as_bool().unwrap()
}

#[test]
fn a_token_is_active_until_the_clock_says_otherwise() {
    let server = Server::start(Server::folder(), &DEV);
    let first = token(&server);
    assert!(is_active(&server, &first));
    let advance = |body: &str| server.send(Method::POST, "/__sandbox/clock", None, Some(body), &[]);
    let (status, clock) = advance(r#"{"advance_seconds": 3601}"#);
    assert_eq!((status, &clock["offset_seconds"]), (200, &json!(3601)));
    assert!(!is_active(&server, &first));
    assert!(is_active(&server, &token(&server)));
    assert_eq!(advance("{}").0, 400);
    let (_, clock) = server.ask("/__sandbox/clock", None, None);
    assert_eq!(clock["offset_seconds"], 3601);
    let (_, list) = server.ask("/__sandbox/requests", None, None);
    let paths: Vec<_> =
        list["requests"].as_array().unwrap().iter().map(|seen| seen["path"].clone()).collect();
    assert_eq!(paths[..2], [json!("/oauth2/token"), json!("/oauth2/introspect")]);
    assert!(!list.to_string().contains(&first), "no secret in the list");
}

#[test]
fn requests_are_listed_under_the_tenant_that_answered() {
    let server = Server::start(Server::folder(), &DEV);
    let app = Some(("rgfKVdnMQnJSSr_pKFTxj3apiwYa", "BRebJ0aqfclQB9v7yZwhj0JfW0ga"));
    let client_credentials = Some("grant_type=client_credentials");
    assert_eq!(server.ask("/oauth2/token", app, client_credentials).0, 200);
    let site = "/customers/services/oauth2/token";
    assert_eq!(server.ask(site, None, client_credentials).0, 400);
    token(&server);
    let (_, list) = server.ask("/__sandbox/requests", None, None);
    let seen = list["requests"].as_array().unwrap();
    let tenants: Vec<_> = seen.iter().map(|seen| seen["tenant"].clone()).collect();
    assert_eq!(tenants, [json!("foo.com"), json!("salesforce"), json!("default")]);
}

#[test]
fn a_client_that_knows_no_site_finds_its_own_tenant() {
    let server = Server::start(Server::folder(), &DEV);
    let app = "client_id=demo-connected-app&client_secret=demo-consumer-secret";
    let user = "grant_type=password&username=test@test.com&password=test";
    let form = format!("{user}&{app}");
    let (status, body) = server.ask("/services/oauth2/token", None, Some(&form));
    assert_eq!(status, 200, "{body}");
    let token = body["access_token"].as_str().unwrap().replace('!', "%21");
    let form = format!("token={token}&{app}");
    let (_, body) = server.ask("/services/oauth2/introspect", None, Some(&form));
    assert_eq!(body["active"], true, "{body}");
}

#[test]
fn what_the_moved_clock_has_ended_can_still_be_explained() {
    let server = Server::start(Server::folder(), &DEV);
    let lasting = token(&server);
    let order = ["token", "mint", "--client-id", "demo-app", "--ttl-seconds", "1"];
    let brief = server.json(&order)["access_token"].as_str().unwrap().to_owned();
    let hours = Some(r#"{"advance_seconds": 7200}"#);
    assert_eq!(server.send(Method::POST, "/__sandbox/clock", None, hours, &[]).0, 200);
    let reason = |token: &str| {
        let told = server.with_input(&["token", "explain", "-o", "json"], token);
        serde_json::from_str::<Value>(&stdout(&told)).unwrap()["reason"].clone()
    };
    eventually("the purge of what has ended anyway", || reason(&brief) == "unknown");
    assert_eq!(reason(&lasting), "expired");
}

#[test]
fn a_reset_brings_the_seeds_back() {
    let server = Server::start(Server::folder(), &DEV);
    let before = token(&server);
    server.json(&["client", "create", "mine", "--grant-type", "client_credentials"]);
    server.json(&["client", "delete", "demo-app"]);
    let (status, body) = server.send(Method::POST, "/__sandbox/reset", None, Some(""), &[]);
    assert_eq!((status, body), (200, json!({"reset": true})));
    assert!(!is_active(&server, &before));
    assert!(is_active(&server, &token(&server)));
    let clients = server.json(&["client", "list"]);
    assert!(!clients.to_string().contains("mine"), "{clients}");
}

#[test]
fn each_product_s_shape_is_there_with_what_was_printed() {
    let server = Server::start(Server::folder(), &DEV);
    let text = |body: &Value, name: &str| body[name].as_str().unwrap_or_default().to_owned();

    let client = Some(("rgfKVdnMQnJSSr_pKFTxj3apiwYa", "BRebJ0aqfclQB9v7yZwhj0JfW0ga"));
    let form = "grant_type=client_credentials&scope=test1 test2";
    let (status, body) = server.ask("/oauth2/token", client, Some(form));
    assert_eq!((status, &body["scope"]), (200, &json!("test1")), "{body}");
    let form = format!("token={}", text(&body, "access_token"));
    let admin = Some(("admin@foo.com", "admin"));
    let (_, body) = server.ask("/t/foo.com/oauth2/introspect", admin, Some(&form));
    assert_eq!((&body["active"], &body["username"]), (&json!(true), &json!("admin@foo.com")));

    let app = "client_id=demo-connected-app&client_secret=demo-consumer-secret";
    let form = format!("grant_type=password&username=test@test.com&password=test&{app}");
    let (_, body) = server.ask("/customers/services/oauth2/token", None, Some(&form));
    let form = format!("token={}&{app}", text(&body, "access_token"));
    let (_, body) = server.ask("/customers/services/oauth2/introspect", None, Some(&form));
    assert_eq!((&body["active"], &body["token_type"]), (&json!(true), &json!("access_token")));

    let api = "/t/csp/csp/gateway/am/api/auth";
    let token = "demo-csp-api-token-for-this-machine-alone";
    let form = format!("api_token={token}");
    let (status, body) = server.ask(&format!("{api}/api-tokens/authorize"), None, Some(&form));
    assert_eq!((status, &body["refresh_token"]), (200, &json!(token)), "{body}");
    let client = Some(("demo-csp-client", "demo-csp-secret"));
    let form = format!("token={token}");
    let (_, body) = server.ask(&format!("{api}/introspect"), client, Some(&form));
    assert_eq!(body["active"], json!(true), "{body}");

    let said = server.out();
    for expected in [
        "demo-app / demo-secret",
        "public client app",
        "alice@example.com / alice",
        "admin@foo.com / admin",
        "/oauth2/introspect",
        "demo-connected-app / demo-consumer-secret",
        "demo-initial-access-token",
        "connected-app.key",
        token,
    ] {
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn web_pages_and_foreign_names_are_kept_out() {
    let server = Server::start(Server::folder(), &DEV);
    for header in [("origin", "https://evil.example"), ("host", "evil.example")] {
        let (status, _) = server.send(Method::GET, "/__sandbox/clock", None, None, &[header]);
        assert_eq!(status, 403, "{header:?}");
    }
    let (status, _) = server.send(Method::GET, "/__sandbox/nothing", None, None, &[]);
    assert_eq!(status, 404);
}

#[test]
fn its_folder_stays_if_it_was_named_and_goes_if_not() {
    let folder = Server::folder();
    let world = "[[tenant]]\nid = \"default\"\n[[tenant.client]]\nclient_id = \"more\"\n";
    fs::write(folder.path().join("w.toml"), world).unwrap();
    let mut server = Server::start(folder, &[&DEV[..], &["--apply", "w.toml"]].concat());
    let kept = token(&server);
    assert_eq!(server.json(&["client", "show", "more"])["client_id"], "more");
    assert!(server.stop().success());
    server.launch(&DEV);
    assert!(is_active(&server, &kept), "the database was kept");

    let folder = Server::folder();
    let temporary = folder.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    let mut server = Server::start_with(folder, &temporary, &DEV[..3]);
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 1);
    assert!(server.stop().success());
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
}

#[test]
fn only_this_machine_is_listened_to() {
    let folder = Server::folder();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let output = vidimus(folder.path()).args(["dev", "--listen", address]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("this machine alone"), "{}", stderr(&output));
    }
}
