//! `dev`: a sandbox on this machine, with a seeded world, published secrets and a movable clock.

mod banner;
mod clock;
mod connected_app;
mod reset;
mod routes;
mod seeds;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use tempfile::TempDir;
use vidimus_http::{
    clock::Clock as _,
    sandbox::{Requests, Sandbox},
};

use crate::{
    cli::{DevArgs, Output},
    config::{self, Config, Environment},
    failure::Failure,
    logging,
    serve::{generate_into, prepare, until_stopped},
};
use clock::SandboxClock;
use reset::{Resets, Seeder};

/// # Errors
/// The address is not of this machine alone, or something cannot be had.
pub async fn run(args: &DevArgs, output: Output, environment: &Environment) -> Result<(), Failure> {
    let folder = Folder::of(args.dir.as_deref())?;
    let config = configuration(args, &folder, environment)?;
    if !config.server.listen.ip().is_loopback() {
        return Err(Failure::usage(format!(
            "{}: the sandbox has published secrets, so it listens on this machine alone \
             (127.0.0.1 or [::1]); for others there is `vidimus serve`",
            config.server.listen
        )));
    }
    let _flush = logging::start(&config, environment)?;
    let master = generate_into(&config.master_key_file)?;
    let clock = Arc::new(SandboxClock::default());
    let requests = Arc::new(Requests::default());
    let (resets, orders) = Resets::new();
    let routes = routes::router(Arc::clone(&clock), Arc::clone(&requests), resets);
    let sandbox = Sandbox { routes, requests: Arc::clone(&requests) };
    let prepared = prepare(&config, &master, Arc::clone(&clock) as _, Some(sandbox)).await?;
    let seeder = Seeder {
        app: Arc::clone(&prepared.app),
        clock: Arc::clone(&clock),
        requests,
        server: prepared.reachable_url(&config),
        folder: folder.path().to_owned(),
        worlds: args.apply.clone(),
    };
    seeder.seed(clock.now()).await?;
    banner::print(&prepared.app.engine.public_url, &folder, output)?;
    let resetting = tokio::spawn(seeder.run(orders));
    let ended = until_stopped(prepared, &config, args.port_file.clone()).await;
    resetting.abort();
    ended
}

/// The sandbox's own settings; variables may say otherwise, a file is not read.
fn configuration(
    args: &DevArgs,
    folder: &Folder,
    environment: &Environment,
) -> Result<Config, Failure> {
    let mut config = config::of_environment(folder.path(), environment)?;
    config.server.listen = args.listen.unwrap_or(config.server.listen);
    config.server.tls = None;
    config.server.ops_listen = None;
    config.outbound.allow_private = true;
    config.master_key_file = folder.path().join("vidimus.key");
    Ok(config)
}

pub enum Folder {
    /// Gone when the sandbox ends.
    Temporary(TempDir),
    Kept(PathBuf),
}

impl Folder {
    fn of(dir: Option<&Path>) -> Result<Self, Failure> {
        let made = match dir {
            None => tempfile::Builder::new().prefix("vidimus-dev-").tempdir().map(Self::Temporary),
            Some(dir) => fs::create_dir_all(dir).map(|()| Self::Kept(dir.to_owned())),
        };
        made.map_err(|why| Failure::refused(format!("cannot make the sandbox's folder: {why}")))
    }

    pub fn path(&self) -> &Path {
        match self {
            Self::Temporary(dir) => dir.path(),
            Self::Kept(dir) => dir,
        }
    }
}
