//! `cargo xtask check`: what takes a minute and catches most, before a commit.

use crate::steps::Steps;
use crate::{needs, tidy};

pub fn run() -> Result<(), String> {
    let mut steps = Steps::new();
    let done = all(&mut steps);
    eprint!("{}", steps.summary());
    done
}

fn all(steps: &mut Steps) -> Result<(), String> {
    steps.step("toolchain", needs::toolchain)?;
    style(steps)?;
    steps.cargo("unit tests", &["test", "--locked", "--workspace", "--lib", "--bins"])
}

pub fn style(steps: &mut Steps) -> Result<(), String> {
    steps.cargo("cargo fmt", &["fmt", "--all", "--check"])?;
    let apart = ["fmt", "--check", "--manifest-path", "e2e/clients/rust/Cargo.toml"];
    steps.cargo("cargo fmt of the Rust client", &apart)?;
    steps.step("tidy", tidy::run)?;
    let clippy = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    steps.cargo("cargo clippy", &clippy)
}
