//! Commands that run or feed a server.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

pub const DEV_HELP: &str = "Example: vidimus dev --listen 127.0.0.1:8080";
pub const SERVE_HELP: &str = "Example: vidimus key generate-master > vidimus.key && vidimus serve --config vidimus.toml\n\n\
     SIGTERM and SIGINT stop it gracefully, a second one at once. SIGHUP reads the TLS files again.";
pub const APPLY_HELP: &str = "Example: vidimus apply world.toml --dry-run";
pub const DOCTOR_HELP: &str = "Example: vidimus doctor --config vidimus.toml";
pub const BACKUP_HELP: &str = "Example: vidimus backup vidimus-monday.backup\n\n\
     Servers go on meanwhile. The file holds no secret in the clear, and is good for nothing without \
     the master key: keep that too, somewhere else.";
pub const RESTORE_HELP: &str = "Example: vidimus restore vidimus-monday.backup && vidimus serve\n\n\
     Into an empty or missing store, of either kind, under the master key that the backup was made \
     with. Whatever was given before the restore is inactive afterwards: tokens, sessions, codes. \
     API tokens come again with the next apply.";
pub const LOGIN_HELP: &str = "Example: vidimus login --server https://auth.example.com\n\n\
     Whoever has the role admin, or auditor to look at things only, may sign in so. What that leaves is kept \
     in ~/.config/vidimus/login.toml, or where --credentials says, closed to others.";
pub const LOGOUT_HELP: &str = "Example: vidimus logout";
pub const TOUR_HELP: &str = "Example: vidimus tour --server http://127.0.0.1:8080";
pub const COMPLETIONS_HELP: &str =
    "Example: vidimus completions bash > /etc/bash_completion.d/vidimus";
pub const OPENAPI_HELP: &str =
    "Example: vidimus openapi --server https://auth.example.com > vidimus-admin.json";
pub const MAN_HELP: &str = "Example: vidimus man > vidimus.1";

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The configuration; else vidimus.toml, if it is here
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A world file to apply before the first request; may be given again
    #[arg(long, value_name = "FILE")]
    pub apply: Vec<PathBuf>,
    /// Where to write the port, once ready
    #[arg(long, value_name = "FILE")]
    pub port_file: Option<PathBuf>,
    /// Give the administrator's client a new secret, where its credentials file is lost
    #[arg(long)]
    pub renew_credentials: bool,
}

#[derive(Debug, Args)]
pub struct DevArgs {
    /// Where to listen, on this machine alone; port 0 = any free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Keep the database here; else it goes when the sandbox ends
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// A world file to apply after the seeds; may be given again
    #[arg(long, value_name = "FILE")]
    pub apply: Vec<PathBuf>,
    /// HTTPS as well, with a certificate for the products' host names by an authority of this folder
    #[arg(long)]
    pub tls: bool,
    /// Where HTTPS listens; may be given again [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDRESS", requires = "tls")]
    pub tls_listen: Vec<SocketAddr>,
    /// Print the lines that lead the products' host names here, and end
    #[arg(long)]
    pub hosts: bool,
    /// Who answers paths that are none of ours, once the bearer token is known to be good
    #[arg(long, value_name = "URL")]
    pub upstream: Option<String>,
    /// Where to write the port, once ready
    #[arg(long, value_name = "FILE")]
    pub port_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// World files (TOML); together they are one world
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Print what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Delete what an earlier world declared in these tenants and this one does not
    #[arg(long)]
    pub prune: bool,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The configuration; else vidimus.toml, if it is here
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Check one thing alone: whether a server answers 200 here, such as at /livez
    #[arg(long, value_name = "URL", conflicts_with = "config")]
    pub probe: Option<String>,
}

#[derive(Debug, Args)]
pub struct LoginArgs {
    /// The client of these commands
    #[arg(long, value_name = "CLIENT_ID", default_value = "vidimus-cli")]
    pub client_id: String,
    /// Certificates (PEM) to trust beside the system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// Where the backup goes
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The configuration; else vidimus.toml, if it is here
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Replace the file, if it is there already
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// What `vidimus backup` has written
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The configuration; else vidimus.toml, if it is here
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Put the SQLite file that is there aside first
    #[arg(long)]
    pub force: bool,
    /// Leave tokens, sessions and codes good: to move a store whose servers had been stopped before
    /// the backup was taken, and for nothing else
    #[arg(long)]
    pub keep_tokens: bool,
}
