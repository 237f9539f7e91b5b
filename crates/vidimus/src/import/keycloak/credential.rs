//! A user's password as Keycloak keeps it: two documents in texts, one for the hash and its salt, one
//! for how it was made.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use serde_json::Value;
use vidimus_core::{
    admin::is_readable_hash,
    imported_hash::{ImportedHash, Prf},
};

use super::{Json, text};

pub enum Password {
    Plain(String),
    Hash(String),
}

/// # Errors
/// Why there is nothing to compare with.
pub fn read(credential: &Json) -> Result<Password, String> {
    if let Some(value) = text(credential, "value") {
        return Ok(Password::Plain(value.to_owned()));
    }
    let document =
        |key: &str| -> Option<Value> { serde_json::from_str(text(credential, key)?).ok() };
    let (Some(secret), Some(how)) = (document("secretData"), document("credentialData")) else {
        return Err("the export has no password".to_owned());
    };
    let algorithm = how.get("algorithm").and_then(Value::as_str).unwrap_or_default();
    let iterations = how.get("hashIterations").and_then(Value::as_u64).unwrap_or_default();
    let iterations = u32::try_from(iterations).unwrap_or(u32::MAX);
    let bytes = |key: &str| STANDARD.decode(secret.get(key)?.as_str()?).ok();
    let (Some(hash), Some(salt)) = (bytes("value"), bytes("salt")) else {
        return Err("masked in the export".to_owned());
    };
    let prf = match algorithm {
        "pbkdf2" => Some(Prf::HmacSha1),
        "pbkdf2-sha256" => Some(Prf::HmacSha256),
        "pbkdf2-sha512" => Some(Prf::HmacSha512),
        _ => None,
    };
    let text = match prf {
        Some(prf) => ImportedHash::pbkdf2(prf, iterations, salt, hash).map(|known| known.to_text()),
        None if algorithm == "argon2" => argon2(&how, iterations, &salt, &hash),
        None => None,
    };
    text.filter(|text| is_readable_hash(text)).map(Password::Hash).ok_or_else(|| {
        format!("a hash of a kind or cost that is not compared with here: {algorithm}")
    })
}

/// As a PHC string (RFC 9106 §4 for the parameters).
fn argon2(how: &Value, passes: u32, salt: &[u8], hash: &[u8]) -> Option<String> {
    let parameter = |name: &str| how.pointer(&format!("/additionalParameters/{name}/0"))?.as_str();
    if parameter("type")? != "id" || parameter("version")? != "1.3" {
        return None;
    }
    let number = |name: &str| parameter(name)?.parse::<u32>().ok();
    let (memory, lanes) = (number("memory")?, number("parallelism")?);
    let [salt, hash] = [salt, hash].map(|bytes| STANDARD_NO_PAD.encode(bytes));
    Some(format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}"))
}
