//! `--upstream`: the check that a resource server makes, and what is passed on after it.

use vidimus_e2e::binary;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

use crate::mock::Mock;
use crate::stage::free_port;

const API: &str = "/services/data/v60.0/query?q=SELECT+Id";

fn sandbox(upstream: &str) -> Server {
    let setup = Setup::new(Store::Memory).argument("--upstream").argument(upstream);
    Server::dev(&setup)
}

fn token(server: &Server, path: &str, basic: (&str, &str), form: &[(&str, &str)]) -> Response {
    let answer = server.exchange(&Request::post(path).basic(basic.0, basic.1).form(form));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

/// Of the default tenant.
fn demo(server: &Server) -> String {
    let form = [("grant_type", "client_credentials"), ("scope", "orders:read")];
    token(server, "/oauth2/token", ("demo-app", "demo-secret"), &form).member("access_token")
}

/// Of the tenant that is shaped like a Salesforce organization.
fn of_user(server: &Server) -> String {
    let form = [("grant_type", "password"), ("username", "test@test.com"), ("password", "test")];
    let app = ("demo-connected-app", "demo-consumer-secret");
    token(server, "/customers/services/oauth2/token", app, &form).member("access_token")
}

fn refresh_token(server: &Server) -> String {
    let form = [("grant_type", "password"), ("username", "admin@foo.com"), ("password", "admin")];
    let app = ("rgfKVdnMQnJSSr_pKFTxj3apiwYa", "BRebJ0aqfclQB9v7yZwhj0JfW0ga");
    token(server, "/t/foo.com/oauth2/token", app, &form).member("refresh_token")
}

#[test]
fn who_has_no_good_token_is_challenged_and_the_mock_hears_nothing() {
    let mock = Mock::start();
    let server = sandbox(&mock.url);
    let none = server.exchange(&Request::get(API));
    assert_eq!(none.status, 401);
    assert_eq!(none.header("www-authenticate"), Some("Bearer realm=\"vidimus\""));

    let refresh = refresh_token(&server);
    let revoked = demo(&server);
    let form = [("token", revoked.as_str())];
    let revoke = Request::post("/oauth2/revoke").basic("demo-app", "demo-secret").form(&form);
    assert_eq!(server.exchange(&revoke).status, 200);
    for bad in ["nonsense", "vat_0123456789", &refresh, &revoked] {
        let answer = server.exchange(&Request::get(API).bearer(bad));
        assert_eq!(answer.status, 401, "{bad}");
        let challenge = answer.header("www-authenticate").expect("a challenge");
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
    let twice = Request::get(API).bearer(&demo(&server)).bearer("x");
    assert_eq!(server.exchange(&twice).status, 400);
    assert_eq!(mock.seen().len(), 0);
}

#[test]
fn a_good_token_opens_and_the_mock_is_told_whose_it_was() {
    let mock = Mock::start();
    let server = sandbox(&mock.url);
    let bearer = demo(&server);
    let request = Request::post("/api/orders?x=%20y")
        .bearer(&bearer)
        .header("X-Vidimus-Client-Id", "somebody-else")
        .header("X-Vidimus-Username", "somebody-else")
        .header("Connection", "x-private")
        .header("X-Private", "1")
        .header("TE", "trailers")
        .header("Content-Type", "application/json")
        .body("{\"a\":1}");
    let answer = server.exchange(&request);
    assert_eq!((answer.status, answer.text()), (201, "{\"mock\": 1}"));
    assert_eq!(answer.header("content-type"), Some("application/vnd.mock+json"));
    assert_eq!((answer.header("x-mock"), answer.header("x-hop")), (Some("yes"), None));

    let seen = mock.seen();
    let [seen] = seen.as_slice() else { panic!("{seen:?}") };
    assert!(seen.head.starts_with("POST /api/orders?x=%20y HTTP/1.1\r\n"), "{}", seen.head);
    assert_eq!(seen.body, b"{\"a\":1}");
    assert_eq!(seen.header("x-vidimus-tenant"), Some("default"));
    assert_eq!(seen.header("x-vidimus-client-id"), Some("demo-app"));
    assert_eq!(seen.header("x-vidimus-scope"), Some("orders:read"));
    assert_eq!(seen.header("x-vidimus-username"), None, "a client has none");
    assert_eq!((seen.header("x-private"), seen.header("te")), (None, None));
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {bearer}").as_str()));
}

#[test]
fn whose_token_is_good_the_path_or_the_name_says() {
    let mock = Mock::start();
    let server = sandbox(&mock.url);
    let (demo, user) = (demo(&server), of_user(&server));
    let status = |path: &str, host: &str, token: &str| {
        let request = Request::get(path).header("Host", host).bearer(token);
        server.exchange(&request).status
    };
    // At the root of this machine an API is everybody's.
    assert_eq!(status(API, "localhost", &demo), 201);
    assert_eq!(status(API, "localhost", &user), 201);
    for (path, host) in [
        (API, "acme.my.salesforce.com"),
        ("/customers/api", "localhost"),
        ("/t/salesforce/api", "localhost"),
    ] {
        assert_eq!(status(path, host, &user), 201, "{host}{path}");
        assert_eq!(status(path, host, &demo), 401, "{host}{path}");
    }
    assert_eq!(mock.seen()[1].header("x-vidimus-username"), Some("test@test.com"));
}

#[test]
fn an_end_is_an_end_for_the_mock_too() {
    let mock = Mock::start();
    let server = sandbox(&mock.url);
    let token = demo(&server);
    assert_eq!(server.exchange(&Request::get(API).bearer(&token)).status, 201);
    let later = Request::post("/__sandbox/clock").body("{\"advance_seconds\": 7200}");
    assert_eq!(server.exchange(&later).status, 200);
    assert_eq!(server.exchange(&Request::get(API).bearer(&token)).status, 401);
}

#[test]
fn a_browser_s_question_beforehand_needs_no_token() {
    let mock = Mock::start();
    let server = sandbox(&mock.url);
    let preflight = Request::new("OPTIONS", API)
        .header("Origin", "https://app.example")
        .header("Access-Control-Request-Method", "GET");
    assert_eq!(server.exchange(&preflight).status, 201);
    assert_eq!(server.exchange(&Request::new("OPTIONS", API)).status, 401);
}

#[test]
fn our_own_paths_are_never_passed_on() {
    let mock = Mock::start();
    let server = sandbox(&mock.url);
    let token = demo(&server);
    for path in ["/oauth2/nothing", "/admin/v1/nothing", "/console/nothing", "/__sandbox/nothing"] {
        let answer = server.exchange(&Request::get(path).bearer(&token));
        assert!(answer.status >= 300 && answer.header("x-mock").is_none(), "{path}");
    }
    assert_eq!(mock.seen().len(), 0);
}

#[test]
fn limits_hold_and_a_mock_that_is_away_is_named() {
    let mock = Mock::start();
    let server = sandbox(&mock.url);
    let large = Request::post("/api").bearer(&demo(&server)).body(vec![b'x'; 9 * 1024 * 1024]);
    assert_eq!(server.exchange(&large).status, 413);
    assert_eq!(mock.seen().len(), 0);
    let alone = sandbox(&format!("http://127.0.0.1:{}", free_port()));
    let answer = alone.exchange(&Request::get(API).bearer(&demo(&alone)));
    assert_eq!(answer.status, 502);
    assert_eq!(answer.member("error_description"), "The upstream did not answer.");
}

#[test]
fn only_a_sandbox_passes_anything_on() {
    let output = |arguments: &[&str]| binary::command().args(arguments).output().expect("runs");
    let served = output(&["serve", "--upstream", "http://127.0.0.1:1"]);
    assert_eq!(served.status.code(), Some(2));
    for url in ["ftp://127.0.0.1", "127.0.0.1:80", "http://u:p@127.0.0.1"] {
        let refused = output(&["dev", "--listen", "127.0.0.1:0", "--upstream", url]);
        assert_eq!(refused.status.code(), Some(2), "{url}");
    }
    let server = Server::dev(&Setup::new(Store::Memory));
    assert_eq!(server.exchange(&Request::get(API).bearer(&demo(&server))).status, 404);
}
