//! From text to tree.

use std::{ops::Range, path::Path, sync::Arc};

use serde_json::{Number, Value};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::document::{Entry, Node, Place, Problem, Shape};

/// # Errors
/// The file cannot be read, or is not TOML.
pub fn read(path: &Path) -> Result<Node, Problem> {
    let text = std::fs::read_to_string(path)
        .map_err(|why| Problem::whole(format!("cannot read {}: {why}", path.display())))?;
    parse(&path.display().to_string(), &text)
}

/// # Errors
/// The text is not TOML, or holds a value that JSON has no word for.
pub fn parse(path: &str, text: &str) -> Result<Node, Problem> {
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let source = Source { path: Arc::from(path), text, line_starts: starts.collect() };
    let table = DeTable::parse(text).map_err(|error| {
        let place = source.place(error.span().map_or(0, |span| span.start));
        Problem::at(&place, error.message().replace('\n', ", "))
    })?;
    source.table(source.place(0), table.get_ref())
}

struct Source<'a> {
    path: Arc<str>,
    text: &'a str,
    line_starts: Vec<usize>,
}

impl Source<'_> {
    fn place(&self, offset: usize) -> Place {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = self.text.get(start..offset).unwrap_or_default().chars().count() + 1;
        Place::File { path: Arc::clone(&self.path), line, column }
    }

    fn start(&self, span: &Range<usize>) -> Place {
        self.place(span.start)
    }

    fn table(&self, place: Place, table: &DeTable<'_>) -> Result<Node, Problem> {
        let mut entries: Vec<(usize, Entry)> = Vec::with_capacity(table.len());
        for (key, value) in table {
            let entry = Entry {
                key: key.get_ref().to_string(),
                place: self.start(&key.span()),
                node: self.value(value)?,
            };
            entries.push((key.span().start, entry));
        }
        // In the file's order: the map below sorts by name.
        entries.sort_by_key(|(start, _)| *start);
        let entries = entries.into_iter().map(|(_, entry)| entry).collect();
        Ok(Node { place, shape: Shape::Table(entries) })
    }

    fn value(&self, value: &Spanned<DeValue<'_>>) -> Result<Node, Problem> {
        let place = self.start(&value.span());
        let shape = match value.get_ref() {
            DeValue::String(text) => Shape::Leaf(Value::String(text.to_string())),
            DeValue::Boolean(flag) => Shape::Leaf(Value::Bool(*flag)),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map(|number| Shape::Leaf(number.into()))
                .map_err(|_| Problem::at(&place, format!("{number} is too large a number")))?,
            DeValue::Float(number) => number
                .as_str()
                .parse()
                .ok()
                .and_then(Number::from_f64)
                .map(|number| Shape::Leaf(Value::Number(number)))
                .ok_or_else(|| Problem::at(&place, "not a finite number"))?,
            DeValue::Datetime(_) => {
                return Err(Problem::at(&place, "a date is not expected anywhere; use a string"));
            }
            DeValue::Array(items) => {
                Shape::Array(items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => return self.table(place, table),
        };
        Ok(Node { place, shape })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_key_and_value_keeps_its_place() {
        let text = "a = 0x10\n\n[[t]]\nid = \"ä\"\n  b = [1, { c = true }]\n";
        let node = parse("w.toml", text).unwrap();
        assert_eq!(node.to_json(), json!({"a": 16, "t": [{"id": "ä", "b": [1, {"c": true}]}]}));
        let at = |pointer: &str| {
            let (place, path) = node.locate(pointer);
            format!("{place} {path}")
        };
        assert_eq!(at("/a"), "w.toml:1:1 a");
        assert_eq!(at("/t/0/id"), "w.toml:4:1 t[0].id");
        assert_eq!(at("/t/0/b/1/c"), "w.toml:5:13 t[0].b[1].c");
        // As far as it leads: the item that lacks the member.
        assert_eq!(at("/t/0/missing"), "w.toml:3:1 t[0]");
    }

    #[test]
    fn broken_text_says_where() {
        let problem = parse("w.toml", "a = 1\nb = \n").unwrap_err();
        assert!(problem.to_string().starts_with("w.toml:2:"), "{problem}");
        let problem = parse("w.toml", "a = 99999999999999999999").unwrap_err();
        assert!(problem.to_string().contains("too large"), "{problem}");
    }
}
