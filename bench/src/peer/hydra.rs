//! Ory Hydra by a binary that is given: `hydra serve all`, its database in memory, introspection on the
//! admin port, which asks nobody who he is.

use std::{path::Path, process::Stdio};

use serde_json::json;
use vidimus_e2e::http::Request;

use super::{Peer, Running, ask, free_port};
use crate::pin::Pins;

const CLIENT: &str = "bench";
const SECRET: &str = "a-secret-of-the-bench";

/// # Errors
/// Why it does not run.
pub fn start(program: &Path, pins: Pins) -> Result<Peer, String> {
    let folder = tempfile::tempdir().map_err(|fault| fault.to_string())?;
    let (public, admin) = (free_port(), free_port());
    let child = pins
        .command(program)
        .args(["serve", "all", "--dev"])
        .current_dir(folder.path())
        .envs([
            ("DSN", "memory"),
            ("SECRETS_SYSTEM", "a-system-secret-of-the-bench"),
            ("LOG_LEVEL", "error"),
            // It would tell its makers that it runs.
            ("SQA_OPT_OUT", "true"),
            ("SERVE_PUBLIC_HOST", "127.0.0.1"),
            ("SERVE_ADMIN_HOST", "127.0.0.1"),
            ("SERVE_PUBLIC_REQUEST_LOG_DISABLE_FOR_HEALTH", "true"),
        ])
        .env("SERVE_PUBLIC_PORT", public.to_string())
        .env("SERVE_ADMIN_PORT", admin.to_string())
        .env("URLS_SELF_ISSUER", format!("http://127.0.0.1:{public}/"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|fault| format!("{}: {fault}", program.display()))?;
    let (public, admin) = (format!("127.0.0.1:{public}"), format!("127.0.0.1:{admin}"));
    let mut running = Running::hold(child, folder);
    running.await_answer(&admin, "/health/ready")?;
    let client = json!({
        "client_id": CLIENT, "client_secret": SECRET, "grant_types": ["client_credentials"],
        "scope": "read", "token_endpoint_auth_method": "client_secret_basic",
    });
    ask(&admin, &Request::post("/admin/clients").json(&client), 201)?;
    let form = [("grant_type", "client_credentials"), ("scope", "read")];
    Ok(Peer {
        name: "Hydra, memory",
        token_address: public,
        introspection_address: admin,
        issue: Request::post("/oauth2/token").basic(CLIENT, SECRET).form(&form),
        introspect: |_, token| Request::post("/admin/oauth2/introspect").form(&[("token", token)]),
        pid: running.pid(),
        _running: running,
    })
}
