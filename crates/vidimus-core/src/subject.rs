//! The name by which a client knows a user: one for all clients, or another for each sector
//! (OpenID Connect Core §8).

use url::{Host, Url};

use crate::{
    context::Context,
    manner::{Manner, Subject},
    model::{Client, Named, SubjectType},
    row_key::RowKey,
    vault::Vault,
};

/// The `sub` that this client is told: in ID tokens, at UserInfo, in its JWT access tokens and where
/// it introspects itself. Without a client, and for resource servers, it is the public one.
pub fn of(
    client: Option<Named<'_, Client>>,
    user: RowKey,
    tenant: RowKey,
    manner: &Manner,
    cx: &Context<'_>,
) -> String {
    let public_url = cx.public_url;
    let pairwise = client.and_then(|client| pairwise(client.body, user, tenant, cx.vault));
    pairwise.unwrap_or_else(|| (manner.subject)(&Subject { public_url, tenant, user }))
}

/// The user's name in the client's sector; `None` where the client is told the public one.
pub fn pairwise(client: &Client, user: RowKey, tenant: RowKey, vault: &Vault) -> Option<String> {
    if client.metadata.subject_type != SubjectType::Pairwise {
        return None;
    }
    let (kind, sector) = match host_of_sector(client) {
        Some(host) => ("host", host),
        None => ("client", client.metadata.client_id.clone()),
    };
    Some(vault.pairwise(tenant, user, kind, &sector))
}

/// `None`: the client is a sector of its own. It has no host, several that nobody vouches for, or
/// the one of whatever machine it runs on, which all native applications share.
fn host_of_sector(client: &Client) -> Option<String> {
    let metadata = &client.metadata;
    if let Some(uri) = &metadata.sector_identifier_uri {
        return host(uri);
    }
    let (first, others) = metadata.redirect_uris.split_first()?;
    let first = host(first)?;
    others.iter().all(|uri| host(uri).as_ref() == Some(&first)).then_some(first)
}

fn host(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    let is_loopback = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    url.host_str().filter(|_| !is_loopback).map(str::to_owned)
}

#[cfg(test)]
mod tests;
