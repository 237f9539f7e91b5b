//! Figures as ratios within one run: introspection and issuance beside bare handlers, the store's own
//! ceiling and peers; at size, under disturbance, and in memory. See the README beside.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

mod arguments;
mod arithmetic;
mod bare;
mod bench;
mod cast;
mod fill;
mod ground;
mod guard;
mod load;
mod peer;
mod pin;
mod report;
mod row;
mod scale;
mod sides;
mod signing;
mod simulate;
mod usage;

use std::process::ExitCode;

use crate::{
    arguments::{Options, USAGE},
    bench::Bench,
    row::ROWS,
    scale::{FULL, QUICK},
};

/// As the server has it, or a bare handler would pay for another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(code) = bare::serve(&arguments) {
        return code;
    }
    if arguments == [guard::COMMAND] {
        return guard::run();
    }
    if let Some((simulate::COMMAND, rest)) =
        arguments.split_first().map(|(first, rest)| (first.as_str(), rest))
    {
        return simulate::run(rest);
    }
    let names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
    let options = match Options::parse(&arguments, &names) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("{why}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if options.list {
        for row in ROWS {
            println!("{:18} {}", row.name, row.about);
        }
        return ExitCode::SUCCESS;
    }
    run(options, &arguments)
}

fn run(options: Options, arguments: &[String]) -> ExitCode {
    let mut scale = if options.quick { QUICK } else { FULL };
    if let Some(many) = options.many {
        (scale.many_live, scale.many_expired) = (many, many);
    }
    let pins = options.pins;
    let mut bench = Bench::new(options, scale, pins);
    circumstances(&mut bench, arguments);
    pins.this_thread();
    for row in ROWS.iter().filter(|row| bench.options.wants(row.name)).collect::<Vec<_>>() {
        let start = std::time::Instant::now();
        eprintln!("\n{}: {}", row.name, row.about);
        (row.take)(&mut bench);
        eprintln!("  ({:.0} s)", start.elapsed().as_secs_f64());
    }
    print!("{}", bench.report.text());
    let out = &bench.options.out;
    if let Err(fault) = bench.report.write(out) {
        eprintln!("{}: {fault}", out.display());
        return ExitCode::FAILURE;
    }
    println!("\n{}", out.join("results.md").display());
    if bench.options.quick {
        println!("quick: these figures show only that they can be taken");
        return ExitCode::SUCCESS;
    }
    if bench.report.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn circumstances(bench: &mut Bench, arguments: &[String]) {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models: Vec<_> = cpus.lines().filter(|line| line.starts_with("model name")).collect();
    let model = models.first().and_then(|line| line.split_once(": ")).map_or("?", |(_, name)| name);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let pins = match (bench.pins.server, bench.pins.load) {
        (Some(server), Some(load)) => format!("server on core {server}, load on core {load}"),
        _ => "none".to_owned(),
    };
    for (name, value) in [
        ("command", format!("cargo xtask bench {}", arguments.join(" "))),
        ("processor", format!("{model}, {} cores", models.len())),
        ("kernel", kernel.trim().to_owned()),
        ("pins", pins),
    ] {
        bench.report.circumstances.push((name.to_owned(), value));
    }
}
