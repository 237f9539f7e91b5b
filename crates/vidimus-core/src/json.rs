//! JSON that somebody sent (RFC 8259): one object, read in one way only.

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::{Map, Value};

/// # Errors
/// What is wrong with it: no object, or one that names a member twice.
pub fn object(text: &[u8]) -> serde_json::Result<Map<String, Value>> {
    // Told by the parser, it would be told with what stands there: a token, where it is all there is.
    if text.trim_ascii_start().first().is_some_and(|&first| first != b'{') {
        return Err(serde::de::Error::custom("it is no object"));
    }
    serde_json::from_slice::<Members>(text).map(|members| members.0)
}

/// An object that names each member once: of two, readers choose differently (RFC 8259 §4).
struct Members(Map<String, Value>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
                let mut members = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom("a member is repeated"));
                    }
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_265_what_is_no_object_is_not_repeated() {
        for text in [r#""s3cret""#, " 33333", r#"["s3cret"]"#, r#"{"a":1}"s3cret""#, "s3cret"] {
            let why = object(text.as_bytes()).unwrap_err().to_string();
            assert!(!why.contains("s3cret") && !why.contains("33333"), "{why}");
        }
        assert_eq!(object(b" {\"a\":1}").unwrap()["a"], 1);
        assert!(object(br#"{"a":1,"a":2}"#).is_err() && object(b"").is_err());
    }
}
