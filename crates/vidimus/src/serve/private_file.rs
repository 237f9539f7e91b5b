//! Files that only their owner may read, written whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// Begun before what it shall hold exists, so that a folder that cannot be written to is found
/// while nothing has happened yet.
pub struct PrivateFile {
    file: File,
    draft: PathBuf,
    path: PathBuf,
}

impl PrivateFile {
    pub fn begin(path: &Path) -> io::Result<Self> {
        let draft = beside(path, &format!(".{}.draft", std::process::id()));
        // What an earlier process of this number left behind.
        let _ = fs::remove_file(&draft);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        Ok(Self { file, draft, path: path.to_owned() })
    }

    /// What stood there before is gone, and at no moment is nothing there.
    pub fn replace(mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())?;
        self.file.sync_all()?;
        fs::rename(&self.draft, &self.path)
    }

    /// What stood there before stays beside it, as `.old`: it may be another store's.
    pub fn finish(mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())?;
        self.file.sync_all()?;
        if self.path.exists() {
            fs::rename(&self.path, beside(&self.path, ".old"))?;
        }
        fs::rename(&self.draft, &self.path)
    }
}

/// Of the same name, with more at its end.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        // After the rename there is nothing left to remove.
        let _ = fs::remove_file(&self.draft);
    }
}
