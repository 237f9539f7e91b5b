//! From when until when an assertion is good (RFC 7523 §3 items 4 to 6), and how long its use is
//! remembered.

use serde_json::{Map, Value};

use super::{incomplete, malformed};
use crate::{
    context::Context,
    error::{Cause, OAuthError},
    grant::GrantRequest,
    jwt::claim_time,
    time::Time,
};

/// An `exp` above this is in milliseconds: as seconds it would be the year 5138.
const SECONDS_MAX: f64 = 1e11;
/// Of an `exp` in digits; milliseconds far beyond any other limit.
const DIGITS_MAX: usize = 15;

pub struct Life {
    pub expires_at: Time,
    /// The earliest moment at which it was good.
    pub made_at: Time,
    /// Bounded, whatever `exp` says; `None`: nothing bounds it.
    pub remembered_until: Option<Time>,
}

pub fn check(
    claims: &Map<String, Value>,
    request: &GrantRequest<'_>,
    cx: &Context<'_>,
) -> Result<Life, OAuthError> {
    let manner = &request.manner.assertion;
    let skew = manner.skew_seconds;
    let cap = request.tenant.policy.assertion_exp_cap_seconds;
    let time = |name| claim_time(claims, name).map_err(|_| malformed("a time is no number"));
    let expires_at = if manner.lenient_exp { lenient(claims)? } else { time("exp")? };
    let expires_at = expires_at.ok_or_else(|| incomplete("exp"))?;
    if expires_at.plus_seconds(skew) <= cx.now {
        return Err(expired());
    }
    let reaches_too_far = expires_at > cx.now.plus_seconds(cap + skew);
    if reaches_too_far && !manner.lenient_exp {
        return Err(malformed("its exp is too far ahead"));
    }
    let issued_at = time("iat")?;
    for from in [time("nbf")?, issued_at].into_iter().flatten() {
        if from > cx.now.plus_seconds(skew) {
            let what = "The assertion is not valid yet.";
            return Err(OAuthError::invalid_grant(Cause::AssertionNotYetValid, what));
        }
    }
    let bounded = match issued_at {
        _ if !reaches_too_far => Some(expires_at),
        Some(at) => Some(expires_at.min(at.plus_seconds(cap))),
        None => None,
    };
    // Kept past the skew, or it could be used again just before it is too old.
    let remembered_until = bounded.map(|until| until.plus_seconds(skew));
    let earliest = expires_at.plus_seconds(-cap - skew);
    let made_at = match issued_at {
        Some(at) if manner.lenient_exp => at,
        Some(at) => at.max(earliest),
        None => earliest,
    };
    Ok(Life { expires_at, made_at, remembered_until })
}

/// Seconds or milliseconds, as a number or as its digits.
fn lenient(claims: &Map<String, Value>) -> Result<Option<Time>, OAuthError> {
    let wrong = || malformed("exp is no number");
    let number = match claims.get("exp") {
        None => return Ok(None),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => {
            let digits = !text.is_empty()
                && text.len() <= DIGITS_MAX
                && text.bytes().all(|c| c.is_ascii_digit());
            text.parse().ok().filter(|_| digits)
        }
        Some(_) => None,
    };
    let number = number.filter(|n| (0.0..1e15).contains(n)).ok_or_else(wrong)?;
    let milliseconds = if number > SECONDS_MAX { number } else { number * 1000.0 };
    #[expect(clippy::cast_possible_truncation, reason = "bounded just above")]
    Ok(Some(Time(milliseconds as i64)))
}

pub fn expired() -> OAuthError {
    OAuthError::invalid_grant(Cause::AssertionExpired, "The assertion has expired.")
}
