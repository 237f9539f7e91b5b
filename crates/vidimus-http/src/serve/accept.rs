//! The accept loop of one listener: back-off where the machine has no descriptors left, a place
//! for every connection, the TLS handshake under its own deadline.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpStream, sync::OwnedSemaphorePermit, time::timeout};
use tracing::{debug, warn};
use vidimus_core::{engine::Store, errand::Errands};

use super::{Listener, Peer, Shared, connection};

const BACK_OFF_MIN: Duration = Duration::from_millis(20);
const BACK_OFF_MAX: Duration = Duration::from_secs(1);

pub async fn accept<S, E>(shared: Arc<Shared<S, E>>, listener: Listener)
where
    S: Store + 'static,
    E: Errands + 'static,
{
    let stopping = shared.stopping.clone();
    let everything = async {
        let mut back_off = BACK_OFF_MIN;
        loop {
            // The permits are never closed, so an error cannot happen; it would end the loop.
            let Ok(place) = Arc::clone(&shared.places).acquire_owned().await else { return };
            match listener.socket.accept().await {
                Ok((stream, from)) => {
                    back_off = BACK_OFF_MIN;
                    open(&shared, &listener, stream, from, place);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    warn!(%error, "cannot accept connections");
                    wait(back_off).await;
                    back_off = (back_off * 2).min(BACK_OFF_MAX);
                }
            }
        }
    };
    tokio::select! {
        () = stopping.cancelled() => {}
        () = everything => {}
    }
    take_the_queue(&shared, &listener).await;
}

/// Connections that the system has completed already: closing the socket would reset them.
async fn take_the_queue<S, E>(shared: &Arc<Shared<S, E>>, listener: &Listener)
where
    S: Store + 'static,
    E: Errands + 'static,
{
    while let Ok(place) = Arc::clone(&shared.places).try_acquire_owned() {
        // The queue answers at once or is empty; the wait is for the runtime's own readiness.
        match timeout(Duration::from_millis(5), listener.socket.accept()).await {
            Ok(Ok((stream, from))) => open(shared, listener, stream, from, place),
            Ok(Err(error)) if is_of_one_connection(&error) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

fn open<S, E>(
    shared: &Arc<Shared<S, E>>,
    listener: &Listener,
    stream: TcpStream,
    from: SocketAddr,
    place: OwnedSemaphorePermit,
) where
    S: Store + 'static,
    E: Errands + 'static,
{
    // An answer is one small write; waiting for more to send with it only costs time.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let peer = Peer { address: from.ip(), door: listener.door };
    let tls = listener.tls.clone();
    let shared = Arc::clone(shared);
    let tracker = shared.connections.clone();
    tracker.spawn(async move {
        shared.app.metrics.connections.add(1);
        match tls {
            None => connection::run(&shared, stream, peer).await,
            Some(tls) => {
                let handshake = tls.acceptor().accept(stream);
                match timeout(shared.limits.handshake, handshake).await {
                    Ok(Ok(stream)) => connection::run(&shared, stream, peer).await,
                    Ok(Err(error)) => debug!(%error, "TLS handshake failed"),
                    Err(_) => debug!("TLS handshake took too long"),
                }
            }
        }
        shared.app.metrics.connections.add(-1);
        drop(place);
    });
}

/// Errors of a connection that is gone before it was accepted; the listener is well.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[expect(clippy::disallowed_methods, reason = "this is the edge, waiting for descriptors")]
async fn wait(back_off: Duration) {
    tokio::time::sleep(back_off).await;
}
