//! The pages in a real Chromium: without a script, without findings of axe, on a phone, in the dark.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::json;
use vidimus_e2e::clients::{BROWSER_MODULES, CHROMIUM};
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::{binary, connection, http::Request};

/// One of each kind.
const PAGES: [&str; 14] = [
    "/docs",
    "/docs/tour",
    "/docs/pages",
    "/docs/tutorial/first-token",
    "/docs/how-to/kong",
    "/docs/how-to/mcp-clients",
    "/docs/reference/compatibility",
    "/docs/reference/configuration",
    "/docs/errors/invalid_grant",
    "/docs/errors/inactive",
    "/docs/samples",
    "/docs/samples/standard/introspect/python",
    "/docs/search?q=introspection",
    "/docs/wire/standard/introspect",
];

fn told(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: `cargo xtask clients` prints it"))
}

#[test]
fn pages_can_be_read_by_everybody() {
    let server = Server::dev(&Setup::new(Store::Memory));
    let stage = json!({"url": server.base_url(), "pages": PAGES, "chromium": told(CHROMIUM)});
    let mut node = Command::new("node")
        .arg(binary::workspace().join("e2e/browser/docs.js"))
        .env("NODE_PATH", told(BROWSER_MODULES))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    let mut input = node.stdin.take().expect("piped");
    input.write_all(stage.to_string().as_bytes()).expect("written");
    drop(input);
    let output = node.wait_with_output().expect("node ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}

#[test]
fn nothing_of_a_page_is_for_one_reader_alone() {
    let server = Server::dev(&Setup::new(Store::Memory));
    let get = |target: &str| {
        connection::exchange(&server.address(), &Request::get(target)).expect("an answer")
    };
    for (target, status) in [
        ("/docs", 200),
        ("/docs/samples?tenant=foo.com", 200),
        ("/docs/nothing", 404),
        ("/docs/errors/invalid_client", 200),
    ] {
        let page = get(target);
        assert_eq!(page.status, status, "{target}");
        let header = |name: &str| page.header(name).unwrap_or_default().to_owned();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{target}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
        assert_eq!(header("cache-control"), "public, max-age=900", "{target}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(page.header("set-cookie").is_none(), "{target}");
        assert!(!page.text().contains("demo-secret"), "{target}: a secret of the sandbox");
    }
    let moved = get("/docs/");
    assert_eq!((moved.status, moved.header("location")), (308, Some("/docs")));
    let refused = connection::exchange(&server.address(), &Request::post("/docs")).expect("one");
    assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")));
}
