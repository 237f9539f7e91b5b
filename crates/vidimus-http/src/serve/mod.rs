//! The listeners: accept, TLS, HTTP/1.1 and HTTP/2 with deadlines on everything, graceful stop.

mod accept;
mod connection;
mod limits;
mod timed;
mod tls;

use std::{future::Future, sync::Arc};

use tokio::{net::TcpListener, sync::Semaphore, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::info;
use vidimus_core::{engine::Store, errand::Errands};

use crate::app::App;
pub use crate::exchange::{Door, Peer};
pub use limits::Limits;
pub use tls::{Tls, TlsFiles};

/// A socket that is bound already, and what it is for.
pub struct Listener {
    pub socket: TcpListener,
    pub door: Door,
    pub tls: Option<Arc<Tls>>,
}

/// How a stop went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Connections that were cut because they did not end within the deadline.
    pub cut: usize,
}

/// What the tasks of one server share.
struct Shared<S, E> {
    app: Arc<App<S, E>>,
    limits: Limits,
    stopping: CancellationToken,
    connections: TaskTracker,
    places: Arc<Semaphore>,
}

/// Serves until `stop` resolves, then finishes what was begun: readiness goes first, no
/// connection is accepted any more, every answer closes its connection, and what is left after
/// the deadline is cut.
pub async fn serve<S, E>(
    app: Arc<App<S, E>>,
    listeners: Vec<Listener>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Stopped
where
    S: Store + 'static,
    E: Errands + 'static,
{
    let shared = Arc::new(Shared {
        app: Arc::clone(&app),
        limits,
        stopping: CancellationToken::new(),
        connections: TaskTracker::new(),
        places: Arc::new(Semaphore::new(limits.connections_max)),
    });
    let doors = TaskTracker::new();
    for listener in listeners {
        doors.spawn(accept::accept(Arc::clone(&shared), listener));
    }
    let upkeep = tokio::spawn(upkeep(app));
    stop.await;
    shared.app.status.drain();
    shared.stopping.cancel();
    doors.close();
    doors.wait().await;
    shared.connections.close();
    info!(connections = shared.connections.len(), "stopping");
    let in_time = timeout(limits.stop_deadline, shared.connections.wait()).await.is_ok();
    upkeep.abort();
    Stopped { cut: if in_time { 0 } else { shared.connections.len() } }
}

async fn upkeep<S: Store, E: Errands>(app: Arc<App<S, E>>) {
    let mut every = tokio::time::interval(limits::UPKEEP);
    loop {
        every.tick().await;
        app.metrics.upkeep();
    }
}
