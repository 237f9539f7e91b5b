//! A page's curl command: its host and placeholders filled in, then run by a shell as it stands.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::programs::folder;
use crate::stage::Stage;

pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|fault| panic!("{fault}: {} {}", self.status, self.body))
    }

    /// Names of the members, in their order.
    pub fn members(&self) -> Vec<String> {
        self.json().as_object().expect("an object").keys().cloned().collect()
    }
}

/// # Panics
/// If the command does not hold what is to be filled in, or curl fails.
pub fn run(stage: &Stage, page: &str, blanks: &[(&str, &str)]) -> Answer {
    let path = folder().join("seeds").join(page);
    let mut line = fs::read_to_string(&path)
        .unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
        // Pages wrap it without a word to the shell.
        .replace('\n', " ");
    for (blank, value) in blanks {
        assert!(line.contains(blank), "{page} holds no {blank}");
        line = line.replace(blank, value);
    }
    let output = Command::new("sh")
        .args(["-c", &line])
        // What curl is to do beside the page's command: trust the stage, and tell the status.
        .env("CURL_HOME", stage.curl_home())
        .output()
        .expect("a shell");
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{page}: {}\n{complained}", output.status);
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let (body, status) = said.rsplit_once('\n').expect("the status on a line of its own");
    Answer { status: status.parse().expect("a status"), body: body.to_owned() }
}
