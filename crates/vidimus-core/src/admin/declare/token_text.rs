//! The text of a token that is declared, or made, beforehand; and how long it lives.

use super::{Declaration, Origin, secret};
use crate::{
    context::Context,
    error::OAuthError,
    limits::{CHOSEN_TOKEN_BYTES_MAX, CHOSEN_TOKEN_BYTES_MIN, TOKEN_TTL_SECONDS_MAX},
    model::Kind,
    secret::Secret,
    token_format::{Place, locate},
};

/// The text that was given; else one that is made here, where none is known and the reply can tell
/// it. Neither: the known one stays.
#[derive(Default)]
pub struct Texts {
    pub given: Option<Secret>,
    pub made: Option<Secret>,
}

impl Texts {
    pub fn either(&self) -> Option<&Secret> {
        self.given.as_ref().or(self.made.as_ref())
    }
}

pub fn settle(
    declaration: &Declaration<'_>,
    prefix: &str,
    is_known: bool,
    cx: &mut Context<'_>,
) -> Result<Texts, OAuthError> {
    let given = given(declaration)?;
    let made = match (&given, declaration.origin) {
        (None, Origin::Api) if !is_known => Some(secret::make(prefix, cx)),
        (None, Origin::World) if !is_known => {
            return Err(declaration.fields().wrong("token", "token is missing"));
        }
        _ => None,
    };
    Ok(Texts { given, made })
}

fn given(declaration: &Declaration<'_>) -> Result<Option<Secret>, OAuthError> {
    let fields = declaration.fields();
    let Some(text) = fields.text("token")?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let range = CHOSEN_TOKEN_BYTES_MIN..=CHOSEN_TOKEN_BYTES_MAX;
    if !range.contains(&text.len()) || !text.bytes().all(|c| matches!(c, 0x21..=0x7E)) {
        let what = format!(
            "token must have {CHOSEN_TOKEN_BYTES_MIN} to {CHOSEN_TOKEN_BYTES_MAX} characters of \
             ASCII, and no spaces"
        );
        return Err(fields.wrong("token", what));
    }
    if declaration.kind == Kind::RegistrationToken && !is_bearer(text) {
        let what = "token must have letters, digits and - . _ ~ + / only: it is sent as a bearer \
                    token";
        return Err(fields.wrong("token", what));
    }
    // It would be looked for by the row that it seems to name.
    if locate(text).map(|located| located.place) != Ok(Place::Digest) {
        let what = "token has the form of tokens that are issued here; choose another text";
        return Err(fields.wrong("token", what));
    }
    Ok(Some(Secret::new(text)))
}

/// `b64token` (RFC 6750 §2.1).
fn is_bearer(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|c| c.is_ascii_alphanumeric() || b"-._~+/".contains(&c))
}

/// `expires_in_seconds`, or the default.
pub fn life(declaration: &Declaration<'_>, default: i64) -> Result<i64, OAuthError> {
    let (fields, key) = (declaration.fields(), "expires_in_seconds");
    let seconds = fields.integer(key)?.unwrap_or(default);
    if !(1..=TOKEN_TTL_SECONDS_MAX).contains(&seconds) {
        let what = format!("{key} must be between 1 and {TOKEN_TTL_SECONDS_MAX}");
        return Err(fields.wrong(key, what));
    }
    Ok(seconds)
}
