//! `cargo xtask test` and `soak`: one PostgreSQL cluster, one built binary, and every test against them.

use std::ffi::OsString;

use vidimus_e2e::clients::{BROWSER_MODULES, CHROMIUM, NODE_MODULES, PYTHON, RUST};
use vidimus_e2e::cluster::Cluster;
use vidimus_e2e::{binary, postgres};

use crate::steps::{Steps, cargo, run, target};
use crate::{check, clients, needs, node};

/// Read by the tests that make a disk of their own.
const WITHOUT_LOOP_MOUNTS: &str = "VIDIMUS_WITHOUT_LOOP_MOUNTS";
/// Read by the test of the page on nginx.
const NGINX: &str = "VIDIMUS_NGINX";
/// Read by the tests of alerts and metrics.
const PROMTOOL: &str = "VIDIMUS_PROMTOOL";
const KILL_CYCLES: (&str, &str) = ("VIDIMUS_KILL_CYCLES", "1000");

pub fn test(deny: bool) -> Result<(), String> {
    summed_up(|steps| {
        set_up(steps)?;
        check::style(steps)?;
        if steps.step("cargo deny is there", || needs::cargo_deny(deny))? {
            let checks: &[&str] = if deny { &[] } else { &["bans", "licenses", "sources"] };
            steps.cargo("cargo deny", &[&["deny", "check"], checks].concat())?;
        } else {
            eprintln!("cargo-deny is not installed: tidy has checked licences, sources and bans");
        }
        let clients = stock_clients(steps)?;
        for language in steps.step("languages of samples", || Ok(needs::languages()))? {
            steps.leave_out(format!("samples in {language}: it is not installed"));
        }
        against_a_cluster(steps, &["--workspace"], &[], &clients)
    })
}

pub fn soak() -> Result<(), String> {
    summed_up(|steps| {
        set_up(steps)?;
        let packages = ["--package", "vidimus-e2e"];
        let cycles = [(KILL_CYCLES.0, KILL_CYCLES.1.into())];
        against_a_cluster(steps, &packages, &["--", "--ignored"], &cycles)
    })
}

/// What the tests of the stock clients and of the browser need, for a shell.
pub fn clients() -> Result<(), String> {
    for (variable, path) in stock_clients(&mut Steps::new())? {
        println!("export {variable}={:?}", path.display());
    }
    Ok(())
}

fn summed_up(act: impl FnOnce(&mut Steps) -> Result<(), String>) -> Result<(), String> {
    let mut steps = Steps::new();
    let done = act(&mut steps);
    eprint!("{}", steps.summary());
    done
}

fn set_up(steps: &mut Steps) -> Result<(), String> {
    steps.step("toolchain", needs::toolchain)?;
    steps.step("C compiler", needs::c_compiler)?;
    steps.step("PostgreSQL", needs::postgresql)?;
    steps.step("strace", needs::strace)?;
    steps.step("ext4", needs::ext4)
}

/// Where the tests find what is installed.
fn stock_clients(steps: &mut Steps) -> Result<[(&'static str, OsString); 6], String> {
    steps.step("curl", needs::curl)?;
    steps.step("what pages use", needs::of_pages)?;
    let python = steps.step("Python clients", clients::python)?;
    let node = steps.step("Node", node::node)?;
    let modules = steps.step("Node clients", || clients::node_modules(&node))?;
    let rust = steps.step("Rust client", clients::rust)?;
    steps.step("Apache", needs::apache)?;
    let browser = steps.step("Chromium", clients::chromium)?;
    let driver = steps.step("Chromium's driver", || clients::browser_modules(&node))?;
    Ok([
        (PYTHON, python.into()),
        (NODE_MODULES, modules.into()),
        (RUST, rust.into()),
        (CHROMIUM, browser.into()),
        (BROWSER_MODULES, driver.into()),
        ("PATH", node.path()),
    ])
}

/// The cluster goes with this process, whether it returns, fails or is interrupted.
fn against_a_cluster(
    steps: &mut Steps,
    packages: &[&str],
    arguments: &[&str],
    variables: &[(&str, OsString)],
) -> Result<(), String> {
    // Tests and server in one go: built apart, their common dependencies could differ in features.
    let build = ["build", "--locked", "--package", "vidimus", "--tests", "--bins"];
    steps.cargo("cargo build", &[&build, packages].concat())?;
    let cluster = steps.step("start PostgreSQL", Cluster::start)?;
    let mut command = cargo();
    command
        .args(["test", "--locked", "--no-fail-fast"])
        .args(packages)
        .args(arguments)
        .envs(variables.iter().map(|(name, value)| (name, value)));
    command.env(postgres::VARIABLE, cluster.url());
    command.env(binary::VARIABLE, target().join("debug/vidimus"));
    match steps.step("nginx", needs::nginx)? {
        Some(folder) => drop(command.env(NGINX, folder)),
        None => steps.leave_out("nginx with the configuration of its page: it is not there".into()),
    }
    match steps.step("promtool", needs::promtool)? {
        Some(program) => drop(command.env(PROMTOOL, program)),
        None => {
            steps.leave_out("Prometheus's own word on the alerts: promtool is missing".to_owned())
        }
    }
    if !steps.step("lintian", needs::lintian)? {
        steps.leave_out("lintian's word on the Debian package: it is missing".to_owned());
    }
    if let Err(why) = needs::loop_mounts() {
        steps.leave_out(format!("REL-003 and REL-006, the power loss of a disk: {why}"));
        command.env(WITHOUT_LOOP_MOUNTS, "1");
    }
    let tested = steps.step("cargo test", || run(&mut command));
    steps.step("stop PostgreSQL", || {
        drop(cluster);
        Ok(())
    })?;
    tested
}
