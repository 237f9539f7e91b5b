//! Named steps: each shown with its duration, the first that fails ends the run, a summary closes it.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

pub struct Steps {
    done: Vec<(String, Duration, bool)>,
    left_out: Vec<String>,
    started: Instant,
}

impl Steps {
    pub fn new() -> Self {
        Self { done: Vec::new(), left_out: Vec::new(), started: Instant::now() }
    }

    pub fn step<T>(
        &mut self,
        name: &str,
        act: impl FnOnce() -> Result<T, String>,
    ) -> Result<T, String> {
        eprintln!("\n==> {name}");
        let started = Instant::now();
        let outcome = act();
        let took = started.elapsed();
        eprintln!("<== {name}: {} ({:.1} s)", word(outcome.is_ok()), took.as_secs_f64());
        self.done.push((name.to_owned(), took, outcome.is_ok()));
        outcome.map_err(|message| format!("{name}: {message}"))
    }

    /// `cargo ARGUMENTS` in the workspace's root.
    pub fn cargo(&mut self, name: &str, arguments: &[&str]) -> Result<(), String> {
        self.step(name, || run(cargo().args(arguments)))
    }

    /// What this machine cannot run. The summary says so: nothing is skipped in silence.
    pub fn leave_out(&mut self, what: String) {
        eprintln!("\nleft out: {what}");
        self.left_out.push(what);
    }

    /// On stderr, after everything else.
    pub fn summary(&self) -> String {
        let mut text = String::from("\nsummary\n");
        for (name, took, passed) in &self.done {
            text.push_str(&format!("  {:6} {:7.1} s  {name}\n", word(*passed), took.as_secs_f64()));
        }
        for what in &self.left_out {
            text.push_str(&format!("  LEFT OUT          {what}\n"));
        }
        let all = self.done.iter().all(|(_, _, passed)| *passed);
        let verdict = if all { "all passed" } else { "FAILED; what follows it was not run" };
        text.push_str(&format!("  {verdict}, {:.1} s\n", self.started.elapsed().as_secs_f64()));
        text
    }
}

/// The cargo that runs us, so that the toolchain is the same.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(crate::root());
    command
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    let root = crate::root();
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |name| root.join(name))
}

pub fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().display().to_string();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name} ended with {status}")),
        Err(fault) => Err(format!("{name}: {fault}")),
    }
}

/// Whether the program is there and says yes; its output is not shown.
pub fn answers(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

fn word(passed: bool) -> &'static str {
    if passed { "ok" } else { "FAILED" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_is_an_error_and_is_in_the_summary() {
        let mut steps = Steps::new();
        assert_eq!(steps.step("one", || Ok(1)), Ok(1));
        let failed = steps.step("two", || Err::<(), _>("why".to_owned()));
        assert_eq!(failed, Err("two: why".to_owned()));
        let summary = steps.summary();
        assert!(summary.contains("ok") && summary.contains("FAILED"), "{summary}");
        steps.leave_out("three".to_owned());
        assert!(steps.summary().contains("LEFT OUT          three"));
    }

    #[test]
    fn a_program_s_failure_is_ours() {
        assert!(run(&mut Command::new("true")).is_ok());
        assert!(run(&mut Command::new("false")).is_err());
        assert!(run(&mut Command::new("/nowhere")).is_err());
    }
}
