//! One dialect's turn at a request: what it read, what it heard, and whose words the answer is in.

use std::fmt::Display;

use hyper::{header, http::request::Parts};
use vidimus_core::form::Form;
use vidimus_dialect::{Asked, Endpoint};

use crate::{in_dialect::Heard, routes::Target};

pub struct Turn<'a> {
    pub target: &'a Target<'a>,
    pub parts: &'a Parts,
    /// The route's, or the one that its parameters mean.
    pub endpoint: Endpoint,
    pub heard: Heard,
    /// The parameters, once they are read.
    pub form: Option<Form>,
}

impl<'a> Turn<'a> {
    pub fn new(target: &'a Target<'a>, parts: &'a Parts) -> Self {
        let endpoint = target.route.endpoint;
        Self { target, parts, endpoint, heard: Heard::default(), form: None }
    }

    /// `issuer`: of the tenant that was heard of.
    pub fn asked<'s>(
        &'s self,
        issuer: &'s str,
        public_url: &'s str,
        request_id: &'s dyn Display,
    ) -> Asked<'s> {
        let accept = self.parts.headers.get(header::ACCEPT);
        Asked {
            endpoint: self.endpoint,
            path: self.target.route.path,
            tenant: self.heard.tenant(),
            issuer,
            public_url,
            prefix: self.target.prefix,
            request_id,
            accept: accept.and_then(|value| value.to_str().ok()).unwrap_or_default(),
            form: self.form.as_ref(),
            captured: &self.target.captured,
        }
    }
}
