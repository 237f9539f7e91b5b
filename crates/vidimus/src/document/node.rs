//! The tree of a document: a value, its place, and for tables the place of each key.

use serde_json::Value;

use crate::document::Place;

#[derive(Clone, Debug)]
pub struct Node {
    pub place: Place,
    pub shape: Shape,
}

#[derive(Clone, Debug)]
pub enum Shape {
    /// A string, a number or a boolean.
    Leaf(Value),
    Array(Vec<Node>),
    Table(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub key: String,
    /// Of the key, not of its value.
    pub place: Place,
    pub node: Node,
}

impl Node {
    /// Empty for anything but a table.
    pub fn entries(&self) -> &[Entry] {
        if let Shape::Table(entries) = &self.shape { entries } else { &[] }
    }

    pub const fn entries_mut(&mut self) -> Option<&mut Vec<Entry>> {
        if let Shape::Table(entries) = &mut self.shape { Some(entries) } else { None }
    }

    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// Empty for anything but an array.
    pub fn items(&self) -> &[Self] {
        if let Shape::Array(items) = &self.shape { items } else { &[] }
    }

    pub fn text(&self) -> Option<&str> {
        if let Shape::Leaf(Value::String(text)) = &self.shape { Some(text) } else { None }
    }

    /// For messages: `a string`, `an integer` …
    pub const fn kind(&self) -> &'static str {
        match &self.shape {
            Shape::Leaf(Value::String(_)) => "a string",
            Shape::Leaf(Value::Bool(_)) => "a boolean",
            Shape::Leaf(_) => "a number",
            Shape::Array(_) => "an array",
            Shape::Table(_) => "a table",
        }
    }

    pub fn to_json(&self) -> Value {
        match &self.shape {
            Shape::Leaf(value) => value.clone(),
            Shape::Array(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Shape::Table(entries) => Value::Object(
                entries.iter().map(|entry| (entry.key.clone(), entry.node.to_json())).collect(),
            ),
        }
    }

    /// Where a JSON pointer (RFC 6901) leads, as far as it leads anywhere: the key's place for a
    /// table's member, the item's for an array's. With the path in TOML's words.
    pub fn locate(&self, pointer: &str) -> (Place, String) {
        let mut node = self;
        let mut place = self.place.clone();
        let mut path = String::new();
        for raw in pointer.split('/').skip(1) {
            let step = raw.replace("~1", "/").replace("~0", "~");
            match &node.shape {
                Shape::Table(entries) => {
                    let Some(entry) = entries.iter().find(|entry| entry.key == step) else { break };
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&step);
                    place = entry.place.clone();
                    node = &entry.node;
                }
                Shape::Array(items) => {
                    let Some(item) = step.parse().ok().and_then(|n: usize| items.get(n)) else {
                        break;
                    };
                    path.push_str(&format!("[{step}]"));
                    place = item.place.clone();
                    node = item;
                }
                Shape::Leaf(_) => break,
            }
        }
        (place, path)
    }
}
