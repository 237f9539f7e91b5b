//! Several world files are one world: tenants of one id are put together, nothing is said twice.

use std::collections::HashMap;

use crate::document::{Entry, Node, Place, Problem, Shape};

/// # Errors
/// The same thing is said in two places; the message names both.
pub fn merge(files: Vec<Node>) -> Result<Node, Problem> {
    let mut files = files.into_iter();
    let Some(mut whole) = files.next() else {
        return Err(Problem::whole("no world file given"));
    };
    for file in files {
        let Shape::Table(entries) = file.shape else { continue };
        for entry in entries {
            match (whole.entry_mut(&entry.key), &entry.node.shape) {
                (Some(known), Shape::Array(_)) if entry.key == "tenant" => {
                    add_tenants(&mut known.node, entry.node)?;
                }
                (Some(known), _) => return Err(twice(&entry, &known.place)),
                (None, _) => whole.push(entry),
            }
        }
    }
    Ok(whole)
}

fn add_tenants(known: &mut Node, more: Node) -> Result<(), Problem> {
    let (Shape::Array(known), Shape::Array(more)) = (&mut known.shape, more.shape) else {
        return Ok(());
    };
    let ids = known.iter().enumerate().filter_map(|(at, tenant)| Some((id_of(tenant)?, at)));
    let ids: HashMap<String, usize> = ids.collect();
    for tenant in more {
        let at = id_of(&tenant).and_then(|id| ids.get(&id).copied());
        match at.and_then(|at| known.get_mut(at)) {
            Some(other) => add_members(other, tenant)?,
            None => known.push(tenant),
        }
    }
    Ok(())
}

fn id_of(tenant: &Node) -> Option<String> {
    tenant.entry("id")?.node.text().map(str::to_owned)
}

/// Lists of objects are joined, tables member by member; anything else may be said once.
fn add_members(known: &mut Node, more: Node) -> Result<(), Problem> {
    let Shape::Table(entries) = more.shape else { return Ok(()) };
    for entry in entries {
        let Some(present) = known.entry_mut(&entry.key) else {
            known.push(entry);
            continue;
        };
        if entry.key == "id" {
            continue;
        }
        match (&mut present.node.shape, entry.node.shape) {
            (Shape::Array(present), Shape::Array(items))
                if items.iter().chain(&*present).all(|i| matches!(i.shape, Shape::Table(_))) =>
            {
                present.extend(items);
            }
            (Shape::Table(_), Shape::Table(entries)) => {
                let table = Node { place: entry.place, shape: Shape::Table(entries) };
                add_members(&mut present.node, table)?;
            }
            (_, shape) => {
                let node = Node { place: entry.node.place, shape };
                return Err(twice(&Entry { node, ..entry }, &present.place));
            }
        }
    }
    Ok(())
}

fn twice(entry: &Entry, first: &Place) -> Problem {
    Problem::at(&entry.place, format!("{} is said already at {first}", entry.key))
}

impl Node {
    fn entry_mut(&mut self, key: &str) -> Option<&mut Entry> {
        self.entries_mut()?.iter_mut().find(|entry| entry.key == key)
    }

    fn push(&mut self, entry: Entry) {
        if let Some(entries) = self.entries_mut() {
            entries.push(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::parse;

    fn two(first: &str, second: &str) -> Result<Node, Problem> {
        merge(vec![parse("a.toml", first).unwrap(), parse("b.toml", second).unwrap()])
    }

    #[test]
    fn tenants_of_one_id_are_joined() {
        let whole = two(
            "[[tenant]]\nid = \"t\"\n[tenant.policy]\na = 1\n[[tenant.client]]\nclient_id = \"x\"\n",
            "[[tenant]]\nid = \"t\"\n[tenant.policy]\nb = 2\n[[tenant.client]]\nclient_id = \"y\"\n\
             [[tenant]]\nid = \"u\"\n",
        );
        let expected = json!({"tenant": [
            {"id": "t", "policy": {"a": 1, "b": 2},
             "client": [{"client_id": "x"}, {"client_id": "y"}]},
            {"id": "u"}]});
        assert_eq!(whole.unwrap().to_json(), expected);
    }

    #[test]
    fn what_is_said_twice_names_both_places() {
        let first = "[[tenant]]\nid = \"t\"\ndialects = [\"standard\"]\n";
        let problem = two(first, "\n[[tenant]]\nid = \"t\"\ndialects = []\n").unwrap_err();
        assert_eq!(problem.to_string(), "b.toml:4:1: dialects is said already at a.toml:3:1");
    }
}
