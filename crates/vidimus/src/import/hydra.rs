//! Ory Hydra: clients as its admin API and its command line list them, and the table `hydra_client`
//! for what those never tell, the hashes of the secrets.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{
    finding::{Noun, Thing, Translated, Verdict},
    source::{Source, strings},
};

/// Under the same name and with the same meaning here.
const SAME: [&str; 26] = [
    "client_name",
    "client_uri",
    "policy_uri",
    "tos_uri",
    "logo_uri",
    "contacts",
    "owner",
    "response_types",
    "scope",
    "subject_type",
    "sector_identifier_uri",
    "jwks",
    "jwks_uri",
    "token_endpoint_auth_signing_alg",
    "request_object_signing_alg",
    "request_uris",
    "id_token_signed_response_alg",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "client_secret_expires_at",
    "software_id",
    "software_version",
    "application_type",
    "initiate_login_uri",
];

/// Of clients, and the table's column.
const SECRET: &str = "client_secret";

pub fn translate(sources: &[Source]) -> Result<Translated, String> {
    let mut clients: Vec<Map<String, Value>> = Vec::new();
    let mut hashes: HashMap<String, String> = HashMap::new();
    for source in sources {
        for row in source.rows("hydra_client")? {
            match row.get("client_id").and_then(Value::as_str) {
                Some(_) => clients.push(row),
                None => {
                    let text = |key: &str| row.get(key).and_then(Value::as_str);
                    let Some(id) = text("id").filter(|_| row.contains_key(SECRET)) else {
                        let what = "a row has neither client_id nor id and client_secret";
                        return Err(format!("{}: {what}", source.name()));
                    };
                    // Public clients have none.
                    if let Some(secret) = text(SECRET).filter(|secret| !secret.is_empty()) {
                        hashes.insert(id.to_owned(), secret.to_owned());
                    }
                }
            }
        }
    }
    let mut translated = Translated::default();
    for row in &clients {
        let id = row.get("client_id").and_then(Value::as_str).unwrap_or_default();
        let hash = hashes.remove(id);
        translated.things.push(client(id, row, hash.as_deref()));
    }
    for id in hashes.keys() {
        let what = "in the table alone: export it with the clients";
        translated.note(id, Verdict::Dropped, what);
    }
    Ok(translated)
}

fn client(id: &str, row: &Map<String, Value>, hash: Option<&str>) -> Thing {
    let mut client = Thing::new(Noun::Client, "client_id", id);
    let method = row.get("token_endpoint_auth_method").and_then(Value::as_str);
    let method = method.unwrap_or("client_secret_basic");
    for (member, value) in row.iter().filter(|(_, value)| !is_empty(value)) {
        match member.as_str() {
            "client_id" | SECRET => {}
            "jwks" if value.get("keys").is_some_and(is_empty) => {}
            "grant_types" => grants(&mut client, &strings(value)),
            "redirect_uris" | "post_logout_redirect_uris" => {
                client.redirects(member, member, &strings(value));
            }
            "token_endpoint_auth_method" => client.mapped(member, member, method),
            "userinfo_signed_response_alg" if value == "none" => client.holds(member),
            "userinfo_signed_response_alg" => client.mapped(member, member, value.clone()),
            "access_token_strategy" => client.mapped(member, "access_token_format", value.clone()),
            "audience" => client.changed(
                member,
                "any audience of a resource server here may be asked for: declare those",
            ),
            "created_at" | "updated_at" => client.dropped(member, "kept anew"),
            "registration_access_token" | "registration_client_uri" => {
                client.dropped(member, "a client that registered itself registers again");
            }
            name if name.ends_with("_lifespan") => {
                client
                    .dropped(member, "lifetimes are the tenant's: policy.access_token_ttl_seconds");
            }
            name if SAME.contains(&name) => client.mapped(member, member, value.clone()),
            _ => client.dropped(member, "there is nothing like it here"),
        }
    }
    if row.get("access_token_strategy").is_none_or(is_empty) {
        client.changed("access_token_strategy", "the old server's default; opaque here");
    }
    if method.starts_with("client_secret_") {
        let own = row.get(SECRET).and_then(Value::as_str).filter(|text| !text.is_empty());
        client.secret(SECRET, hash.or(own));
    }
    client
}

fn grants(client: &mut Thing, grants: &[String]) {
    let (known, unknown): (Vec<&String>, Vec<&String>) =
        grants.iter().partition(|grant| super::GRANT_TYPES.contains(&grant.as_str()));
    for grant in unknown {
        client.dropped("grant_types", format!("{grant} is not known here"));
    }
    client.mapped("grant_types", "grant_types", known.into_iter().cloned().collect::<Vec<_>>());
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty() || text == "0001-01-01T00:00:00Z",
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(yes) => !yes,
        Value::Number(number) => number.as_i64() == Some(0),
    }
}

#[cfg(test)]
mod tests;
