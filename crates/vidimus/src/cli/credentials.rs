//! The administrator's credentials file: TOML with the server's URL and a client of the default
//! tenant.

use std::path::{Path, PathBuf};

use vidimus_core::secret::Secret;

use crate::{
    document::{Node, Problem, nearest, read},
    failure::Failure,
};

pub const DEFAULT_CREDENTIALS: &str = "vidimus-admin.toml";

const KEYS: [&str; 4] = ["server", "client_id", "client_secret", "ca_file"];

#[derive(Debug)]
pub struct Credentials {
    pub server: String,
    pub client_id: String,
    pub client_secret: Secret,
    /// PEM certificates to trust beside the system's.
    pub ca_file: Option<PathBuf>,
}

impl Credentials {
    /// # Errors
    /// There is no such file, or something is missing in it.
    pub fn find(path: Option<&Path>) -> Result<Self, Failure> {
        let here = Path::new(DEFAULT_CREDENTIALS);
        let path = match path {
            Some(path) => path,
            None if here.exists() => here,
            None => {
                return Err(Failure::refused(
                    "no credentials: give --credentials FILE or set VIDIMUS_CREDENTIALS. The \
                     first start of `vidimus serve` writes vidimus-admin.toml beside its \
                     configuration (where it is lost, --renew-credentials writes another); \
                     `vidimus dev` prints the line that sets the variable",
                ));
            }
        };
        Ok(Self::of(&read(path)?, path)?)
    }

    fn of(node: &Node, path: &Path) -> Result<Self, Problem> {
        for entry in node.entries() {
            if !KEYS.contains(&entry.key.as_str()) {
                let hint = nearest(&entry.key, KEYS).map_or_else(
                    || format!("; expected one of: {}", KEYS.join(", ")),
                    |near| format!("; did you mean `{near}`?"),
                );
                let message = format!("unknown key {}{hint}", entry.key);
                return Err(Problem::at(&entry.place, message));
            }
        }
        let text = |key: &str| {
            let node = node.entry(key).map(|entry| &entry.node);
            let missing = || Problem::whole(format!("{}: {key} is missing", path.display()));
            node.and_then(Node::text).map(str::to_owned).ok_or_else(missing)
        };
        Ok(Self {
            server: text("server")?,
            client_id: text("client_id")?,
            client_secret: Secret::new(text("client_secret")?),
            ca_file: text("ca_file")
                .ok()
                .map(|file| path.parent().unwrap_or(Path::new("")).join(file)),
        })
    }
}
