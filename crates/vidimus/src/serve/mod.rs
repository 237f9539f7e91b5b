//! `serve`: the key, the store, the first administrator, the declared world, then the listeners.

mod audit_file;
mod bootstrap;
mod file_modes;
mod first_link;
mod here;
mod key_ages;
mod master_key;
mod notices;
mod prepare;
mod private_file;
mod purge;
mod sampling;
mod seal_again;
mod signals;
mod supervisor;
mod until_stopped;
mod used;

use std::sync::Arc;

use vidimus_http::clock::{Clock as _, SystemClock};

use crate::{
    apply::{Diff, apply_files},
    cli::{ServeArgs, say},
    config::{self, Environment},
    failure::Failure,
    logging,
};

use first_link::first_link;

pub use bootstrap::{Administrator, ensure_administrator};
pub use first_link::link;
pub use here::run_here;
pub use master_key::{
    KeyFile, fresh_key, generate_into, print_new_master_key, read_key_file, read_master_key,
};
pub use prepare::{OurApp, Prepared, prepare};
pub use private_file::{PrivateFile, beside};
pub use signals::{asked, stops};
use supervisor::Supervisor;
pub use until_stopped::{until_stopped, write_port};

/// # Errors
/// Something that the server needs is missing or wrong; it says what to do.
pub async fn run(args: &ServeArgs, environment: &Environment) -> Result<(), Failure> {
    let config = config::load(args.config.as_deref(), environment)?;
    let _flush = logging::start(&config, environment)?;
    let master = read_master_key(&config.master_key_file)?;
    warn_of_plain_http(&config.server);
    file_modes::warn(&config, args.config.as_deref());
    let prepared = prepare(&config, &master, Arc::new(SystemClock), None).await?;
    let engine = &prepared.app.engine;
    let administrator = Administrator {
        folder: &config.folder,
        server: prepared.reachable_url(&config),
        renew: args.renew_credentials,
    };
    if let Some(path) = ensure_administrator(engine, &administrator, SystemClock.now()).await? {
        tracing::info!(path = %path.display(), "wrote the administrator's credentials");
    }
    if !args.apply.is_empty() {
        let reply = apply_files(engine, &args.apply, SystemClock.now()).await?;
        for line in Diff(&reply).to_string().lines() {
            tracing::info!("apply: {line}");
        }
    }
    // Where standard output is for collectors, it is no place for a secret: `vidimus admin link`
    // prints another.
    if config.audit != Some(config::Audit::Stdout)
        && let Some(link) = first_link(engine, SystemClock.now()).await?
    {
        say(&format!("first administrator, once and within a day: {link}"))?;
    }
    tracing::info!(
        listen = %prepared.address,
        issuer = engine.public_url,
        store = prepared.store_name,
        "ready"
    );
    let supervisor = Supervisor::of(environment);
    let stops = stops()?;
    supervisor.ready();
    tokio::select! {
        ended = until_stopped(prepared, &config, args.port_file.clone()) => ended,
        never = supervisor.watched(stops) => match never {},
    }
}

fn warn_of_plain_http(server: &config::Server) {
    if server.tls.is_none() && !server.listen.ip().is_loopback() {
        tracing::warn!(
            listen = %server.listen,
            "plain HTTP beyond this machine: put a proxy with TLS in front, or set tls_cert and \
             tls_key"
        );
    }
}
