//! The repository as data: path to text, so that a rule can be tested with a few literals.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use super::source::Source;

#[derive(Default)]
pub struct Tree {
    files: BTreeMap<String, String>,
    rust: BTreeMap<String, Source>,
    /// Every file and folder, also those that are not text.
    paths: BTreeSet<String>,
    metadata: Option<String>,
}

impl Tree {
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.add(path, (*text).to_owned());
        }
        tree
    }

    pub fn read(root: &Path) -> Result<Self, String> {
        let mut tree = Self::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    /// Adds what `cargo metadata` says of this platform's packages.
    pub fn with_metadata(mut self) -> Result<Self, String> {
        let host = output(Command::new("rustc").arg("-vV"))?;
        let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        let mut cargo = crate::steps::cargo();
        cargo.args(["metadata", "--locked", "--format-version", "1", "--filter-platform", host]);
        self.metadata = Some(output(&mut cargo)?);
        Ok(self)
    }

    #[cfg(test)]
    pub fn and_metadata(mut self, text: &str) -> Self {
        self.metadata = Some(text.to_owned());
        self
    }

    pub fn metadata(&self) -> Option<&str> {
        self.metadata.as_deref()
    }

    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub fn rust(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.rust.iter().map(|(path, source)| (path.as_str(), source))
    }

    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    pub fn has(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    fn add(&mut self, path: &str, text: String) {
        self.note(path);
        if path.ends_with(".rs") {
            self.rust.insert(path.to_owned(), Source::read(&text));
        }
        self.files.insert(path.to_owned(), text);
    }

    fn note(&mut self, path: &str) {
        let mut end = Some(path.len());
        while let Some(at) = end {
            self.paths.insert(path[..at].to_owned());
            end = path[..at].rfind('/');
        }
    }

    fn read_folder(&mut self, folder: &Path, name: &str) -> Result<(), String> {
        let fault = |fault: std::io::Error| format!("{}: {fault}", folder.display());
        for entry in fs::read_dir(folder).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            let own = entry.file_name().to_string_lossy().into_owned();
            let path = if name.is_empty() { own.clone() } else { format!("{name}/{own}") };
            if entry.path().is_dir() {
                if !["target", ".git", "node_modules"].contains(&own.as_str()) {
                    self.read_folder(&entry.path(), &path)?;
                }
            } else if let Ok(text) = fs::read_to_string(entry.path()) {
                self.add(&path, text);
            } else {
                self.note(&path);
            }
        }
        Ok(())
    }
}

/// Whether all of a Rust file is there for tests.
pub fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path.contains("/benches/")
}

fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().display().to_string();
    let output = command.output().map_err(|fault| format!("{name}: {fault}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr)))
}
