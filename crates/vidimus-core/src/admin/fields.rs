//! Reading a declaration: a JSON object with known keys. Every error names the key.

use serde_json::{Map, Value};

use crate::error::{ErrorCode, OAuthError};

/// A declaration and where it stands, as a JSON pointer (RFC 6901).
pub struct Fields<'a> {
    pub map: &'a Map<String, Value>,
    pub pointer: &'a str,
}

impl<'a> Fields<'a> {
    /// # Errors
    /// At the first key that is not among `known`, with the nearest one.
    pub fn only(&self, known: &[&str]) -> Result<(), OAuthError> {
        for key in self.map.keys() {
            if !known.contains(&key.as_str()) {
                let nearest = did_you_mean(key, known);
                return Err(self.wrong(key, format!("unknown key {key}.{nearest}")));
            }
        }
        Ok(())
    }

    /// # Errors
    /// At the key, for the first of its values that is not among `known`, with the nearest one.
    pub fn among(&self, key: &str, values: &[String], known: &[&str]) -> Result<(), OAuthError> {
        match values.iter().find(|value| !known.contains(&value.as_str())) {
            None => Ok(()),
            Some(value) => {
                let nearest = did_you_mean(value, known);
                Err(self.wrong(key, format!("{key} does not know {value}.{nearest}")))
            }
        }
    }

    pub fn wrong(&self, key: &str, what: impl Into<String>) -> OAuthError {
        let description: String = what.into();
        OAuthError::new(ErrorCode::InvalidRequest, description).at(format!(
            "{}/{}",
            self.pointer,
            key.replace('~', "~0").replace('/', "~1")
        ))
    }

    pub fn text(&self, key: &str) -> Result<Option<&'a str>, OAuthError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(key, format!("{key} must be a string"))),
        }
    }

    pub fn required(&self, key: &str) -> Result<&'a str, OAuthError> {
        self.text(key)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| self.wrong(key, format!("{key} is missing")))
    }

    pub fn list(&self, key: &str) -> Result<Option<Vec<String>>, OAuthError> {
        let wrong = || self.wrong(key, format!("{key} must be a list of strings"));
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong))
                .collect::<Result<Vec<String>, _>>()
                .map(Some),
            Some(_) => Err(wrong()),
        }
    }

    pub fn flag(&self, key: &str) -> Result<Option<bool>, OAuthError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.wrong(key, format!("{key} must be true or false"))),
        }
    }

    pub fn integer(&self, key: &str) -> Result<Option<i64>, OAuthError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_i64()
                .map(Some)
                .ok_or_else(|| self.wrong(key, format!("{key} must be a whole number"))),
        }
    }

    /// One of a few words; `None` where left out.
    pub fn word<T: serde::de::DeserializeOwned>(
        &self,
        key: &str,
        words: &str,
    ) -> Result<Option<T>, OAuthError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::deserialize(value)
                .map(Some)
                .map_err(|_| self.wrong(key, format!("{key} must be one of {words}"))),
        }
    }
}

fn did_you_mean(name: &str, known: &[&str]) -> String {
    nearest(name, known).map_or_else(String::new, |name| format!(" Did you mean {name}?"))
}

/// The known name closest to a mistyped one, if any is close, or else one that goes on after it.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min()
        .map(|(_, candidate)| candidate)
        .or_else(|| {
            let longer = |candidate: &&str| candidate.starts_with(&format!("{name}_"));
            known.iter().copied().find(longer)
        })
}
