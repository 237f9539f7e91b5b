//! On hyper's HTTP/1.1 connection itself, without a router.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes, to_bytes},
    http::Response,
};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;

const BODY_BYTES_MAX: usize = 64 * 1024;

pub async fn serve(listener: tokio::net::TcpListener, rest: &[String]) {
    let headers = super::headers(rest);
    let body = Bytes::copy_from_slice(rest.first().map_or("", String::as_str).as_bytes());
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let (headers, body) = (headers.clone(), body.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let (headers, body) = (headers.clone(), body.clone());
            async move {
                let read = to_bytes(Body::new(request.into_body()), BODY_BYTES_MAX).await;
                std::hint::black_box(read.ok());
                let mut response = Response::new(Body::from(body));
                *response.headers_mut() = headers;
                Ok::<_, Infallible>(response)
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
