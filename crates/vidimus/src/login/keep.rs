//! The file of a login: closed to others, and rewritten at each use, because a refresh token is good once
//! (RFC 9700 §4.14.2). Commands that run at once take turns.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use vidimus_core::secret::Secret;

use crate::{
    failure::Failure,
    serve::{PrivateFile, beside},
};

pub struct Kept {
    pub server: String,
    pub client_id: String,
    pub refresh_token: Secret,
    pub ca_file: Option<PathBuf>,
}

/// # Errors
/// The disk.
pub fn write(path: &Path, kept: &Kept) -> Result<(), Failure> {
    let ca_file = kept.ca_file.as_ref().map(|file| format!("ca_file = {:?}\n", file.display()));
    let text = format!(
        "# Of an administrator who is signed in: keep it as you keep a password. It changes with every \
         use.\nserver = {:?}\nclient_id = {:?}\nrefresh_token = {:?}\n{}",
        kept.server,
        kept.client_id,
        kept.refresh_token.expose(),
        ca_file.unwrap_or_default()
    );
    let cannot =
        |why: io::Error| Failure::refused(format!("cannot write {}: {why}", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(cannot)?;
    }
    PrivateFile::begin(path).and_then(|file| file.replace(&text)).map_err(cannot)
}

/// Held until it is dropped.
///
/// # Errors
/// The disk.
pub fn turn(path: &Path) -> Result<File, Failure> {
    let lock = lock_of(path);
    let cannot =
        |why: io::Error| Failure::refused(format!("cannot lock {}: {why}", lock.display()));
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&lock)
        .map_err(cannot)?;
    file.lock().map_err(cannot)?;
    Ok(file)
}

fn lock_of(path: &Path) -> PathBuf {
    beside(path, ".lock")
}

/// # Errors
/// The disk.
pub fn forget(path: &Path) -> io::Result<()> {
    let _ = fs::remove_file(lock_of(path));
    fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::cli::{Credentials, Proof};

    #[test]
    fn what_is_kept_is_private_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/login.toml");
        for token in ["one", "two"] {
            let kept = Kept {
                server: "https://as.example".to_owned(),
                client_id: "vidimus-cli".to_owned(),
                refresh_token: Secret::new(token),
                ca_file: Some(PathBuf::from("/etc/ca.pem")),
            };
            write(&path, &kept).unwrap();
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
            let read = Credentials::read(&path).unwrap();
            let Proof::Login { refresh_token, .. } = &read.proof else { panic!("no login") };
            assert_eq!((refresh_token.expose(), &*read.server), (token, "https://as.example"));
            assert_eq!(read.ca_file, Some(PathBuf::from("/etc/ca.pem")));
        }
        let names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(names.len(), 1, "no old token lies about");
    }
}
