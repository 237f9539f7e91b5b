//! `cargo xtask bench`: the figures, taken from binaries built as packages carry them.

use std::process::Command;

use crate::steps;

pub fn run(arguments: &[&str]) -> Result<(), String> {
    let packages = ["--package", "vidimus", "--package", "vidimus-bench"];
    steps::run(steps::cargo().args(["build", "--locked", "--profile", "dist"]).args(packages))?;
    let built = steps::target().join("dist");
    let mut bench = Command::new(built.join("vidimus-bench"));
    steps::run(bench.env("VIDIMUS_BIN", built.join("vidimus")).args(arguments))
}
