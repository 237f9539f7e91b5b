//! SEC-232: JSON nested deeper than any stack, wherever JSON comes in.

use std::io::{Read, Write};
use std::net::TcpListener;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use vidimus_e2e::http::Request;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{self, Subject};

const DEPTHS: [usize; 3] = [129, 100_000, 1_000_000];
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn sec_232_the_admin_api_refuses_deep_json() {
    let subject = Subject::start(&Setup::new(Store::Memory));
    let admin = subject::admin_token(&subject.server);
    let sinks = [
        ("POST", "/admin/v1/tenants"),
        ("POST", "/admin/v1/tenants/default/clients"),
        ("POST", "/admin/v1/tenants/default/users"),
        ("POST", "/admin/v1/tenants/default/resource-servers"),
        ("PATCH", "/admin/v1/tenants/default/clients/svc"),
        ("PATCH", "/admin/v1/tenants/default"),
        ("POST", "/admin/v1/tenants/default/tokens"),
        ("POST", "/admin/v1/tenants/default/tokens/introspect"),
        ("POST", "/admin/v1/tenants/default/tokens/explain"),
        ("POST", "/admin/v1/tenants/default/keys/rotate"),
        ("POST", "/admin/v1/apply"),
    ];
    for (method, path) in sinks {
        for depth in DEPTHS {
            for body in [nested("[", "]", depth), nested("{\"world\":", "}", depth)] {
                let request = Request::new(method, path).bearer(&admin).header(
                    "Content-Type",
                    if method == "PATCH" {
                        "application/merge-patch+json"
                    } else {
                        "application/json"
                    },
                );
                let answer = subject.server.exchange(&request.body(body));
                // An operation may keep the small limit: 413 is a refusal as well.
                let refused = [400, 413].contains(&answer.status);
                assert!(refused, "{method} {path} at {depth}: {} {}", answer.status, answer.text());
            }
        }
    }
    assert!(subject.is_active(&subject.token()));
}

#[test]
fn sec_232_deep_members_of_a_client_are_refused() {
    let subject = Subject::start(&Setup::new(Store::Memory));
    let admin = subject::admin_token(&subject.server);
    let path = "/admin/v1/tenants/default/clients";
    for depth in DEPTHS {
        for member in ["jwks", "contacts", "unheard_of"] {
            let body = format!(
                "{{\"client_id\":\"deep\",\"grant_types\":[\"client_credentials\"],\"{member}\":{}}}",
                nested("{\"keys\":[", "]}", depth)
            );
            let request = Request::post(path).bearer(&admin);
            let request = request.header("Content-Type", "application/json").body(body);
            let answer = subject.server.exchange(&request);
            let refused = [400, 413].contains(&answer.status);
            assert!(refused, "{member} at {depth}: {} {}", answer.status, answer.text());
        }
    }
}

#[test]
fn sec_232_deep_jwts_are_refused_everywhere() {
    let subject = Subject::start(&Setup::new(Store::Memory));
    let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
    let header = part(r#"{"alg":"ES256","typ":"JWT","kid":"x"}"#);
    let payload = part(r#"{"iss":"svc","sub":"svc"}"#);
    let signature = part(&"s".repeat(64));
    // As deep as fits into a body.
    for depth in [129, 2_000, 11_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let depth = if open == "[" { depth } else { depth / 3 + 129 };
            let deep = part(&nested(open, close, depth));
            for jwt in
                [format!("{deep}.{payload}.{signature}"), format!("{header}.{deep}.{signature}")]
            {
                let form = [
                    ("grant_type", "client_credentials"),
                    ("client_assertion_type", ASSERTION_TYPE),
                    ("client_assertion", &jwt),
                ];
                let answer = subject.server.exchange(&Request::post("/oauth2/token").form(&form));
                assert!([400, 401].contains(&answer.status), "{}", answer.text());
                let answer = subject.server.exchange(&subject.introspect(&jwt));
                let inactive = answer.status == 200 && answer.text() == r#"{"active":false}"#;
                assert!(inactive || answer.status == 400, "{}", answer.text());
                let bearer = Request::post("/oauth2/introspect").bearer(&jwt);
                let answer = subject.server.exchange(&bearer.form(&[("token", "x")]));
                assert!([400, 401, 431].contains(&answer.status), "{}", answer.text());
            }
        }
    }
    assert!(subject.is_active(&subject.token()));
}

#[test]
fn sec_232_a_deep_key_set_behind_a_jwks_uri_is_refused() {
    let subject = Subject::start(&Setup::new(Store::Memory));
    let admin = subject::admin_token(&subject.server);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let uri = format!("http://{}/jwks", listener.local_addr().expect("its address"));
    let served = std::thread::spawn(move || serve_once(&listener, &nested("[", "]", 30_000)));
    let client = json!({
        "client_id": "remote", "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": uri,
    });
    subject::create(&subject.server, &admin, "clients", &client);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("now");
    let now = now.as_secs();
    let claims = json!({
        "iss": "remote", "sub": "remote", "aud": subject.server.issuer(), "jti": "1",
        "iat": now, "exp": now + 60,
    });
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    let header = part(json!({"alg": "ES256", "kid": "x"}).to_string());
    let jwt = format!("{header}.{}.{}", part(claims.to_string()), part("s".repeat(64)));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", &jwt),
    ];
    let answer = subject.server.exchange(&Request::post("/oauth2/token").form(&form));
    assert_eq!(answer.status, 401, "{}", answer.text());
    served.join().expect("the keys were fetched");
    assert!(subject.is_active(&subject.token()));
}

fn serve_once(listener: &TcpListener, body: &str) {
    let (mut stream, _) = listener.accept().expect("the server fetches the keys");
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("a request") > 0 {
        head.push(byte[0]);
    }
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).expect("the keys are taken");
}
