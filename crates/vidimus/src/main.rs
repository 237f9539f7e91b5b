//! The binary: configuration, wiring, jobs, command line. The only crate that names concrete
//! parts.

mod admin;
mod apply;
mod backup;
mod bench;
mod cli;
mod config;
mod dev;
mod docs;
mod doctor;
mod document;
mod errands;
mod failure;
mod import;
mod logging;
mod login;
mod memory;
mod outbound;
mod progress;
mod samples;
mod serve;
mod shadow;
mod tour;

use std::process::ExitCode;

use clap::FromArgMatches as _;
use cli::{Cli, Command};
use failure::Failure;

fn main() -> ExitCode {
    match parse().and_then(|cli| {
        start(&cli).map_err(|failure| {
            eprintln!("vidimus: {failure}");
            failure.code()
        })
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => code,
    }
}

/// Help and version end in success, mistakes in usage.
fn parse() -> Result<Cli, ExitCode> {
    let parsed = cli::grammar().try_get_matches().and_then(|found| Cli::from_arg_matches(&found));
    parsed.map_err(|error| {
        // Nobody is left to be told where even this cannot be printed.
        let _ = error.print();
        if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
    })
}

fn start(cli: &Cli) -> Result<(), Failure> {
    let environment = config::Environment::of_process();
    let serves = matches!(cli.command, Command::Serve(_) | Command::Dev(_) | Command::Shadow(_));
    let mut builder = if serves {
        memory::take_it_by_the_page();
        // A sandbox holds nothing but published secrets, and its user may want a debugger.
        if !matches!(cli.command, Command::Dev(_)) {
            memory::keep_it_to_ourselves();
        }
        tokio::runtime::Builder::new_multi_thread()
    } else {
        tokio::runtime::Builder::new_current_thread()
    };
    let runtime = builder
        .enable_all()
        .build()
        .map_err(|why| Failure::refused(format!("cannot start: {why}")))?;
    let result = runtime.block_on(cli::run(cli, &environment));
    // A hash that is still being made is nobody's any more.
    runtime.shutdown_background();
    result
}
