//! Where something stands, and what is wrong with it.

use std::{fmt, sync::Arc};

/// A file's line and column (both from 1), or a variable of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    File { path: Arc<str>, line: usize, column: usize },
    Variable(Arc<str>),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, column } => write!(f, "{path}:{line}:{column}"),
            Self::Variable(name) => write!(f, "{name}"),
        }
    }
}

/// One mistake in a configuration or world file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `None`: the file as a whole, or none at all.
    pub place: Option<Place>,
    pub message: String,
}

impl Problem {
    pub fn at(place: &Place, message: impl Into<String>) -> Self {
        Self { place: Some(place.clone()), message: message.into() }
    }

    pub fn whole(message: impl Into<String>) -> Self {
        Self { place: None, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Problem {}

/// What somebody who wrote `word` most likely meant; nothing where all candidates are far off.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_if_it_is_near() {
        let names = ["listen", "public_url", "tls_cert"];
        assert_eq!(nearest("lisen", names), Some("listen"));
        assert_eq!(nearest("publicurl", names), Some("public_url"));
        assert_eq!(nearest("zzz", names), None);
    }
}
