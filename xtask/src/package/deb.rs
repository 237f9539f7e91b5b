//! A Debian package: the staged files, what dpkg must know of them, and what happens around them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::release::epoch;
use super::stage::{at, gzip, install, said, stage, told, write};
use super::version;
use crate::root;
use crate::steps::run;

const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];

/// The package, in `out`.
pub fn build(binary: &Path, out: &Path) -> Result<PathBuf, String> {
    let architecture = told(Command::new("dpkg").arg("--print-architecture"))?;
    let name = format!("vidimus_{}_{architecture}", version());
    let tree = out.join(&name);
    fs::create_dir_all(out).map_err(at(out))?;
    if tree.exists() {
        fs::remove_dir_all(&tree).map_err(at(&tree))?;
    }
    stage(binary, &tree)?;
    changelog(&tree)?;
    let control = tree.join("DEBIAN");
    let sums = sums(&tree)?;
    write(&control.join("md5sums"), sums.as_bytes())?;
    write(&control.join("control"), control_text(&architecture, &tree)?.as_bytes())?;
    write(&control.join("conffiles"), b"/etc/vidimus/vidimus.toml\n")?;
    for script in SCRIPTS {
        let from = root().join("packaging/debian").join(script);
        install(&from, &control.join(script), 0o755)?;
    }
    open_folders(&tree)?;
    let package = out.join(format!("{name}.deb"));
    run(Command::new("dpkg-deb")
        .args(["--root-owner-group", "-Zxz", "-z4", "--build"])
        .arg(&tree)
        .arg(&package)
        .env("SOURCE_DATE_EPOCH", epoch()?))?;
    Ok(package)
}

/// In the form that dpkg's tools read; what changed stands in NEWS, for people.
fn changelog(tree: &Path) -> Result<(), String> {
    let control = fs::read_to_string(root().join("packaging/debian/control"));
    let control = control.map_err(|fault| format!("packaging/debian/control: {fault}"))?;
    let maintainer = control.lines().find_map(|line| line.strip_prefix("Maintainer: "));
    let maintainer = maintainer.ok_or("packaging/debian/control names no maintainer")?;
    let moment = format!("@{}", epoch()?);
    let date = told(Command::new("date").args(["--utc", "--rfc-email", "--date", &moment]))?;
    let text = format!(
        "vidimus ({}) stable; urgency=medium\n\n  * What changed: NEWS.gz.\n\n -- {maintainer}  {date}\n",
        version(),
    );
    let path = tree.join("usr/share/doc/vidimus/changelog");
    write(&path, text.as_bytes())?;
    gzip(&path)
}

fn control_text(architecture: &str, tree: &Path) -> Result<String, String> {
    let used = told(Command::new("du").args(["-sk", "--exclude=DEBIAN"]).arg(tree))?;
    let kilobytes = used.split_whitespace().next().unwrap_or("0");
    let control = root().join("packaging/debian/control");
    let text = fs::read_to_string(&control).map_err(at(&control))?;
    Ok(text
        .replace("@VERSION@", version())
        .replace("@ARCHITECTURE@", architecture)
        .replace("@INSTALLED_SIZE@", kilobytes))
}

fn sums(tree: &Path) -> Result<String, String> {
    let mut files = Vec::new();
    find(tree, &mut files)?;
    files.sort();
    let relative = files.iter().filter_map(|file| file.strip_prefix(tree).ok());
    let sums = said(Command::new("md5sum").args(relative).current_dir(tree))?;
    Ok(String::from_utf8_lossy(&sums).into_owned())
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(at(folder))?.flatten() {
        let path = entry.path();
        if path.is_dir() { find(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// Whatever the umask is.
fn open_folders(folder: &Path) -> Result<(), String> {
    fs::set_permissions(folder, Permissions::from_mode(0o755)).map_err(at(folder))?;
    for entry in fs::read_dir(folder).map_err(at(folder))?.flatten() {
        if entry.path().is_dir() {
            open_folders(&entry.path())?;
        }
    }
    Ok(())
}
