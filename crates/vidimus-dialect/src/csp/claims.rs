//! What a CSP access token says: who, in which organization, and what they may do there.

use serde_json::{Map, Value, json};
use vidimus_core::{entity_id::uuid_of, manner::AccessClaims, row_key::RowKey};

use super::ALL_PERMISSIONS;

/// Scopes of OpenID Connect: they permit nothing.
const OF_PERSON: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

pub fn organization_id(tenant: RowKey) -> String {
    uuid_of(tenant, "organization")
}

pub fn user_id(user: RowKey) -> String {
    format!("vmwareid:{}", uuid_of(user, "user"))
}

/// The name before the domain, and the domain.
pub fn split(account: &str) -> (&str, Option<&str>) {
    let parts = account.rsplit_once('@');
    parts.map_or((account, None), |(name, domain)| (name, Some(domain)))
}

/// `jti` is core's to add.
pub fn claims(facts: &AccessClaims<'_>) -> Map<String, Value> {
    let organization = organization_id(facts.tenant);
    let client_id = facts.client_id.unwrap_or_default();
    let sub = facts.user.map_or_else(|| client_id.to_owned(), |(key, _)| user_id(key));
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("sub", json!(sub));
    put("iss", json!(facts.issuer));
    if !client_id.is_empty() {
        put("azp", json!(client_id));
    }
    put("context", json!(organization));
    put("context_name", json!(organization));
    if let Some((_, account)) = facts.user {
        let (username, domain) = split(account);
        put("acct", json!(account));
        put("username", json!(username));
        if let Some(domain) = domain {
            put("domain", json!(domain));
        }
    }
    put("perms", json!(permissions(facts)));
    match facts.audience {
        [] => {}
        [one] => drop(put("aud", json!(one))),
        several => drop(put("aud", json!(several))),
    }
    put("iat", json!(facts.issued_at.seconds()));
    put("exp", json!(facts.expires_at.seconds()));
    claims
}

/// All roles of the user, where the scope says so; otherwise what the scope itself names.
fn permissions(facts: &AccessClaims<'_>) -> Vec<String> {
    let scopes = || facts.scope.split(' ').filter(|scope| !scope.is_empty());
    if scopes().any(|scope| scope == ALL_PERMISSIONS) {
        return facts.roles.to_vec();
    }
    scopes().filter(|scope| !OF_PERSON.contains(scope)).map(str::to_owned).collect()
}
