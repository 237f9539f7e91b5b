//! Where audit lines go: standard output, or a file that may be moved away under us.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use vidimus_http::audit_lines::AuditLines;

use crate::{config::Audit, failure::Failure};

/// # Errors
/// The file cannot be opened.
pub fn lines(audit: &Audit) -> Result<AuditLines, Failure> {
    let writes: Box<dyn Write + Send> = match audit {
        Audit::Stdout => Box::new(io::stdout()),
        Audit::File(path) => Box::new(AuditFile::open(path).map_err(|why| {
            Failure::refused(format!("log.audit: cannot write {}: {why}", path.display()))
        })?),
    };
    Ok(AuditLines::new(writes))
}

struct AuditFile {
    path: PathBuf,
    file: File,
    /// By which it is known whether it is still the one of this name.
    inode: u64,
}

impl AuditFile {
    fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        let inode = file.metadata()?.ino();
        Ok(Self { path: path.to_owned(), file, inode })
    }
}

impl Write for AuditFile {
    /// Whoever rotates files needs to tell us nothing: the next line begins another one.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if fs::metadata(&self.path).map_or(true, |now| now.ino() != self.inode) {
            *self = Self::open(&self.path)?;
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_that_was_moved_away_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let mut file = AuditFile::open(&path).unwrap();
        file.write_all(b"1\n").unwrap();
        let moved = folder.path().join("audit.jsonl.1");
        fs::rename(&path, &moved).unwrap();
        file.write_all(b"2\n").unwrap();
        fs::remove_file(&path).unwrap();
        file.write_all(b"3\n").unwrap();
        file.write_all(b"4\n").unwrap();
        assert_eq!(fs::read_to_string(&moved).unwrap(), "1\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "3\n4\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
