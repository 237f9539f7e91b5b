//! Keycloak by a `kc.sh` that is given: `start-dev`, its database in memory, a confidential client with a
//! service account in the master realm.

use std::{path::Path, process::Stdio};

use serde_json::json;
use vidimus_e2e::http::Request;

use super::{Peer, Running, ask, free_port};
use crate::pin::Pins;

const ADMIN: &str = "admin";
const CLIENT: &str = "bench";
const SECRET: &str = "a-secret-of-the-bench";
const REALM: &str = "/realms/master/protocol/openid-connect";

/// # Errors
/// Why it does not run.
pub fn start(program: &Path, pins: Pins) -> Result<Peer, String> {
    let folder = tempfile::tempdir().map_err(|fault| fault.to_string())?;
    let port = free_port();
    let child = pins
        .command(program)
        .args(["start-dev", "--db=dev-mem", "--http-host=127.0.0.1"])
        .arg(format!("--http-port={port}"))
        .current_dir(folder.path())
        .envs([
            ("KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN),
            ("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN),
            ("KC_LOG_LEVEL", "warn"),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|fault| format!("{}: {fault}", program.display()))?;
    let address = format!("127.0.0.1:{port}");
    let mut running = Running::hold(child, folder);
    running.await_answer(&address, "/realms/master")?;
    let form = [
        ("grant_type", "password"),
        ("client_id", "admin-cli"),
        ("username", ADMIN),
        ("password", ADMIN),
    ];
    let admin = ask(&address, &Request::post(&format!("{REALM}/token")).form(&form), 200)?;
    let client = json!({
        "clientId": CLIENT, "secret": SECRET, "publicClient": false, "protocol": "openid-connect",
        "serviceAccountsEnabled": true, "standardFlowEnabled": false,
    });
    let create = Request::post("/admin/realms/master/clients");
    ask(&address, &create.bearer(&admin.member("access_token")).json(&client), 201)?;
    Ok(Peer {
        name: "Keycloak, development mode",
        token_address: address.clone(),
        introspection_address: address,
        issue: Request::post(&format!("{REALM}/token"))
            .basic(CLIENT, SECRET)
            .form(&[("grant_type", "client_credentials")]),
        introspect: |_, token| {
            Request::post(&format!("{REALM}/token/introspect"))
                .basic(CLIENT, SECRET)
                .form(&[("token", token)])
        },
        pid: running.pid(),
        _running: running,
    })
}
