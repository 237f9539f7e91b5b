//! `tour` against a sandbox: five steps, each with its reason, and the clock as it was.

use serde_json::{Value, json};
use vidimus_e2e::binary;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

use crate::stage::{err, out};

#[test]
fn the_tour_goes_from_birth_to_revocation() {
    let server = Server::dev(&Setup::new(Store::Memory));
    let tour = |form: &str| {
        let output = binary::command()
            .args(["tour", "--server", &server.base_url(), "-o", form])
            .output()
            .expect("vidimus runs");
        assert!(output.status.success(), "{}", err(&output));
        out(&output)
    };
    for _ in 0..2 {
        let told: Value = serde_json::from_str(&tour("json")).expect("one object");
        let steps = told["steps"].as_array().expect("steps");
        let of = |name: &str| steps.iter().map(|step| step[name].clone()).collect::<Vec<_>>();
        assert_eq!(
            of("active"),
            [json!(null), json!(true), json!(false), json!(false), json!(false)]
        );
        let reasons =
            [json!(null), json!(null), json!("wrong_audience"), json!("expired"), json!("revoked")];
        assert_eq!(of("reason"), reasons);
    }
    let said = tour("table");
    assert!(said.starts_with("1/5 ask for a token"), "{said}");
    assert!(said.contains("why (only you see this): it has expired"), "{said}");
    assert!(said.contains("/docs"), "{said}");
}

#[test]
fn a_server_that_is_no_sandbox_is_not_toured() {
    let server = Server::start(&Setup::new(Store::Memory));
    let output = binary::command()
        .args(["tour", "--server", &server.base_url()])
        .output()
        .expect("vidimus runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("is no sandbox"), "{}", err(&output));
}
