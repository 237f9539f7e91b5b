//! What a registered client proves itself by: its secret, and the token that manages its
//! registration.

use crate::{
    admin::declare::secret,
    context::Context,
    model::{SecretHash, StoredSecret},
    outcome::Stop,
    row_key::RowKey,
    secret::Secret,
    vault::secret_place,
};

/// Whose credentials they are: hashes are bound to it.
#[derive(Clone, Copy)]
pub struct Owner {
    pub tenant: RowKey,
    pub key: RowKey,
}

/// Of no token: comparing with it costs what comparing with one does.
pub const HASH_OF_NONE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What an `Authorization` header carries after `Bearer` (RFC 6750 §2.1).
pub fn bearer(authorization: Option<&str>) -> Option<Secret> {
    let (scheme, text) = authorization?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !text.is_empty()).then(|| Secret::new(text))
}

/// A registration access token (RFC 7592 §3) and what is stored of it.
pub fn access_token(owner: Owner, cx: &mut Context<'_>) -> (Secret, String) {
    let text = secret::make("vrr_", cx);
    let hash = cx.vault.secret_hash(owner.tenant, owner.key, text.expose());
    (text, hash)
}

/// What is stored, and the secret where it is new: only for the methods that use one, never chosen
/// by the client. The one there is stays, if the method can use it.
pub fn client_secret(
    method: &str,
    before: Option<&StoredSecret>,
    owner: Owner,
    cx: &mut Context<'_>,
) -> Result<(Option<StoredSecret>, Option<Secret>), Stop> {
    if !method.starts_with("client_secret_") {
        return Ok((None, None));
    }
    let must_seal = method == "client_secret_jwt";
    if let Some(kept) = before.filter(|kept| !must_seal || kept.sealed.is_some()) {
        let sealed = kept.sealed.clone().filter(|_| must_seal);
        return Ok((Some(StoredSecret { sealed, ..kept.clone() }), None));
    }
    let made = secret::make("vcs_", cx);
    let hash = SecretHash::Keyed(cx.vault.secret_hash(owner.tenant, owner.key, made.expose()));
    let sealed = if must_seal {
        let place = secret_place(owner.tenant, owner.key);
        Some(cx.vault.seal(&place, made.expose().as_bytes(), cx.entropy)?)
    } else {
        None
    };
    Ok((Some(StoredSecret { hash, sealed, expires_at: None }), Some(made)))
}
