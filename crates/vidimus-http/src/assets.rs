//! What pages load: the console's files, whose names change with their content, and a tenant's
//! colour.

use hyper::{Response, body::Bytes, http::request::Parts};
use vidimus_console::{accent, assets};
use vidimus_dialect::Shape;

use crate::{
    app::App,
    body::Body,
    failure::{Failure, Refused},
    headers::Cache,
    request::reads,
};

pub const FOLDER: &str = "/assets/";

impl<S, E> App<S, E> {
    pub fn asset(&self, parts: &Parts) -> Result<Response<Body>, Failure> {
        reads(&parts.method)?;
        let path = parts.uri.path();
        let (content_type, bytes) = find(path).ok_or_else(Refused::nowhere)?;
        let shape = Shape::text(content_type, Vec::new())
            .header("cache-control", "public, max-age=31536000, immutable");
        let mut response = self.shaped(Cache::Anybody, shape);
        *response.body_mut() = Body::Whole(bytes);
        Ok(response)
    }
}

fn find(path: &str) -> Option<(&'static str, Bytes)> {
    if let Some(asset) = assets().iter().find(|asset| asset.path == path) {
        return Some((asset.content_type, Bytes::from_static(&asset.bytes)));
    }
    let hex = path.strip_prefix("/assets/accent-")?.strip_suffix(".css")?;
    Some(("text/css; charset=utf-8", Bytes::from(accent(hex)?)))
}
