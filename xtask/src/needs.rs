//! What a fresh machine lacks: found, installed where that is ours to do, or named.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use vidimus_e2e::clients::{APACHE, APACHE_MODULES};
use vidimus_e2e::programs::{MISSING, Programs};

use crate::steps::{answers, cargo, run, target};

pub fn toolchain() -> Result<(), String> {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if answers(cargo().args([subcommand, "--version"])) {
            continue;
        }
        run(Command::new("rustup").args(["component", "add", component]))
            .map_err(|fault| format!("{component} is missing (`rustup component add`): {fault}"))?;
    }
    Ok(())
}

/// SQLite and the cryptography are compiled from C.
pub fn c_compiler() -> Result<(), String> {
    if answers(Command::new("cc").arg("--version")) {
        return Ok(());
    }
    if !is_root_on_debian() {
        return Err(
            "a C compiler is missing: install the Debian packages `gcc libc6-dev`".to_owned()
        );
    }
    apt_install(&["gcc", "libc6-dev"])
}

pub fn postgresql() -> Result<(), String> {
    if let Ok(programs) = Programs::find() {
        eprintln!("PostgreSQL's programs: {}", programs.directory().display());
        return Ok(());
    }
    if !is_root_on_debian() {
        return Err(MISSING.to_owned());
    }
    without_a_cluster(Path::new("/etc/postgresql-common"), || apt_install(&["postgresql"]))?;
    Programs::find().map(drop)
}

/// Pages are told in its words.
pub fn curl() -> Result<(), String> {
    if answers(Command::new("curl").arg("--version")) {
        return Ok(());
    }
    if !is_root_on_debian() {
        return Err("curl is missing: install the Debian package `curl`".to_owned());
    }
    apt_install(&["curl"])
}

/// What the documentation's own commands use, beside curl.
pub fn of_pages() -> Result<(), String> {
    for (program, argument) in
        [("openssl", "version"), ("jq", "--version"), ("python3", "--version")]
    {
        if answers(Command::new(program).arg(argument)) {
            continue;
        }
        if !is_root_on_debian() {
            return Err(format!("{program} is missing: install the Debian package `{program}`"));
        }
        apt_install(&[program])?;
    }
    Ok(())
}

/// A relying party and resource server that many run; the server alone, no service that starts.
pub fn apache() -> Result<(), String> {
    let module = Path::new(APACHE_MODULES).join("mod_auth_openidc.so");
    if module.is_file() && answers(Command::new(APACHE).arg("-v")) {
        return Ok(());
    }
    let packages = ["apache2-bin", "libapache2-mod-auth-openidc"];
    if !is_root_on_debian() {
        let names = packages.join(" ");
        return Err(format!("Apache is missing: install the Debian packages `{names}`"));
    }
    apt_install(&packages)
}

/// Languages of `vidimus samples`, each with what says that it is there. Those that cannot be installed
/// are named: their programs are not run.
pub fn languages() -> Vec<String> {
    let languages: [(&str, &[&str], &[&str]); 4] = [
        ("jq", &["--version"], &["jq"]),
        ("php", &["-r", "exit(extension_loaded('curl') ? 0 : 1);"], &["php-cli", "php-curl"]),
        ("ruby", &["-e", "require 'net/http'"], &["ruby"]),
        ("java", &["--version"], &["default-jdk-headless"]),
    ];
    let mut missing = Vec::new();
    for (program, probe, packages) in languages {
        let is_there = || answers(Command::new(program).args(probe));
        if !is_there() && is_root_on_debian() {
            // Its outcome is asked of the program itself.
            let _ = apt_install(packages);
        }
        if !is_there() {
            missing.push(program.to_owned());
        }
    }
    missing
}

/// A test proves with it that no answer precedes its fsync.
pub fn strace() -> Result<(), String> {
    if answers(Command::new("strace").arg("--version")) {
        return Ok(());
    }
    if !is_root_on_debian() {
        return Err("strace is missing: install the Debian package `strace`".to_owned());
    }
    apt_install(&["strace"])
}

/// Judges the alerts. Its package would start a server of its own, so the program alone is taken out
/// of it; `None` where it cannot be had.
pub fn promtool() -> Result<Option<PathBuf>, String> {
    if answers(Command::new("promtool").arg("--version")) {
        return Ok(Some("promtool".into()));
    }
    let folder = target().join("tools/prometheus");
    let program = folder.join("usr/bin/promtool");
    if program.is_file() || !is_root_on_debian() {
        return Ok(Some(program).filter(|program| program.is_file()));
    }
    unpack(&["prometheus"], &folder)?;
    Ok(Some(program))
}

