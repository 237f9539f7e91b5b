//! Scopes (RFC 6749 §3.3): parsed, hence valid; in the order asked, each once.

use std::fmt;

use crate::{
    error::{ErrorCode, OAuthError},
    limits::{SCOPE_BYTES_MAX, SCOPES_MAX},
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope(Vec<String>);

/// Scopes that speak of a person; a client alone cannot have them (OpenID Connect Core §5.4, §11).
const OF_A_USER: [&str; 6] = ["openid", "profile", "email", "address", "phone", OFFLINE_ACCESS];
/// What goes on in the user's absence (OpenID Connect Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Grants the whole admin API; only tokens of the default tenant count there.
pub const ADMIN: &str = "vidimus.admin";
/// The same to look at, and no change.
pub const READ: &str = "vidimus.read";
/// Before the id of a tenant: grants what the admin API has of that one.
pub const TENANT: &str = "vidimus.tenant:";
/// The same to look at, and no change.
pub const TENANT_READ: &str = "vidimus.tenant.read:";
/// Lets a bearer token introspect with the right of its client.
pub const INTROSPECT: &str = "vidimus.introspect";

/// Before all that this server itself gives a meaning: no client registers itself for it.
pub const RESERVED: &str = "vidimus.";

pub fn is_reserved(name: &str) -> bool {
    name.starts_with(RESERVED)
}

impl Scope {
    /// # Errors
    /// `invalid_scope`: a character outside %x21 / %x23-5B / %x5D-7E, two spaces together, or too
    /// many.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        let invalid = |what: &'static str| Err(OAuthError::new(ErrorCode::InvalidScope, what));
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.len() > SCOPE_BYTES_MAX {
            return invalid("The scope is too long.");
        }
        let mut names = Vec::<String>::new();
        for name in text.split(' ') {
            let valid = |c: u8| matches!(c, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
            if name.is_empty() || !name.bytes().all(valid) {
                return invalid("The scope is malformed.");
            }
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
            if names.len() > SCOPES_MAX {
                return invalid("Too many scopes.");
            }
        }
        Ok(Self(names))
    }

    /// Text that was parsed when it was stored.
    pub fn stored(text: &str) -> Self {
        Self(text.split_ascii_whitespace().map(str::to_owned).collect())
    }

    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// What of this `ceiling` allows.
    pub fn within(&self, ceiling: &Self) -> Self {
        Self(self.0.iter().filter(|name| ceiling.contains(name)).cloned().collect())
    }

    /// These and those.
    pub fn with(mut self, more: &Self) -> Self {
        let new: Vec<_> = more.iter().filter(|name| !self.contains(name)).collect();
        let new: Vec<_> = new.into_iter().map(str::to_owned).collect();
        self.0.extend(new);
        self
    }

    pub fn without_reserved(&self) -> Self {
        Self(self.0.iter().filter(|name| !is_reserved(name)).cloned().collect())
    }

    pub fn without_users(&self) -> Self {
        Self(self.0.iter().filter(|name| !OF_A_USER.contains(&name.as_str())).cloned().collect())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// What is granted of what was asked. Nothing asked: all that is allowed. What exceeds is dropped.
///
/// # Errors
/// `invalid_scope` where something was asked and nothing is left (RFC 6749 §5.2).
pub fn narrow(asked: Option<&Scope>, allowed: &Scope) -> Result<Scope, OAuthError> {
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
        return Ok(allowed.clone());
    };
    let granted = asked.within(allowed);
    if granted.is_empty() {
        return Err(OAuthError::new(
            ErrorCode::InvalidScope,
            "None of the requested scopes is available to the client.",
        ));
    }
    Ok(granted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_scopes_are_refused() {
        for text in ["a  b", " a", "a ", "a\"b", "a\\b", "ä", "a\tb", "a\u{0}"] {
            assert!(Scope::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(Scope::parse("b a b").unwrap().to_string(), "b a");
    }

    #[test]
    fn what_exceeds_is_dropped_and_nothing_left_is_refused() {
        let allowed = Scope::stored("read write");
        let ask = |text| narrow(Some(&Scope::parse(text).unwrap()), &allowed);
        assert_eq!(ask("write admin").unwrap().to_string(), "write");
        assert_eq!(ask("admin").unwrap_err().code, ErrorCode::InvalidScope);
        assert_eq!(narrow(None, &allowed).unwrap().to_string(), "read write");
        assert_eq!(allowed.without_users(), allowed);
        assert!(Scope::stored("openid email").without_users().is_empty());
    }
}
