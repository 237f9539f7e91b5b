//! The project's own commands. `cargo xtask` without one prints them.
#![expect(
    clippy::disallowed_methods,
    reason = "the project's tooling is an edge: it times its steps and reads the environment"
)]

mod bench;
mod check;
mod checklist;
mod clients;
mod needs;
mod node;
mod package;
mod push;
mod steps;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask COMMAND

  check          formatting, clippy, tidy and unit tests: before a commit
  test [--deny]  everything a push must pass, setting up what it needs
                 (--deny: cargo-deny with its advisories too, installed if it is missing)
  clients        installs stock clients and browser, and prints the variables that their tests read
  soak           the long tests: 1,000 kill cycles and whatever else is marked so
  bench [ARGS]   builds server and bench with the profile `dist` and runs the bench with ARGS
  package WHAT   deb [--binary FILE], sbom, release (both, an archive and their sums), or twice
                 (two release builds in two folders: the same bytes, or it fails)
  tidy           the style test alone
  checklist      which SEC- and REL- checks have a test, and where
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("", [].as_slice()),
    };
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let done = match (command, rest.as_slice()) {
        ("check", []) => check::run(),
        ("test", []) => push::test(false),
        ("test", ["--deny"]) => push::test(true),
        ("clients", []) => push::clients(),
        ("soak", []) => push::soak(),
        ("bench", arguments) => bench::run(arguments),
        ("package", arguments) => package::run(arguments),
        ("tidy", []) => tidy::run(),
        ("checklist", []) => checklist::run(),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace's root, wherever the command was called.
fn root() -> &'static Path {
    vidimus_e2e::binary::workspace()
}
