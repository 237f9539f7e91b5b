//! The files of an installed system, laid out under a folder; packages are made of it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::root;
use crate::steps::run;

/// From the repository, as they are: source, place.
const FILES: [(&str, &str); 9] = [
    ("packaging/systemd/vidimus.service", "lib/systemd/system/vidimus.service"),
    ("packaging/systemd/vidimus.sysusers", "usr/lib/sysusers.d/vidimus.conf"),
    ("packaging/systemd/vidimus.tmpfiles", "usr/lib/tmpfiles.d/vidimus.conf"),
    ("packaging/vidimus.toml", "etc/vidimus/vidimus.toml"),
    ("packaging/debian/lintian-overrides", "usr/share/lintian/overrides/vidimus"),
    ("packaging/debian/copyright", "usr/share/doc/vidimus/copyright"),
    ("ops/alerts.yaml", "usr/share/doc/vidimus/examples/alerts.yaml"),
    ("ops/grafana/vidimus.json", "usr/share/doc/vidimus/examples/grafana.json"),
    ("README.md", "usr/share/doc/vidimus/README.md"),
];

/// Where each shell looks.
const COMPLETIONS: [(&str, &str); 4] = [
    ("bash", "usr/share/bash-completion/completions/vidimus"),
    ("zsh", "usr/share/zsh/vendor-completions/_vidimus"),
    ("fish", "usr/share/fish/vendor_completions.d/vidimus.fish"),
    ("powershell", "usr/share/doc/vidimus/examples/vidimus.ps1"),
];

pub fn stage(binary: &Path, tree: &Path) -> Result<(), String> {
    install(binary, &tree.join("usr/bin/vidimus"), 0o755)?;
    for (source, place) in FILES {
        install(&root().join(source), &tree.join(place), 0o644)?;
    }
    for (shell, place) in COMPLETIONS {
        let script = said(Command::new(binary).args(["completions", shell]))?;
        write(&tree.join(place), &script)?;
    }
    let pages = tree.join("usr/share/man/man1");
    run(Command::new(binary).args(["man", "--dir"]).arg(&pages))?;
    let pages = fs::read_dir(&pages).map_err(at(&pages))?;
    for page in pages.flatten() {
        gzip(&page.path())?;
    }
    let news = tree.join("usr/share/doc/vidimus/NEWS");
    install(&root().join("CHANGELOG.md"), &news, 0o644)?;
    gzip(&news)
}

pub fn install(from: &Path, to: &Path, mode: u32) -> Result<(), String> {
    make_parent(to)?;
    fs::copy(from, to).map_err(at(from))?;
    fs::set_permissions(to, Permissions::from_mode(mode)).map_err(at(to))
}

pub fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    make_parent(path)?;
    fs::write(path, bytes).map_err(at(path))?;
    fs::set_permissions(path, Permissions::from_mode(0o644)).map_err(at(path))
}

fn make_parent(path: &Path) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(at(folder))
}

/// Without name and time, so that the same bytes come out of the same bytes.
pub fn gzip(path: &Path) -> Result<(), String> {
    fs::set_permissions(path, Permissions::from_mode(0o644)).map_err(at(path))?;
    run(Command::new("gzip").args(["-9", "--no-name", "--force"]).arg(path))
}

pub fn said(command: &mut Command) -> Result<Vec<u8>, String> {
    let name = command.get_program().display().to_string();
    let output = command.output().map_err(|fault| format!("{name}: {fault}"))?;
    if !output.status.success() {
        return Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(output.stdout)
}

/// The same of a program that says one thing.
pub fn told(command: &mut Command) -> Result<String, String> {
    Ok(String::from_utf8_lossy(&said(command)?).trim().to_owned())
}

pub fn at(path: &Path) -> impl Fn(std::io::Error) -> String + '_ {
    move |fault| format!("{}: {fault}", path.display())
}
