//! Which languages can be run on this machine, and how; those that cannot are named, never passed over.

use std::ffi::OsString;
use std::io::Write;
use std::process::Command;

use vidimus_e2e::clients::{NODE_MODULES, PYTHON};

/// Of these the text alone is tested, by the crate that writes it.
pub const BY_TEXT_ALONE: [&str; 3] = ["csharp", "powershell", "swift"];

/// From 22.18 on Node takes the types away itself; what a program imports is among the stock clients.
const TAKES_TYPES_AWAY: &str = "if (!process.features.typescript) throw 'this Node knows no types'";

pub struct Interpreter {
    pub command: Vec<OsString>,
    pub file: &'static str,
}

/// # Errors
/// What is missing.
pub fn interpreter(language: &str) -> Result<Interpreter, String> {
    let (command, probe, file): (Vec<OsString>, &[&str], _) = match language {
        "curl" => (words(&["sh"]), &["-c", "curl --version && jq --version"], "sample.sh"),
        "python" => (python(), &["-c", "import requests"], "sample.py"),
        "python-chilkat2" => (python(), &["-c", "import chilkat2"], "sample_chilkat2.py"),
        "javascript" => (words(&["node"]), &["-e", "fetch"], "sample.mjs"),
        "typescript" if std::env::var_os(NODE_MODULES).is_none() => {
            return Err("openid-client is installed by `cargo xtask test`".to_owned());
        }
        "typescript" => (words(&["node"]), &["-e", TAKES_TYPES_AWAY], "sample.ts"),
        "go" => (words(&["go", "run"]), &[], "sample.go"),
        // It compiles the file each time, and lives no longer than that.
        "java" => (words(&["java", "-XX:TieredStopAtLevel=1"]), &["--version"], "Sample.java"),
        "php" => {
            (words(&["php"]), &["-r", "exit(extension_loaded('curl') ? 0 : 1);"], "sample.php")
        }
        "ruby" => (words(&["ruby"]), &["-e", "require 'net/http'"], "sample.rb"),
        other => return Err(format!("{other}: no way to run it here")),
    };
    let mut asked = Command::new(&command[0]);
    if language == "go" {
        asked.arg("version");
    }
    match asked.args(probe).output() {
        Ok(output) if output.status.success() => Ok(Interpreter { command, file }),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(why) => Err(format!("{}: {why}", command[0].display())),
    }
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

/// The one with the stock clients, where `cargo xtask test` has made it.
fn python() -> Vec<OsString> {
    let installed = std::env::var_os(PYTHON);
    // The checkout stays as it is.
    vec![installed.unwrap_or_else(|| "python3".into()), "-B".into()]
}

/// Seen whether or not the test passes.
pub fn name_as_not_run(language: &str, why: &str) {
    let line = format!("samples: {language} is NOT RUN on this machine: {why}\n");
    let mut stderr = std::io::stderr();
    let _ = stderr.write_all(line.as_bytes());
}

#[test]
fn languages_without_a_way_to_run_them_are_named() {
    for language in BY_TEXT_ALONE {
        let why = interpreter(language).err().expect("no tool");
        name_as_not_run(language, &why);
    }
}
