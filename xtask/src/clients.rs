//! The stock clients of `e2e/clients` and what drives the browser of `e2e/browser`, installed from their
//! registries into `target/clients`, once for each state of what names their versions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::needs::{apt_install, is_root_on_debian};
use crate::node::Node;
use crate::steps::{answers, cargo, run, target};

/// Written last, so that an installation that was cut off is made again.
const STAMP: &str = "installed";

/// The interpreter of a virtual environment with the Python clients.
pub fn python() -> Result<PathBuf, String> {
    let requirements = crate::root().join("e2e/clients/python/requirements.txt");
    let folder = target().join("clients/python");
    let python = folder.join("bin/python");
    once(&folder, &[&requirements], || virtual_environment(&folder, &requirements))?;
    Ok(python)
}

/// With what a requirements file names.
pub fn virtual_environment(folder: &Path, requirements: &Path) -> Result<(), String> {
    available(
        "python3 with venv",
        Command::new("python3").args(["-c", "import ensurepip, venv"]),
        &["python3", "python3-venv"],
    )?;
    run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    run(Command::new(folder.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"])
        // A wheel or nothing: no package's build runs here.
        .args(["--only-binary", ":all:", "--requirement"])
        .arg(requirements))
}

/// The `node_modules` with the Node clients.
pub fn node_modules(node: &Node) -> Result<PathBuf, String> {
    npm(node, "e2e/clients/node", "clients/node")
}

/// The `node_modules` with what drives Chromium.
pub fn browser_modules(node: &Node) -> Result<PathBuf, String> {
    npm(node, "e2e/browser", "clients/browser")
}

/// A browser as Debian packages it, and letters for it to show.
pub fn chromium() -> Result<PathBuf, String> {
    let find = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).map(|folder| folder.join("chromium")).find(|it| it.is_file())
    };
    let packages = ["chromium", "fonts-liberation"];
    available("chromium", Command::new("chromium").arg("--version"), &packages)?;
    find().ok_or_else(|| "chromium is installed, but not in PATH".to_owned())
}

/// Installs what `source` names into a folder of the target directory.
pub fn npm(node: &Node, source: &str, folder: &str) -> Result<PathBuf, String> {
    let source = crate::root().join(source);
    let named = [source.join("package.json"), source.join("package-lock.json")];
    let folder = target().join(folder);
    once(&folder, &[&named[0], &named[1]], || {
        for file in &named {
            let name = file.file_name().unwrap_or_default();
            fs::copy(file, folder.join(name)).map_err(|fault| at(file, &fault))?;
        }
        // No package's script runs here: none of these needs one.
        run(node
            .npm()
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"])
            .current_dir(&folder))
    })?;
    Ok(folder.join("node_modules"))
}

/// The program with the Rust client: a package of its own, whose lock file names what the library needs.
pub fn rust() -> Result<PathBuf, String> {
    let folder = target().join("clients/rust");
    run(cargo()
        .args(["build", "--locked", "--quiet", "--manifest-path", "e2e/clients/rust/Cargo.toml"])
        .arg("--target-dir")
        .arg(&folder))?;
    Ok(folder.join("debug/openidconnect-story"))
}

/// Acts in an empty folder, unless it has been done for files that read just so.
pub fn once(
    folder: &Path,
    named: &[&PathBuf],
    install: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let mut wanted = String::new();
    for file in named {
        wanted.push_str(&fs::read_to_string(file).map_err(|fault| at(file, &fault))?);
    }
    let stamp = folder.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|done| done == wanted) {
        eprintln!("installed before: {}", folder.display());
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|fault| at(folder, &fault))?;
    }
    fs::create_dir_all(folder).map_err(|fault| at(folder, &fault))?;
    install()?;
    fs::write(&stamp, wanted).map_err(|fault| at(&stamp, &fault))
}

fn available(what: &str, probe: &mut Command, packages: &[&str]) -> Result<(), String> {
    if answers(probe) {
        return Ok(());
    }
    let names = packages.join(" ");
    if !is_root_on_debian() {
        return Err(format!("{what} is missing: install the Debian packages `{names}`"));
    }
    apt_install(packages)
}

fn at(path: &Path, fault: &std::io::Error) -> String {
    format!("{}: {fault}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_versions_are_installed_once_and_a_failure_is_made_good() {
        let place = std::env::temp_dir().join(format!("xtask-clients-{}", std::process::id()));
        fs::create_dir_all(&place).expect("folder");
        let (names, folder) = (place.join("names"), place.join("made"));
        let attempt = |versions: &str, outcome: Result<(), String>| {
            fs::write(&names, versions).expect("write");
            let mut ran = false;
            let done = once(&folder, &[&names], || {
                ran = true;
                assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 0);
                fs::write(folder.join("half"), "").expect("write");
                outcome
            });
            (ran, done)
        };
        let failure = Err("cut off".to_owned());
        assert_eq!(attempt("a 1", failure.clone()), (true, failure));
        assert_eq!(attempt("a 1", Ok(())), (true, Ok(())));
        assert_eq!(attempt("a 1", Ok(())), (false, Ok(())));
        assert_eq!(attempt("a 2", Ok(())), (true, Ok(())));
        fs::remove_dir_all(&place).expect("remove");
    }
}
