//! The first terminal: each request on one line, and what else happens. Written by a thread of its own,
//! so that a reader who has stopped reading stops nobody.

use std::{
    io::{self, Write as _},
    sync::{
        Arc,
        mpsc::{SyncSender, sync_channel},
    },
    thread,
};

use tokio::sync::broadcast::{Receiver, error::RecvError};
use vidimus_core::time::Time;
use vidimus_http::request_log::Entry;

use crate::cli::Output;

/// Lines that wait; more are left out.
const LINES_MAX: usize = 1024;
/// What machines and pages fetch by themselves.
const QUIET: [&str; 2] = ["assets", "operations"];

#[derive(Clone)]
pub struct Terminal(Option<SyncSender<String>>);

impl Terminal {
    /// With `-o json` standard output holds one object, and nothing else.
    pub fn of(output: Output) -> Self {
        if output == Output::Json {
            return Self(None);
        }
        let (lines, wait) = sync_channel::<String>(LINES_MAX);
        thread::spawn(move || {
            for line in wait {
                let mut out = io::stdout().lock();
                if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
                    break;
                }
            }
        });
        Self(Some(lines))
    }

    pub fn say(&self, text: &str) {
        match &self.0 {
            Some(lines) => drop(lines.try_send(text.to_owned())),
            None => tracing::info!("{text}"),
        }
    }

    pub fn warn(&self, text: &str) {
        match &self.0 {
            Some(lines) => drop(lines.try_send(text.to_owned())),
            None => tracing::warn!("{text}"),
        }
    }

    pub async fn show(self, mut live: Receiver<Arc<Entry>>) {
        if self.0.is_none() {
            return;
        }
        loop {
            match live.recv().await {
                Ok(entry) if QUIET.contains(&entry.endpoint) => {}
                Ok(entry) => self.say(&line(&entry)),
                Err(RecvError::Lagged(more)) => self.say(&format!("          … {more} more")),
                Err(RecvError::Closed) => return,
            }
        }
    }
}

/// Time, profile, endpoint, status, milliseconds, reason, and the tenant where it is another.
fn line(entry: &Entry) -> String {
    let moment = Time::from_seconds(entry.time).rfc_3339();
    let time = moment.get(11..19).unwrap_or_default();
    let dialect = entry.dialect.unwrap_or("-");
    let (endpoint, status) = (entry.endpoint, entry.status);
    let reason = match (entry.fault, entry.because()) {
        (Some(fault), _) => format!("fault {fault}"),
        (None, reason) => reason.unwrap_or_default().to_owned(),
    };
    let tenant = if entry.tenant == "default" { "" } else { &entry.tenant };
    let milliseconds = entry.milliseconds;
    let line = format!(
        "{time}  {dialect:10}  {endpoint:13}  {status}  {milliseconds:5.0} ms  {reason:24}  {tenant}"
    );
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_line() {
        let mut entry = Entry {
            time: 1_800_000_000,
            dialect: Some("standard"),
            endpoint: "introspect",
            status: 200,
            milliseconds: 3.4,
            reason: Some("expired"),
            tenant: "default".to_owned(),
            ..Entry::default()
        };
        assert_eq!(line(&entry), "08:00:00  standard    introspect     200      3 ms  expired");
        entry.tenant = "ci-7".to_owned();
        entry.fault = Some("429");
        assert!(line(&entry).ends_with("ms  fault 429                 ci-7"), "{}", line(&entry));
    }
}
