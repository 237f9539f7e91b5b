//! The process's environment, read once and passed on.

use std::collections::BTreeMap;

use crate::config::keys::Key;

#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// What the process was started with; variables that are not text are left out.
    pub fn of_process() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let variables = std::env::vars_os();
        Self(
            variables
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        )
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// `VIDIMUS_SECTION__KEY`: the name as given, section and key in lower case, and the value.
    pub fn settings(&self) -> impl Iterator<Item = (&str, String, String, &str)> {
        self.0.iter().filter_map(|(name, value)| {
            let (section, key) = name.strip_prefix("VIDIMUS_")?.split_once("__")?;
            let (section, key) = (section.to_ascii_lowercase(), key.to_ascii_lowercase());
            Some((name.as_str(), section, key, value.as_str()))
        })
    }

    /// `VIDIMUS_SECTION_KEY`, which would be passed over in silence, and what it should be.
    pub fn misspelt(&self, keys: &[Key]) -> Option<(&str, String)> {
        keys.iter().find_map(|key| {
            let name = |by: &str| format!("VIDIMUS_{}{by}{}", key.section, key.name);
            let (given, _) = self.0.get_key_value(&name("_").to_ascii_uppercase())?;
            Some((given.as_str(), name("__").to_ascii_uppercase()))
        })
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}
