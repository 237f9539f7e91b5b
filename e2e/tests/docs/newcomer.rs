//! A newcomer with the README alone: a token, an introspection, an explained failure and a running
//! program, in less than five minutes.

use std::fs;
use std::time::{Duration, Instant};

use vidimus_e2e::binary;

use crate::{blocks, script};

const FIVE_MINUTES: Duration = Duration::from_secs(300);

#[test]
fn the_readme_alone_leads_to_a_running_program() {
    let text = fs::read_to_string(binary::workspace().join("README.md")).expect("README.md");
    let started = Instant::now();
    let ran = script::run("README.md", &blocks::of(&text)).unwrap_or_else(|why| panic!("{why}"));
    assert!(started.elapsed() < FIVE_MINUTES, "{:?}", started.elapsed());
    let said: String = ran.iter().map(|block| block.said.as_str()).collect();
    for (what, part) in [
        ("a token", "\"access_token\":\"vat_"),
        ("an introspection", "{\"active\":true,"),
        ("a failure", "{\"active\":false}"),
        ("its explanation", "expired"),
    ] {
        assert!(said.contains(part), "the README does not lead to {what}: {part}\n{said}");
    }
    // The program's own output is what its block of text says, and is compared there.
    let programs = ["python3 ", "node ", "bash "];
    let runs_one = blocks::of(&text).iter().any(|block| {
        block.not_run().is_none() && programs.iter().any(|program| block.text.contains(program))
    });
    assert!(runs_one, "the README runs no program");
}
