//! What a client is told of its registration (RFC 7591 §3.2.1, RFC 7592 §3), before a dialect
//! spells it.

use serde_json::{Map, Value, json};

use super::members::MEMBERS;
use crate::{
    model::{Client, ClientMetadata, Registered},
    secret::Secret,
    time::Time,
};

#[derive(Debug)]
pub struct RegistrationReply {
    pub metadata: ClientMetadata,
    /// Only where it is new or was just presented: it is not kept.
    pub client_secret: Option<Secret>,
    /// Seconds, 0 = never; `None` of a client without a secret.
    pub client_secret_expires_at: Option<i64>,
    /// `None` where the registration is managed by whoever made it first.
    pub registration_access_token: Option<Secret>,
    pub client_id_issued_at: Time,
    /// As it was sent.
    pub software_statement: Option<String>,
}

impl RegistrationReply {
    pub fn of(client: &Client, registered: &Registered) -> Self {
        let expires_at = |at: Option<Time>| at.map_or(0, Time::seconds);
        Self {
            metadata: client.metadata.clone(),
            client_secret: None,
            client_secret_expires_at: client.secret.as_ref().map(|s| expires_at(s.expires_at)),
            registration_access_token: None,
            client_id_issued_at: registered.issued_at,
            software_statement: None,
        }
    }

    pub fn client_id(&self) -> &str {
        &self.metadata.client_id
    }

    /// The members as the RFCs name them; `uri` is the client configuration endpoint's.
    pub fn standard(&self, uri: &str) -> Map<String, Value> {
        let mut members = Map::new();
        let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
        put("client_id", json!(self.client_id()));
        if let Some(secret) = &self.client_secret {
            put("client_secret", json!(secret.expose()));
        }
        put("client_id_issued_at", json!(self.client_id_issued_at.seconds()));
        if let Some(at) = self.client_secret_expires_at {
            put("client_secret_expires_at", json!(at));
        }
        if let Some(token) = &self.registration_access_token {
            put("registration_access_token", json!(token.expose()));
            put("registration_client_uri", json!(uri));
        }
        for (name, value) in self.client_metadata() {
            put(&name, value);
        }
        members
    }

    /// What the client may say of itself, and no more; in the RFC's order.
    pub fn client_metadata(&self) -> Map<String, Value> {
        let mut known = match serde_json::to_value(&self.metadata) {
            Ok(Value::Object(known)) => known,
            _ => Map::new(),
        };
        if self.metadata.scope.is_empty() {
            known.remove("scope");
        }
        if let Some(statement) = &self.software_statement {
            known.insert("software_statement".to_owned(), json!(statement));
        }
        let told = MEMBERS.iter().filter_map(|name| known.remove_entry(*name));
        told.collect()
    }
}
