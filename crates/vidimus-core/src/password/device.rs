//! Devices on which a user has signed in: told by a text that only this server can make, good for one
//! user and as long as the password stays. It proves nothing; it only has guesses of its own.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    browser::{Cookie, Reach},
    context::Context,
    model::{Named, Tenant, User},
    row_key::RowKey,
    secret::{Secret, same},
    vault::Vault,
};

const TTL_SECONDS: i64 = 365 * 86_400;
/// Users that sign in at one device; the latest stay.
const USERS_MAX: usize = 5;

pub fn cookie_name(tenant: Named<'_, Tenant>) -> String {
    format!("vidimus-device-{}", tenant.key().to_text())
}

/// The text of a device where this user has signed in with this password.
pub fn known_device(vault: &Vault, tenant: RowKey, user: RowKey, password_hash: &str) -> Secret {
    let parts: [&[u8]; 3] =
        [&tenant.0.to_be_bytes(), &user.0.to_be_bytes(), password_hash.as_bytes()];
    Secret::new(URL_SAFE_NO_PAD.encode(vault.tag("device", &parts)))
}

/// The cookie for a device where the user has just signed in, beside what it had.
pub fn device_cookie(
    before: Option<&Secret>,
    tenant: Named<'_, Tenant>,
    user: RowKey,
    password_hash: &str,
    cx: &Context<'_>,
) -> Cookie {
    let text = known_device(cx.vault, tenant.key(), user, password_hash);
    let mut texts = vec![text.expose()];
    // Whatever it holds goes back in a header.
    let is_ours = |other: &&str| {
        let is_base64url = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
        other.len() == text.expose().len() && other.bytes().all(is_base64url)
    };
    let others = before.map_or("", Secret::expose).split('~').filter(is_ours);
    texts.extend(others.filter(|other| text.expose() != *other));
    texts.truncate(USERS_MAX);
    Cookie {
        name: cookie_name(tenant),
        value: Secret::new(texts.join("~")),
        max_age_seconds: Some(TTL_SECONDS),
        reach: Reach::Ours,
    }
}

pub(super) fn is_known(
    texts: &Secret,
    tenant: RowKey,
    user: Named<'_, User>,
    vault: &Vault,
) -> bool {
    let Some(phc) = &user.body.password_hash else { return false };
    let known = known_device(vault, tenant, user.key(), phc);
    let mut texts = texts.expose().split('~').take(USERS_MAX);
    texts.any(|text| same(text.as_bytes(), known.expose().as_bytes()))
}
