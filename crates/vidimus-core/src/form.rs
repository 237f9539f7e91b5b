//! A request's parameters (RFC 6749 §3.2): each at most once, an empty one counts as left out.
//!
//! Strict where the WHATWG form parser is forgiving: a broken percent-encoding, a NUL or bytes
//! that are no UTF-8 refuse the request, because two readers of a forgiven text may differ.

use crate::{
    error::{Cause, OAuthError},
    limits::{FORM_PARAMETERS_MAX, RESOURCES_MAX},
    secret::Secret,
};

/// RFC 8707 §2 alone lets its parameter be repeated.
const REPEATABLE: &str = "resource";

#[derive(Clone, Debug, Default)]
pub struct Form(Vec<(String, Secret)>);

impl Form {
    /// # Errors
    /// `invalid_request`: repeated or too many parameters, or an encoding that cannot be read.
    pub fn parse(body: &[u8]) -> Result<Self, OAuthError> {
        let mut form = Self::default();
        for pair in body.split(|&c| c == b'&').filter(|pair| !pair.is_empty()) {
            let at = pair.iter().position(|&c| c == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(at);
            let value = value.get(1..).unwrap_or_default();
            form.add(decode(name)?, decode(value)?)?;
        }
        Ok(form)
    }

    fn add(&mut self, name: String, value: String) -> Result<(), OAuthError> {
        if self.0.len() >= FORM_PARAMETERS_MAX {
            return Err(OAuthError::invalid_request("Too many parameters."));
        }
        // No text of ours has one, and some readers end there.
        if name.contains('\0') || value.contains('\0') {
            return Err(OAuthError::invalid_request("A parameter has a NUL."));
        }
        if name != REPEATABLE && self.0.iter().any(|(known, _)| *known == name) {
            return Err(OAuthError::invalid_request("A parameter is repeated."));
        }
        self.0.push((name, Secret::new(value)));
        Ok(())
    }

    /// `None` where left out or empty (RFC 6749 §3.2).
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.0
            .iter()
            .find(|(known, value)| known == name && !value.expose().is_empty())
            .map(|(_, value)| value)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.secret(name).map(Secret::expose)
    }

    /// # Errors
    /// `invalid_request` naming the missing parameter.
    pub fn require(&self, name: &'static str) -> Result<&Secret, OAuthError> {
        self.secret(name).ok_or_else(|| missing(name))
    }

    /// The same under another name, for parameters that a product calls otherwise. One that is
    /// there under its own name stays.
    pub fn rename(&mut self, from: &str, to: &str) {
        if self.secret(to).is_none() {
            self.0.retain(|(name, _)| name != to);
            for (name, _) in &mut self.0 {
                if name == from {
                    to.clone_into(name);
                }
            }
        }
    }

    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// Sets what the route implies, whatever was sent.
    pub fn imply(&mut self, name: &str, value: &str) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), Secret::new(value)));
    }

    /// Adds the parameters of `less` that are not here: of the query, beside a body.
    ///
    /// # Errors
    /// `invalid_request` for too many.
    pub fn merge(&mut self, less: Self) -> Result<(), OAuthError> {
        let mut new = less.0;
        new.retain(|(name, _)| !self.0.iter().any(|(known, _)| known == name));
        if self.0.len() + new.len() > FORM_PARAMETERS_MAX {
            return Err(OAuthError::invalid_request("Too many parameters."));
        }
        self.0.append(&mut new);
        Ok(())
    }

    /// Of parts that need no decoding.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn of(parts: impl IntoIterator<Item = (String, String)>) -> Result<Self, OAuthError> {
        let mut form = Self::default();
        for (name, value) in parts {
            form.add(name, value)?;
        }
        Ok(form)
    }

    /// All of it, to be kept; [`Self::of`] reads it again.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.expose()))
    }

    /// Each once, in the order given.
    ///
    /// # Errors
    /// `invalid_request` for too many.
    pub fn resources(&self) -> Result<Vec<String>, OAuthError> {
        let given = self.0.iter().filter(|(name, _)| name == REPEATABLE);
        let given = given.map(|(_, value)| value.expose()).filter(|value| !value.is_empty());
        if given.clone().count() > RESOURCES_MAX {
            return Err(OAuthError::invalid_request("Too many resources."));
        }
        let mut resources = Vec::<String>::new();
        for resource in given {
            if !resources.iter().any(|known| known == resource) {
                resources.push(resource.to_owned());
            }
        }
        Ok(resources)
    }
}

