//! Revocation's replies: nothing, or a call of the function that a script named.

use vidimus_core::revoke::RevokeReply;

use super::members::{Members, callback};
use crate::{Asked, Shape};

pub fn revoked(_: &RevokeReply, asked: &Asked<'_>) -> Shape {
    match script(asked) {
        Some(name) => Members::default().called(name),
        None => Shape::EMPTY,
    }
}

/// The function that a script wants called, where the tenant lets scripts revoke.
pub fn script<'a>(asked: &'a Asked<'_>) -> Option<&'a str> {
    let allowed = asked.tenant.is_some_and(|tenant| tenant.body.policy.allow_get_revocation);
    callback(asked).filter(|_| allowed)
}
