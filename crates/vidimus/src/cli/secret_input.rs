//! Secrets come from a file or from standard input, never from the command line; and so does what
//! would not fit there.

use std::{
    fs,
    io::{self, IsTerminal as _, Read as _},
    path::Path,
};

use vidimus_core::secret::Secret;

use crate::failure::Failure;

const BYTES_MAX: u64 = 64 * 1024;

/// One line; `-` is standard input.
///
/// # Errors
/// It cannot be read, or there is nothing in it.
pub fn read_secret(path: &Path) -> Result<Secret, Failure> {
    let (name, text) = if path == Path::new("-") {
        if io::stdin().is_terminal() {
            eprintln!("reading a secret from the terminal; end it with Enter and Ctrl-D");
        }
        ("standard input".to_owned(), read(io::stdin().lock()))
    } else {
        (path.display().to_string(), fs::File::open(path).and_then(read))
    };
    let text = text.map_err(|why| Failure::refused(format!("cannot read {name}: {why}")))?;
    let secret = text.trim_end_matches(['\n', '\r']);
    if secret.is_empty() {
        return Err(Failure::refused(format!(
            "{name} is empty; a secret or a token was expected there"
        )));
    }
    if secret.contains('\n') {
        return Err(Failure::refused(format!("{name} has several lines; a secret is one")));
    }
    Ok(Secret::new(secret))
}

/// A whole text file, of what anybody may know.
///
/// # Errors
/// It cannot be read.
pub fn read_text(path: &Path) -> Result<String, Failure> {
    fs::File::open(path)
        .and_then(read)
        .map_err(|why| Failure::refused(format!("cannot read {}: {why}", path.display())))
}

fn read(source: impl io::Read) -> io::Result<String> {
    let mut text = String::new();
    source.take(BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}
