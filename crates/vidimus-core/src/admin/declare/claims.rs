//! The standard claims about a user (OpenID Connect Core §5.1), each of its own type.

use serde_json::{Map, Value};
use url::Url;

use super::Declaration;
use crate::{admin::fields::Fields, error::OAuthError, limits::NAME_BYTES_MAX};

const TEXTS: [&str; 12] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "email",
];
const LINKS: [&str; 3] = ["profile", "picture", "website"];
const FLAGS: [&str; 2] = ["email_verified", "phone_number_verified"];
const ADDRESS: [&str; 6] =
    ["formatted", "street_address", "locality", "region", "postal_code", "country"];

/// All of them but `email`, which a user has anyway.
///
/// # Errors
/// At the first claim of the wrong form.
pub fn read(declaration: &Declaration<'_>) -> Result<Map<String, Value>, OAuthError> {
    let fields = declaration.fields();
    let mut claims = Map::new();
    for key in TEXTS.iter().chain(&LINKS) {
        let Some(text) = fields.text(key)? else { continue };
        if text.len() > NAME_BYTES_MAX {
            return Err(fields.wrong(key, format!("{key} is too long")));
        }
        if LINKS.contains(key) && !is_link(text) {
            return Err(fields.wrong(key, format!("{key} must be an http or https URL")));
        }
        claims.insert((*key).to_owned(), text.into());
    }
    claims.remove("email");
    for key in FLAGS {
        if let Some(flag) = fields.flag(key)? {
            claims.insert(key.to_owned(), flag.into());
        }
    }
    if let Some(seconds) = fields.integer("updated_at")? {
        claims.insert("updated_at".to_owned(), seconds.into());
    }
    if let Some(address) = address(&fields)? {
        claims.insert("address".to_owned(), address.into());
    }
    Ok(claims)
}

pub fn is_link(text: &str) -> bool {
    text.len() <= NAME_BYTES_MAX
        && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// §5.1.1.
fn address(fields: &Fields<'_>) -> Result<Option<Map<String, Value>>, OAuthError> {
    let Some(value) = fields.map.get("address").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let map =
        value.as_object().ok_or_else(|| fields.wrong("address", "address must be a table"))?;
    let pointer = format!("{}/address", fields.pointer);
    let parts = Fields { map, pointer: &pointer };
    parts.only(&ADDRESS)?;
    for part in ADDRESS {
        parts.text(part)?;
    }
    Ok(Some(map.clone()))
}
