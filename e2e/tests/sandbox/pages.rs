//! Web pages: of another site, of a name that was rebound to this machine, forms, old browsers.

use serde_json::json;
use vidimus_e2e::http::{Request, Response};

use crate::stage::{sandbox, shared};

const ROUTES: [(&str, &str); 8] = [
    ("GET", "clock"),
    ("POST", "clock"),
    ("POST", "reset"),
    ("GET", "requests"),
    ("GET", "faults"),
    ("POST", "faults"),
    ("POST", "tenants"),
    ("DELETE", "faults"),
];

fn asked_as(method: &str, path: &str, header: (&str, &str)) -> Response {
    let request = Request::new(method, &format!("/__sandbox/{path}")).header(header.0, header.1);
    shared().exchange(&match method {
        "POST" => request.header("Content-Type", "application/json").body("{}"),
        _ => request,
    })
}

#[test]
fn no_page_gets_in_by_any_route() {
    for (method, path) in ROUTES {
        for header in [
            ("Origin", "https://evil.example"),
            ("Origin", "null"),
            ("Origin", "http://127.0.0.1:8080"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
            ("Host", "evil.example"),
            ("Host", "127.0.0.1.evil.example:8080"),
            ("Host", "localhost.evil.example"),
        ] {
            let answer = asked_as(method, path, header);
            assert_eq!(answer.status, 403, "{method} {path} {header:?}");
            for name in answer.header_names() {
                assert!(!name.starts_with("access-control-"), "{name}");
            }
        }
    }
}

#[test]
fn what_a_form_can_send_is_no_order() {
    for media_type in ["text/plain", "text/plain;charset=UTF-8", "multipart/form-data; boundary=x"]
    {
        let request = Request::post("/__sandbox/clock").header("Content-Type", media_type);
        let answer = shared().exchange(&request.body(r#"{"advance_seconds": 1, "x": "="}"#));
        assert_eq!(answer.status, 415, "{media_type}");
    }
    // As a browser encodes it, no JSON is left.
    let form = Request::post("/__sandbox/clock").form(&[(r#"{"advance_seconds": 1}"#, "")]);
    assert_eq!(shared().exchange(&form).status, 400);
    let preflight =
        Request::new("OPTIONS", "/__sandbox/clock").header("Access-Control-Request-Method", "POST");
    assert_eq!(shared().exchange(&preflight).status, 405);
    assert_eq!(sandbox(shared(), "GET", "clock", None).json()["offset_seconds"], 0);
}

/// As it was promised, and as curl sends it when nobody says more.
#[test]
fn programs_of_this_machine_get_in() {
    for request in [
        Request::get("/__sandbox/clock"),
        Request::get("/__sandbox/clock").header("Host", "localhost:8080"),
        Request::get("/__sandbox/clock").header("Host", "salesforce.localhost:8080"),
        Request::get("/__sandbox/clock").header("Sec-Fetch-Site", "none"),
        Request::post("/__sandbox/clock").json(&json!({"advance_seconds": 0})),
        Request::post("/__sandbox/clock")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(r#"{"advance_seconds": 0}"#),
        Request::post("/__sandbox/clock").body(r#"{"advance_seconds": 0}"#),
    ] {
        let answer = shared().exchange(&request);
        assert_eq!(answer.status, 200, "{request:?}: {}", answer.text());
    }
    assert_eq!(shared().exchange(&Request::get("/__sandbox/nothing")).status, 404);
    assert_eq!(sandbox(shared(), "PUT", "clock", None).status, 405);
}

/// Its passwords are published: whoever's page reached it could sign in.
#[test]
fn no_rebound_name_administers() {
    let asked =
        |path: &str, host: &str| shared().exchange(&Request::get(path).header("Host", host));
    for path in ["/console/sign-in", "/console", "/admin/v1/status"] {
        for host in ["evil.example", "127.0.0.1.evil.example:8080", "localhost.evil.example"] {
            assert_eq!(asked(path, host).status, 403, "{path} {host}");
        }
    }
    for host in ["localhost:8080", "127.0.0.1", "salesforce.localhost:8080"] {
        assert_eq!(asked("/console/sign-in", host).status, 200, "{host}");
        assert_eq!(asked("/admin/v1/status", host).status, 401, "{host}");
    }
}