pub fn missing(name: &'static str) -> OAuthError {
    OAuthError::invalid_request(format!("The parameter {name} is missing."))
        .caused(Cause::Missing(name))
}

fn decode(text: &[u8]) -> Result<String, OAuthError> {
    let malformed = || OAuthError::invalid_request("The form encoding is malformed.");
    // Most texts stand for themselves; to look at all of one costs less than to stop early.
    let is_encoded = text.iter().fold(false, |any, &c| any | matches!(c, b'+' | b'%' | 0));
    if !is_encoded {
        return str::from_utf8(text).map(str::to_owned).map_err(|_| malformed());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match first {
            b'+' => out.push(b' '),
            b'%' => {
                let (digits, tail) = rest.split_at_checked(2).ok_or_else(malformed)?;
                out.push(byte_of_hex(digits).ok_or_else(malformed)?);
                rest = tail;
            }
            &other => out.push(other),
        }
    }
    if out.contains(&0) {
        return Err(malformed());
    }
    String::from_utf8(out).map_err(|_| malformed())
}

fn byte_of_hex(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0_u8, |byte, &digit| {
        let value = char::from(digit).to_digit(16)?;
        Some((byte << 4) | u8::try_from(value).ok()?)
    })
}

/// One value as it stands in a query, a fragment or a path. A space as `%20`: scripts that read a
/// fragment do not all take `+` for one.
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// The address with one more parameter in its query; what is there stays as it is (RFC 6749 §3.1.2).
pub fn with_parameter(uri: &str, name: &str, value: &str) -> String {
    let joint = match uri.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{uri}{joint}{name}={}", encoded(value))
}

/// The decoding of one value, as RFC 6749 §2.3.1 wants it inside Basic credentials.
pub fn decode_value(text: &[u8]) -> Result<String, OAuthError> {
    decode(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_decoded_once() {
        let form = Form::parse(b"a=1%202&b=x+y&c=%2525&d=").unwrap();
        assert_eq!(form.get("a"), Some("1 2"));
        assert_eq!(form.get("b"), Some("x y"));
        assert_eq!(form.get("c"), Some("%25"));
        assert_eq!(form.get("d"), None);
    }

    #[test]
    fn malformed_and_repeated_are_refused() {
        for body in ["a=%", "a=%4", "a=%zz", "a=%00", "a=%ff", "a=1&a=2", "a=1&a=", "a&a"] {
            assert!(Form::parse(body.as_bytes()).is_err(), "{body}");
        }
        assert!(Form::parse(b"a=\0").is_err());
        assert_eq!(Form::parse(b"resource=x&resource=y").unwrap().resources().unwrap().len(), 2);
    }

    #[test]
    fn too_many_parameters_are_refused() {
        let body: String = (0..=FORM_PARAMETERS_MAX).map(|n| format!("p{n}=1&")).collect();
        assert!(Form::parse(body.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics_and_what_is_encoded_comes_back(value in "\\PC{0,40}") {
            let encoded: String = value.bytes().map(|b| format!("%{b:02X}")).collect();
            let form = Form::parse(format!("v={encoded}").as_bytes()).unwrap();
            prop_assert_eq!(form.get("v").unwrap_or_default(), value);
        }

        #[test]
        fn no_bytes_panic(body: Vec<u8>) {
            let _ = Form::parse(&body);
        }
    }
}
