//! What the checks of backup and restore share: the commands, a clean place to restore to, and what
//! a SQLite file holds.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use serde_json::Value;
use tempfile::TempDir;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::Subject;
use vidimus_e2e::{binary, postgres};

pub const TABLES: [&str; 10] = [
    "object",
    "name",
    "token",
    "family",
    "locator",
    "ticket",
    "root_client",
    "link",
    "used",
    "once",
];

/// A configuration with the master key and a store that nobody has begun.
pub struct Site {
    directory: TempDir,
    pub store_url: String,
    master_key: String,
}

impl Site {
    pub fn new(store: &Store, master_key: &str) -> Self {
        let directory = tempfile::Builder::new().prefix("vidimus-restore-").tempdir().expect("dir");
        let at = |name: &str| directory.path().join(name);
        let store_url = match store {
            Store::Sqlite => format!("sqlite:{}", at("restored.db").display()),
            Store::Postgres => postgres::database(),
            Store::Memory => "memory:".to_owned(),
            Store::At(url) => url.clone(),
        };
        let mut options = OpenOptions::new();
        let key = options.create_new(true).write(true).mode(0o600).open(at("vidimus.key"));
        writeln!(key.expect("a key file"), "{master_key}").expect("written");
        let config = format!("[store]\nurl = {store_url:?}\n");
        fs::write(at("vidimus.toml"), config).expect("a configuration");
        Self { directory, store_url, master_key: master_key.to_owned() }
    }

    pub fn config(&self) -> PathBuf {
        self.path("vidimus.toml")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The database file, where it is one.
    pub fn database(&self) -> PathBuf {
        self.store_url.strip_prefix("sqlite:").expect("a SQLite file").into()
    }

    /// A server on what was restored, with the clients of the one that was backed up.
    pub fn serve(&self, of: &Subject, setup: &Setup) -> Subject {
        let mut setup = setup.clone();
        setup.store = Store::At(self.store_url.clone());
        setup.master_key.clone_from(&self.master_key);
        let server = Server::start(&setup);
        // The first start wrote them once; the client is the same.
        let credentials = "vidimus-admin.toml";
        let (from, to) = (of.server.directory().join(credentials), server.directory());
        fs::copy(from, to.join(credentials)).expect("credentials");
        Subject {
            server,
            client_secret: of.client_secret.clone(),
            resource_server_secret: of.resource_server_secret.clone(),
        }
    }
}

pub fn config(server: &Server) -> PathBuf {
    server.directory().join("vidimus.toml")
}

fn command(verb: &str, config: &Path, file: &Path, options: &[&str]) -> Command {
    let mut command = binary::command();
    command.arg(verb).arg("--config").arg(config).args(["-o", "json"]).args(options).arg(file);
    command.stdin(Stdio::null());
    command
}

pub fn run(verb: &str, config: &Path, file: &Path, options: &[&str]) -> Output {
    command(verb, config, file, options).output().expect("vidimus runs")
}

pub fn start(verb: &str, config: &Path, file: &Path, options: &[&str]) -> Child {
    let mut command = command(verb, config, file, options);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("vidimus runs")
}

/// # Panics
/// If it does not succeed.
pub fn done(verb: &str, config: &Path, file: &Path, options: &[&str]) -> Value {
    let output = run(verb, config, file, options);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "vidimus {verb}: {told}");
    serde_json::from_slice(&output.stdout).expect("one object on standard output")
}

/// # Panics
/// If it succeeds, or says something else.
#[track_caller]
pub fn refused(verb: &str, config: &Path, file: &Path, options: &[&str], why: &str) {
    let output = run(verb, config, file, options);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(why) && output.stdout.is_empty(), "{told}");
}

pub fn open(file: &Path) -> Connection {
    let db = Connection::open(file).expect("the file");
    let found: String =
        db.query_row("PRAGMA integrity_check", (), |row| row.get(0)).expect("a verdict");
    assert_eq!(found, "ok", "{}", file.display());
    db
}

/// Every row, in one order, with its columns by name.
pub fn rows(db: &Connection, table: &str) -> Vec<String> {
    let mut select = db.prepare(&format!("SELECT * FROM {table}")).expect("the table");
    let names: Vec<String> = select.column_names().map(str::to_owned).collect();
    let rows = select.query_map((), |row| {
        let cell = |(at, name): (usize, &String)| Ok((name.clone(), row.get::<_, Cell>(at)?));
        let cells: rusqlite::Result<Vec<_>> = names.iter().enumerate().map(cell).collect();
        Ok(format!("{:?}", cells?))
    });
    let mut rows: Vec<String> = rows.expect("rows").map(|row| row.expect("a row")).collect();
    rows.sort_unstable();
    rows
}

/// Half a transaction would show: what names another row has it.
pub fn assert_consistent(db: &Connection) {
    for (what, sql) in [
        (
            "tokens without their family",
            "SELECT count(*) FROM token t WHERE family IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM family f WHERE f.key = t.family)",
        ),
        (
            "locators without their token",
            "SELECT count(*) FROM locator l \
             WHERE NOT EXISTS (SELECT 1 FROM token t WHERE t.key = l.token)",
        ),
        (
            "names without their object",
            "SELECT count(*) FROM name n \
             WHERE NOT EXISTS (SELECT 1 FROM object o WHERE o.key = n.object)",
        ),
        (
            "objects without a name",
            "SELECT count(*) FROM object o \
             WHERE NOT EXISTS (SELECT 1 FROM name n WHERE n.object = o.key)",
        ),
        (
            "tokens without their client",
            "SELECT count(*) FROM token t WHERE client IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM object o WHERE o.key = t.client)",
        ),
    ] {
        let count: i64 = db.query_row(sql, (), |row| row.get(0)).expect(what);
        assert_eq!(count, 0, "{what}");
    }
}
