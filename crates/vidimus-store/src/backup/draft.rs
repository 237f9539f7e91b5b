//! A file that is there whole or not at all: written under another name beside it, synced, renamed.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

use crate::backup::BackupError;

pub struct Draft {
    path: PathBuf,
    to: PathBuf,
    /// Locked, so that no other command writes to the same draft. What a killed one left behind is
    /// not locked and is used again.
    file: File,
    is_finished: bool,
}

impl Draft {
    pub fn begin(to: &Path) -> Result<Self, BackupError> {
        let path = with_suffix(to, ".draft");
        let failed = |why| BackupError::File(path.clone(), why);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(BackupError::UnderWay(to.to_owned())),
            Err(TryLockError::Error(why)) => return Err(failed(why)),
        }
        file.set_len(0).map_err(failed)?;
        Ok(Self { path, to: to.to_owned(), file, is_finished: false })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes it has.
    pub fn finish(mut self) -> Result<u64, BackupError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |why| BackupError::File(path, why)
        };
        self.file.sync_all().map_err(failed(&self.path))?;
        let bytes = self.file.metadata().map_err(failed(&self.path))?.len();
        fs::rename(&self.path, &self.to).map_err(failed(&self.to))?;
        self.is_finished = true;
        sync_folder(&self.to).map_err(failed(&self.to))?;
        Ok(bytes)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_finished {
            for suffix in ["", "-journal", "-wal", "-shm"] {
                // Most of them are not there.
                let _ = fs::remove_file(with_suffix(&self.path, suffix));
            }
        }
    }
}

pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A new name is durable when its folder is.
pub fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Whether both names are of one file, by whatever way.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
