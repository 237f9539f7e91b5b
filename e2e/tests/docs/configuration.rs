//! What pages show of `vidimus.toml` and of world files is read by the real parsers.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use vidimus_e2e::binary;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

use crate::blocks::{self, Block};
use crate::pages;

const SECTIONS: [&str; 9] =
    ["server", "store", "keys", "outbound", "log", "limits", "purge", "telemetry", "console"];

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Configuration,
    World,
}

/// A block that is no whole file says so: ```` ```toml part ````.
fn kind(path: &str, block: &Block) -> Option<Kind> {
    if block.language != "toml" || block.marks == "part" {
        return None;
    }
    assert_eq!(block.marks, "", "{path}:{}", block.line);
    let head = block.text.lines().find(|line| line.starts_with('[')).unwrap_or_default();
    let name = head.trim_matches(['[', ']']);
    match name.split('.').next() {
        Some("tenant") => Some(Kind::World),
        Some(section) if SECTIONS.contains(&section) => Some(Kind::Configuration),
        _ => panic!("{path}:{}: neither vidimus.toml nor a world file: {head}", block.line),
    }
}

fn blocks_of(wanted: &Kind) -> Vec<(String, Block)> {
    let mut found = Vec::new();
    for (path, text) in pages::all() {
        let all = blocks::of(&text).into_iter();
        let some = all.filter(|block| kind(&path, block).as_ref() == Some(wanted));
        found.extend(some.map(|block| (path.clone(), block)));
    }
    assert!(!found.is_empty());
    found
}

/// What `…_file` and `…_files` name is there, and is what such a file holds.
fn write_files(folder: &Path, text: &str) {
    for line in text.lines() {
        let Some((key, value)) = line.split_once('=') else { continue };
        let key = key.trim().trim_start_matches("# ");
        if !key.ends_with("_file") && !key.ends_with("_files") {
            continue;
        }
        for name in value.split('"').skip(1).step_by(2) {
            let content = match key {
                "assertion_certificates_files" => {
                    let names = vec!["connected-app".to_owned()];
                    rcgen::generate_simple_self_signed(names).expect("a certificate").cert.pem()
                }
                _ => format!("{:016x}-of-the-documentation", name.len() as u64 * 0x9e37_79b9),
            };
            fs::write(folder.join(name), content).expect("written");
        }
    }
}

#[test]
fn every_world_is_taken_by_apply() {
    // An empty one: what pages declare must not meet what a sandbox has.
    let server = Server::start(&Setup::new(Store::Memory));
    let credentials = server.directory().join("vidimus-admin.toml");
    for (path, block) in blocks_of(&Kind::World) {
        let folder = TempDir::new().expect("a folder");
        write_files(folder.path(), &block.text);
        fs::write(folder.path().join("world.toml"), &block.text).expect("written");
        let output = binary::command()
            .args(["apply", "--dry-run", "world.toml"])
            .env("VIDIMUS_CREDENTIALS", &credentials)
            .env("VIDIMUS_URL", server.base_url())
            .current_dir(folder.path())
            .output()
            .expect("apply runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{path}:{}: {said}", block.line);
    }
}

#[test]
fn every_configuration_is_read_and_understood() {
    for (path, block) in blocks_of(&Kind::Configuration) {
        let folder = TempDir::new().expect("a folder");
        fs::write(folder.path().join("vidimus.toml"), &block.text).expect("written");
        let mut doctor: Command = binary::command();
        let output = doctor
            .args(["doctor", "--output", "json"])
            .current_dir(folder.path())
            .output()
            .expect("doctor runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("read and understood"), "{path}:{}: {said}", block.line);
    }
}
