//! `cargo xtask package …`: what a release is made of.

mod cyclone;
mod deb;
mod release;
mod stage;

use std::path::{Path, PathBuf};

use crate::steps::target;

pub fn run(arguments: &[&str]) -> Result<(), String> {
    let out = || target().join("package");
    match arguments {
        ["deb"] => report(deb::build(&release::binary()?, &out())?),
        ["deb", "--binary", path] => report(deb::build(Path::new(path), &out())?),
        ["deb", "--binary", path, "--out", out] => {
            report(deb::build(Path::new(path), Path::new(out))?)
        }
        ["sbom"] => report(cyclone::write(&out())?),
        ["release"] => release::build(&release::binary()?, &out())?.into_iter().try_for_each(report),
        ["release", "--binary", path, "--out", out] => {
            let made = release::build(Path::new(path), Path::new(out))?;
            made.into_iter().try_for_each(report)
        }
        ["twice"] => release::twice(),
        _ => Err("package deb [--binary FILE [--out DIR]] | sbom | release [--binary FILE --out DIR] | twice".to_owned()),
    }
}

fn report(made: PathBuf) -> Result<(), String> {
    println!("{}", made.display());
    Ok(())
}

/// Of the workspace, which all our crates share.
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
