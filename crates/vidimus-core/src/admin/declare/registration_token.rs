//! `[[tenant.registration_token]]`: an initial access token (RFC 7591 §3), counted and expiring.

use super::{Declaration, Declared, Origin, Place, token_text};
use crate::{
    context::Context,
    error::{ErrorCode, OAuthError},
    facts::Space,
    model::{Body, RegistrationToken},
    outcome::Stop,
    vault::hex,
};

pub const REGISTRATION_TOKEN_KEYS: [&str; 5] =
    ["id", "token", "uses", "expires_in_seconds", "disabled"];

pub const REGISTRATION_TOKEN_PREFIX: &str = "vit_";

const USES_MAX: u32 = 1_000_000;
const EXPIRES_IN_SECONDS: i64 = 86_400;

pub fn settle(
    declaration: &Declaration<'_>,
    id: &str,
    place: &Place<'_>,
    cx: &mut Context<'_>,
) -> Result<Declared, Stop> {
    let fields = declaration.fields();
    fields.only(&REGISTRATION_TOKEN_KEYS)?;
    let uses = uses(declaration)?;
    let life = token_text::life(declaration, EXPIRES_IN_SECONDS)?;
    let before = place.before.and_then(|object| match &object.body {
        Body::RegistrationToken(token) => Some(token),
        _ => None,
    });
    let texts = token_text::settle(declaration, REGISTRATION_TOKEN_PREFIX, before.is_some(), cx)?;
    let digest = match (texts.either(), before) {
        (Some(text), _) => hex(&cx.vault.locator(text.expose())),
        (None, Some(before)) => before.digest.clone(),
        (None, None) => return Err(fields.wrong("token", "token is missing").into()),
    };
    let of_that_text = place.find(Space::RegistrationTokenDigest, &digest);
    if of_that_text.is_some_and(|other| place.before.is_none_or(|own| own.key != other.key)) {
        let what = "another registration token has this text already";
        let at = fields.wrong("token", what).pointer.unwrap_or_default();
        return Err(OAuthError::new(ErrorCode::AlreadyExists, what).at(at).into());
    }
    // What was used stays used, and what runs runs on, unless it is another token now.
    let same = before.filter(|before| before.digest == digest);
    let used = same.map_or(0, |same| same.uses.unwrap_or(0).saturating_sub(same.uses_left));
    let expires_at = match same.filter(|same| same.expires_in_seconds == Some(life)) {
        Some(same) => same.expires_at,
        None => cx.now.expiry(life),
    };
    let token = RegistrationToken {
        id: id.to_owned(),
        digest,
        uses_left: uses.saturating_sub(used),
        expires_at,
        uses: Some(uses),
        expires_in_seconds: Some(life),
        fingerprint: None,
    };
    // A file says it again at the next start: purged, it would begin anew.
    let purged_at = (declaration.origin == Origin::Api).then_some(expires_at);
    Ok(Declared {
        made_secret: texts.made,
        expires_at: purged_at,
        ..Declared::of(Body::RegistrationToken(token), place)
    })
}

fn uses(declaration: &Declaration<'_>) -> Result<u32, OAuthError> {
    let fields = declaration.fields();
    let uses = fields.integer("uses")?.map_or(Ok(1), u32::try_from);
    uses.ok()
        .filter(|uses| (1..=USES_MAX).contains(uses))
        .ok_or_else(|| fields.wrong("uses", format!("uses must be between 1 and {USES_MAX}")))
}
