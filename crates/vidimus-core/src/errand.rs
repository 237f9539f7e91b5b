//! Slow things that a decision may ask for and that no store holds. The edge runs them; their
//! results are facts like any other.

use std::{fmt, future::Future, sync::Arc};

use jsonwebtoken::jwk::JwkSet;

use crate::{error::Fault, model::SigningAlgorithm, password::Guess, secret::Secret};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Errand {
    /// Does this secret match this argon2id PHC string, or this imported hash?
    VerifySecret {
        phc: Arc<str>,
        presented: Secret,
    },
    /// The same of a user's password, where somebody may be guessing: only within the limits of the
    /// guess, and counted where it does not match.
    VerifyGuess {
        phc: Arc<str>,
        presented: Secret,
        guess: Guess,
    },
    /// An argon2id PHC string of a chosen secret.
    HashSecret {
        chosen: Secret,
        /// Where it stands: two that choose the same must not have the same hash.
        of: String,
    },
    /// The keys behind a client's `jwks_uri` (RFC 7591 §2), through the guarded client.
    FetchJwks {
        uri: String,
        /// The key that is looked for. A set that is known and lacks it may be out of date.
        kid: Option<String>,
    },
    /// A document that a registration points at, through the guarded client.
    FetchJson {
        uri: String,
    },
    /// A text that a request points at, such as a request object (RFC 9101 §5.2.2).
    FetchText {
        uri: String,
    },
    /// A picture, small and of a kind that runs nothing.
    FetchImage {
        uri: String,
    },
    /// A form posted to a client, whose answer tells no more than that it took it.
    Deliver {
        uri: String,
        form: Vec<(&'static str, Secret)>,
    },
    GenerateKey {
        algorithm: SigningAlgorithm,
    },
    /// Count one more of something by `who`, if that stays within the limit.
    Admit {
        who: String,
        within_seconds: u32,
        times_max: u32,
    },
    /// Take one back that was admitted: it was no guess.
    Forgive {
        who: String,
        within_seconds: u32,
    },
}

#[derive(Clone)]
pub enum Done {
    Verified(bool),
    Hashed(Arc<str>),
    /// `Err` says why for the operator; the client only learns that authentication failed.
    Jwks(Result<Arc<JwkSet>, String>),
    /// The same of any document.
    Json(Result<Arc<serde_json::Value>, String>),
    Text(Result<Arc<str>, String>),
    Image(Result<Arc<Image>, String>),
    Delivered(Result<(), String>),
    Forgiven,
    /// `Err`: seconds until it may be tried again; of a guess also, which was not looked at then.
    Admitted(Result<(), u32>),
    /// PKCS#8 DER.
    Key(Arc<zeroize::Zeroizing<Vec<u8>>>),
}

/// What it is was read off its first bytes, whatever its sender called it.
#[derive(Debug)]
pub struct Image {
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Done {
    /// The kind alone: a key is what its owner must hide, and a hash is worth guessing at.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Verified(_) => "Verified(…)",
            Self::Hashed(_) => "Hashed(…)",
            Self::Jwks(_) => "Jwks(…)",
            Self::Json(_) => "Json(…)",
            Self::Text(_) => "Text(…)",
            Self::Image(_) => "Image(…)",
            Self::Delivered(_) => "Delivered(…)",
            Self::Forgiven => "Forgiven",
            Self::Admitted(_) => "Admitted(…)",
            Self::Key(_) => "Key(…)",
        })
    }
}

/// The edge's side of an errand. Bounded: a full queue is [`Fault::Busy`].
pub trait Errands: Send + Sync {
    fn run(&self, errand: Errand) -> impl Future<Output = Result<Done, Fault>> + Send;
}

/// What an unknown caller's secret is checked against where some secrets are slow to check, so
/// that time does not tell which ids exist. No secret matches it.
pub const NOBODYS_PHC: &str = "$argon2id$v=19$m=19456,t=2,p=1$dmlkaW11cy1ub2JvZHkhIQ$\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_a_key_says_nothing() {
        let key = Done::Key(Arc::new(zeroize::Zeroizing::new(vec![222, 173])));
        assert_eq!(format!("{key:?}"), "Key(…)");
        assert_eq!(format!("{:?}", Done::Hashed(Arc::from("$argon2id$x"))), "Hashed(…)");
    }
}
