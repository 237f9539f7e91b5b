//! A password's hash that another server has made, replaced by one of ours where the password has just
//! proven itself: it is known there, and something is committed anyway.

use std::sync::Arc;

use crate::{
    facts::Facts,
    imported_hash::ImportedHash,
    model::{Body, Named, User},
    outcome::{Change, Stop, Write},
    secret::Secret,
};

/// The hash from now on, and the write that makes it so.
pub type Renewal = (Arc<str>, Write);

/// `None`: it is one of ours.
///
/// # Errors
/// A need: the hash is slow to make.
pub fn renewal(
    user: Named<'_, User>,
    proven: &Secret,
    facts: &Facts,
) -> Result<Option<Renewal>, Stop> {
    let known = user.body.password_hash.as_deref().and_then(ImportedHash::parse);
    if known.is_none() {
        return Ok(None);
    }
    let phc = facts.hashed(proven, user.id())?;
    let body = User { password_hash: Some(Arc::clone(&phc)), ..user.body.clone() };
    // The password is the same: what was issued by it stays.
    let change = Change::Replace(user.object.changed(user.standing(), Body::User(body)));
    Ok(Some((phc, Write { tenant: user.object.tenant, change })))
}
