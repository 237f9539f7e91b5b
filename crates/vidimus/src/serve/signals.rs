//! The signals that an operator sends.

use std::sync::Arc;

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use vidimus_http::serve::Tls;

use crate::failure::Failure;

/// How often the process was asked to stop.
pub type Stops = watch::Receiver<u32>;

/// # Errors
/// The system gives no handler.
pub fn stops() -> Result<Stops, Failure> {
    let failed = |why| Failure::refused(format!("cannot listen for signals: {why}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let (sender, receiver) = watch::channel(0);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            sender.send_modify(|count| *count += 1);
        }
    });
    Ok(receiver)
}

/// Resolves once the process was asked so often.
pub async fn asked(mut stops: Stops, times: u32) {
    // An error means that nobody can ask any more: then nobody did.
    if stops.wait_for(|count| *count >= times).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Reads the TLS files and the master key again on SIGHUP, whatever their times say.
///
/// # Errors
/// The system gives no handler.
pub fn reload_on_hangup(
    tls: Option<Arc<Tls>>,
    read_keys: impl Fn() -> Result<(), String> + Send + 'static,
) -> Result<(), Failure> {
    let failed = |why| Failure::refused(format!("cannot listen for signals: {why}"));
    let mut hangup = signal(SignalKind::hangup()).map_err(failed)?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            match tls.as_ref().map(|tls| tls.reload()) {
                None => {}
                Some(Ok(())) => tracing::info!("TLS files read again"),
                Some(Err(error)) => {
                    tracing::error!(%error, "the TLS files cannot be used; the old ones stay")
                }
            }
            match read_keys() {
                Ok(()) => tracing::info!("master key read again"),
                Err(error) => {
                    tracing::error!(%error, "the master key cannot be used; the old one stays")
                }
            }
        }
    });
    Ok(())
}
