//! The admin API does what its own document says: schemathesis reads the document, asks every operation
//! in good and bad form, and compares.
#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside the edge: they ask where programs are installed"
)]

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use vidimus_e2e::clients::PYTHON;
use vidimus_e2e::http::Request;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::admin_token;

/// The tenant in every path, so that operations get further than to find none; and in it what they ask
/// for by its id.
const TENANT: &str = "described";

/// What a schema cannot say may still be refused, and a condition of the request may come first. What
/// was created is not always where it is looked for: the tenant in the path is always the same.
const CONFIG: &str = r#"
[parameters]
"path.tenant" = "described"

[[operations]]
include-operation-id = "deleteTenant"
parameters = { "path.tenant" = "not-described" }

[[operations]]
include-operation-id-regex = "^(show|update)User$"
parameters = { "path.id" = "alice" }

[[operations]]
include-operation-id-regex = "^(show|update)Client$"
parameters = { "path.id" = "kept" }

[[operations]]
include-operation-id-regex = "^(show|update)ResourceServer$"
parameters = { "path.id" = "kept-server" }

[[operations]]
include-operation-id-regex = "^(show|update)TrustedIssuer$"
parameters = { "path.id" = "kept-issuer" }

[checks]
ensure_resource_availability.enabled = false
positive_data_acceptance.expected-statuses = ["2xx", "304", "400", "401", "403", "404", "409", "412", "414", "422"]
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "409", "412", "413", "414", "415", "422", "431"]
"#;

fn declare(server: &Server, bearer: &str, path: &str, declaration: &Value) {
    let path = format!("/admin/v1/tenants{path}");
    let answer = server.exchange(&Request::post(&path).bearer(bearer).json(declaration));
    assert_eq!(answer.status, 201, "{}", answer.text());
}

fn schemathesis() -> PathBuf {
    match std::env::var_os(PYTHON) {
        Some(python) => PathBuf::from(python).with_file_name("schemathesis"),
        None => panic!(
            "{PYTHON} is not set: `cargo xtask test` installs the clients and says where they are"
        ),
    }
}

#[test]
fn the_admin_api_is_as_it_describes_itself() {
    // The stores differ in what text they cannot hold.
    for store in [Store::Sqlite, Store::Postgres] {
        let server = Server::start(&Setup::new(store));
        let bearer = admin_token(&server);
        populate(&server, &bearer);
        compare(&server, &bearer);
    }
}

fn populate(server: &Server, bearer: &str) {
    let issuer = json!({"issuer": "kept-issuer", "jwks_uri": "https://kept.example/jwks",
        "subjects": ["*"], "scope": "read"});
    for (path, declaration) in [
        (String::new(), json!({"id": TENANT})),
        (format!("/{TENANT}/users"), json!({"username": "alice"})),
        (format!("/{TENANT}/clients"), json!({"client_id": "kept", "scope": "read"})),
        (format!("/{TENANT}/resource-servers"), json!({"id": "kept-server"})),
        (format!("/{TENANT}/issuers"), issuer),
    ] {
        declare(server, bearer, &path, &declaration);
    }
}

fn compare(server: &Server, bearer: &str) {
    let config = server.directory().join("schemathesis.toml");
    std::fs::write(&config, CONFIG).expect("the configuration");
    let seed = std::env::var("VIDIMUS_SEED").unwrap_or_else(|_| "1".to_owned());
    let url = server.base_url();
    let mut command = Command::new(schemathesis());
    command
        .arg("--config-file")
        .arg(&config)
        .args(["run", &format!("{url}/admin/v1/openapi.json"), "--url", &url])
        .args(["--header", &format!("Authorization: Bearer {bearer}")])
        .args(["--checks", "all", "--max-examples", "8", "--workers", "2", "--no-color"])
        .args(["--seed", &seed, "--generation-database", "none"])
        .current_dir(server.directory());
    // The server is here, whatever the machine's way out is.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    let output = command.output().expect("schemathesis is installed");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "VIDIMUS_SEED={seed}\n{said}\n{complained}");
    // All but the one that it has the document by.
    let count = routes(server, bearer) - 1;
    assert!(said.contains(&format!("Tested: {count}")), "of {count} operations: {said}");
    let log = server.stderr();
    assert!(!log.contains("ERROR") && !log.contains("panicked"), "{log}");
}

fn routes(server: &Server, bearer: &str) -> usize {
    let request = Request::get("/admin/v1/openapi.json").bearer(bearer);
    let document = server.exchange(&request).json();
    let paths = document["paths"].as_object().expect("paths").values();
    paths.map(|path| path.as_object().expect("operations").len()).sum()
}
