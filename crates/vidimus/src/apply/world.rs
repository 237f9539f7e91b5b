//! One world from several files, with the place of everything in it.

use std::{collections::HashMap, path::PathBuf};

use serde_json::Value;
use vidimus_core::admin::World;

use crate::{
    admin::Refusal,
    apply::files,
    document::{Node, Place, Problem, merge, parse, read},
    failure::Failure,
};

pub struct LoadedWorld {
    node: Node,
}

/// The arrays of a tenant and their key: an id is unique in each, and clients and resource
/// servers share their ids.
const CHILDREN: [&[(&str, &str)]; 5] = [
    &[("client", "client_id"), ("resource_server", "id")],
    &[("user", "username")],
    &[("trusted_issuer", "issuer")],
    &[("registration_token", "id")],
    &[("api_token", "id")],
];

impl LoadedWorld {
    /// # Errors
    /// A file cannot be read, is not TOML, or says what another says.
    pub fn read(paths: &[PathBuf]) -> Result<Self, Problem> {
        Self::of(paths.iter().map(|path| read(path)).collect::<Result<_, _>>()?)
    }

    /// A text that is part of the program, and files after it.
    ///
    /// # Errors
    /// As [`LoadedWorld::read`].
    pub fn with_seed(name: &str, text: &str, paths: &[PathBuf]) -> Result<Self, Problem> {
        let seed = std::iter::once(parse(name, text));
        Self::of(seed.chain(paths.iter().map(|path| read(path))).collect::<Result<_, _>>()?)
    }

    fn of(mut nodes: Vec<Node>) -> Result<Self, Problem> {
        nodes.iter_mut().try_for_each(files::resolve)?;
        let node = merge(nodes)?;
        for tenant in node.entry("tenant").map(|entry| entry.node.items()).unwrap_or_default() {
            unique(tenant)?;
        }
        Ok(Self { node })
    }

    pub fn json(&self) -> Value {
        self.node.to_json()
    }

    /// # Errors
    /// The world cannot be meant like this; with file, line and key.
    pub fn check(&self) -> Result<World, Failure> {
        World::parse(self.json()).map_err(|error| self.explain(error.into()))
    }

    /// A refusal at the place in the file that it is about.
    pub fn explain(&self, refusal: Refusal) -> Failure {
        let Some(pointer) = &refusal.pointer else { return Failure::Refused(refusal.message) };
        let (place, path) = self.node.locate(pointer);
        let subject = if path.is_empty() { String::new() } else { format!("{path}: ") };
        Problem::at(&place, format!("{subject}{}", refusal.message)).into()
    }
}

fn unique(tenant: &Node) -> Result<(), Problem> {
    for arrays in CHILDREN {
        let mut known: HashMap<&str, &Place> = HashMap::new();
        for (array, key) in arrays {
            let items = tenant.entry(array).map(|entry| entry.node.items()).unwrap_or_default();
            for entry in items.iter().filter_map(|item| item.entry(key)) {
                let Some(id) = entry.node.text() else { continue };
                if let Some(first) = known.insert(id, &entry.place) {
                    let message = format!("{array} {id} is declared already at {first}");
                    return Err(Problem::at(&entry.place, message));
                }
            }
        }
    }
    Ok(())
}
