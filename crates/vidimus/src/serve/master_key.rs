//! The master key: 32 random bytes in base64, in a file that others cannot read. Never made in
//! silence: a server that lost its key must not go on with another.

use std::{
    fs::{self, File, Permissions},
    io::{self, Read as _},
    os::{fd::AsFd as _, unix::fs::PermissionsExt as _},
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use vidimus_core::context::Entropy as _;
use vidimus_http::entropy::OsEntropy;
use zeroize::Zeroizing;

use crate::{cli::say, failure::Failure, serve::private_file::PrivateFile};

pub type MasterKey = Zeroizing<[u8; 32]>;

const BYTES_MAX: u64 = 1024;

fn make(path: &Path) -> String {
    format!("vidimus key generate-master > {}", path.display())
}

/// # Errors
/// There is no such file, others may read it, or what it holds is no key or a known one.
pub fn read_master_key(path: &Path) -> Result<MasterKey, Failure> {
    let shown = path.display();
    let text = open(path).map_err(|why| match why.kind() {
        io::ErrorKind::NotFound => Failure::refused(format!(
            "there is no master key at {shown}. It protects everything that the database holds \
             sealed or hashed, so none is made in silence. For a new database make one: {}",
            make(path)
        )),
        _ => Failure::refused(format!("cannot read the master key {shown}: {why}")),
    })?;
    parse(&text).map_err(|why| {
        Failure::refused(format!("master key {shown}: {why}; make one: {}", make(path)))
    })
}

fn open(path: &Path) -> io::Result<Zeroizing<String>> {
    let file = File::open(path)?;
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o007 != 0 {
        let what = format!(
            "every user of this machine may open it (mode {:03o}); chmod 600 {}",
            mode & 0o777,
            path.display()
        );
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, what));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

fn parse(text: &str) -> Result<MasterKey, String> {
    let decoded = STANDARD.decode(text.trim()).map(Zeroizing::new);
    let bytes = decoded.map_err(|_| "not base64".to_owned())?;
    let key: MasterKey = <[u8; 32]>::try_from(bytes.as_slice())
        .map(Zeroizing::new)
        .map_err(|_| format!("{} bytes instead of 32", bytes.len()))?;
    let steps = || key.windows(2).map(|pair| pair.iter().fold(0, |a: u8, b| b.wrapping_sub(a)));
    let regular = steps().all(|step| Some(step) == steps().next());
    // Random bytes are printable text once in 10^13 keys; an example in some page always is.
    let printable = key.iter().all(|byte| (b' '..=b'~').contains(byte));
    if regular || printable {
        return Err("a sample, not random bytes".to_owned());
    }
    Ok(key)
}

fn fresh() -> Zeroizing<String> {
    let mut key = Zeroizing::new([0; 32]);
    OsEntropy.fill(&mut *key);
    Zeroizing::new(STANDARD.encode(*key))
}

/// # Errors
/// Standard output is gone.
pub fn print_new_master_key() -> Result<(), Failure> {
    // `> vidimus.key` makes a file that all may read; it is still empty now.
    if let Ok(out) = io::stdout().as_fd().try_clone_to_owned().map(File::from)
        && out.metadata().is_ok_and(|file| file.is_file())
    {
        out.set_permissions(Permissions::from_mode(0o600))
            .map_err(|why| Failure::refused(format!("cannot close the file to others: {why}")))?;
    }
    say(&fresh())
}

/// The sandbox's own, unless it is there already.
///
/// # Errors
/// It cannot be written or read.
pub fn generate_into(path: &Path) -> Result<MasterKey, Failure> {
    if !fs::exists(path).unwrap_or(false) {
        let file = PrivateFile::begin(path);
        file.and_then(|file| file.finish(&format!("{}\n", *fresh())))
            .map_err(|why| Failure::refused(format!("cannot write {}: {why}", path.display())))?;
    }
    read_master_key(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_random_bytes_are_a_key() {
        assert!(parse(&fresh()).is_ok());
        assert_ne!(*fresh(), *fresh());
        let counting: [u8; 32] = std::array::from_fn(|at| at as u8);
        let text = *b"0123456789abcdef0123456789abcdef";
        for (bytes, why) in [
            (&[0; 32][..], "sample"),
            (&[0xAA; 32], "sample"),
            (&counting, "sample"),
            (&text, "sample"),
            (&[7; 31], "31 bytes instead of 32"),
            (&[], "0 bytes instead of 32"),
        ] {
            let error = parse(&STANDARD.encode(bytes)).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        assert!(parse("no base64!").unwrap_err().contains("not base64"));
    }
}
