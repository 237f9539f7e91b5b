//! `/docs`: pages of whatever library the program has brought. They are the same for everybody.

use hyper::{Response, body::Bytes, http::request::Parts};
use vidimus_console::Rendered;
use vidimus_dialect::Shape;

use crate::{
    app::App,
    body::Body,
    failure::{Failure, Refused},
    headers::Cache,
    html,
    request::reads,
};

pub const FOLDER: &str = "/docs";

/// What a page may depend on.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// From [`FOLDER`] on.
    pub path: &'a str,
    /// What stands behind the question mark.
    pub query: &'a str,
    pub public_url: &'a str,
}

#[derive(Debug)]
pub enum Found {
    Page {
        status: u16,
        page: Rendered,
    },
    File {
        content_type: &'static str,
        bytes: Bytes,
        /// Under which a browser keeps it, rather than showing it.
        name: Option<String>,
    },
    /// The same page has another address.
    Moved(String),
}

pub type Library = fn(&Asked<'_>) -> Found;

impl<S, E> App<S, E> {
    #[must_use]
    pub const fn with_docs(mut self, library: Library) -> Self {
        self.docs = Some(library);
        self
    }

    pub fn documentation(&self, parts: &Parts) -> Result<Response<Body>, Failure> {
        reads(&parts.method)?;
        let library = self.docs.ok_or_else(Refused::nowhere)?;
        let asked = Asked {
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            public_url: &self.engine.public_url,
        };
        Ok(match library(&asked) {
            Found::Page { status, page } => {
                self.shaped(Cache::Anybody, html::shape(page).status(status))
            }
            Found::File { content_type, bytes, name } => {
                let shape = Shape::text(content_type, Vec::new());
                let shape = match name {
                    Some(name) => {
                        let disposition = format!("attachment; filename=\"{name}\"");
                        shape.header("content-disposition", disposition)
                    }
                    None => shape,
                };
                let mut response = self.shaped(Cache::Anybody, shape);
                *response.body_mut() = Body::Whole(bytes);
                response
            }
            Found::Moved(to) => {
                let moved = Shape::text("", Vec::new()).status(308).header("location", to);
                self.shaped(Cache::Anybody, moved)
            }
        })
    }
}

pub fn is_ours(path: &str) -> bool {
    path.strip_prefix(FOLDER).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_below_the_folder_is_ours() {
        assert!(is_ours("/docs") && is_ours("/docs/") && is_ours("/docs/how-to/kong"));
        assert!(!is_ours("/docsx") && !is_ours("/doc"));
    }
}
