//! `shadow`: a proxy in front of the server that is to be replaced. Clients get its answers; ours are asked
//! for beside, compared, and the differences told by endpoint and field.

mod beside;
mod compare;
mod form;
mod front;
mod listen;
mod pairs;
mod tally;
mod told;
mod twice;

use std::{io, path::Path, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    time::{Instant, interval_at, timeout},
};
use vidimus_http::clock::{Clock as _, SystemClock};

use crate::{
    cli::{Global, Output, ShadowArgs, say},
    config::{self, Environment},
    failure::Failure,
    logging,
    outbound::pass_on::{Bounds, Elsewhere, Host},
    serve::{PrivateFile, asked, stops, write_port},
};
use beside::{Beside, Queue};
use compare::Rules;
use front::Front;
use pairs::Pairs;
use tally::Tally;

const EVERY: Duration = Duration::from_secs(60);
/// What is still waiting when it ends.
const DRAIN_SECONDS_MAX: Duration = Duration::from_secs(10);
const OLD: Bounds = Bounds { answer_bytes_max: 32 * 1024 * 1024, seconds_max: 30 };
const NEW: Bounds = Bounds { answer_bytes_max: 512 * 1024, seconds_max: 10 };

/// # Errors
/// A server or the address cannot be meant, or with `--strict` something differed.
pub async fn run(
    args: &ShadowArgs,
    global: &Global,
    environment: &Environment,
) -> Result<(), Failure> {
    let config = config::of_environment(Path::new("."), environment)?;
    let _flush = logging::start(&config, environment)?;
    let host = if args.preserve_host { Host::Clients } else { Host::Own };
    let server = |option: &str, url: &str, bounds| {
        Elsewhere::new(url, args.ca_file.as_deref(), host, bounds)
            .map_err(|why| Failure::usage(format!("{option}: {why}")))
    };
    let ours = global.server.as_deref().ok_or_else(|| {
        Failure::usage("which server is to be compared? Give --server URL or set VIDIMUS_URL")
    })?;
    let (old, new) = (server("--upstream", &args.upstream, OLD)?, server("--server", ours, NEW)?);
    warn_of_plain_http(args, [&old, &new]);
    let rules = Rules {
        skew_seconds: f64::from(args.skew_seconds),
        ignored: args.ignore.iter().cloned().collect(),
        addresses: [&old, &new].map(|server| server.prefix().to_owned()),
    };
    let pairs = Arc::new(Pairs::new()?);
    let tally = Arc::new(Tally::since(SystemClock.now()));
    let beside = Beside { new, pairs: Arc::clone(&pairs), rules, tally: Arc::clone(&tally) };
    let (queue, workers) = Queue::to(beside);
    let paths = args.map.iter().cloned().collect();
    let front = Arc::new(Front { old, paths, pairs, tally: Arc::clone(&tally), queue });

    let failed =
        |why: io::Error| Failure::refused(format!("cannot listen on {}: {why}", args.listen));
    let socket = TcpListener::bind(args.listen).await.map_err(failed)?;
    let address = socket.local_addr().map_err(failed)?;
    report(args.report.as_deref(), &tally)?;
    let stops = stops()?;
    if let Some(path) = &args.port_file {
        write_port(path, address.port())?;
    }
    tracing::info!(listen = %address, old = args.upstream, new = ours, "ready");
    let telling = tokio::spawn(tell(args.report.clone(), Arc::clone(&tally)));
    listen::listen(socket, front, asked(stops.clone(), 1)).await;
    telling.abort();
    let drained = async {
        for worker in workers {
            // A worker that panicked has said so.
            let _ = worker.await;
        }
    };
    tokio::select! {
        drained = timeout(DRAIN_SECONDS_MAX, drained) => {
            if drained.is_err() {
                tracing::warn!("some requests were still waiting to be compared");
            }
        }
        () = asked(stops, 2) => {}
    }
    report(args.report.as_deref(), &tally)?;
    match global.output {
        Output::Json => say(&format!("{:#}", tally.json(SystemClock.now())))?,
        Output::Table => say(tally.text().trim_end())?,
    }
    if args.strict && !tally.is_clean() {
        return Err(Failure::refused(
            "the two servers do not answer alike, or not all was compared",
        ));
    }
    Ok(())
}

async fn tell(file: Option<std::path::PathBuf>, tally: Arc<Tally>) {
    let mut every = interval_at(Instant::now() + EVERY, EVERY);
    loop {
        every.tick().await;
        tracing::info!("{}", tally.line());
        if let Err(why) = report(file.as_deref(), &tally) {
            tracing::error!("{why}");
        }
    }
}

/// Whole or not at all: whoever looks at it never reads half of it.
fn report(file: Option<&Path>, tally: &Tally) -> Result<(), Failure> {
    let Some(path) = file else { return Ok(()) };
    let text = format!("{:#}\n", tally.json(SystemClock.now()));
    PrivateFile::begin(path)
        .and_then(|file| file.replace(&text))
        .map_err(|why| Failure::refused(format!("cannot write {}: {why}", path.display())))
}

fn warn_of_plain_http(args: &ShadowArgs, servers: [&Elsewhere; 2]) {
    let is_loopback = |host: Option<url::Host<&str>>| match host {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    for server in servers.map(Elsewhere::url) {
        if server.scheme() == "http" && !is_loopback(server.host()) {
            tracing::warn!(%server, "plain HTTP beyond this machine carries every secret in the clear");
        }
    }
    if !args.listen.ip().is_loopback() {
        tracing::warn!(
            listen = %args.listen,
            "plain HTTP beyond this machine: put what ends TLS for the old server in front"
        );
    }
}
