//! `[[tenant.user]]`: a name, a password, roles, and what is told of the person.

use std::sync::Arc;

use super::{Declaration, Declared, Place, claims, password_hash::is_argon2id};
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
    if given_hash.is_some_and(|phc| !is_argon2id(phc)) {
        let what =
            "password_hash must be a PHC string of argon2id, of 256 MiB and 16 passes at most";
        return Err(fields.wrong("password_hash", what).into());
    }
    let roles = fields.list("roles")?.unwrap_or_default();
    let email = fields.text("email")?.map(str::to_owned);
    let claims = claims::read(declaration)?;
    let locked = fields.flag("locked")?.unwrap_or(false);
    let known = before.and_then(|user| user.password_hash.clone());
    let password_hash = match (given_hash, password) {
        (Some(phc), _) => Some(Arc::from(phc)),
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
