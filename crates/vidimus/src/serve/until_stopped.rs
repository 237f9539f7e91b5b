//! From ready to stopped: the listeners and the jobs beside them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{sync::Notify, task::JoinSet};
use vidimus_http::serve::{Limits, Tls, serve};

use crate::{
    config::Config,
    failure::Failure,
    serve::{
        Prepared, beside,
        notices::notices,
        purge::purge,
        sampling::sampling,
        seal_again::{read_again, seal_again},
        signals::{asked, reload_on_hangup, stops},
        used,
    },
};

const TLS_WATCH_SECONDS: u64 = 10;

/// Serves until a signal, then finishes what was begun; a second signal ends it at once.
///
/// # Errors
/// It was ended by force, or the port file cannot be written.
pub async fn until_stopped(
    prepared: Prepared,
    config: &Config,
    port_file: Option<PathBuf>,
) -> Result<(), Failure> {
    let stops = stops()?;
    let told = Arc::new(Notify::new());
    let app = Arc::clone(&prepared.app);
    // They end with the set.
    let mut jobs = JoinSet::new();
    jobs.spawn(seal_again(Arc::clone(&app), Arc::clone(&told)));
    let (of_keys, key_file) = (Arc::clone(&app), config.master_key_file.clone());
    reload_on_hangup(prepared.tls.clone(), move || {
        read_again(&of_keys, &key_file).inspect(|()| told.notify_one())
    })?;
    jobs.spawn(purge(Arc::clone(&app), config.purge));
    jobs.spawn(notices(Arc::clone(&app)));
    jobs.spawn(sampling(Arc::clone(&app)));
    jobs.spawn(used::used(Arc::clone(&app)));
    if let Some(tls) = prepared.tls {
        jobs.spawn(watch(tls));
    }
    // The sockets are bound, so whoever reads the port can connect.
    if let Some(path) = &port_file {
        write_port(path, prepared.address.port())?;
    }
    let serving =
        serve(prepared.app, prepared.listeners, Limits::default(), asked(stops.clone(), 1));
    let ended = tokio::select! {
        stopped = serving => Ok(stopped),
        () = asked(stops, 2) => Err(Failure::refused("stopped at once by a second signal")),
    };
    drop(jobs);
    used::write(&app).await;
    let stopped = ended?;
    if stopped.cut > 0 {
        tracing::warn!(connections = stopped.cut, "stopped; connections were cut");
    } else {
        tracing::info!("stopped");
    }
    Ok(())
}

async fn watch(tls: Arc<Tls>) {
    let mut rounds = tokio::time::interval(Duration::from_secs(TLS_WATCH_SECONDS));
    loop {
        rounds.tick().await;
        match tls.reload_if_changed() {
            Ok(false) => {}
            Ok(true) => tracing::info!("TLS files have changed; read again"),
            Err(error) => {
                tracing::error!(%error, "the TLS files have changed and cannot be used; the old ones stay")
            }
        }
    }
}

/// Whole or not at all: whoever waits for it never reads half a number.
pub fn write_port(path: &Path, port: u16) -> Result<(), Failure> {
    let draft = beside(path, ".draft");
    fs::write(&draft, format!("{port}\n"))
        .and_then(|()| fs::rename(&draft, path))
        .map_err(|why| Failure::refused(format!("cannot write {}: {why}", path.display())))
}
