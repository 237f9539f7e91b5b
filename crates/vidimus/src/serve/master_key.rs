//! The master key: 32 random bytes in base64, in a file that others cannot read. Never made in
//! silence: a server that lost its key must not go on with another. While one takes the place of
//! another the file has more lines: `pepper`, `next` and `old`, each with its own 32 bytes.

use std::{
    fs::{self, File, Permissions},
    io::{self, Read as _},
    os::{fd::AsFd as _, unix::fs::PermissionsExt as _},
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use vidimus_core::{context::Entropy as _, vault::MasterKeys};
use vidimus_http::entropy::OsEntropy;
use zeroize::Zeroizing;

use crate::{cli::say, failure::Failure, serve::private_file::PrivateFile};

type Key = Zeroizing<[u8; 32]>;

const BYTES_MAX: u64 = 4096;

/// What the file says.
pub struct KeyFile {
    pub first: Key,
    pub pepper: Option<Key>,
    /// Opens already, and seals next.
    pub next: Option<Key>,
    /// Open still.
    pub old: Vec<Key>,
}

impl KeyFile {
    pub fn keys(&self) -> MasterKeys {
        let mut seals = vec![self.first.clone()];
        seals.extend(self.next.iter().chain(&self.old).cloned());
        MasterKeys { seals, pepper: self.pepper.clone() }
    }

    /// The text of the file.
    pub fn text(&self) -> Zeroizing<String> {
        let line = |label: &str, key: &Key| format!("{label}{}\n", STANDARD.encode(**key));
        let mut text = line("", &self.first);
        text.extend(self.pepper.iter().map(|key| line("pepper ", key)));
        text.extend(self.next.iter().map(|key| line("next ", key)));
        text.extend(self.old.iter().map(|key| line("old ", key)));
        Zeroizing::new(text)
    }
}

fn make(path: &Path) -> String {
    format!("vidimus key generate-master > {}", path.display())
}

/// # Errors
/// There is no such file, others may read it, or what it holds is no key or a known one.
pub fn read_master_key(path: &Path) -> Result<MasterKeys, Failure> {
    read_key_file(path).map(|file| file.keys())
}

/// # Errors
/// As [`read_master_key`].
pub fn read_key_file(path: &Path) -> Result<KeyFile, Failure> {
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

fn parse(text: &str) -> Result<KeyFile, String> {
    let (mut first, mut pepper, mut next, mut old) = (None, None, None, Vec::new());
    let lines = text.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (label, encoded) = line.split_once(' ').unwrap_or(("", line));
        let key = parse_key(encoded)?;
        match label {
            "" if first.is_none() => first = Some(key),
            "pepper" if pepper.is_none() => pepper = Some(key),
            "next" if next.is_none() => next = Some(key),
            "old" => old.push(key),
            _ => return Err("a line is none of: the key, pepper, next, old".to_owned()),
        }
    }
    let first = first.ok_or_else(|| "0 bytes instead of 32".to_owned())?;
    if pepper.is_none() && !(next.is_none() && old.is_empty()) {
        return Err("there are further keys and no pepper".to_owned());
    }
    Ok(KeyFile { first, pepper, next, old })
}

fn parse_key(text: &str) -> Result<Key, String> {
    let decoded = STANDARD.decode(text.trim()).map(Zeroizing::new);
    let bytes = decoded.map_err(|_| "not base64".to_owned())?;
    let key: Key = <[u8; 32]>::try_from(bytes.as_slice())
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
    Zeroizing::new(STANDARD.encode(*fresh_key()))
}

pub fn fresh_key() -> Key {
    let mut key = Zeroizing::new([0; 32]);
    OsEntropy.fill(&mut *key);
    key
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
pub fn generate_into(path: &Path) -> Result<MasterKeys, Failure> {
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
            let error = parse(&STANDARD.encode(bytes)).map(drop).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        assert!(parse("no-base64!").map(drop).unwrap_err().contains("not base64"));
    }

    #[test]
    fn further_keys_have_their_lines() {
        let (first, pepper, old) = (fresh(), fresh(), fresh());
        let text = format!("# made in spring\n{}\npepper {}\n\nold {}\n", *first, *pepper, *old);
        let file = parse(&text).unwrap();
        assert_eq!((file.next.is_some(), file.old.len()), (false, 1));
        assert_eq!(STANDARD.encode(*file.keys().pepper()), *pepper);
        let again = parse(&file.text()).unwrap();
        assert_eq!(again.text(), file.text());
        for (wrong, why) in [
            (format!("{}\nold {}", *first, *old), "no pepper"),
            (format!("{}\n{}", *first, *old), "none of"),
            (format!("old {}", *old), "0 bytes"),
            (format!("{}\nsalt {}", *first, *old), "none of"),
        ] {
            let error = parse(&wrong).map(drop).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
