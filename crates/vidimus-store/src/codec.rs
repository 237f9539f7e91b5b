//! Between the model and its columns: documents, revocations and audiences as JSON text.

use std::{borrow::Cow, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};
use vidimus_core::{
    error::Fault,
    facts::Space,
    model::{Authentication, Body, Object, Standing, Ticket},
    outcome::{Change, Write},
    row_key::RowKey,
    time::Time,
};

pub fn to_json<T: Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Corrupt(format!("to JSON: {error}")))
}

pub fn from_json<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::Corrupt(format!("{what}: {error}")))
}

pub fn optional_to_json<T: Serialize>(value: Option<&T>) -> Result<Option<String>, Fault> {
    value.map(to_json).transpose()
}

pub fn optional_from_json<T: DeserializeOwned>(
    text: Option<&str>,
    what: &str,
) -> Result<Option<T>, Fault> {
    text.map(|text| from_json(text, what)).transpose()
}

/// No audience, the common case, costs no column.
pub fn audience_to_json(audience: &Vec<String>) -> Result<Option<String>, Fault> {
    if audience.is_empty() { Ok(None) } else { to_json(audience).map(Some) }
}

pub fn audience_from_json(text: Option<&str>) -> Result<Vec<String>, Fault> {
    Ok(optional_from_json(text, "token.audience")?.unwrap_or_default())
}

/// Most families have none.
pub fn authentication_to_json(
    authentication: Option<&Arc<Authentication>>,
) -> Result<Option<String>, Fault> {
    authentication.map(|authentication| to_json(&**authentication)).transpose()
}

pub fn authentication_from_json(text: Option<&str>) -> Result<Option<Arc<Authentication>>, Fault> {
    Ok(optional_from_json(text, "family.authentication")?.map(Arc::new))
}

pub fn digest(bytes: &[u8], what: &str) -> Result<[u8; 32], Fault> {
    bytes.try_into().map_err(|_| Fault::Corrupt(format!("{what} is not 32 bytes")))
}

pub struct TicketColumns<'a> {
    pub key: i64,
    pub version: i64,
    pub hash: &'a [u8],
    pub alias: Option<&'a [u8]>,
    pub owner: Option<i64>,
    pub due_at: Option<i64>,
    pub expires_at: i64,
    pub doc: &'a str,
}

impl TicketColumns<'_> {
    pub fn decode(self) -> Result<Ticket, Fault> {
        Ok(Ticket {
            key: RowKey(self.key),
            version: self.version,
            hash: digest(self.hash, "ticket.hash")?,
            alias: self.alias.map(|alias| digest(alias, "ticket.alias")).transpose()?,
            owner: self.owner.map(RowKey),
            due_at: self.due_at.map(Time),
            expires_at: Time(self.expires_at),
            body: from_json(self.doc, "ticket.doc")?,
        })
    }
}

pub struct ObjectColumns<'a> {
    pub key: i64,
    pub tenant: i64,
    pub version: i64,
    pub disabled: bool,
    pub not_before: i64,
    pub expires_at: Option<i64>,
    pub doc: &'a str,
}

impl ObjectColumns<'_> {
    pub fn decode(self) -> Result<Arc<Object>, Fault> {
        let body: Body = from_json(self.doc, "object.doc")?;
        Ok(Arc::new(Object {
            key: RowKey(self.key),
            tenant: RowKey(self.tenant),
            version: self.version,
            standing: Standing { disabled: self.disabled, not_before: Time(self.not_before) },
            expires_at: self.expires_at.map(Time),
            body,
        }))
    }
}

/// The names of an object, each once: an object that declares a name twice does not collide with
/// itself.
pub fn names(object: &Object) -> Vec<(Space, Cow<'_, str>)> {
    let mut names = object.names();
    names.sort_unstable();
    names.dedup();
    names
}

/// A write is for the tenant it names, whatever the object inside claims.
pub fn check_tenants(writes: &[Write]) -> Result<(), Fault> {
    for write in writes {
        if let Change::Create(object) | Change::Replace(object) = &write.change
            && object.tenant != write.tenant
        {
            return Err(Fault::Corrupt("an object in a write for another tenant".to_owned()));
        }
    }
    Ok(())
}
