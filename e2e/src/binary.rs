//! The program under test: the one given by `VIDIMUS_BIN`, or built here, once, as it stands.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

pub const VARIABLE: &str = "VIDIMUS_BIN";

pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("e2e lies in the workspace")
}

/// # Panics
/// If the product does not build.
pub fn path() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| match std::env::var_os(VARIABLE) {
        Some(path) => path.into(),
        None => build(),
    })
}

/// The program with nothing of our own environment that it would read as a setting.
pub fn command() -> Command {
    command_through(&[])
}

/// The same, started by another program that is given ours and its arguments.
pub fn command_through(wrapper: &[String]) -> Command {
    let mut command = match wrapper {
        [] => Command::new(path()),
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments).arg(path());
            command
        }
    };
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VIDIMUS_") {
            command.env_remove(name);
        }
    }
    command
}

fn build() -> PathBuf {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--package", "vidimus", "--message-format", "json-render-diagnostics"])
        // As we were built ourselves.
        .args(if cfg!(debug_assertions) { &[][..] } else { &["--release"] })
        .current_dir(workspace())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "vidimus does not build");
    let messages = String::from_utf8_lossy(&output.stdout);
    executable(&messages).expect("cargo names the executable it built")
}

fn executable(messages: &str) -> Option<PathBuf> {
    messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find_map(
        |message| {
            let ours =
                message["target"]["name"] == "vidimus" && message["reason"] == "compiler-artifact";
            if ours { message["executable"].as_str().map(PathBuf::from) } else { None }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_read_from_cargo_s_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"serde"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"vidimus"},"executable":"/t/debug/vidimus"}"#;
        assert_eq!(executable(messages), Some(PathBuf::from("/t/debug/vidimus")));
        assert_eq!(executable("{}"), None);
    }

    #[test]
    fn the_workspace_is_the_folder_above() {
        assert!(workspace().join("Cargo.lock").is_file());
    }
}
