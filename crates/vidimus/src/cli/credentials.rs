//! The administrator's credentials file: TOML with the server's URL and a client of the default
//! tenant, or what `vidimus login` has left of an administrator's own sign-in.

use std::path::{Path, PathBuf};

use vidimus_core::secret::Secret;

use crate::{
    document::{Node, Problem, nearest, read},
    failure::Failure,
};

pub const DEFAULT_CREDENTIALS: &str = "vidimus-admin.toml";

const KEYS: [&str; 5] = ["server", "client_id", "client_secret", "refresh_token", "ca_file"];

#[derive(Debug)]
pub struct Credentials {
    pub server: String,
    pub client_id: String,
    pub proof: Proof,
    /// PEM certificates to trust beside the system's.
    pub ca_file: Option<PathBuf>,
}

/// What gets an access token.
#[derive(Debug)]
pub enum Proof {
    Secret(Secret),
    /// A refresh token, which is another one after each use: the file is where the good one is.
    Login {
        refresh_token: Secret,
        path: PathBuf,
    },
}

/// Where `vidimus login` keeps what it got.
pub fn login_path() -> Option<PathBuf> {
    Some(std::env::home_dir()?.join(".config/vidimus/login.toml"))
}

impl Credentials {
    /// # Errors
    /// There is no such file, or something is missing in it.
    pub fn find(path: Option<&Path>) -> Result<Self, Failure> {
        let here = Path::new(DEFAULT_CREDENTIALS);
        let login = login_path();
        let login = login.as_deref().filter(|path| path.exists());
        let path = match (path, login) {
            (Some(path), _) => path,
            (None, _) if here.exists() => here,
            (None, Some(login)) => login,
            (None, None) => {
                return Err(Failure::refused(
                    "no credentials: run `vidimus login`, give --credentials FILE or set \
                     VIDIMUS_CREDENTIALS. The \
                     first start of `vidimus serve` writes vidimus-admin.toml beside its \
                     configuration (where it is lost, --renew-credentials writes another); \
                     `vidimus dev` prints the line that sets the variable",
                ));
            }
        };
        Ok(Self::read(path)?)
    }

    /// # Errors
    /// Something is missing in it, or there is too much.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        Self::of(&read(path)?, path)
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
        let proof = match text("refresh_token") {
            Ok(token) => Proof::Login { refresh_token: Secret::new(token), path: path.to_owned() },
            Err(_) => Proof::Secret(Secret::new(text("client_secret")?)),
        };
        Ok(Self {
            server: text("server")?,
            client_id: text("client_id")?,
            proof,
            ca_file: text("ca_file")
                .ok()
                .map(|file| path.parent().unwrap_or(Path::new("")).join(file)),
        })
    }
}
