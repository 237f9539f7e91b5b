//! `cargo xtask bench`: the figures, taken from binaries built as packages carry them, beside a peer from
//! the package registry.

use std::process::Command;

use crate::{clients, needs, node, steps};

/// Read by the bench: the `node_modules` with node-oidc-provider.
const PEER: &str = "VIDIMUS_BENCH_NODE_OIDC_PROVIDER";
/// The rows that need what may have to be installed; all rows, where none is named.
const OF_NODE: &str = "peer";
const OF_POSTGRESQL: [&str; 2] = ["postgres", "scaling"];

/// Needs nothing but the bench itself.
const SIMULATE: &str = "simulate";

pub fn run(arguments: &[&str]) -> Result<(), String> {
    if arguments.first() == Some(&SIMULATE) {
        let bench = ["run", "--locked", "--quiet", "--package", "vidimus-bench", "--"];
        return steps::run(steps::cargo().args(bench).args(arguments));
    }
    let packages = ["--package", "vidimus", "--package", "vidimus-bench"];
    steps::run(steps::cargo().args(["build", "--locked", "--profile", "dist"]).args(packages))?;
    let built = steps::target().join("dist");
    let mut bench = Command::new(built.join("vidimus-bench"));
    bench.env("VIDIMUS_BIN", built.join("vidimus")).args(arguments).current_dir(crate::root());
    if OF_POSTGRESQL.iter().any(|row| wants(arguments, row))
        && let Err(why) = needs::postgresql()
    {
        eprintln!("without PostgreSQL: {why}");
    }
    if wants(arguments, OF_NODE) {
        let install = |node: &node::Node| {
            clients::npm(node, "bench/peers/node-oidc-provider", "clients/node-oidc-provider")
        };
        // The rows that miss it say so themselves.
        match node::node().and_then(|node| Ok((install(&node)?, node.path()))) {
            Ok((modules, path)) => {
                bench.env(PEER, modules).env("PATH", path);
            }
            Err(why) => eprintln!("without node-oidc-provider: {why}"),
        }
    }
    steps::run(&mut bench)
}

fn wants(arguments: &[&str], row: &str) -> bool {
    let informs = arguments.iter().any(|argument| ["--list", "--help"].contains(argument));
    let options = ["--out", "--pin", "--many", "--hydra", "--keycloak"];
    let values = |at: usize| at > 0 && options.contains(&arguments[at - 1]);
    let mut rows = arguments
        .iter()
        .enumerate()
        .filter(|(at, argument)| !argument.starts_with("--") && !values(*at));
    !informs && (rows.clone().next().is_none() || rows.any(|(_, named)| *named == row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_row_needs_is_not_installed() {
        assert!(wants(&[], "peer") && wants(&["--quick", "--out", "x"], "peer"));
        assert!(wants(&["hot", "peer"], "peer") && !wants(&["hot", "--quick"], "peer"));
        assert!(!wants(&["--list"], "peer"));
    }
}
