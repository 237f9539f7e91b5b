//! Figures as ratios within one run: introspection beside a bare handler that returns the same
//! bytes, durable issuance beside the raw group-commit rate, and the footprint with many tokens.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

mod bare;
mod footprint;
mod group_commit;
mod introspect;
mod issue;
mod load;
mod prefill;
mod subject;

use std::process::ExitCode;

const USAGE: &str = "usage: vidimus-bench [introspect|issue|footprint] [--quick]
VIDIMUS_BIN names the server under test.";

/// How much to do. Figures are taken at full size; `--quick` only shows that they can be taken.
pub struct Scale {
    pub tokens: u32,
    pub requests: u32,
    pub rounds: u32,
    pub issue_seconds: u64,
}

/// Prints its figure and says whether the bar is met.
type Figure = fn(&Scale) -> bool;

const FULL: Scale = Scale { tokens: 1_000_000, requests: 60_000, rounds: 5, issue_seconds: 5 };
const QUICK: Scale = Scale { tokens: 20_000, requests: 5_000, rounds: 1, issue_seconds: 1 };

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == bare::COMMAND) {
        return bare::serve(arguments.get(1).map_or("", String::as_str));
    }
    let scale = if arguments.iter().any(|a| a == "--quick") { &QUICK } else { &FULL };
    let wanted: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|a| !a.starts_with("--")).collect();
    let all: [(&str, Figure); 3] =
        [("introspect", introspect::run), ("issue", issue::run), ("footprint", footprint::run)];
    if wanted.iter().any(|name| !all.iter().any(|(known, _)| known == name)) {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let mut met = true;
    for (name, figure) in all {
        if wanted.is_empty() || wanted.contains(&name) {
            met &= figure(scale);
        }
    }
    if met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// One figure beside its bar.
pub fn verdict(name: &str, met: bool) -> bool {
    println!("  {} {name}", if met { "met " } else { "MISS" });
    met
}
