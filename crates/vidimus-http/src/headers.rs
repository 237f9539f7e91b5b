//! The headers that every response carries, made once and copied.

use hyper::{
    HeaderMap,
    header::{self, HeaderName, HeaderValue},
};
use vidimus_core::rotation::JWKS_MAX_AGE_SECONDS;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Who may keep a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    Nobody,
    /// The key set and discovery.
    Anybody,
}

pub struct Headers {
    private: HeaderMap,
    public: HeaderMap,
}

impl Headers {
    /// `secure`: people reach us over TLS, ours or a proxy's.
    pub fn new(secure: bool) -> Self {
        let mut common = HeaderMap::with_capacity(16);
        for (name, value) in [
            // Both are replaced in every response; here they make the copy big enough.
            (header::CONTENT_TYPE, "application/json"),
            (REQUEST_ID, "-"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
            (header::REFERRER_POLICY, "no-referrer"),
        ] {
            common.insert(name, HeaderValue::from_static(value));
        }
        if secure {
            common.insert(
                header::STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=63072000; includeSubDomains"),
            );
        }
        let mut private = common.clone();
        private.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        private.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        let mut public = common;
        let max_age = format!("public, max-age={JWKS_MAX_AGE_SECONDS}");
        if let Ok(value) = HeaderValue::try_from(max_age) {
            public.insert(header::CACHE_CONTROL, value);
        }
        Self { private, public }
    }

    pub fn of(&self, cache: Cache) -> HeaderMap {
        match cache {
            Cache::Nobody => self.private.clone(),
            Cache::Anybody => self.public.clone(),
        }
    }
}
