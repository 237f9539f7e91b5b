//! `/docs`: pages of whatever library the program has brought. They are the same for everybody, but for
//! the ids of clients that a signed-in operator may choose from.

use hyper::{Response, body::Bytes, header, http::request::Parts};
use vidimus_console::Rendered;
use vidimus_core::{
    admin::operator::OperatorCheck,
    engine::Store,
    errand::Errands,
    facts::{Needs, Space, TenantRef},
    form::Form,
};
use vidimus_dialect::Shape;

use crate::{
    app::App,
    body::Body,
    browser,
    exchange::Exchange,
    failure::{Failure, Refused},
    headers::Cache,
    html,
    request::reads,
};

pub const FOLDER: &str = "/docs";
const SAMPLES: &str = "/docs/samples";
const CLIENTS_MAX: u32 = 500;

/// What a page may depend on.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// From [`FOLDER`] on.
    pub path: &'a str,
    /// What stands behind the question mark.
    pub query: &'a str,
    pub public_url: &'a str,
    /// Ids of clients of the tenant that the query names, for an operator who is signed in.
    pub clients: &'a [String],
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
}

impl<S: Store, E: Errands> App<S, E> {
    pub async fn documentation(
        &self,
        parts: &Parts,
        exchange: &mut Exchange,
    ) -> Result<Response<Body>, Failure> {
        reads(&parts.method)?;
        let library = self.docs.ok_or_else(Refused::nowhere)?;
        let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
        let clients = match path.starts_with(SAMPLES) {
            true => self.clients_for_operator(query, parts, exchange).await?,
            false => Vec::new(),
        };
        let cache = if clients.is_empty() { Cache::Anybody } else { Cache::Nobody };
        let public_url = &self.engine.public_url;
        let found = library(&Asked { path, query, public_url, clients: &clients });
        // Whoever signs in or out sees another page under the same address.
        let shared = |shape: Shape| shape.header("vary", "Cookie");
        Ok(match found {
            Found::Page { status, page } => {
                self.shaped(cache, shared(html::shape(page).status(status)))
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

    /// To choose from, on pages that are filled with a tenant's own values.
    async fn clients_for_operator(
        &self,
        query: &str,
        parts: &Parts,
        exchange: &mut Exchange,
    ) -> Result<Vec<String>, Failure> {
        if !parts.headers.contains_key(header::COOKIE) {
            return Ok(Vec::new());
        }
        let browser = browser::of(parts, exchange.peer.address, &self.engine.public_url);
        let check = OperatorCheck { browser, is_use: true };
        if self.run(&check, &self.default_tenant, exchange).await?.is_none() {
            return Ok(Vec::new());
        }
        let form = Form::parse(query.as_bytes()).unwrap_or_default();
        let named = form.get("tenant").filter(|tenant| !tenant.is_empty());
        let tenant = match named {
            Some(id) => TenantRef::Id(id.to_owned()),
            None => self.default_tenant.clone(),
        };
        let facts = self.engine.store.load(&tenant, &Needs::default()).await?;
        let Some(tenant) = facts.tenant() else { return Ok(Vec::new()) };
        let page = self.engine.store.page(tenant.key(), Space::Caller, "", CLIENTS_MAX).await?;
        Ok(page.iter().map(|object| object.id().to_owned()).collect())
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
