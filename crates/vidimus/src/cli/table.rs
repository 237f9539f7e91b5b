//! JSON for people: a list as columns, an object as lines.

use serde_json::{Map, Value};

use super::moment::moment;

const WIDTH_MAX: usize = 48;

pub fn table(value: &Value, columns: &[&str]) -> String {
    match value {
        Value::Object(map) => match map.get("items") {
            Some(Value::Array(items)) => list(items, columns),
            _ => object(map, columns),
        },
        other => cell("", other),
    }
}

fn list(items: &[Value], columns: &[&str]) -> String {
    if items.is_empty() {
        return "none".to_owned();
    }
    let head = columns.iter().map(|column| column.to_uppercase()).collect();
    let rows = items.iter().map(|item| {
        columns
            .iter()
            .map(|column| {
                let value = item.get(*column).unwrap_or(&Value::Null);
                shortened(&cell(column, value))
            })
            .collect::<Vec<_>>()
    });
    aligned(std::iter::once(head).chain(rows).collect())
}

/// These members, or all of them.
fn object(map: &Map<String, Value>, columns: &[&str]) -> String {
    let mut rows = Vec::new();
    let shown = |key: &String| columns.is_empty() || columns.contains(&key.as_str());
    lines(map.iter().filter(|(key, _)| shown(key)), "", &mut rows);
    aligned(rows)
}

/// What is itself a table comes last, so that the thing's own words stand together.
fn lines<'a>(
    members: impl Iterator<Item = (&'a String, &'a Value)>,
    prefix: &str,
    rows: &mut Vec<Vec<String>>,
) {
    let mut tables = Vec::new();
    for (key, value) in members {
        let name = format!("{prefix}{key}");
        match value {
            Value::Object(inner) if !inner.is_empty() => tables.push((name, inner)),
            value => {
                let text = cell(&name, value);
                rows.push(vec![name, text]);
            }
        }
    }
    for (name, inner) in tables {
        lines(inner.iter(), &format!("{name}."), rows);
    }
}

fn cell(name: &str, value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::String(text) => plain(text),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().map(|item| cell(name, item)).collect::<Vec<_>>().join(", ")
        }
        other => moment(name, other).unwrap_or_else(|| other.to_string()),
    }
}

/// What a stranger wrote must not move the cursor.
pub fn plain(text: &str) -> String {
    text.replace(char::is_control, " ")
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= WIDTH_MAX {
        return text.to_owned();
    }
    text.chars().take(WIDTH_MAX - 1).chain(['…']).collect()
}

/// Columns two spaces apart; the last one is not padded.
pub fn aligned(rows: Vec<Vec<String>>) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| {
        rows.iter().filter_map(|row| row.get(at)).map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_columns_and_objects_are_lines() {
        let value = json!({"items": [{"id": "a", "x": ["1", "2"]}, {"id": "bcd", "x": []}]});
        assert_eq!(table(&value, &["id", "x"]), "ID   X\na    1, 2\nbcd  -\n");
        let value = json!({"id": "a", "policy": {"ttl": 3}, "on": true});
        assert_eq!(table(&value, &[]), "id          a\non          true\npolicy.ttl  3\n");
        assert_eq!(table(&json!({"items": []}), &["id"]), "none");
        let value = json!({"items": [{"id": "a", "name": ""}]});
        assert_eq!(table(&value, &["id", "name", "more"]), "ID  NAME  MORE\na   -     -\n");
    }

    #[test]
    fn tables_within_come_last_and_columns_choose() {
        let value = json!({"id": "a", "token": {"exp": 0, "by": {"x": 1}, "y": 2}, "why": "so"});
        assert_eq!(
            table(&value, &[]),
            "id          a\nwhy         so\ntoken.exp   1970-01-01T00:00:00Z\ntoken.y     2\n\
             token.by.x  1\n"
        );
        assert_eq!(table(&value, &["why", "id"]), "id   a\nwhy  so\n");
    }

    #[test]
    fn a_cell_cannot_break_its_line() {
        assert_eq!(table(&json!({"a": "x\n\u{1b}[2Jy"}), &[]), "a  x  [2Jy\n");
    }
}
