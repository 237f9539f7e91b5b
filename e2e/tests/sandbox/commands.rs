//! The commands against a sandbox, and against a server that is none.

use std::process::Output;

use serde_json::{Value, json};
use vidimus_e2e::binary;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

use crate::stage::{Tenant, own, sandbox};

fn run(server: &Server, arguments: &[&str]) -> Output {
    let mut command = binary::command();
    command.args(arguments).args(["--server", &server.base_url()]);
    command.current_dir(server.directory()).output().expect("it runs")
}

fn object(server: &Server, arguments: &[&str]) -> Value {
    let output = run(server, &[arguments, &["-o", "json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("one object")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_clock_is_moved_by_hand() {
    let server = own();
    let offset = |arguments: &[&str]| {
        object(&server, &[&["clock"], arguments].concat())["offset_seconds"].as_i64()
    };
    assert_eq!(offset(&[]), Some(0));
    assert_eq!(offset(&["+2h"]), Some(7200));
    assert_eq!(offset(&["-1h"]), Some(3600));
    assert_eq!(offset(&["show"]), Some(3600));
    assert_eq!(offset(&["now"]), Some(0));
    let set = object(&server, &["clock", "set", "2040-01-31T12:00:00Z"]);
    assert!((set["at"].as_i64().expect("a moment") - 2_211_624_000).abs() < 30, "{set}");
    let shown = String::from_utf8(run(&server, &["clock"]).stdout).expect("text");
    assert!(shown.contains("2040-01-31T12:0"), "{shown}");
    let reset = object(&server, &["reset"]);
    assert_eq!(reset, json!({"reset": true}));
    assert_eq!(offset(&[]), Some(0));
    for wrong in ["2h", "+2y", "tomorrow"] {
        assert_eq!(run(&server, &["clock", wrong]).status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn faults_are_set_listed_and_cleared_by_hand() {
    let tenant = Tenant::like("demo");
    let token = tenant.token();
    let of_tenant = ["--tenant", &tenant.id];
    let set = ["fault", "set", "introspect", "429", "--for", "2", "--retry-after-seconds", "7"];
    let made = object(tenant.server, &[&set[..], &of_tenant].concat());
    assert_eq!((&made["remaining"], &made["tenant"]), (&json!(2), &json!(tenant.id)));
    let refused = tenant.introspect(&token);
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("7")));
    let listed = String::from_utf8(run(tenant.server, &["fault", "list"]).stdout).expect("text");
    assert!(listed.contains(&tenant.id) && listed.contains("duplicate-keys"), "{listed}");
    let cleared = object(tenant.server, &[&["fault", "clear"], &of_tenant[..]].concat());
    assert_eq!(cleared, json!({"cleared": 1}));
    assert_eq!(tenant.introspect(&token).status, 200);
    let output = run(tenant.server, &["fault", "set", "introspect", "nonsense"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("truncated"), "{}", stderr(&output));
    let reset = object(tenant.server, &[&["reset"], &of_tenant[..]].concat());
    assert_eq!(reset, json!({"reset": tenant.id}));
    assert_eq!(tenant.introspect(&token).json()["active"], false);
}

#[test]
fn a_server_that_is_no_sandbox_says_so() {
    let server = Server::start(&Setup::new(Store::Memory));
    assert_eq!(sandbox(&server, "GET", "clock", None).status, 404);
    for arguments in
        [&["clock", "+1h"][..], &["fault", "list"], &["fault", "set", "token", "429"], &["reset"]]
    {
        let output = run(&server, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(stderr(&output).contains("is no sandbox"), "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty());
    }
    let mut nowhere = binary::command();
    nowhere.args(["clock", "--server", "http://127.0.0.1:9"]).current_dir(server.directory());
    let output = nowhere.output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("vidimus dev"), "{}", stderr(&output));
}
