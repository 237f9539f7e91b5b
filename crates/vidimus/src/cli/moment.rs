//! Seconds since 1970 for people: RFC 3339, in UTC.

use serde_json::{Number, Value};
use vidimus_core::time::Time;

/// What a member of this name holds is a moment.
fn is_moment(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    matches!(last, "exp" | "iat" | "nbf" | "at" | "signs_from" | "last_used")
        || last.ends_with("_at")
}

/// `None`: it is no moment, or one that no calendar has a name for.
pub fn moment(name: &str, value: &Value) -> Option<String> {
    let seconds = value.as_number().filter(|_| is_moment(name)).and_then(Number::as_i64)?;
    (0..253_402_300_800).contains(&seconds).then(|| Time::from_seconds(seconds).rfc_3339())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_moments_are_written_so() {
        let number = json!(1_795_230_245);
        for name in ["exp", "token.iat", "made_at", "token.revoked.at", "signs_from"] {
            assert_eq!(moment(name, &number).unwrap(), "2026-11-21T03:04:05Z", "{name}");
        }
        assert_eq!(moment("policy.access_token_ttl_seconds", &number), None);
        assert_eq!(moment("exp", &json!("1795230245")), None);
        assert_eq!(moment("exp", &json!(-1)), None);
    }
}
