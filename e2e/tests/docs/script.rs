//! A page as one bash script in a clean folder: its blocks in their order, in one shell, on ports of its
//! own, with nothing of it left when it ends.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use vidimus_e2e::clients::{NODE_MODULES, PYTHON};
use vidimus_e2e::{binary, process};

use crate::blocks::{Block, fits};

const SECONDS_MAX: u64 = 120;

/// Stands for building from source, which would take minutes: the program under test is put where cargo
/// would put it.
const CARGO: &str = "#!/bin/sh
[ \"$*\" = 'build --release' ] || { echo \"this cargo only builds: $*\" >&2; exit 1; }
mkdir -p target/release && ln -sf \"$VIDIMUS_UNDER_TEST\" target/release/vidimus
";

const PRELUDE: &str = r#"set -Eeuo pipefail
trap 'echo "failed: the block at line $AT" >&2' ERR
ready() {
    for _ in $(seq 600); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
            # Whatever it is, it has answered something before the page goes on.
            curl --silent --output /dev/null --max-time 60 "http://127.0.0.1:$1/readyz" && return
        fi
        sleep 0.1
    done
    echo "nothing answers on port $1" >&2
    return 1
}
declare -A GOING
stop() {
    [ -n "${GOING[$1]:-}" ] || return 0
    kill "${GOING[$1]}"
    wait "${GOING[$1]}" || true
}
"#;

/// What one block was to print and what it did.
#[derive(Debug)]
pub struct Ran {
    pub line: usize,
    pub said: String,
}

/// # Errors
/// What failed, with all that was said.
pub fn run(name: &str, blocks: &[Block]) -> Result<Vec<Ran>, String> {
    let folder = TempDir::with_prefix("vidimus-docs-").map_err(|fault| fault.to_string())?;
    let (home, out) = (folder.path().join("here"), folder.path().join("out"));
    for path in [&home, &out, &folder.path().join("bin")] {
        fs::create_dir(path).map_err(|fault| fault.to_string())?;
    }
    programs(&folder.path().join("bin"))?;
    // What pages on imports call the old server's exports.
    let exports = binary::workspace().join("e2e/fixtures");
    symlink(exports, home.join("exports")).map_err(|fault| fault.to_string())?;
    let ports = Ports::of(blocks);
    fs::write(folder.path().join("script"), script(blocks, &ports, &out))
        .map_err(|fault| fault.to_string())?;
    let python = clients(&home, blocks)?;
    let status = bash(folder.path(), &home, &ports, &python)?;
    let ran: Vec<Ran> = blocks.iter().filter_map(|block| said(&out, block, &ports)).collect();
    if !status {
        let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        let mut told = format!("{name} does not run.\n---- stderr\n{log}\n");
        for block in &ran {
            let _ = writeln!(told, "---- said at line {}\n{}", block.line, block.said);
        }
        return Err(told);
    }
    outputs(name, blocks, &ran)?;
    Ok(ran)
}

/// The program under test by its own name, and what stands for cargo.
fn programs(folder: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let told = |fault: std::io::Error| fault.to_string();
    symlink(binary::path(), folder.join("vidimus")).map_err(told)?;
    let cargo = folder.join("cargo");
    fs::write(&cargo, CARGO).map_err(told)?;
    fs::set_permissions(cargo, fs::Permissions::from_mode(0o755)).map_err(told)
}

fn script(blocks: &[Block], ports: &Ports, out: &Path) -> String {
    let mut script = PRELUDE.to_owned();
    for block in blocks.iter().filter(|block| block.runs()) {
        if block.is_program() {
            program(&mut script, block, ports, out);
            continue;
        }
        let prompted = block.text.lines().filter_map(|line| line.strip_prefix("$ "));
        let prompted: Vec<&str> = prompted.collect();
        let text = if prompted.is_empty() { block.text.clone() } else { prompted.join("\n") };
        let text = ports.put(&text);
        let (line, out) = (block.line, out.display());
        let _ = writeln!(script, "AT={line}");
        match block.background() {
            Some(port) => {
                let port = ports.of_page(port);
                let _ = writeln!(
                    script,
                    "stop {port}\n{{\n{text}\n}} >\"{out}/{line}.going\" 2>&1 &\nGOING[{port}]=$!\nready {port}"
                );
            }
            None => {
                let _ = writeln!(script, "{{\n{text}\n}} >\"{out}/{line}\"");
            }
        }
    }
    script
}

/// Written beside the page's other files, and run with the stock clients that are installed.
fn program(script: &mut String, block: &Block, ports: &Ports, out: &Path) {
    let (line, out) = (block.line, out.display());
    let (file, run) = match block.language.as_str() {
        "js" => (format!("page-{line}.mjs"), "node"),
        "python" => (format!("page-{line}.py"), "\"$PYTHON_OF_CLIENTS\""),
        other => panic!("line {line}: nobody runs {other}"),
    };
    let text = ports.put(&block.text);
    let _ = writeln!(
        script,
        "AT={line}\ncat >{file} <<'END OF THE PROGRAM'\n{text}END OF THE PROGRAM\n{run} {file} >\"{out}/{line}\""
    );
}

/// What the programs import. `cargo xtask test` says where; without it a page that needs them fails.
fn clients(home: &Path, blocks: &[Block]) -> Result<OsString, String> {
    if !blocks.iter().any(Block::is_program) {
        return Ok(OsString::new());
    }
    let told = |variable: &str| {
        std::env::var_os(variable)
            .ok_or_else(|| format!("{variable} is not set: `cargo xtask clients` prints it"))
    };
    symlink(told(NODE_MODULES)?, home.join("node_modules")).map_err(|fault| fault.to_string())?;
    told(PYTHON)
}

/// In a process group of its own, which is ended whole.
fn bash(folder: &Path, home: &Path, ports: &Ports, python: &OsStr) -> Result<bool, String> {
    let log = fs::File::create(folder.join("log")).map_err(|fault| fault.to_string())?;
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("bash");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VIDIMUS_") {
            command.env_remove(name);
        }
    }
    let mut child = command
        .arg(folder.join("script"))
        .env("PATH", format!("{}:{path}", folder.join("bin").display()))
        .env("HOME", home)
        .env("PYTHON_OF_CLIENTS", python)
        .env("VIDIMUS_UNDER_TEST", binary::path())
        .env("VIDIMUS_SERVER__LISTEN", format!("127.0.0.1:{}", ports.of_page(8080)))
        .current_dir(home)
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(|fault| fault.to_string())?)
        .stderr(log)
        .process_group(0)
        .spawn()
        .map_err(|fault| format!("bash: {fault}"))?;
    let group = child.id();
    let _leash =
        process::Leash::run("kill -KILL \"-$1\" 2>/dev/null", &[group.to_string().as_ref()])
            .map_err(|fault| fault.to_string())?;
    let limit = Duration::from_secs(SECONDS_MAX);
    let status = process::wait(&mut child, limit).map_err(|fault| fault.to_string())?;
    // There may be nobody left.
    let kill = ["-c", "kill -KILL \"-$1\" 2>/dev/null || true", "sh", &group.to_string()];
    Command::new("sh").args(kill).status().map_err(|fault| fault.to_string())?;
    Ok(status.is_some_and(|status| status.success()))
}

