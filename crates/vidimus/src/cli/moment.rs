//! Seconds since 1970 for people: RFC 3339, in UTC.

use serde_json::{Number, Value};

/// What a member of this name holds is a moment.
fn is_moment(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    matches!(last, "exp" | "iat" | "nbf" | "at" | "signs_from") || last.ends_with("_at")
}

/// `None`: it is no moment, or one that no calendar has a name for.
pub fn moment(name: &str, value: &Value) -> Option<String> {
    let seconds = value.as_number().filter(|_| is_moment(name)).and_then(Number::as_i64)?;
    (0..253_402_300_800).contains(&seconds).then(|| rfc_3339(seconds))
}

/// Of the Gregorian calendar; a year begins in March, so that the leap day is its last.
pub fn rfc_3339(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(86_400) + 719_468, seconds.rem_euclid(86_400));
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year + era * 400 + carry;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn days_have_the_names_that_everybody_gives_them() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (1_795_230_245, "2026-11-21T03:04:05Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc_3339(seconds), text);
        }
    }

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
