//! A program: printed by the real command, run with what it needs in its environment.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use vidimus_e2e::binary;
use vidimus_e2e::clients::NODE_MODULES;

use crate::languages::{self, Interpreter};

pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// # Panics
    /// If it did not succeed, or did not print the line.
    pub fn says(&self, line: &str) {
        self.succeeded();
        assert!(self.stdout.lines().any(|it| it == line), "no line {line:?} in\n{}", self.stdout);
    }

    /// # Panics
    /// If it did not succeed, or did not print a member of the name.
    pub fn reads(&self, member: &str) {
        self.succeeded();
        let is = |line: &str| {
            let rest = line.strip_prefix(member).unwrap_or_default();
            rest.starts_with(" = ") || rest.starts_with('.') || rest.starts_with('[')
        };
        assert!(self.stdout.lines().any(is), "no member {member:?} in\n{}", self.stdout);
    }

    pub fn succeeded(&self) {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stdout, self.stderr);
    }

    /// # Panics
    /// If it did not fail with the code, or did not say so.
    pub fn fails(&self, code: i32, said: &str) {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        assert!(self.stderr.contains(said), "not {said:?} but {}", self.stderr);
    }
}

/// What `vidimus samples` prints for these arguments.
pub fn printed(arguments: &[&str]) -> String {
    let output =
        binary::command().arg("samples").args(arguments).output().expect("the program runs");
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {complained}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// In a folder of its own.
pub fn run(interpreter: &Interpreter, text: &str, values: &[(String, String)]) -> Ran {
    let folder = tempfile::tempdir().expect("folder");
    fs::write(folder.path().join(interpreter.file), text).expect("written");
    if let Some(modules) = std::env::var_os(NODE_MODULES) {
        // Modules are looked for beside the program, and nowhere else.
        symlink(modules, folder.path().join("node_modules")).expect("linked");
    }
    let mut command = Command::new(&interpreter.command[0]);
    command.args(&interpreter.command[1..]).arg(interpreter.file);
    let mut ran = told(run_in(command, folder.path(), values));
    if interpreter.file.ends_with(".go") {
        // `go run` has a code of its own, and says the program's.
        let said = ran.stderr.lines().find_map(|line| line.strip_prefix("exit status "));
        ran.code = said.and_then(|code| code.parse().ok()).or(ran.code);
    }
    ran
}

pub fn run_in(mut command: Command, folder: &Path, values: &[(String, String)]) -> Output {
    // The server is here, whatever the machine's way out is.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(folder)
        .envs(values.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|why| panic!("{}: {why}", command.get_program().display()))
}

pub fn told(output: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// How the language is run here; where it is not, it is named.
pub fn interpreter(language: &str) -> Option<Interpreter> {
    let found = languages::interpreter(language);
    found.map_err(|why| languages::name_as_not_run(language, &why)).ok()
}
