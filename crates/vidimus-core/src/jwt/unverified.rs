//! A compact JWS read but not yet believed (RFC 7515 §3.1): enough to know whose key to ask for.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{json, limits::TOKEN_BYTES_MAX, time::Time};

/// Header and claims of a JWT whose signature nobody has checked.
#[derive(Clone, Debug)]
pub struct Unverified {
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
}

impl Unverified {
    /// `None` for anything but three canonical base64url segments around two JSON objects.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let mut segments = text.split('.');
        let (header, claims, signature) = (segments.next()?, segments.next()?, segments.next()?);
        if segments.next().is_some() || signature.is_empty() {
            return None;
        }
        URL_SAFE_NO_PAD.decode(signature).ok()?;
        Some(Self { header: object(header)?, claims: object(claims)? })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    pub fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// `crit` demands extensions we do not have; `b64` would change what is signed (RFC 7797).
    pub fn asks_for_extensions(&self) -> bool {
        self.header.contains_key("crit") || self.header.contains_key("b64")
    }
}

/// The claims of a JWT that says it is not signed (RFC 7519 §6); `None` for any other text.
pub fn unsecured(text: &str) -> Option<Map<String, Value>> {
    let claims = text.strip_suffix('.').filter(|_| text.len() <= TOKEN_BYTES_MAX);
    let (header, claims) = claims?.split_once('.').filter(|(_, claims)| !claims.contains('.'))?;
    let is_none = object(header)?.get("alg").and_then(Value::as_str) == Some("none");
    is_none.then(|| object(claims)).flatten()
}

fn object(segment: &str) -> Option<Map<String, Value>> {
    json::object(&URL_SAFE_NO_PAD.decode(segment).ok()?).ok()
}

/// A NumericDate claim. `Ok(None)` only where it is truly absent: a string or any other wrong type
/// is an error, never "not there".
///
/// # Errors
/// `Err(())` where the claim is there and is no number between 0 and 2^53.
pub fn claim_time(claims: &Map<String, Value>, name: &str) -> Result<Option<Time>, WrongType> {
    const SECONDS_MAX: f64 = 9_007_199_254_740_992.0 / 1000.0;
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => {
            let seconds = number.as_f64().filter(|s| (0.0..SECONDS_MAX).contains(s));
            #[expect(clippy::cast_possible_truncation, reason = "bounded just above")]
            seconds.map(|s| Some(Time((s * 1000.0) as i64))).ok_or(WrongType)
        }
        Some(_) => Err(WrongType),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongType;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn only_three_canonical_segments() {
        let part = |value: &str| URL_SAFE_NO_PAD.encode(value);
        let good = format!("{}.{}.{}", part("{}"), part("{\"iss\":\"a\"}"), part("s"));
        assert_eq!(Unverified::parse(&good).unwrap().claim("iss"), Some("a"));
        for bad in [
            format!("{good}.x"),
            format!("{}.{}.", part("{}"), part("{}")),
            format!("{}.{}", part("{}"), part("{}")),
            good.replace('.', "=."),
            format!("{}.{}.{}", part("[]"), part("{}"), part("s")),
            ".".repeat(4000),
        ] {
            assert!(Unverified::parse(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn sec_083_a_repeated_member_is_no_object() {
        let jwt = |header: &str, claims: &str| {
            let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
            Unverified::parse(&format!("{}.{}.{}", part(header), part(claims), part("s")))
        };
        assert!(jwt(r#"{"alg":"ES256"}"#, r#"{"sub":"a"}"#).is_some());
        for (header, claims) in [
            (r#"{"alg":"ES256","alg":"none"}"#, "{}"),
            ("{}", r#"{"sub":"a","sub":"b"}"#),
            ("{}", r#"{"x":1,"sub":"a","sub":"a"}"#),
            ("{}", "[]"),
            ("{}", "\u{feff}{}"),
        ] {
            assert!(jwt(header, claims).is_none(), "{header} {claims}");
        }
    }

    /// Nothing here decrypts, so no count of rounds and no compressed bomb is ever looked at.
    #[test]
    fn sec_088_what_is_encrypted_is_not_read() {
        let part = |value: &str| URL_SAFE_NO_PAD.encode(value);
        for header in [
            r#"{"alg":"PBES2-HS256+A128KW","enc":"A128CBC-HS256","p2c":2147483647,"p2s":"AAAA"}"#,
            r#"{"alg":"RSA1_5","enc":"A128CBC-HS256"}"#,
            r#"{"alg":"dir","enc":"A128GCM","zip":"DEF"}"#,
        ] {
            let five = format!("{}.{p}.{p}.{p}.{p}", part(header), p = part("xxxx"));
            assert!(Unverified::parse(&five).is_none(), "{header}");
        }
    }

    #[test]
    fn sec_089_dots_and_length_are_refused_before_anything_is_decoded() {
        for size in [4 * 1024, 16 * 1024, 1024 * 1024] {
            assert!(Unverified::parse(&".".repeat(size)).is_none(), "{size} dots");
            assert!(Unverified::parse(&"a.a.".repeat(size / 4)).is_none(), "{size} bytes");
        }
        let long = format!("{}.{}.x", URL_SAFE_NO_PAD.encode("{}"), "A".repeat(TOKEN_BYTES_MAX));
        assert!(Unverified::parse(&long).is_none());
    }

    #[test]
    fn a_wrong_type_is_never_absent() {
        let claims = |value: Value| json!({ "exp": value }).as_object().unwrap().clone();
        assert_eq!(claim_time(&Map::new(), "exp"), Ok(None));
        assert_eq!(claim_time(&claims(json!(10)), "exp"), Ok(Some(Time(10_000))));
        for wrong in [json!("10"), json!(-1), json!(null), json!([1]), json!(true), json!(1e300)] {
            assert_eq!(claim_time(&claims(wrong), "exp"), Err(WrongType));
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[A-Za-z0-9_.=-]{0,200}") {
            let _ = Unverified::parse(&text);
        }
    }
}
