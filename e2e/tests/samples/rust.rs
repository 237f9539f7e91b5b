//! Rust programs: all of a test in one package, at pinned versions, so that what they need is built once.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;
use vidimus_e2e::binary;

use crate::programs::{Ran, run_in, told};

pub struct Built {
    folder: TempDir,
    programs: PathBuf,
}

/// # Panics
/// If one of them does not compile without a warning.
pub fn build(texts: &[String]) -> Built {
    // Programs of one name lie in one place until they are copied.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let package = binary::workspace().join("e2e/clients/samples");
    let folder = tempfile::tempdir().expect("folder");
    for name in ["Cargo.toml", "Cargo.lock"] {
        fs::copy(package.join(name), folder.path().join(name)).expect("copied");
    }
    let sources = folder.path().join("src/bin");
    fs::create_dir_all(&sources).expect("folder");
    for (at, text) in texts.iter().enumerate() {
        fs::write(sources.join(format!("sample{at}.rs")), text).expect("written");
    }
    // Beside the other clients, so that the next run has what it needs.
    let target = binary::workspace().join("target/clients/samples");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--locked", "--quiet", "--target-dir"])
        .arg(&target)
        .current_dir(folder.path())
        .env("RUSTFLAGS", "-D warnings");
    let output = command.output().expect("cargo runs");
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complained}");
    let programs = folder.path().join("programs");
    fs::create_dir(&programs).expect("folder");
    for at in 0..texts.len() {
        let name = format!("sample{at}");
        fs::copy(target.join("debug").join(&name), programs.join(&name)).expect("built");
    }
    Built { folder, programs }
}

impl Built {
    pub fn run(&self, at: usize, values: &[(String, String)]) -> Ran {
        let command = Command::new(self.programs.join(format!("sample{at}")));
        told(run_in(command, self.folder.path(), values))
    }
}
