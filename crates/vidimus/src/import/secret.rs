//! What stands in an export where a secret was: the secret, a hash of it, or only a sign that there was
//! one. A sign is never taken for the secret.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use vidimus_core::admin::is_readable_hash;

use super::finding::{Question, Thing};

#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    Plain(String),
    /// In a form that can be compared with.
    Hash(String),
    /// Why it is of no use.
    Unusable(&'static str),
}

/// What hashes begin with, of whatever server.
const HASHES: [&str; 14] = [
    "$2a$", "$2b$", "$2x$", "$2y$", "$pbkdf2", "$argon2", "$scrypt$", "$5$", "$6$", "{bcrypt}",
    "{pbkdf2", "{argon2", "{scrypt", "{SSHA",
];

/// Shorter ones are secrets that somebody chose.
const CIPHER_BYTES_MIN: usize = 128;

pub fn read(text: Option<&str>) -> Found {
    let text = text.unwrap_or_default();
    if text.trim().is_empty() {
        return Found::Unusable("the export does not have it");
    }
    if is_mask(text) {
        return Found::Unusable("masked in the export");
    }
    if text.starts_with("${") && text.ends_with('}') {
        return Found::Unusable("kept in a vault or a variable of the old server");
    }
    if let Some(hash) = digest(text) {
        return hash;
    }
    if HASHES.iter().any(|kind| text.starts_with(kind)) {
        return match is_readable_hash(text) {
            true => Found::Hash(text.to_owned()),
            false => Found::Unusable("a hash of a kind or cost that is not compared with here"),
        };
    }
    if is_cipher(text) {
        return Found::Unusable("encrypted under a key of the old server");
    }
    Found::Plain(text.to_owned())
}

/// Stars or dots and nothing else, or a word that stands for them.
fn is_mask(text: &str) -> bool {
    let text = text.trim();
    let dots = |c: char| matches!(c, '*' | '•' | '●' | '·');
    let words = ["<hidden>", "<redacted>", "[redacted]", "redacted", "placeholder"];
    text.chars().all(dots) || words.contains(&text.to_ascii_lowercase().as_str())
}

/// `{"hash": hex, "algorithm": "SHA-256"}`.
fn digest(text: &str) -> Option<Found> {
    let value: Value = text.starts_with('{').then(|| serde_json::from_str(text).ok())??;
    let member = |name: &str| value.get(name).and_then(Value::as_str);
    let (hash, algorithm) = (member("hash")?, member("algorithm")?);
    let hash = format!("$sha256${}", hash.to_ascii_lowercase());
    Some(match algorithm.eq_ignore_ascii_case("SHA-256") && is_readable_hash(&hash) {
        true => Found::Hash(hash),
        false => Found::Unusable("a hash of a kind or cost that is not compared with here"),
    })
}

/// Base64 of a block of RSA, or of a description of what was encrypted how.
fn is_cipher(text: &str) -> bool {
    let Ok(bytes) = STANDARD.decode(text.trim()) else { return false };
    let described = serde_json::from_slice::<Value>(&bytes);
    described.is_ok_and(|value| value.get("c").is_some() && value.get("t").is_some())
        || bytes.len() >= CIPHER_BYTES_MIN
}

impl Thing {
    /// Puts the secret in its place, or asks for what to do without.
    pub fn secret(&mut self, member: &str, text: Option<&str>) {
        match (read(text), self.noun.hash_key()) {
            (Found::Plain(secret), _) => self.mapped(member, self.noun.secret_key(), secret),
            (Found::Hash(hash), Some(key)) => self.mapped(member, key, hash),
            (Found::Hash(_), None) => {
                let why = "hashed, and a resource server has no place for that";
                self.ask(member, Question::Secret, why);
            }
            (Found::Unusable(why), _) => self.ask(member, Question::Secret, why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_no_secrets() {
        let cipher = STANDARD.encode(r#"{"c":"AAAA","t":"RSA/ECB/OAEP","tp":"x","tpd":"SHA-1"}"#);
        let block = STANDARD.encode([7_u8; 256]);
        for sign in [
            "",
            "  ",
            "***",
            "**********",
            "•••••",
            "<hidden>",
            "[REDACTED]",
            "${vault.billing}",
            "${env.SECRET:-x}",
            "{scrypt}$e0801$x",
            "$6$salt$x",
            "$2a$31$x",
            &cipher,
            &block,
            r#"{"hash":"zz","algorithm":"SHA-256"}"#,
            r#"{"hash":"00","algorithm":"MD5"}"#,
        ] {
            assert!(matches!(read(Some(sign)), Found::Unusable(_)), "{sign}");
        }
        assert!(matches!(read(None), Found::Unusable(_)));
    }

    #[test]
    fn secrets_are_taken_as_they_are() {
        for secret in ["hunter2", "**a", "$ecret", "{x}", "rgfKVdnMQnJSSr_pKFTxj3apiwYa", "*.*"] {
            assert_eq!(read(Some(secret)), Found::Plain(secret.to_owned()), "{secret}");
        }
    }

    #[test]
    fn hashes_are_kept() {
        let bcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        assert_eq!(read(Some(bcrypt)), Found::Hash(bcrypt.to_owned()));
        let digest = format!(r#"{{"hash":"{}","algorithm":"SHA-256"}}"#, "0F".repeat(32));
        assert_eq!(read(Some(&digest)), Found::Hash(format!("$sha256${}", "0f".repeat(32))));
    }
}
