//! node-oidc-provider, with its own memory adapter: `bench/peers/node-oidc-provider`.

use std::process::Stdio;

use vidimus_e2e::{binary::workspace, http::Request};

use super::{Peer, Running, free_port};
use crate::{cast::AUDIENCE, pin::Pins};

/// Where `cargo xtask bench` has installed it.
pub const MODULES: &str = "VIDIMUS_BENCH_NODE_OIDC_PROVIDER";
/// Its memory adapter keeps a thousand entries.
pub const TOKENS: usize = 500;
const SECRET: &str = "a-secret-of-the-bench-that-is-long-enough";

/// # Errors
/// Why it does not run.
pub fn start(pins: Pins) -> Result<Peer, String> {
    let modules = std::env::var_os(MODULES).ok_or("start it by `cargo xtask bench`")?;
    let folder = tempfile::tempdir().map_err(|fault| fault.to_string())?;
    // Where `import` looks for packages.
    std::os::unix::fs::symlink(&modules, folder.path().join("node_modules"))
        .map_err(|fault| fault.to_string())?;
    let program = workspace().join("bench/peers/node-oidc-provider/server.mjs");
    std::fs::copy(&program, folder.path().join("server.mjs")).map_err(|fault| fault.to_string())?;
    let port = free_port();
    let child = pins
        .command("node")
        .arg(folder.path().join("server.mjs"))
        .args([&port.to_string(), SECRET, AUDIENCE])
        .env("NODE_ENV", "production")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|fault| format!("node: {fault}"))?;
    let address = format!("127.0.0.1:{port}");
    let mut running = Running::hold(child, folder);
    running.await_answer(&address, "/.well-known/openid-configuration")?;
    Ok(Peer {
        name: "node-oidc-provider, memory",
        token_address: address.clone(),
        introspection_address: address,
        issue: Request::post("/token")
            .basic("bench", SECRET)
            .form(&[("grant_type", "client_credentials"), ("resource", AUDIENCE)]),
        introspect: |_, token| {
            Request::post("/token/introspection").basic("bench", SECRET).form(&[("token", token)])
        },
        pid: running.pid(),
        _running: running,
    })
}
