//! What a backup or a restore came to: one object on standard output, and advice beside it.

use std::{path::Path, time::Duration};

use serde_json::{Value, json};
use vidimus_store::backup::{BackedUp, Counts, Restored, Tokens};

use crate::{
    cli::{Output, print},
    failure::Failure,
};

pub fn backed_up(
    made: &BackedUp,
    file: &Path,
    took: Duration,
    output: Output,
) -> Result<(), Failure> {
    let mut shown = json!({"file": file.display().to_string()});
    figures(&mut shown, &made.counts, made.bytes, took);
    eprintln!("keep the master key too, somewhere else: without it the backup is good for nothing");
    print(&shown, output, &[])
}

pub fn restored(
    done: &Restored,
    tokens: Tokens,
    file: &Path,
    took: Duration,
    output: Output,
) -> Result<(), Failure> {
    let manifest = &done.manifest;
    let aside = done.put_aside.as_ref().map(|path| path.display().to_string());
    let mut shown = json!({
        "file": file.display().to_string(),
        "taken_at": manifest.taken_at.seconds(),
        "from": manifest.from,
        "made_by": manifest.made_by,
        "tokens": match tokens { Tokens::Cut => "cut off", Tokens::Keep => "kept" },
        "put_aside": aside,
    });
    figures(&mut shown, &done.counts, done.bytes, took);
    let taken_at = manifest.taken_at.rfc_3339();
    match tokens {
        Tokens::Cut => eprintln!(
            "every token, session and code from before this moment is inactive, API tokens are \
             gone: apply your world files again. What an administrator or a user changed after \
             {taken_at} must be done again"
        ),
        Tokens::Keep => eprintln!(
            "tokens are as they were at {taken_at}: one that was revoked or used up after that is \
             good again. That is right only where its server had been stopped by then"
        ),
    }
    print(&shown, output, &[])
}

fn figures(shown: &mut Value, counts: &Counts, bytes: u64, took: Duration) {
    let Value::Object(members) = shown else { return };
    let seconds = took.as_secs_f64();
    let rounded = (seconds * 1000.0).round() / 1000.0;
    members.insert("bytes".to_owned(), json!(bytes));
    members.insert("seconds".to_owned(), json!(rounded));
    members.insert("rows".to_owned(), json!(counts));
}
