//! From ready to stopped: the listeners and the jobs beside them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::sync::Notify;
use vidimus_http::serve::{Limits, Tls, serve};

use crate::{
    config::Config,
    failure::Failure,
    serve::{
        Prepared,
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
    let sealing = tokio::spawn(seal_again(Arc::clone(&prepared.app), Arc::clone(&told)));
    let (app, key_file) = (Arc::clone(&prepared.app), config.master_key_file.clone());
    reload_on_hangup(prepared.tls.clone(), move || {
        read_again(&app, &key_file).inspect(|()| told.notify_one())
    })?;
    let purging = tokio::spawn(purge(Arc::clone(&prepared.app), config.purge));
    let notifying = tokio::spawn(notices(Arc::clone(&prepared.app)));
    let sampling = tokio::spawn(sampling(Arc::clone(&prepared.app)));
    let app = Arc::clone(&prepared.app);
    let noting = tokio::spawn(used::used(Arc::clone(&app)));
    let watching = prepared.tls.map(|tls| tokio::spawn(watch(tls)));
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
    purging.abort();
    notifying.abort();
    sampling.abort();
    noting.abort();
    sealing.abort();
    used::write(&app).await;
    if let Some(watching) = watching {
        watching.abort();
    }
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
    let mut draft = path.as_os_str().to_owned();
    draft.push(".draft");
    fs::write(&draft, format!("{port}\n"))
        .and_then(|()| fs::rename(&draft, path))
        .map_err(|why| Failure::refused(format!("cannot write {}: {why}", path.display())))
}
