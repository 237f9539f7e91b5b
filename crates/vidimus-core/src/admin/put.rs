//! The writes that put what was declared in the place of what was there, and those that end it.

use std::sync::Arc;

use super::declare::{Declared, Place, withdraw};
use crate::{
    model::{Kind, Object, RevokedBy, Standing},
    outcome::{Change, Stop, Write},
    time::Time,
};

/// Who changes things, and when.
#[derive(Clone, Copy)]
pub struct By<'a> {
    pub administrator: &'a str,
    pub now: Time,
}

pub fn put(
    declared: &Declared,
    standing: Standing,
    place: &Place<'_>,
    by: By<'_>,
) -> Result<(Arc<Object>, Vec<Write>), Stop> {
    let (tenant, expires_at) = (place.tenant, declared.expires_at);
    let body = declared.body.clone();
    let version = place.before.map_or(1, |before| before.version + 1);
    let made = |key, body| Object { key, tenant, version, standing, expires_at, body };
    let (object, mut writes) = match place.before {
        None => (Arc::new(made(place.key, body)), Vec::new()),
        Some(before) if declared.is_anew => {
            (Arc::new(made(place.fresh, body)), end(before, place, by)?)
        }
        Some(before) => {
            let object = before.changed(standing, body);
            (Arc::new(Object { expires_at, ..Object::clone(&object) }), Vec::new())
        }
    };
    let change = match place.before {
        Some(_) if !declared.is_anew => Change::Replace(Arc::clone(&object)),
        _ => Change::Create(Arc::clone(&object)),
    };
    writes.push(Write { tenant, change });
    writes.extend(declared.writes.iter().cloned());
    Ok((object, writes))
}

/// The end of an object and of what hangs on it. Tokens need no write: without the object they are
/// inactive.
pub fn end(object: &Object, place: &Place<'_>, by: By<'_>) -> Result<Vec<Write>, Stop> {
    let change = Change::Delete { key: object.key, version: object.version };
    let mut writes = vec![Write { tenant: object.tenant, change }];
    if object.kind() == Kind::ApiToken {
        let revoked_by = RevokedBy::Administrator(by.administrator.to_owned());
        writes.extend(withdraw(object, revoked_by, place, by.now)?);
    }
    Ok(writes)
}
