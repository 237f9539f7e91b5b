//! `vidimus key rotate-master`: the file of the master key, from one state to the next.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Global, print, run::connect};
use crate::{
    config::{self, Environment},
    failure::Failure,
    serve::{KeyFile, PrivateFile, fresh_key, read_key_file},
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The next key opens, and does not seal yet.
    Prepare,
    /// The next key seals; the one before opens still.
    Rotate,
    /// The old ones go.
    Finish,
}

/// # Errors
/// The file cannot be read or written; where it is to be finished, the server does not say that it is.
pub async fn rotate_master(
    config: Option<&Path>,
    turn: Turn,
    global: &Global,
    environment: &Environment,
) -> Result<(), Failure> {
    let path = config::load(config, environment)?.master_key_file;
    let before = read_key_file(&path)?;
    let after = match turn {
        Turn::Prepare => prepared(before)?,
        Turn::Rotate => rotated(before),
        Turn::Finish => {
            is_done(&before.keys().first_id(), global).await?;
            KeyFile { old: Vec::new(), ..before }
        }
    };
    let failed = |why| Failure::refused(format!("cannot write {}: {why}", path.display()));
    let file = PrivateFile::begin(&path).map_err(failed)?;
    file.replace(&after.text()).map_err(failed)?;
    let next = match turn {
        Turn::Prepare => {
            "give the file to every server and send each SIGHUP; then without --prepare"
        }
        Turn::Rotate => "send SIGHUP to every server; when nothing is left to seal again, --finish",
        Turn::Finish => "send SIGHUP to every server: the old key is not needed any more",
    };
    let done = json!({
        "file": path.display().to_string(),
        "old_keys": after.old.len(),
        "next": next,
    });
    print(&done, global.output, &[])
}

fn prepared(before: KeyFile) -> Result<KeyFile, Failure> {
    if before.next.is_some() {
        return Err(Failure::refused("a next key is there already: now without --prepare"));
    }
    let pepper = Some(before.keys().pepper());
    Ok(KeyFile { next: Some(fresh_key()), pepper, ..before })
}

fn rotated(before: KeyFile) -> KeyFile {
    let pepper = Some(before.keys().pepper());
    let KeyFile { first, next, mut old, .. } = before;
    old.insert(0, first);
    KeyFile { first: next.unwrap_or_else(fresh_key), pepper, next: None, old }
}

/// Whether the server seals under the first key of the file and has nothing more to do with the old ones.
async fn is_done(first: &str, global: &Global) -> Result<(), Failure> {
    let status = connect(global).await?.ask(Method::GET, &["status"], None).await?;
    let of = |key: &str| status.pointer(&format!("/master_keys/{key}")).and_then(Value::as_u64);
    let seals_under = status.pointer("/master_keys/first").and_then(Value::as_str);
    match (of("further"), of("to_seal_again")) {
        _ if seals_under != Some(first) => Err(Failure::refused(
            "the server has not read the new key yet: send it SIGHUP, or start it again",
        )),
        (_, Some(0)) => Ok(()),
        (_, Some(left)) => Err(Failure::refused(format!(
            "{left} were still under an old key a minute ago at most; try again in a minute"
        ))),
        _ => Err(Failure::refused("the server has not looked yet; try again in a minute")),
    }
}
