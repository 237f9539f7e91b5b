//! One connection: HTTP/1.1 or HTTP/2, watched for idleness, ended gently when the server stops.

use std::{
    convert::Infallible,
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
};

use hyper::{
    Request, Response,
    body::{Body as _, Incoming},
    service::Service,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, interval_at, sleep_until},
};
use tracing::debug;
use vidimus_core::{
    engine::Store,
    errand::Errands,
    limits::{HEADER_BYTES_MAX, URL_BYTES_MAX},
};

use super::{Peer, Shared, limits, timed::Timed};
use crate::body::Body;

/// What the parts of a connection know of its requests.
#[derive(Default)]
pub struct Traffic {
    /// Requests that have begun, ever.
    begun: AtomicU64,
    /// Requests that are being answered now.
    open: AtomicU32,
    /// A request with a body was refused, perhaps before the body had been read.
    unread: AtomicBool,
}

impl Traffic {
    pub fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    pub fn may_be_unread(&self) -> bool {
        self.unread.load(Ordering::Relaxed)
    }

    pub fn is_idle(&self) -> bool {
        self.open.load(Ordering::Relaxed) == 0
    }
}

/// Counts down also where an answer is dropped half-way.
struct Open(Arc<Traffic>);

impl Open {
    fn new(traffic: &Arc<Traffic>) -> Self {
        traffic.begun.fetch_add(1, Ordering::Relaxed);
        traffic.open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(traffic))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Answering<S, E> {
    shared: Arc<Shared<S, E>>,
    traffic: Arc<Traffic>,
    peer: Peer,
}

impl<S: Store + 'static, E: Errands + 'static> Service<Request<Incoming>> for Answering<S, E> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let open = Open::new(&self.traffic);
        let shared = Arc::clone(&self.shared);
        let peer = self.peer;
        let has_body = !request.body().is_end_stream();
        let (parts, body) = request.into_parts();
        Box::pin(async move {
            let response = shared.app.answer(&parts, body, peer).await;
            if has_body && !response.status().is_success() {
                open.0.unread.store(true, Ordering::Relaxed);
            }
            drop(open);
            Ok(response)
        })
    }
}

pub async fn run<S, E, T>(shared: &Arc<Shared<S, E>>, stream: T, peer: Peer)
where
    S: Store + 'static,
    E: Errands + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limits = shared.limits;
    let traffic = Arc::new(Traffic::default());
    let stream = Timed::new(stream, Arc::clone(&traffic), limits.header, limits.write);
    let service = Answering { shared: Arc::clone(shared), traffic: Arc::clone(&traffic), peer };
    let http = builder();
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut idle = interval_at(Instant::now() + limits.idle, limits.idle);
    let mut seen = 0;
    let stopping = shared.stopping.child_token();
    loop {
        tokio::select! {
            biased;
            ended = connection.as_mut() => return report(ended),
            () = stopping.cancelled() => break,
            _ = idle.tick() => {
                if traffic.is_idle() && traffic.begun() == seen {
                    break;
                }
                seen = traffic.begun();
            }
        }
    }
    if shared.stopping.is_cancelled() {
        // Requests that come now are answered, and their answers say that the connection ends.
        let linger = sleep_until(Instant::now() + limits.linger);
        tokio::select! {
            biased;
            ended = connection.as_mut() => return report(ended),
            () = linger => {}
        }
    }
    connection.as_mut().graceful_shutdown();
    let deadline = sleep_until(Instant::now() + limits.stop_deadline);
    tokio::select! {
        biased;
        ended = connection.as_mut() => report(ended),
        () = deadline => debug!("connection cut"),
    }
}

fn report(ended: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = ended {
        debug!(%error, "connection ended");
    }
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1()
        // `Timed` keeps that deadline, at no cost to requests that come in one piece, and does not
        // take an idle connection for a slow one.
        .header_read_timeout(None)
        .timer(TokioTimer::new())
        .max_headers(limits::HYPER_HEADERS_MAX)
        .max_buf_size(limits::HYPER_BUFFER_BYTES_MAX)
        .half_close(false);
    let header_list = HEADER_BYTES_MAX + URL_BYTES_MAX;
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::H2_STREAMS_MAX)
        .max_pending_accept_reset_streams(limits::H2_PENDING_RESETS_MAX)
        .max_local_error_reset_streams(limits::H2_PENDING_RESETS_MAX)
        .max_header_list_size(u32::try_from(header_list).unwrap_or(u32::MAX))
        .initial_stream_window_size(limits::H2_WINDOW_BYTES)
        .initial_connection_window_size(limits::H2_CONNECTION_WINDOW_BYTES)
        .max_send_buf_size(limits::H2_SEND_BUFFER_BYTES_MAX)
        .keep_alive_interval(std::time::Duration::from_secs(20))
        .keep_alive_timeout(std::time::Duration::from_secs(10));
    http
}
