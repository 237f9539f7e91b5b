//! Answers to scripts (RFC 7009 §2.3): a call of the function that they name, where the tenant's
//! policy allows revocation by links at all.

use crate::{Asked, Endpoint, Shape};

const CHARS_MAX: usize = 64;

/// The function's name: of letters that no script can be made of.
pub fn callback<'a>(asked: &Asked<'a>) -> Option<&'a str> {
    let allowed = asked.tenant.is_some_and(|tenant| tenant.policy.allow_get_revocation);
    let name = asked.form?.get("callback").filter(|_| allowed)?;
    let starts = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '$');
    let goes_on = |c: char| starts(c) || c.is_ascii_digit() || c == '.';
    let is_name = asked.endpoint == Endpoint::Revoke
        && name.len() <= CHARS_MAX
        && name.starts_with(starts)
        && name.chars().all(goes_on);
    is_name.then_some(name)
}

pub fn call(callback: &str, argument: &str) -> Shape {
    // The comment keeps what a caller chose from being the first bytes of the file.
    let text = format!("/**/{callback}({argument});");
    Shape::text("application/javascript", text.into_bytes())
}
