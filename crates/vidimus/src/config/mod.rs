//! `vidimus.toml` and its variables, read into one checked value.

mod environment;
mod keys;
mod load;
mod settings;

use std::{net::SocketAddr, path::PathBuf};

pub use environment::Environment;
pub use load::{load, of_environment};

#[derive(Clone, Debug)]
pub struct Config {
    pub server: Server,
    pub store_url: String,
    /// What the store may keep at hand of what it has read.
    pub cache_bytes: u64,
    pub master_key_file: PathBuf,
    pub outbound: Outbound,
    pub log_format: LogFormat,
    /// Where administrative and security events go as JSON lines.
    pub audit: Option<Audit>,
    pub argon2_concurrency: usize,
    pub purge: Purge,
    /// Where traces and logs go (OTLP over HTTP); no traces are made without it.
    pub otlp_endpoint: Option<String>,
    /// The folder that relative paths of the file are taken from.
    pub folder: PathBuf,
}

#[derive(Clone, Debug)]
pub struct Server {
    pub listen: SocketAddr,
    /// `None`: that of the address we get, known once the port is.
    pub public_url: Option<String>,
    pub tls: Option<Tls>,
    /// `/metrics` and the probes for those who are not on this machine.
    pub ops_listen: Option<SocketAddr>,
    /// The admin API and the console, and there alone.
    pub admin_listen: Option<SocketAddr>,
}

impl Server {
    /// The issuer of the default tenant.
    pub fn public_url_at(&self, bound: SocketAddr) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        self.public_url.clone().unwrap_or_else(|| format!("{scheme}://{bound}"))
    }
}

#[derive(Clone, Debug)]
pub struct Tls {
    pub cert: PathBuf,
    pub key: PathBuf,
}

#[derive(Clone, Debug)]
pub struct Outbound {
    pub allow_private: bool,
    pub extra_ca_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audit {
    Stdout,
    File(PathBuf),
}

#[derive(Clone, Copy, Debug)]
pub struct Purge {
    pub interval_seconds: u64,
    /// How long what has expired stays, so that an expired token is told from an unknown one, and
    /// a node whose clock is ahead forgets nothing that another still needs.
    pub keep_seconds: i64,
    /// Rows of each kind per transaction.
    pub batch: u32,
}
