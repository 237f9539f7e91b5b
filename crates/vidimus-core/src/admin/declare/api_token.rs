//! `[[tenant.api_token]]`: a long-lived refresh token of a user and of no client. Beside the object
//! stand its rows: a family and a token under the object's key, and the digest of the text.

use super::{Declaration, Declared, Origin, Place, token_text};
use crate::{
    context::Context,
    error::{ErrorCode, Fault, OAuthError},
    facts::TokenRef,
    model::{ApiToken, Body, Family, Object, Revocation, RevokedBy, Token, TokenKind},
    outcome::{Change, Stop, Write},
    row_key::RowKey,
    scope::Scope,
    time::Time,
    token_format::API_TOKEN_PREFIX,
    vault::hex,
};

pub const API_TOKEN_KEYS: [&str; 5] = ["id", "token", "username", "scope", "expires_in_seconds"];

const EXPIRES_IN_SECONDS: i64 = 180 * 86_400;

pub fn settle(
    declaration: &Declaration<'_>,
    id: &str,
    place: &Place<'_>,
    cx: &mut Context<'_>,
) -> Result<Declared, Stop> {
    let fields = declaration.fields();
    fields.only(&API_TOKEN_KEYS)?;
    let username = fields.required("username")?;
    let scope = fields.text("scope")?.unwrap_or_default();
    Scope::parse(scope).map_err(|error| error.at(format!("{}/scope", declaration.pointer)))?;
    let life = token_text::life(declaration, EXPIRES_IN_SECONDS)?;
    let stored = place.before.and_then(|object| match &object.body {
        Body::ApiToken(token) => Some(token),
        _ => None,
    });
    let texts = token_text::settle(declaration, API_TOKEN_PREFIX, stored.is_some(), cx)?;
    let user = place
        .user
        .ok_or_else(|| fields.wrong("username", format!("there is no user {username}")))?;
    let text = texts.either();
    let digest = match (text, stored) {
        (Some(text), _) => hex(&cx.vault.locator(text.expose())),
        (None, Some(stored)) => stored.digest.clone(),
        (None, None) => return Err(fields.wrong("token", "token is missing").into()),
    };
    let same_text = stored.filter(|stored| stored.digest == digest);
    let same_life = same_text.filter(|stored| stored.expires_in_seconds == Some(life));
    let token = ApiToken {
        id: id.to_owned(),
        digest,
        username: username.to_owned(),
        user,
        scope: scope.to_owned(),
        issued_at: cx.now,
        expires_at: same_life.map_or_else(|| cx.now.expiry(life), |stored| stored.expires_at),
        expires_in_seconds: Some(life),
        fingerprint: None,
    };
    if let Some(stored) = same_life
        && stored.user == user
        && stored.scope == scope
    {
        // Nothing that its rows would tell.
        let token = ApiToken { issued_at: stored.issued_at, ..token };
        return Ok(declared(token, declaration.origin, place));
    }
    // A text that was made just now is nobody's.
    if let Some(given) = &texts.given {
        check_free(declaration, cx.vault.locator(given.expose()), place)?;
    }
    let hash = match text {
        Some(text) => cx.vault.token_hash(place.tenant, text.expose()),
        None => {
            let own = place.before.map_or(place.key, |object| object.key);
            let what = "the token is purged; give the text again, or another one";
            let gone = || fields.wrong("token", what);
            place.further(TokenRef::Key(own))?.ok_or_else(gone)?.token.hash
        }
    };
    let corrupt = || Fault::Corrupt(format!("the digest of api token {id}"));
    let digest = unhex(&token.digest).ok_or_else(corrupt)?;
    let changes = rows(&token, place.fresh, hash, digest).into_iter();
    Ok(Declared {
        made_secret: texts.made,
        writes: changes.map(|change| Write { tenant: place.tenant, change }).collect(),
        is_anew: true,
        ..declared(token, declaration.origin, place)
    })
}

fn check_free(
    declaration: &Declaration<'_>,
    digest: [u8; 32],
    place: &Place<'_>,
) -> Result<(), Stop> {
    let own = place.before.map(|object| object.key);
    let found = place.further(TokenRef::Digest(digest))?;
    if found.is_none_or(|found| Some(found.token.key) == own) {
        return Ok(());
    }
    let what = "another token of this tenant has this text already";
    let at = format!("{}/token", declaration.pointer);
    Err(OAuthError::new(ErrorCode::AlreadyExists, what).at(at).into())
}

fn declared(token: ApiToken, origin: Origin, place: &Place<'_>) -> Declared {
    // A file says it again at the next start: purged, it would begin anew.
    let expires_at = (origin == Origin::Api).then_some(token.expires_at);
    Declared { expires_at, ..Declared::of(Body::ApiToken(token), place) }
}

fn rows(token: &ApiToken, key: RowKey, hash: [u8; 32], digest: [u8; 32]) -> [Change; 3] {
    let (user, expires_at) = (Some(token.user), token.expires_at);
    let family =
        Family { key, client: None, user, expires_at, revocation: None, authentication: None };
    let row = Token {
        key,
        kind: TokenKind::Refresh,
        hash,
        client: None,
        user,
        family: Some(key),
        scope: token.scope.clone(),
        audience: Vec::new(),
        issued_at: token.issued_at,
        expires_at,
        not_before: None,
        revocation: None,
        confirmation: None,
        kid: None,
    };
    let locate = Change::Locate { digest, was: None, token: key, expires_at };
    [Change::InsertFamily(family), Change::InsertToken(row), locate]
}

/// What ends an API token: its row goes, and what was issued for it is revoked.
pub fn withdraw(
    object: &Object,
    by: RevokedBy,
    place: &Place<'_>,
    now: Time,
) -> Result<Vec<Write>, Stop> {
    let key = object.key;
    let Some(fact) = place.further(TokenRef::Key(key))? else { return Ok(Vec::new()) };
    let mut changes = vec![Change::DeleteToken { key }];
    if fact.family.as_ref().is_some_and(|family| family.revocation.is_none()) {
        changes.push(Change::RevokeFamily { key, revocation: Revocation { at: now, by } });
    }
    Ok(changes.into_iter().map(|change| Write { tenant: object.tenant, change }).collect())
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