fn said(out: &Path, block: &Block, ports: &Ports) -> Option<Ran> {
    let plain = out.join(block.line.to_string());
    let going = out.join(format!("{}.going", block.line));
    let said = fs::read_to_string(plain).or_else(|_| fs::read_to_string(going)).ok()?;
    Some(Ran { line: block.line, said: ports.take(&said) })
}

/// A block of text behind a shell block is what that one prints.
fn outputs(name: &str, blocks: &[Block], ran: &[Ran]) -> Result<(), String> {
    for pair in blocks.windows(2) {
        let [shell, expected] = pair else { continue };
        if !shell.runs() || !expected.is_output() || shell.background().is_some() {
            continue;
        }
        let said = ran.iter().find(|ran| ran.line == shell.line).map_or("", |ran| &ran.said);
        if !fits(&expected.text, said) {
            return Err(format!(
                "{name}, line {}: it says\n{said}\nand not, as the page has it,\n{}",
                shell.line, expected.text
            ));
        }
    }
    Ok(())
}

/// Each port of 127.0.0.1 that a page names is another one here, so that pages run beside one another.
pub struct Ports(BTreeMap<u16, u16>);

impl Ports {
    pub fn of(blocks: &[Block]) -> Self {
        let mut ports = BTreeMap::from([(8080, free_port())]);
        for block in blocks {
            let named = block.text.split("127.0.0.1:").skip(1);
            let digits = named.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect());
            let all = digits.filter_map(|digits: String| digits.parse::<u16>().ok());
            for port in all.chain(block.background()).filter(|port| *port > 0) {
                ports.entry(port).or_insert_with(free_port);
            }
        }
        Self(ports)
    }

    pub fn of_page(&self, port: u16) -> u16 {
        self.0.get(&port).copied().unwrap_or(port)
    }

    fn put(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (page, here)| {
            let text = text.replace(&format!("127.0.0.1:{page}"), &format!("127.0.0.1:{here}"));
            text.replace(&format!("PORT={page}"), &format!("PORT={here}"))
        })
    }

    fn take(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (page, here)| {
            text.replace(&format!("127.0.0.1:{here}"), &format!("127.0.0.1:{page}"))
        })
    }
}

/// Below those that the system gives to connections, so that none takes it before the page does; each once.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 1000).unwrap_or_default() * 12;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
