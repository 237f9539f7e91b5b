//! `dev`: a sandbox on this machine, with a seeded world, published secrets and a movable clock.

pub mod ask;
mod banner;
mod clock;
mod connected_app;
mod hosts;
mod keys;
mod moves;
mod orders;
mod routes;
mod seeds;
mod tenants;
mod terminal;
mod tls;
mod upstream;
mod watch;

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::Arc,
};

use tempfile::TempDir;
use tokio::time::Instant;
use vidimus_core::{admin::operator::Invite, time::Time};
use vidimus_http::{clock::Clock as _, faults::Faults, request_log::RequestLog, sandbox::Sandbox};

use crate::{
    cli::{DevArgs, Output},
    config::{self, Config, Environment},
    failure::Failure,
    logging,
    serve::{OurApp, Prepared, generate_into, link, prepare, until_stopped},
};
use banner::Made;
use clock::SandboxClock;
use keys::{Desk, Keys};
use orders::{Orders, Seeder};
use routes::Shared;
use terminal::Terminal;
use tls::Secured;
use watch::watch;

/// # Errors
/// The address is not of this machine alone, or something cannot be had.
pub async fn run(args: &DevArgs, output: Output, environment: &Environment) -> Result<(), Failure> {
    if args.hosts {
        let address = args.listen.map_or(Ipv4Addr::LOCALHOST.into(), |address| address.ip());
        return hosts::print(&seeds::hosts(&args.apply)?, address, output);
    }
    let started = Instant::now();
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
    let requests = Arc::new(RequestLog::of_everything());
    let faults = Arc::new(Faults::default());
    let (orders, given) = Orders::new();
    let sandbox = Sandbox {
        routes: routes::router(Shared {
            clock: Arc::clone(&clock),
            requests: Arc::clone(&requests),
            faults: Arc::clone(&faults),
            orders: orders.clone(),
        }),
        requests: Arc::clone(&requests),
        faults: Arc::clone(&faults),
        upstream: args.upstream.as_deref().map(upstream::router).transpose()?,
    };
    let mut prepared = prepare(&config, &master, Arc::clone(&clock) as _, Some(sandbox)).await?;
    let secured = secure(args, &mut prepared, &folder, clock.now()).await?;
    let live = requests.subscribe();
    let mut seeder = Seeder::new(
        (Arc::clone(&prepared.app), prepared.reachable_url(&config)),
        Arc::clone(&clock),
        (requests, Arc::clone(&faults)),
        (folder.path().to_owned(), args.apply.clone()),
    );
    seeder.seed(clock.now()).await?;
    let console = console_link(&prepared.app, clock.now()).await;
    let url = &prepared.app.engine.public_url;
    let took = started.elapsed();
    let (console, tls) = (console.as_deref(), secured.as_ref());
    banner::print(&Made { url, folder: &folder, console, tls, took }, output)?;
    let terminal = Terminal::of(output);
    let desk = Desk {
        app: Arc::clone(&prepared.app),
        clock,
        faults,
        orders: orders.clone(),
        terminal: terminal.clone(),
    };
    let mut keys = if output == Output::Table { Keys::listen() } else { None };
    let mut beside = vec![
        tokio::spawn(seeder.run(given)),
        tokio::spawn(watch(args.apply.clone(), orders, terminal.clone())),
    ];
    if let Some(obeying) = keys.as_mut().and_then(|keys| keys.obey(desk)) {
        terminal.say(keys::HELP);
        beside.push(obeying);
    }
    beside.push(tokio::spawn(terminal.show(live)));
    let ended = until_stopped(prepared, &config, args.port_file.clone()).await;
    beside.iter().for_each(tokio::task::JoinHandle::abort);
    ended
}

async fn secure(
    args: &DevArgs,
    prepared: &mut Prepared,
    folder: &Folder,
    now: Time,
) -> Result<Option<Secured>, Failure> {
    if !args.tls {
        return Ok(None);
    }
    let hosts = seeds::hosts(&args.apply)?;
    let names: Vec<String> = hosts.into_iter().map(|named| named.name).collect();
    let to = &mut prepared.listeners;
    tls::secure(to, &args.tls_listen, &names, folder.path(), now).await.map(Some)
}

/// Signs in whoever opens it first; `None` where the seeds' administrator is gone.
async fn console_link(app: &OurApp, now: Time) -> Option<String> {
    let username = Some(seeds::ADMINISTRATOR.to_owned());
    let invite = Invite { username, first_only: false, by: "vidimus dev".to_owned() };
    link(&app.engine, &invite, now).await.ok()?
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
