//! How a server under test is set up: store, world, keys, and any other setting as its variable.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::postgres;

/// The issuer of the default tenant unless a test says otherwise: a name, never connected to.
pub const PUBLIC_URL: &str = "https://as.example";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    Memory,
    /// A file in the server's own directory.
    Sqlite,
    /// A fresh database.
    Postgres,
    /// Any URL, for a second server on the same data.
    At(String),
}

impl Store {
    /// The three that must behave alike.
    pub const ALL: [Self; 3] = [Self::Memory, Self::Sqlite, Self::Postgres];
}

#[derive(Clone, Debug)]
pub struct Setup {
    pub store: Store,
    /// A world file's text, applied at each start.
    pub world: Option<String>,
    pub public_url: String,
    /// Base64 of 32 bytes; two servers on one store need the same.
    pub master_key: String,
    /// Set for the server's process: `VIDIMUS_SECTION__KEY` for a setting.
    pub environment: Vec<(String, String)>,
    pub arguments: Vec<String>,
    /// Further sections of the configuration file.
    pub sections: String,
    /// What the server is started through (`sh -c … sh`), ending in an `exec` of its arguments, so
    /// that the process stays the server's.
    pub wrapper: Vec<String>,
}

impl Setup {
    pub fn new(store: Store) -> Self {
        Self {
            store,
            world: None,
            public_url: PUBLIC_URL.to_owned(),
            master_key: master_key(),
            environment: Vec::new(),
            arguments: Vec::new(),
            sections: String::new(),
            wrapper: Vec::new(),
        }
    }

    pub fn world(mut self, text: &str) -> Self {
        self.world = Some(text.to_owned());
        self
    }

    /// `setting("outbound.allow_private", "true")`; wins over the file.
    pub fn setting(mut self, key: &str, value: &str) -> Self {
        let name = format!("VIDIMUS_{}", key.replace('.', "__").to_ascii_uppercase());
        self.environment.push((name, value.to_owned()));
        self
    }

    /// `[log]\naudit = "file:audit.jsonl"\n`: for paths that begin where the file lies.
    pub fn section(mut self, text: &str) -> Self {
        self.sections.push_str(text);
        self
    }

    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Runs a line of shell before the server, in its process: `umask 0`.
    pub fn before(mut self, line: &str) -> Self {
        self.wrapper =
            ["sh", "-c", &format!("{line}\nexec \"$@\""), "sh"].map(str::to_owned).to_vec();
        self
    }

    pub(crate) fn store_url(&self, directory: &Path) -> String {
        match &self.store {
            Store::Memory => "memory:".to_owned(),
            Store::Sqlite => format!("sqlite:{}", directory.join("vidimus.db").display()),
            Store::Postgres => postgres::database(),
            Store::At(url) => url.clone(),
        }
    }

    /// Writes configuration, key and world, and says what `serve` is called with.
    pub(crate) fn write(&self, directory: &Path, store_url: &str) -> io::Result<Vec<String>> {
        let file = |name: &str| directory.join(name).display().to_string();
        let mut key =
            OpenOptions::new().create_new(true).write(true).mode(0o600).open(file("key"))?;
        writeln!(key, "{}", self.master_key)?;
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = {:?}\n\n[store]\nurl = {store_url:?}\n\n\
             [keys]\nmaster_key_file = {:?}\n\n[outbound]\nallow_private = true\n{}",
            self.public_url,
            file("key"),
            self.sections,
        );
        fs::write(file("vidimus.toml"), config)?;
        let mut arguments = vec!["--config".to_owned(), file("vidimus.toml")];
        arguments.extend(self.write_world(directory)?);
        Ok(arguments)
    }

    pub(crate) fn write_world(&self, directory: &Path) -> io::Result<Vec<String>> {
        let Some(world) = &self.world else { return Ok(Vec::new()) };
        let path = directory.join("world.toml");
        fs::write(&path, world)?;
        Ok(vec!["--apply".to_owned(), path.display().to_string()])
    }
}

/// As `vidimus key generate-master` makes it.
pub fn master_key() -> String {
    let mut bytes = [0; 32];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .expect("entropy");
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_serve_needs_is_written() {
        let directory = tempfile::tempdir().expect("directory");
        let setup = Setup::new(Store::Sqlite).world("[[tenant]]\nid = \"a\"\n");
        let url = setup.store_url(directory.path());
        let arguments = setup.write(directory.path(), &url).expect("write");
        assert_eq!(arguments.len(), 4);
        let config = fs::read_to_string(&arguments[1]).expect("config");
        assert!(config.contains(&format!("url = \"{url}\"")), "{config}");
        assert!(fs::read_to_string(&arguments[3]).expect("world").contains("id = \"a\""));
        let mode = fs::metadata(directory.path().join("key")).expect("key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_setting_is_a_variable() {
        let setup = Setup::new(Store::Memory).setting("outbound.allow_private", "true");
        let expected = ("VIDIMUS_OUTBOUND__ALLOW_PRIVATE".to_owned(), "true".to_owned());
        assert_eq!(setup.environment, [expected]);
    }

    #[test]
    fn keys_are_32_bytes_and_differ() {
        assert_eq!(STANDARD.decode(master_key()).expect("base64").len(), 32);
        assert_ne!(master_key(), master_key());
    }
}
