//! `[[tenant.user]]`: a name, a password, roles, and what is told of the person.

use std::sync::Arc;

use super::{
    Declaration, Declared, Place, claims,
    password_hash::{Given, WHAT_IS_READ},
};
use crate::{
    facts::Facts,
    limits::SECRET_BYTES_MAX,
    model::{Body, User},
    outcome::Stop,
    secret::Secret,
};

pub const USER_KEYS: [&str; 25] = [
    "username",
    "password",
    "password_hash",
    "roles",
    "locked",
    "disabled",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
];

pub fn settle(
    declaration: &Declaration<'_>,
    id: &str,
    place: &Place<'_>,
    facts: &Facts,
) -> Result<Declared, Stop> {
    let fields = declaration.fields();
    fields.only(&USER_KEYS)?;
    let before = place.before.and_then(|object| match &object.body {
        Body::User(user) => Some(user),
        _ => None,
    });
    let given_hash = fields.text("password_hash")?;
    let password = fields.text("password")?.map(Secret::new);
    if given_hash.is_some() && password.is_some() {
        let what = "password and password_hash exclude each other";
        return Err(fields.wrong("password_hash", what).into());
    }
    let unreadable = || fields.wrong("password_hash", format!("password_hash {WHAT_IS_READ}"));
    let given_hash = given_hash.map(|text| Given::read(text).ok_or_else(unreadable)).transpose()?;
    let roles = fields.list("roles")?.unwrap_or_default();
    let email = fields.text("email")?.map(str::to_owned);
    let claims = claims::read(declaration)?;
    let locked = fields.flag("locked")?.unwrap_or(false);
    let known = before.and_then(|user| user.password_hash.clone());
    let password_hash = match (given_hash, password) {
        (Some(given), _) => Some(Arc::clone(given.text())),
        (None, Some(password)) => {
            if password.expose().is_empty() || password.expose().len() > SECRET_BYTES_MAX {
                let what = format!("password must have 1 to {SECRET_BYTES_MAX} bytes");
                return Err(fields.wrong("password", what).into());
            }
            Some(hash(&password, declaration.pointer, known, facts)?)
        }
        (None, None) => known,
    };
    let username = id.to_owned();
    let user = User { username, password_hash, roles, email, claims, locked, fingerprint: None };
    Ok(Declared::of(Body::User(user), place))
}

/// The stored hash where the password has not changed.
fn hash(
    password: &Secret,
    of: &str,
    known: Option<Arc<str>>,
    facts: &Facts,
) -> Result<Arc<str>, Stop> {
    match known {
        Some(phc) if facts.verified(&phc, password)? => Ok(phc),
        _ => facts.hashed(password, of),
    }
}
