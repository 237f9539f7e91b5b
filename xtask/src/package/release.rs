//! A release build, the same from whatever folder it is made in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::stage::{at, said, told};
use super::{cyclone, deb, version};
use crate::root;
use crate::steps::{cargo, run, target};

const PROFILE: &str = "dist";

/// Built with everything that a machine or a folder could add taken out.
pub fn binary() -> Result<PathBuf, String> {
    build_in(root(), &target())?;
    Ok(target().join(PROFILE).join("vidimus"))
}

/// Archive, package, list of parts, and their sums.
pub fn build(binary: &Path, out: &Path) -> Result<Vec<PathBuf>, String> {
    fs::create_dir_all(out).map_err(at(out))?;
    let package = deb::build(binary, out)?;
    let parts = cyclone::write(out)?;
    let archive = archive(&package.with_extension(""), out)?;
    let made = vec![archive, package, parts];
    let names = made.iter().filter_map(|path| path.file_name());
    let sums = said(Command::new("sha256sum").args(names).current_dir(out))?;
    let list = out.join("SHA256SUMS");
    fs::write(&list, sums).map_err(at(&list))?;
    Ok(made.into_iter().chain([list]).collect())
}

/// What was staged for the package, for systems that have no dpkg.
fn archive(tree: &Path, out: &Path) -> Result<PathBuf, String> {
    let path = out.join(format!("vidimus-{}-{}.tar.gz", version(), std::env::consts::ARCH));
    run(Command::new("tar")
        .args(["--create", "--sort=name", "--owner=0", "--group=0", "--numeric-owner"])
        .args(["--exclude=./DEBIAN", "--use-compress-program", "gzip -9 --no-name"])
        .arg(format!("--mtime=@{}", epoch()?))
        .arg("--file")
        .arg(&path)
        .arg("--directory")
        .arg(tree)
        .arg("."))?;
    Ok(path)
}

/// Of the last commit: what is built of it is as old as it.
pub fn epoch() -> Result<String, String> {
    if let Ok(given) = std::env::var("SOURCE_DATE_EPOCH") {
        return Ok(given);
    }
    told(Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(root()))
}

fn build_in(source: &Path, target: &Path) -> Result<(), String> {
    let home = std::env::var("CARGO_HOME").or_else(|_| Ok(std::env::var("HOME")? + "/.cargo"));
    let home = home.map_err(|fault: std::env::VarError| format!("HOME: {fault}"))?;
    let places = [(source.display().to_string(), "/vidimus"), (home, "/cargo")];
    let rust: Vec<String> =
        places.iter().map(|(from, to)| format!("--remap-path-prefix={from}={to}")).collect();
    let c: Vec<String> =
        places.iter().map(|(from, to)| format!("-ffile-prefix-map={from}={to}")).collect();
    run(cargo()
        .args(["build", "--locked", "--package", "vidimus", "--profile", PROFILE])
        .current_dir(source)
        .env("CARGO_TARGET_DIR", target)
        .env("SOURCE_DATE_EPOCH", epoch()?)
        .env("RUSTFLAGS", rust.join(" "))
        .env("CFLAGS", c.join(" ")))
}

/// In two folders of different names and depths: the same bytes, or it is an error.
pub fn twice() -> Result<(), String> {
    let base = std::env::temp_dir().join(format!("vidimus-twice-{}", std::process::id()));
    let places = [base.join("a"), base.join("somewhere/else/b")];
    let mut sums = Vec::new();
    for place in &places {
        fs::create_dir_all(place).map_err(at(place))?;
        // What is committed, and nothing that lies beside it.
        let sh = "git archive HEAD | tar --extract --directory \"$0\"";
        run(Command::new("sh").args(["-c", sh]).arg(place).current_dir(root()))?;
        let target = place.join("target");
        build_in(place, &target)?;
        let built = target.join(PROFILE).join("vidimus");
        // Kept, should they differ: what compares two binaries wants both.
        let kept = base.join(format!("vidimus-{}", sums.len()));
        fs::copy(&built, &kept).map_err(at(&built))?;
        let sum = told(Command::new("sha256sum").arg(&kept))?;
        sums.push(sum.split(' ').next().unwrap_or_default().to_owned());
        // One at a time is room enough.
        fs::remove_dir_all(&target).map_err(at(&target))?;
    }
    println!("{}", sums.join("\n"));
    match sums.as_slice() {
        [one, two] if one == two => fs::remove_dir_all(&base).map_err(at(&base)),
        _ => Err(format!("the same sources became two binaries: {}/vidimus-*", base.display())),
    }
}
