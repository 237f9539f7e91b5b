//! One object on standard output; everything else goes to standard error.

use std::io::{self, Write as _};

use serde_json::Value;

use super::{Output, table::table};
use crate::failure::Failure;

/// # Errors
/// Standard output is gone.
pub fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        // `| head` has seen enough.
        Err(why) if why.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(why) => Err(Failure::refused(format!("cannot write to standard output: {why}"))),
        Ok(()) => Ok(()),
    }
}

/// An object as it is, or as a table with these columns.
pub fn print(value: &Value, output: Output, columns: &[&str]) -> Result<(), Failure> {
    match output {
        Output::Json => say(&format!("{value:#}")),
        Output::Table => say(table(value, columns).trim_end()),
    }
}
