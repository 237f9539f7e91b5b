//! Files that hold secrets, and folders that hold those: a warning for each that others may open
//! or replace. The master key is refused instead, where it is read.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::{cli::DEFAULT_CREDENTIALS, config::Config, serve::beside};

const OTHERS_READ: u32 = 0o004;
const OTHERS_WRITE: u32 = 0o002;
const GROUP_WRITES: u32 = 0o020;

pub fn warn(config: &Config, config_file: Option<&Path>) {
    for problem in problems(config, config_file) {
        tracing::warn!("{problem}");
    }
}

fn problems(config: &Config, config_file: Option<&Path>) -> Vec<String> {
    let mut secret = vec![config.folder.join(DEFAULT_CREDENTIALS)];
    secret.extend(config.server.tls.as_ref().map(|tls| tls.key.clone()));
    let mut folders = vec![folder_of(&config.master_key_file)];
    if let Some(path) = config.store_url.strip_prefix("sqlite:") {
        let path = PathBuf::from(path.strip_prefix("//").unwrap_or(path));
        folders.push(folder_of(&path));
        for suffix in ["", "-wal", "-shm"] {
            secret.push(beside(&path, suffix));
        }
    }
    // A URL of PostgreSQL may have a password in it; and whoever may write a configuration may
    // name another key.
    let named =
        config_file.map(Path::to_owned).unwrap_or_else(|| config.folder.join("vidimus.toml"));
    let has_password = config.store_url.starts_with("postgres");
    folders.sort();
    folders.dedup();
    let mut problems = Vec::new();
    problems.extend(secret.iter().filter_map(|path| open_to_others(path, OTHERS_READ)));
    let bits = if has_password { OTHERS_READ | OTHERS_WRITE } else { OTHERS_WRITE };
    problems.extend(open_to_others(&named, bits));
    problems.extend(folders.iter().filter_map(|path| replaceable(path)));
    problems
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn open_to_others(path: &Path, bits: u32) -> Option<String> {
    let mode = mode(path)?;
    let every = mode & (bits | OTHERS_WRITE) != 0;
    let group = mode & GROUP_WRITES != 0;
    let who = if every { "every user of this machine" } else { "its whole group" };
    (every || group).then(|| {
        let shown = path.display();
        format!("{who} may read or change {shown} (mode {mode:03o}); chmod 600 {shown}")
    })
}

/// Whoever may write to a folder may put another file in its place. The sticky bit forbids it.
fn replaceable(folder: &Path) -> Option<String> {
    let mode = mode(folder)?;
    (mode & OTHERS_WRITE != 0 && mode & 0o1000 == 0).then(|| {
        let shown = folder.display();
        format!("every user of this machine may replace what is in {shown} (mode {mode:03o}); chmod 700 {shown}")
    })
}

/// `None`: it is not there, or not ours to look at.
fn mode(path: &Path) -> Option<u32> {
    Some(fs::metadata(path).ok()?.permissions().mode() & 0o7777)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, of_environment};

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn sec_272_what_others_may_read_or_replace_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let config = of_environment(folder.path(), &Environment::default()).unwrap();
        let files = ["vidimus.db", "vidimus.db-wal", DEFAULT_CREDENTIALS, "vidimus.toml"];
        for name in files {
            fs::write(folder.path().join(name), "x").unwrap();
            set(&folder.path().join(name), 0o600);
        }
        let found = || problems(&config, None);
        assert_eq!(found(), Vec::<String>::new());
        for (name, mode) in [
            ("vidimus.db", 0o604),
            ("vidimus.db", 0o620),
            ("vidimus.db-wal", 0o644),
            (DEFAULT_CREDENTIALS, 0o666),
            ("vidimus.toml", 0o602),
            ("", 0o777),
        ] {
            let path = folder.path().join(name);
            let before = mode_of(&path);
            set(&path, mode);
            let said = found();
            assert_eq!(said.len(), 1, "{name} {mode:o}: {said:?}");
            assert!(said[0].contains(&format!("{mode:03o}")), "{said:?}");
            set(&path, before);
        }
        set(&folder.path().join("vidimus.toml"), 0o644);
        assert_eq!(found(), Vec::<String>::new(), "it holds no secret");
        let url = ("VIDIMUS_STORE__URL", "postgres://v:secret@db/v");
        let config = of_environment(folder.path(), &Environment::from([url])).unwrap();
        assert_eq!(problems(&config, None).len(), 1, "now it may");
    }

    fn mode_of(path: &Path) -> u32 {
        mode(path).unwrap()
    }
}
