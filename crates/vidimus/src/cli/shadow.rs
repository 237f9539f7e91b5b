//! `shadow`: in front of the server that is to be replaced, compared with the one that replaces it.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use clap::Args;

pub const SHADOW_HELP: &str = "Example: vidimus shadow --upstream https://old.example --server http://127.0.0.1:8080 --report shadow.json\n\n\
     Clients are answered by the old server alone. What is safe to ask twice is then asked of --server, \
     in the background: introspection, revocation, metadata, userinfo, and token requests by \
     client_credentials, password, JWT or SAML bearer and API tokens; refresh and exchange where the \
     token came by here. Never codes, device codes, one-time passwords, DPoP proofs, registrations or \
     pages. No secret is written anywhere.";

#[derive(Debug, Args)]
pub struct ShadowArgs {
    /// The old server, whose answers clients get
    #[arg(long, value_name = "URL")]
    pub upstream: String,
    /// Where clients are listened to
    #[arg(long, value_name = "ADDRESS", default_value_t = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8090))]
    pub listen: SocketAddr,
    /// Where the differences go, every minute and at the end (JSON)
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// A path of the old server and the same endpoint's path at --server; may be given again
    #[arg(long, value_name = "OLD=NEW", value_parser = mapped)]
    pub map: Vec<(String, String)>,
    /// A member that may differ; may be given again
    #[arg(long, value_name = "FIELD")]
    pub ignore: Vec<String>,
    /// How far moments and lives may be apart
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub skew_seconds: u32,
    /// Ask both servers by the host name that the client used
    #[arg(long)]
    pub preserve_host: bool,
    /// PEM certificates to trust beside the system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Fail in the end where anything differed, or was not compared because there was too much
    #[arg(long)]
    pub strict: bool,
    /// Where to write the port, once ready
    #[arg(long, value_name = "FILE")]
    pub port_file: Option<PathBuf>,
}

fn mapped(text: &str) -> Result<(String, String), String> {
    let pair =
        text.split_once('=').filter(|(old, new)| old.starts_with('/') && new.starts_with('/'));
    let (old, new) = pair.ok_or("expected two paths, /old=/new")?;
    Ok((old.to_owned(), new.to_owned()))
}
