//! The settings as given: checked against [`KEYS`] by name and type, variables over the file.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::Value;

use crate::{
    config::{
        Environment,
        keys::{KEYS, Key, Kind, names, sections},
    },
    document::{Entry, Node, Place, Problem, Shape, nearest},
};

#[derive(Debug)]
pub struct Settings {
    given: HashMap<(&'static str, &'static str), Given>,
    folder: PathBuf,
}

#[derive(Clone, Debug)]
struct Given {
    place: Place,
    value: Value,
}

impl Settings {
    /// # Errors
    /// An unknown section or key, or a value of the wrong type.
    pub fn new(
        file: Option<&Node>,
        folder: &Path,
        environment: &Environment,
    ) -> Result<Self, Problem> {
        let mut settings = Self { given: HashMap::new(), folder: folder.to_owned() };
        for section in file.map(Node::entries).unwrap_or_default() {
            if !sections().contains(&section.key.as_str()) {
                return Err(unknown_section(section));
            }
            if !matches!(section.node.shape, Shape::Table(_)) {
                let message = format!("{} is a section: write [{0}]", section.key);
                return Err(Problem::at(&section.place, message));
            }
            for entry in section.node.entries() {
                let key = find(&section.key, &entry.key).ok_or_else(|| {
                    let name = format!("{}.{}", section.key, entry.key);
                    unknown_key(&entry.place, &name, &section.key, &entry.key)
                })?;
                let Shape::Leaf(value) = &entry.node.shape else {
                    return Err(wrong_type(&entry.node.place, key, entry.node.kind()));
                };
                settings.insert(key, entry.node.place.clone(), value.clone(), entry.node.kind())?;
            }
        }
        if let Some((variable, meant)) = environment.misspelt(KEYS) {
            let message = format!("section and key are parted by two underscores: {meant}");
            return Err(Problem::at(&Place::Variable(Arc::from(variable)), message));
        }
        for (variable, section, name, text) in environment.settings() {
            let place = Place::Variable(Arc::from(variable));
            let key = find(&section, &name).ok_or_else(|| {
                unknown_key(&place, &format!("{section}.{name}"), &section, &name)
            })?;
            settings.insert(key, place, from_text(key, text), "a string")?;
        }
        Ok(settings)
    }

    fn insert(&mut self, key: &Key, place: Place, value: Value, kind: &str) -> Result<(), Problem> {
        let fits = match key.kind {
            Kind::Text | Kind::Path => value.is_string(),
            Kind::Bool => value.is_boolean(),
            Kind::Integer { min, max } => {
                value.as_i64().is_some_and(|number| (min..=max).contains(&number))
            }
        };
        if !fits {
            let number = value.as_i64().filter(|_| matches!(key.kind, Kind::Integer { .. }));
            let given = number.map_or_else(|| kind.to_owned(), |number| number.to_string());
            return Err(wrong_type(&place, key, &given));
        }
        self.given.insert((key.section, key.name), Given { place, value });
        Ok(())
    }

    pub fn text(&self, section: &'static str, name: &'static str) -> Option<String> {
        match self.given.get(&(section, name)) {
            Some(given) => given.value.as_str().map(str::to_owned),
            None => find(section, name)?.default.map(str::to_owned),
        }
    }

    /// The file's relative paths are relative to the file, a variable's to where we were started.
    pub fn path(&self, section: &'static str, name: &'static str) -> Option<PathBuf> {
        Some(self.rebase(section, name, Path::new(&self.text(section, name)?)))
    }

    pub fn rebase(&self, section: &'static str, name: &'static str, path: &Path) -> PathBuf {
        match self.given.get(&(section, name)).map(|given| &given.place) {
            Some(Place::Variable(_)) => path.to_owned(),
            _ => self.folder.join(path),
        }
    }

    pub fn flag(&self, section: &'static str, name: &'static str) -> bool {
        match self.given.get(&(section, name)) {
            Some(given) => given.value == Value::Bool(true),
            None => find(section, name).and_then(|key| key.default) == Some("true"),
        }
    }

    pub fn number(&self, section: &'static str, name: &'static str) -> i64 {
        let default = || find(section, name)?.default?.parse().ok();
        match self.given.get(&(section, name)) {
            Some(given) => given.value.as_i64(),
            None => default(),
        }
        .unwrap_or_default()
    }

    /// A problem with a setting, at the place where it was given.
    pub fn problem(&self, section: &'static str, name: &'static str, what: &str) -> Problem {
        let message = format!("{section}.{name}: {what}");
        match self.given.get(&(section, name)) {
            Some(given) => Problem::at(&given.place, message),
            None => Problem::whole(message),
        }
    }
}

fn find(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.section == section && key.name == name)
}

fn from_text(key: &Key, text: &str) -> Value {
    let parsed = match key.kind {
        Kind::Text | Kind::Path => None,
        Kind::Bool => text.parse().ok().map(Value::Bool),
        Kind::Integer { .. } => text.parse::<i64>().ok().map(Value::from),
    };
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn wrong_type(place: &Place, key: &Key, got: &str) -> Problem {
    let wanted = match key.kind {
        Kind::Text => "a string".to_owned(),
        Kind::Path => "a path, as a string".to_owned(),
        Kind::Bool => "true or false".to_owned(),
        Kind::Integer { min, max } => format!("an integer from {min} to {max}"),
    };
    Problem::at(place, format!("{}.{} takes {wanted}, not {got}", key.section, key.name))
}

/// A key that stands before any section, perhaps.
fn unknown_section(entry: &Entry) -> Problem {
    let owner = KEYS.iter().find(|key| key.name == entry.key);
    match owner.filter(|_| matches!(entry.node.shape, Shape::Leaf(_))) {
        Some(key) => {
            let message = format!("{} belongs under [{}]", key.name, key.section);
            Problem::at(&entry.place, message)
        }
        None => unknown(&entry.place, "section", &entry.key, sections()),
    }
}

fn unknown_key(place: &Place, full: &str, section: &str, name: &str) -> Problem {
    if !sections().contains(&section) {
        return unknown(place, "section", section, sections());
    }
    if nearest(name, names(section)).is_none()
        && let Some(key) = KEYS.iter().find(|key| key.name == name)
    {
        let message = format!("unknown key {full}; it belongs under [{}]", key.section);
        return Problem::at(place, message);
    }
    unknown(place, "key", full, names(section))
}

fn unknown<'a>(
    place: &Place,
    what: &str,
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Problem {
    let candidates: Vec<_> = candidates.into_iter().collect();
    let word = name.rsplit('.').next().unwrap_or(name);
    let hint = match nearest(word, candidates.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of: {}", candidates.join(", ")),
    };
    Problem::at(place, format!("unknown {what} {name}; {hint}"))
}
