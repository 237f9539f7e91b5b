//! The seeded world: part of the program, so that it is the same everywhere, but for one key.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{apply::LoadedWorld, dev::connected_app, failure::Failure};

const NAME: &str = "the sandbox's own world";
/// Of the console, as of everything else.
pub const ADMINISTRATOR: &str = "admin";
const TEXT: &str = include_str!("world.toml");

/// With the files given after it; they may add to its tenants.
///
/// # Errors
/// A file is refused, or the folder cannot hold the connected app's key.
pub fn world(files: &[PathBuf], folder: &Path) -> Result<LoadedWorld, Failure> {
    let keys = inline(&connected_app::jwks(folder)?);
    let text = TEXT.replace("\"{{connected app}}\"", &keys);
    Ok(LoadedWorld::with_seed(NAME, &text, files)?)
}

/// A value as TOML writes it within a line.
fn inline(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| format!("{key} = {}", inline(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_are_a_world() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(world(&[], folder.path()).unwrap().check().unwrap().tenants.len(), 4);
    }
}
