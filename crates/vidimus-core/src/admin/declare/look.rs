//! `[tenant.look]`: what people see of a tenant when they sign in.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::Declaration;
use crate::{
    admin::fields::Fields,
    error::OAuthError,
    limits::{TENANT_LOGO_BYTES_MAX, TENANT_NAME_CHARS_MAX},
    model::{Logo, TenantLook},
};

/// `logo` is base64; in a file, `logo_file` names the picture.
const LOOK_KEYS: [&str; 3] = ["name", "color", "logo"];

/// # Errors
/// At the first key that is not what it must be.
pub fn read(declaration: &Declaration<'_>) -> Result<TenantLook, OAuthError> {
    let (fields, key) = (declaration.fields(), "look");
    let Some(value) = fields.map.get(key).filter(|value| !value.is_null()) else {
        return Ok(TenantLook::default());
    };
    let map =
        value.as_object().ok_or_else(|| fields.wrong(key, format!("{key} must be a table")))?;
    let pointer = format!("{}/{key}", declaration.pointer);
    let fields = Fields { map, pointer: &pointer };
    fields.only(&LOOK_KEYS)?;
    Ok(TenantLook { name: name(&fields)?, color: color(&fields)?, logo: logo(&fields)? })
}

fn name(fields: &Fields<'_>) -> Result<Option<String>, OAuthError> {
    let (key, max) = ("name", TENANT_NAME_CHARS_MAX);
    let Some(name) = fields.text(key)? else { return Ok(None) };
    if !(1..=max).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(fields.wrong(key, format!("{key} must have 1 to {max} characters")));
    }
    Ok(Some(name.to_owned()))
}

fn color(fields: &Fields<'_>) -> Result<Option<String>, OAuthError> {
    let key = "color";
    let Some(color) = fields.text(key)? else { return Ok(None) };
    let digits = color.strip_prefix('#').unwrap_or_default();
    if digits.len() != 6 || !digits.bytes().all(|c| c.is_ascii_hexdigit()) {
        return Err(fields.wrong(key, format!("{key} must be #rrggbb, such as #1a73e8")));
    }
    Ok(Some(color.to_ascii_lowercase()))
}

fn logo(fields: &Fields<'_>) -> Result<Option<Logo>, OAuthError> {
    let (key, max) = ("logo", TENANT_LOGO_BYTES_MAX);
    let Some(text) = fields.text(key)? else { return Ok(None) };
    let bytes = STANDARD.decode(text);
    let bytes = bytes.map_err(|_| fields.wrong(key, format!("{key} must be base64")))?;
    if bytes.len() > max {
        return Err(fields.wrong(key, format!("{key} has more than {max} bytes")));
    }
    let what = format!("{key} must be a PNG, JPEG, WebP or GIF");
    let content_type = content_type(&bytes).ok_or_else(|| fields.wrong(key, what))?;
    Ok(Some(Logo { content_type: content_type.to_owned(), data: STANDARD.encode(bytes) }))
}

/// By the first bytes. No SVG: it is a program.
fn content_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some("image/png"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}
