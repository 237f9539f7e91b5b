//! The seeded world: part of the program, so that it is the same everywhere, but for one key.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{
    apply::LoadedWorld,
    dev::{connected_app, hosts::Named},
    failure::Failure,
};

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

/// The host names of all tenants, the files' own included.
///
/// # Errors
/// A file is refused.
pub fn hosts(files: &[PathBuf]) -> Result<Vec<Named>, Failure> {
    let text = TEXT.replace("\"{{connected app}}\"", "{}");
    let world = LoadedWorld::with_seed(NAME, &text, files)?.json();
    let tenants = world.get("tenant").and_then(Value::as_array).into_iter().flatten();
    let named = tenants.flat_map(|tenant| {
        let id = tenant.get("id").and_then(Value::as_str).unwrap_or_default();
        let hosts = tenant.get("hosts").and_then(Value::as_array).into_iter().flatten();
        let names = hosts.filter_map(Value::as_str);
        names.map(|name| Named { name: name.to_ascii_lowercase(), tenant: id.to_owned() })
    });
    Ok(named.collect())
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
