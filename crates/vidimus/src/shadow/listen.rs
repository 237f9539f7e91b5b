//! The listener in front of the old server: HTTP/1.1 with deadlines and a place for every connection.

use std::{convert::Infallible, future::Future, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};

use crate::shadow::front::Front;

const CONNECTIONS_MAX: usize = 4096;
/// To the end of a request's headers, the wait for it included.
const HEADER_SECONDS_MAX: Duration = Duration::from_secs(60);
const STOP_SECONDS_MAX: Duration = Duration::from_secs(10);
const BACK_OFF: Duration = Duration::from_millis(100);

/// Until `stop`; then what was begun is finished.
pub async fn listen(socket: TcpListener, front: Arc<Front>, stop: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let accepting = async {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            // Never closed, so an error cannot happen; it would end the loop.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let Ok((stream, peer)) = socket.accept().await else {
                back_off().await;
                continue;
            };
            // An answer is one small write; waiting for more to send with it only costs time.
            let _ = stream.set_nodelay(true);
            let front = Arc::clone(&front);
            let service = service_fn(move |request| {
                let front = Arc::clone(&front);
                async move { Ok::<_, Infallible>(front.answer(request, peer.ip()).await) }
            });
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEADER_SECONDS_MAX);
            let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "connection ended");
                }
                drop(place);
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stop => {}
    }
    drop(socket);
    if timeout(STOP_SECONDS_MAX, graceful.shutdown()).await.is_err() {
        tracing::warn!("stopped; connections were cut");
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the edge, waiting for descriptors")]
async fn back_off() {
    tokio::time::sleep(BACK_OFF).await;
}
