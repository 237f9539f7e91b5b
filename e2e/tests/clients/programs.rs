//! The installed clients, and how a script of theirs is run: what it needs on standard input, and its
//! exit code the verdict.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use vidimus_e2e::clients::{NODE_MODULES, PYTHON, RUST};

use crate::stage::Stage;

pub fn folder() -> PathBuf {
    vidimus_e2e::binary::workspace().join("e2e/clients")
}

/// Runs `e2e/clients/python/NAME`.
pub fn python(name: &str, site: &str) {
    let stage = Stage::shared();
    python_with(name, &stage.ca_file(), &stage.facts(site));
}

/// The same, where the stage is another.
pub fn python_with(name: &str, ca_file: &Path, facts: &Value) {
    let mut command = Command::new(installed(PYTHON));
    // The checkout stays as it is.
    command.arg("-B").arg(folder().join("python").join(name)).env("REQUESTS_CA_BUNDLE", ca_file);
    run(command, facts);
}

/// Runs `e2e/clients/node/NAME`.
pub fn node(name: &str, site: &str) {
    let stage = Stage::shared();
    node_with(name, &stage.ca_file(), &stage.facts(site));
}

/// The same, where the stage is another.
pub fn node_with(name: &str, ca_file: &Path, facts: &Value) {
    let modules = installed(NODE_MODULES);
    let mut command = Command::new("node");
    command
        .arg(folder().join("node").join(name))
        .env("NODE_PATH", modules)
        .env("NODE_EXTRA_CA_CERTS", ca_file);
    run(command, facts);
}

/// Runs the program of `e2e/clients/rust`.
pub fn rust_with(ca_file: &Path, facts: &Value) {
    let mut command = Command::new(installed(RUST));
    command.env("SSL_CERT_FILE", ca_file);
    run(command, facts);
}

fn installed(variable: &str) -> PathBuf {
    match std::env::var_os(variable) {
        Some(path) => path.into(),
        None => panic!(
            "{variable} is not set: `cargo xtask test` installs the clients and says where they are"
        ),
    }
}

/// # Panics
/// With what it wrote, if the script is not content.
fn run(mut command: Command, facts: &Value) {
    // The server is here, whatever the machine's way out is.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|fault| panic!("{}: {fault}", command.get_program().display()));
    let mut input = child.stdin.take().expect("its standard input");
    input.write_all(facts.to_string().as_bytes()).expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}\n{complained}", output.status);
}
