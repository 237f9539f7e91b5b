//! Which tenant a request is for: its path says so, or at the root its host (never for its own
//! public host, so that ordinary traffic pays for no look-up).

use std::{borrow::Cow, net::IpAddr};

use hyper::{header, http::request::Parts};
use vidimus_core::{
    client_auth,
    engine::Store,
    entity_id,
    error::Fault,
    facts::{Needs, TenantRef},
    public_url,
    row_key::RowKey,
};

use vidimus_dialect::Endpoint;

use crate::{
    app::App,
    failure::Failure,
    routes::{Place, Target},
};

impl<S: Store, E> App<S, E> {
    pub async fn tenant_at(
        &self,
        target: &Target<'_>,
        parts: &Parts,
    ) -> Result<Cow<'_, TenantRef>, Fault> {
        let names_tenant = target.route.endpoint == Endpoint::Identity;
        if let Some(id) = target.captured.first().filter(|_| names_tenant)
            && let Some(key) = entity_id::parse(entity_id::ORGANIZATION, id)
        {
            return Ok(Cow::Owned(TenantRef::of_key(key)));
        }
        match &target.place {
            Place::Tenant(id) => Ok(Cow::Owned(TenantRef::Id(id.clone().into_owned()))),
            Place::Alias(prefix) => Ok(Cow::Owned(TenantRef::Path((*prefix).to_owned()))),
            Place::Root => self.tenant_of_host(parts).await,
        }
    }

    /// # Errors
    /// `not_found`: no tenant has this id.
    pub async fn tenant_key(&self, id: &str) -> Result<RowKey, Failure> {
        let at = TenantRef::Id(id.to_owned());
        let facts = self.engine.store.load(&at, &Needs::default()).await?;
        Ok(client_auth::tenant(&facts)?.key())
    }

    /// A host that no tenant owns is the default tenant's: its issuer is fixed anyway, and a
    /// probe or a proxy may call us by any name.
    pub async fn tenant_of_host(&self, parts: &Parts) -> Result<Cow<'_, TenantRef>, Fault> {
        if let Some(authority) = authority(parts) {
            let whole = authority.to_ascii_lowercase();
            let name = without_port(&whole);
            if name != self.public_host && could_be_a_tenants(name) {
                for host in [&whole, name] {
                    let asked = TenantRef::Host(host.to_owned());
                    let facts = self.engine.store.load(&asked, &Needs::default()).await?;
                    if let Some(tenant) = facts.tenant() {
                        return Ok(Cow::Owned(TenantRef::Id(tenant.id().to_owned())));
                    }
                    if whole == name {
                        break;
                    }
                }
            }
        }
        Ok(Cow::Borrowed(&self.default_tenant))
    }

    /// A page whose name was made to lead to this machine sends that name; a sandbox, whose passwords
    /// everybody knows, must not take it for its own.
    pub async fn is_asked_by_own_name(&self, parts: &Parts) -> Result<bool, Fault> {
        let asked = authority(parts).map(str::to_ascii_lowercase);
        let name = asked.as_deref().map(without_port);
        if name.is_none_or(|name| name == self.public_host || is_this_machine(name)) {
            return Ok(true);
        }
        Ok(matches!(self.tenant_of_host(parts).await?, Cow::Owned(_)))
    }
}

/// No name at all, or one that whatever resolves names knows to be this machine (RFC 6761 §6.3).
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.ends_with(".localhost") || address.parse::<IpAddr>().is_ok()
}

/// RFC 9112 §3.2.2: an absolute target wins over `Host`. HTTP/2 has only the former.
pub fn authority(parts: &Parts) -> Option<&str> {
    match parts.uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => parts.headers.get(header::HOST)?.to_str().ok(),
    }
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => authority,
    }
}

/// Addresses and `localhost` are how machines call each other, not names of tenants.
fn could_be_a_tenants(host: &str) -> bool {
    host != "localhost"
        && !host.starts_with('[')
        && host.contains(|c: char| c.is_ascii_alphabetic())
        && host.len() <= 253
}

/// The host of our own URL, in lower case, without the port.
pub fn public_host(public_url: &str) -> String {
    without_port(&public_url::authority(public_url).to_ascii_lowercase()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_without_ports() {
        assert_eq!(public_host("http://127.0.0.1:8080"), "127.0.0.1");
        assert_eq!(public_host("https://Login.Example/x"), "login.example");
        assert_eq!(public_host("http://[::1]:8080"), "[::1]");
        assert_eq!(without_port("[::1]"), "[::1]");
    }

    #[test]
    fn names_that_can_be_rebound_are_not_this_machine() {
        for host in ["localhost", "app.localhost", "127.0.0.1", "10.0.0.1", "[::1]"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", ""] {
            assert!(!is_this_machine(host), "{host}");
        }
    }

    #[test]
    fn only_names_are_looked_up() {
        assert!(could_be_a_tenants("customers.example"));
        for host in ["localhost", "127.0.0.1", "[::1]", ""] {
            assert!(!could_be_a_tenants(host), "{host}");
        }
    }
}
