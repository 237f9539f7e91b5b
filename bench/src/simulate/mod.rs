//! A model of nodes, a primary and replicas, calibrated by what was measured on one core, to plan with: see
//! docs/explanation/scaling.md. It needs neither server nor database.

mod cores;
mod costs;
mod event;
mod findings;
mod lag;
mod line;
mod looks;
mod model;
mod options;
mod popularity;
mod random;
mod schedule;
mod seen;
#[cfg(test)]
mod tests;
mod writes;

use std::process::ExitCode;

use findings::Findings;
use model::Model;
use options::{Options, USAGE};

pub const COMMAND: &str = "simulate";

pub fn run(arguments: &[String]) -> ExitCode {
    if arguments.iter().any(|argument| argument == "--help") {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match Options::parse(arguments) {
        Ok(options) => {
            print!("{}", simulate(options));
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn simulate(options: Options) -> Findings {
    let mut model = Model::new(options);
    model.run();
    Findings::of(&model)
}
