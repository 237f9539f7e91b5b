//! A text that a request points at (RFC 9101 §5.2.2): kept no longer than one request takes, so that
//! what its client changes counts at once.

use std::sync::Arc;

use vidimus_core::{error::Fault, limits::TEXT_BYTES_MAX};

use crate::{
    errands::remembered::{Answer, Bounds, Remembered},
    outbound::Outbound,
};

const BOUNDS: Bounds =
    Bounds { entries_max: 64, ttl_seconds: 3, failure_ttl_seconds: 3, fetches_max: 16 };
const ACCEPT: &str = "application/oauth-authz-req+jwt, application/jwt;q=0.9, text/plain;q=0.5";

pub struct Texts {
    outbound: Arc<Outbound>,
    remembered: Remembered<str>,
}

impl Texts {
    pub fn new(outbound: Arc<Outbound>) -> Self {
        Self { outbound, remembered: Remembered::new(BOUNDS) }
    }

    /// # Errors
    /// Only where too many fetches are under way; what a server did wrong is an answer.
    pub async fn get(&self, uri: &str) -> Result<Answer<str>, Fault> {
        self.remembered.get(uri, self.fetch(uri)).await
    }

    async fn fetch(&self, uri: &str) -> Answer<str> {
        let fetched = self.outbound.get(uri, ACCEPT, TEXT_BYTES_MAX).await?;
        let text = String::from_utf8(fetched.body).map_err(|_| "answered no text".to_owned())?;
        Ok(text.trim().into())
    }
}
