//! Signed assertions in wire files: `{{jwt KEY CLAIM=TEXT CLAIM:=JSON …}}`, RS256 by a key beside
//! the files.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use crate::binary::workspace;

/// `key` is a file of `wire/`; a value may begin with `now` (seconds) or `now_ms`, and a number to add.
pub fn sign(key: &str, claims: &[(String, String)]) -> Result<String, String> {
    let mut members = Map::new();
    for (name, value) in claims {
        let (name, value) = match name.strip_suffix(':') {
            Some(name) => (name, of_json(value)?),
            None => (name.as_str(), Value::String(at(value))),
        };
        members.insert(name.to_owned(), value);
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({"alg": "RS256"})), part(&Value::Object(members)));
    let pair = pair(key)?;
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        .map_err(|_| format!("{key} does not sign"))?;
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn of_json(value: &str) -> Result<Value, String> {
    serde_json::from_str(&at(value)).map_err(|fault| format!("{value} is no JSON: {fault}"))
}

/// A moment near now as digits; anything else itself.
fn at(value: &str) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let moments = [("now_ms", since.as_millis()), ("now", u128::from(since.as_secs()))];
    for (name, now) in moments {
        let Some(more) = value.strip_prefix(name) else { continue };
        let more = if more.is_empty() { Ok(0) } else { more.parse::<i64>() };
        if let (Ok(more), Ok(now)) = (more, i64::try_from(now)) {
            return (now + more).to_string();
        }
    }
    value.to_owned()
}

fn pair(key: &str) -> Result<RsaKeyPair, String> {
    let path = workspace().join("wire").join(key);
    let pem = fs::read_to_string(&path).map_err(|fault| format!("{}: {fault}", path.display()))?;
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body).map_err(|fault| format!("{key}: {fault}"))?;
    RsaKeyPair::from_pkcs8(&der).map_err(|fault| format!("{key}: {fault}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_texts_or_json_and_times_move() {
        let claims =
            [("a", "x"), ("n:", "5"), ("exp", "now+10"), ("ms:", "now_ms-1"), ("s", "nowx")];
        let claims = claims.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let jwt = sign("salesforce/connected-app.pem", &claims).expect("signed");
        let body = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1).expect("claims")).expect("base64");
        let told: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!((&told["a"], &told["n"], &told["s"]), (&json!("x"), &json!(5), &json!("nowx")));
        assert!(told["exp"].as_str().is_some_and(|exp| exp.len() == 10), "{told}");
        assert!(told["ms"].as_i64().is_some_and(|ms| ms > 1_700_000_000_000), "{told}");
        assert!(sign("nowhere.pem", &[]).is_err());
    }
}
