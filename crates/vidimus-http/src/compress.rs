//! gzip (RFC 9110 §8.4) for dialects whose clients expect it. Secrets stand beside nothing that a
//! stranger chose, so what compresses well tells nothing of them.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use hyper::{
    HeaderMap, Response,
    body::Bytes,
    header::{self, HeaderValue},
};

use crate::{body::Body, request::accepts_encoding};

pub fn gzip(mut response: Response<Body>, asked: &HeaderMap) -> Response<Body> {
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if !accepts_encoding(asked, "gzip") {
        return response;
    }
    let Body::Whole(plain) = response.body() else { return response };
    if plain.is_empty() {
        return response;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len()), Compression::fast());
    let written = encoder.write_all(plain).and_then(|()| encoder.finish());
    if let Ok(small) = written {
        *response.body_mut() = Body::Whole(Bytes::from(small));
        let gzip = HeaderValue::from_static("gzip");
        response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
    }
    response
}
