//! Where PostgreSQL's programs are on this machine, and which user may run its server.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

pub const MISSING: &str = "PostgreSQL's server programs (initdb, postgres, psql) are missing: install the \
     Debian package `postgresql` (`apt-get install postgresql`), or put them in PATH";

#[derive(Clone, Debug)]
pub struct Programs {
    directory: PathBuf,
    /// PostgreSQL refuses to run as root, so root lends it this user and group.
    owner: Option<(u32, u32)>,
}

impl Programs {
    pub fn find() -> Result<Self, String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let directory = directory(&path, Path::new("/usr/lib/postgresql")).ok_or(MISSING)?;
        Ok(Self { directory, owner: owner()? })
    }

    pub fn owner(&self) -> Option<(u32, u32)> {
        self.owner
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A program that only connects: runs as whoever we are.
    pub fn client(&self, name: &str) -> Command {
        Command::new(self.directory.join(name))
    }

    pub fn server(&self, name: &str) -> Command {
        let mut command = Command::new(self.directory.join(name));
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }
}

/// PATH first, then Debian's folder per major version, the newest first.
fn directory(path: &OsStr, versions: &Path) -> Option<PathBuf> {
    let mut installed: Vec<(u32, PathBuf)> = std::fs::read_dir(versions)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .collect();
    installed.sort();
    std::env::split_paths(path)
        .chain(installed.into_iter().rev().map(|(_, directory)| directory))
        .find(|directory| {
            ["initdb", "postgres", "psql"].iter().all(|name| directory.join(name).is_file())
        })
}

fn owner() -> Result<Option<(u32, u32)>, String> {
    let me = Command::new("id").arg("-u").output().map_err(|fault| format!("id: {fault}"))?;
    if me.stdout.trim_ascii() != b"0" {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| user(&users, name))
        .map(Some)
        .ok_or_else(|| "PostgreSQL does not run as root: add a user `postgres`".to_owned())
}

fn user(passwd: &str, name: &str) -> Option<(u32, u32)> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(directory: &Path) {
        std::fs::create_dir_all(directory).expect("directory");
        for name in ["initdb", "postgres", "psql"] {
            std::fs::write(directory.join(name), "").expect("program");
        }
    }

    #[test]
    fn the_newest_version_is_found_and_path_comes_first() {
        let root = tempfile::tempdir().expect("directory");
        let versions = root.path().join("versions");
        install(&versions.join("9/bin"));
        install(&versions.join("15/bin"));
        assert_eq!(directory(OsStr::new(""), &versions), Some(versions.join("15/bin")));
        let own = root.path().join("own");
        install(&own);
        assert_eq!(directory(own.as_os_str(), &versions), Some(own));
    }

    #[test]
    fn half_an_installation_is_none() {
        let root = tempfile::tempdir().expect("directory");
        install(&root.path().join("15/bin"));
        std::fs::remove_file(root.path().join("15/bin/initdb")).expect("remove");
        assert_eq!(directory(OsStr::new(""), root.path()), None);
    }

    #[test]
    fn user_and_group_come_from_the_user_list() {
        let users = "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:,,,:/var/lib:/bin/bash\n";
        assert_eq!(user(users, "postgres"), Some((101, 104)));
        assert_eq!(user(users, "post"), None);
    }
}
