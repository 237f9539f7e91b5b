//! A declared secret: chosen ones under argon2id, made ones under the pepper, and sealed beside it
//! where the method needs the secret itself again.

use super::{
    Declaration, Origin, Place,
    password_hash::{Given, WHAT_IS_READ},
};
use crate::{
    admin::fields::Fields,
    base62::push_u64,
    context::Context,
    error::OAuthError,
    facts::Facts,
    limits::SECRET_BYTES_MAX,
    model::{Kind, SecretHash, StoredSecret},
    outcome::Stop,
    secret::Secret,
    time::Time,
    vault::secret_place,
};

/// HMAC keys are at least as long as the hash (RFC 7518 §3.2).
const HMAC_SECRET_BYTES_MIN: usize = 32;

/// Of the secrets that are made for clients and resource servers.
pub const CALLER_PREFIX: &str = "vcs_";

/// What is stored, and the secret if it was made here.
pub type Settled = (Option<StoredSecret>, Option<Secret>);

pub struct Wanted<'a> {
    /// The key of the declaration that holds it.
    pub key: &'static str,
    pub auth_method: &'a str,
    pub before: Option<&'a StoredSecret>,
    pub expires_at: Option<Time>,
}

pub fn settle(
    wanted: &Wanted<'_>,
    declaration: &Declaration<'_>,
    place: &Place<'_>,
    facts: &Facts,
    cx: &mut Context<'_>,
) -> Result<Settled, Stop> {
    let fields = declaration.fields();
    let given = fields.text(wanted.key)?.filter(|text| !text.is_empty()).map(Secret::new);
    let needs_secret = wanted.auth_method.starts_with("client_secret_");
    if !needs_secret {
        let has_hash = hash_key(wanted.key).is_some_and(|key| fields.map.get(key).is_some());
        return match given.is_some() || has_hash {
            true => Err(fields
                .wrong(wanted.key, format!("{} takes no secret", wanted.auth_method))
                .into()),
            false => Ok((None, None)),
        };
    }
    let must_seal = wanted.auth_method == "client_secret_jwt";
    if let Some(hash) = given_hash(wanted, &fields, given.is_some(), must_seal)? {
        return Ok((
            Some(StoredSecret { hash, sealed: None, expires_at: wanted.expires_at }),
            None,
        ));
    }
    match (given, wanted.before) {
        (Some(chosen), before) => {
            let bytes = chosen.expose().len();
            let least = if must_seal { HMAC_SECRET_BYTES_MIN } else { 1 };
            if !(least..=SECRET_BYTES_MAX).contains(&bytes) {
                let what = format!("{} must have {least} to {SECRET_BYTES_MAX} bytes", wanted.key);
                return Err(fields.wrong(wanted.key, what).into());
            }
            let hash =
                SecretHash::Argon2id(hash_once(&chosen, declaration.pointer, before, facts)?);
            let stored = store(&chosen, hash, wanted, place, must_seal, cx)?;
            Ok((Some(stored), None))
        }
        (None, Some(before)) if !must_seal || before.sealed.is_some() => {
            let stored = StoredSecret { expires_at: wanted.expires_at, ..before.clone() };
            Ok((Some(stored), None))
        }
        (None, _) if declaration.origin == Origin::Api => {
            let made = make(CALLER_PREFIX, cx);
            let hash = cx.vault.secret_hash(place.tenant, place.key, made.expose());
            let stored = store(&made, SecretHash::Keyed(hash), wanted, place, must_seal, cx)?;
            Ok((Some(stored), Some(made)))
        }
        (None, _) => Err(fields
            .wrong(wanted.key, format!("{} is needed for {}", wanted.key, wanted.auth_method))
            .into()),
    }
}

/// Beside the secret's own key: what another server has kept of it.
fn given_hash(
    wanted: &Wanted<'_>,
    fields: &Fields<'_>,
    has_secret: bool,
    must_seal: bool,
) -> Result<Option<SecretHash>, OAuthError> {
    let Some(key) = hash_key(wanted.key) else { return Ok(None) };
    let Some(text) = fields.text(key)? else { return Ok(None) };
    if has_secret {
        let what = format!("{} and {key} exclude each other", wanted.key);
        return Err(fields.wrong(key, what));
    }
    if must_seal {
        let what = format!("{} needs the secret itself", wanted.auth_method);
        return Err(fields.wrong(key, what));
    }
    match Given::read(text) {
        Some(Given::Argon2id(phc)) => Ok(Some(SecretHash::Argon2id(phc))),
        // Only clients come from elsewhere: theirs becomes argon2id when they next ask for a token.
        Some(Given::Imported(_)) if key != "client_secret_hash" => {
            Err(fields.wrong(key, format!("{key} must be argon2id, as a PHC string")))
        }
        Some(Given::Imported(text)) => Ok(Some(SecretHash::Imported(text))),
        None => Err(fields.wrong(key, format!("{key} {WHAT_IS_READ}"))),
    }
}

fn hash_key(key: &str) -> Option<&'static str> {
    match key {
        "client_secret" => Some("client_secret_hash"),
        "secret" => Some("secret_hash"),
        _ => None,
    }
}

/// The argon2id of a secret; the stored one where the secret has not changed.
pub fn hash_once(
    chosen: &Secret,
    of: &str,
    before: Option<&StoredSecret>,
    facts: &Facts,
) -> Result<std::sync::Arc<str>, Stop> {
    if let Some(StoredSecret { hash: SecretHash::Argon2id(phc), .. }) = before
        && facts.verified(phc, chosen)?
    {
        return Ok(std::sync::Arc::clone(phc));
    }
    facts.hashed(chosen, of)
}

fn store(
    secret: &Secret,
    hash: SecretHash,
    wanted: &Wanted<'_>,
    place: &Place<'_>,
    must_seal: bool,
    cx: &mut Context<'_>,
) -> Result<StoredSecret, Stop> {
    let sealed = if must_seal {
        let at = secret_place(place.tenant, place.key);
        Some(cx.vault.seal(&at, secret.expose().as_bytes(), cx.entropy)?)
    } else {
        None
    };
    Ok(StoredSecret { hash, sealed, expires_at: wanted.expires_at })
}

/// 256 bits, letters and digits only, behind a prefix that scanners can look for.
pub fn make(prefix: &str, cx: &mut Context<'_>) -> Secret {
    let mut text = String::from(prefix);
    for _ in 0..4 {
        let word: [u8; 8] = cx.entropy.draw();
        push_u64(u64::from_le_bytes(word), &mut text);
    }
    Secret::new(text)
}

/// The key for the end of a secret, beside the secret's own.
pub const fn expiry_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Client => "client_secret_expires_at",
        _ => "secret_expires_at",
    }
}

/// Seconds, 0 = never (RFC 7591 §3.2.1).
pub fn expiry(declaration: &Declaration<'_>) -> Result<Option<Time>, OAuthError> {
    let (fields, key) = (declaration.fields(), expiry_key(declaration.kind));
    let seconds = fields.integer(key)?;
    if seconds.is_some_and(|seconds| seconds < 0) {
        return Err(fields.wrong(key, format!("{key} must be 0 or a moment after 1970")));
    }
    Ok(seconds.filter(|&seconds| seconds != 0).map(Time::from_seconds))
}