/// Runs the configuration of its page. As with promtool, the package would start a server.
pub fn nginx() -> Result<Option<PathBuf>, String> {
    let folder = target().join("tools/nginx");
    let program = folder.join("usr/sbin/nginx");
    if program.is_file() || !is_root_on_debian() {
        return Ok(Some(folder).filter(|_| program.is_file()));
    }
    unpack(&["nginx", "libnginx-mod-http-js"], &folder)?;
    Ok(Some(folder))
}

/// Judges the Debian package.
pub fn lintian() -> Result<bool, String> {
    let is_there = || answers(Command::new("lintian").arg("--version"));
    if !is_there() && is_root_on_debian() {
        apt_install(&["lintian"])?;
    }
    Ok(is_there())
}

/// Tests that cut a disk's power make an ext4 of their own.
pub fn ext4() -> Result<(), String> {
    if answers(Command::new("mkfs.ext4").arg("-V")) || !is_root_on_debian() {
        return Ok(());
    }
    apt_install(&["e2fsprogs"])
}

/// Whether this machine lets us mount such a disk: tried, not guessed.
pub fn loop_mounts() -> Result<(), String> {
    let directory = std::env::temp_dir().join(format!("xtask-loop-{}", std::process::id()));
    let (disk, place) = (directory.join("disk"), directory.join("place"));
    let made = fs::create_dir_all(&place).and_then(|()| fs::File::create(&disk)?.set_len(16 << 20));
    let mounted = made.is_ok()
        && answers(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&disk))
        && answers(Command::new("mount").args(["-o", "loop"]).arg(&disk).arg(&place))
        && answers(Command::new("umount").arg(&place));
    let _ = fs::remove_dir_all(&directory);
    if mounted { Ok(()) } else { Err("mounting a loop device needs root".to_owned()) }
}

/// `cargo deny` without its advisories needs no network; with them it fetches their database.
pub fn cargo_deny(wanted: bool) -> Result<bool, String> {
    if answers(cargo().args(["deny", "--version"])) {
        return Ok(true);
    }
    if wanted {
        run(cargo().args(["install", "cargo-deny", "--locked"]))?;
    }
    Ok(wanted)
}

/// Debian's package would start a server of its own on port 5432: it reads this file first.
fn without_a_cluster(
    configuration: &Path,
    install: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let directory = configuration.join("createcluster.d");
    let file = directory.join("vidimus-test.conf");
    let write = fs::create_dir_all(&directory)
        .and_then(|()| fs::write(&file, "create_main_cluster = false\n"));
    write.map_err(|fault| format!("{}: {fault}", file.display()))?;
    let installed = install();
    fs::remove_file(&file).map_err(|fault| format!("{}: {fault}", file.display()))?;
    installed
}

pub fn apt_install(packages: &[&str]) -> Result<(), String> {
    run(Command::new("apt-get").arg("update"))?;
    run(Command::new("apt-get")
        .args(["install", "-y", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))
    .map_err(|fault| format!("{} could not be installed: {fault}", packages.join(" ")))
}

/// Packages into a folder of ours: nothing of them is installed, and nothing starts.
fn unpack(packages: &[&str], folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
    run(Command::new("apt-get").arg("update"))?;
    run(Command::new("apt-get").arg("download").args(packages).current_dir(folder))?;
    let each = "for package in *.deb; do dpkg -x \"$package\" . || exit 1; done";
    run(Command::new("sh").args(["-c", each]).current_dir(folder))
}

pub fn is_root_on_debian() -> bool {
    let root = Command::new("id").arg("-u").output();
    root.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
        && answers(Command::new("apt-get").arg("--version"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_s_own_cluster_is_switched_off_for_the_installation_only() {
        let directory = std::env::temp_dir().join(format!("xtask-needs-{}", std::process::id()));
        let file = directory.join("createcluster.d/vidimus-test.conf");
        let installed = without_a_cluster(&directory, || {
            assert!(fs::read_to_string(&file).is_ok_and(|text| text.contains("= false")));
            Err("as if apt failed".to_owned())
        });
        assert_eq!(installed, Err("as if apt failed".to_owned()));
        assert!(!file.exists());
        fs::remove_dir_all(&directory).expect("remove");
    }
}
