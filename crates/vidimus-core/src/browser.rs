//! What a browser brings with a request, and what it is given: cookies, by neutral names. The edge
//! knows how they are spelled (RFC 6265).

use std::net::IpAddr;

use crate::secret::Secret;

#[derive(Debug, Default)]
pub struct Browser {
    /// Every cookie it sent, without what the edge puts before names.
    pub cookies: Vec<(String, Secret)>,
    /// As it calls itself; may be anything.
    pub agent: String,
    pub address: Option<IpAddr>,
}

impl Browser {
    pub fn cookie(&self, name: &str) -> Option<&Secret> {
        let named =
            |(known, value): &&(String, Secret)| known == name && !value.expose().is_empty();
        self.cookies.iter().find(named).map(|(_, value)| value)
    }
}

/// One that is set, or removed where its value is empty.
#[derive(Debug)]
pub struct Cookie {
    pub name: String,
    pub value: Secret,
    /// `None`: until the browser ends.
    pub max_age_seconds: Option<i64>,
    pub reach: Reach,
}

/// Who may see a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// We alone, and not where another site asks in the browser's name (`SameSite=Lax`).
    Ours,
    /// The script of a page of ours also, and where that is framed: it tells whether the session
    /// is still the one it was, and nothing else (OpenID Connect Session Management §3.2).
    Framed,
    /// We alone, and only where a page of ours asks (`SameSite=Strict`).
    Alone,
}
