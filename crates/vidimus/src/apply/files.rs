//! Keys that name a file, or files, instead of holding a value: `client_secret_file` and its like.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::document::{Entry, Node, Place, Problem, Shape};

/// Keys that may end in `_file`; `jwks` is JSON, `logo` a picture, the others are one line.
const KEYS: [&str; 9] = [
    "client_secret",
    "client_secret_hash",
    "secret",
    "secret_hash",
    "password",
    "password_hash",
    "token",
    "jwks",
    "logo",
];

/// Keys that may end in `_files`: a list of texts.
const LISTS: [&str; 1] = ["assertion_certificates"];

/// Replaces each such key by the value that its file holds.
///
/// # Errors
/// The file cannot be read, or the value is given as well.
pub fn resolve(node: &mut Node) -> Result<(), Problem> {
    match &mut node.shape {
        Shape::Leaf(_) => Ok(()),
        Shape::Array(items) => items.iter_mut().try_for_each(resolve),
        Shape::Table(entries) => {
            for at in 0..entries.len() {
                resolve_entry(entries, at)?;
            }
            Ok(())
        }
    }
}

fn resolve_entry(entries: &mut [Entry], at: usize) -> Result<(), Problem> {
    let (key, place) = match entries.get_mut(at) {
        Some(entry) => {
            resolve(&mut entry.node)?;
            (entry.key.clone(), entry.place.clone())
        }
        None => return Ok(()),
    };
    let one = key.strip_suffix("_file").filter(|target| KEYS.contains(target));
    let several = key.strip_suffix("_files").filter(|target| LISTS.contains(target));
    let Some(target) = one.or(several) else { return Ok(()) };
    if let Some(other) = entries.iter().find(|entry| entry.key == target) {
        let message = format!("{key}: {target} is given already at {}", other.place);
        return Err(Problem::at(&place, message));
    }
    let Some(entry) = entries.get_mut(at) else { return Ok(()) };
    match &mut entry.node.shape {
        Shape::Array(items) if several.is_some() => {
            items.iter_mut().try_for_each(|item| replace(item, &key, target, &place))?;
        }
        _ if several.is_some() => {
            return Err(Problem::at(&place, format!("{key} takes a list of paths")));
        }
        _ => replace(&mut entry.node, &key, target, &place)?,
    }
    entry.key = target.to_owned();
    Ok(())
}

/// The name of a file by what the file holds.
fn replace(node: &mut Node, key: &str, target: &str, place: &Place) -> Result<(), Problem> {
    let name =
        node.text().ok_or_else(|| Problem::at(place, format!("{key} takes the path of a file")))?;
    let value = read(&beside(place, name), target)
        .map_err(|why| Problem::at(&node.place, format!("{key}: {name}: {why}")))?;
    node.shape = Shape::Leaf(value);
    Ok(())
}

/// Relative to the world file.
fn beside(place: &Place, name: &str) -> PathBuf {
    match place {
        Place::File { path, .. } => Path::new(&**path).parent().unwrap_or(Path::new("")).join(name),
        Place::Variable(_) => PathBuf::from(name),
    }
}

fn read(path: &Path, target: &str) -> Result<Value, String> {
    if target == "logo" {
        let picture = fs::read(path).map_err(|why| why.to_string())?;
        return Ok(STANDARD.encode(picture).into());
    }
    let text = fs::read_to_string(path).map_err(|why| why.to_string())?;
    if target == "jwks" {
        return serde_json::from_str(&text).map_err(|why| format!("not JSON: {why}"));
    }
    if LISTS.contains(&target) {
        return Ok(text.into());
    }
    let line = text.trim_end_matches(['\n', '\r']);
    if line.is_empty() || line.contains('\n') {
        return Err("a secret is one line".to_owned());
    }
    Ok(line.into())
}
