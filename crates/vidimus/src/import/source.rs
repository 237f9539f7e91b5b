//! An export's files, read by what is in them: JSON, CSV (RFC 4180), a dump of PostgreSQL, XML.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use crate::failure::Failure;

/// A whole realm with its users; more is more than one export.
const BYTES_MAX: u64 = 512 * 1024 * 1024;

pub struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// # Errors
    /// It cannot be read.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let cannot =
            |why: io::Error| Failure::refused(format!("cannot read {}: {why}", path.display()));
        let mut text = String::new();
        let source: Box<dyn io::Read> = match path == Path::new("-") {
            true => Box::new(io::stdin().lock()),
            false => Box::new(fs::File::open(path).map_err(cannot)?),
        };
        let read = source.take(BYTES_MAX + 1).read_to_string(&mut text).map_err(cannot)?;
        if u64::try_from(read).unwrap_or(u64::MAX) > BYTES_MAX {
            let what = format!("{} is larger than {} MiB", path.display(), BYTES_MAX >> 20);
            return Err(Failure::Refused(what));
        }
        let text = text.trim_start_matches('\u{feff}').to_owned();
        Ok(Self { path: path.to_owned(), text })
    }

    #[cfg(test)]
    pub fn of(name: &str, text: &str) -> Self {
        Self { path: PathBuf::from(name), text: text.to_owned() }
    }

    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Without folders and endings: what a component is called by the file that holds it.
    pub fn stem(&self) -> &str {
        let name = self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.split('.').next().unwrap_or(name)
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn is_xml(&self) -> bool {
        self.text.trim_start().starts_with('<')
    }

    pub fn is_json(&self) -> bool {
        self.text.trim_start().starts_with(['{', '['])
    }

    pub fn json(&self) -> Result<Value, String> {
        serde_json::from_str(&self.text).map_err(|why| format!("{}: {why}", self.name()))
    }

    /// Objects of a JSON list, or rows of a table.
    pub fn rows(&self, table: &str) -> Result<Vec<Map<String, Value>>, String> {
        let named = |why: String| format!("{}: {why}", self.name());
        if self.is_json() {
            return objects(self.json()?).map_err(named);
        }
        if self.is_xml() {
            return Err(named("it is XML; JSON or a table was expected".to_owned()));
        }
        let rows = match dump(&self.text, table) {
            Some(rows) => rows,
            None => csv(&self.text),
        };
        let mut rows = rows.into_iter();
        let head = rows.next().filter(|head| head.len() > 1);
        let head =
            head.ok_or_else(|| named("it is no JSON, and no table with a head".to_owned()))?;
        let head: Vec<String> = head.into_iter().map(Option::unwrap_or_default).collect();
        let mut read = Vec::new();
        for (at, row) in rows.enumerate() {
            if row.len() != head.len() {
                return Err(named(format!("row {} has {} columns", at + 2, row.len())));
            }
            let cells = head.iter().zip(row).map(|(name, cell)| {
                (name.trim().to_ascii_lowercase(), cell.map_or(Value::Null, Value::String))
            });
            read.push(cells.collect());
        }
        Ok(read)
    }
}

/// A list, a page of one (`items`), or one alone.
fn objects(value: Value) -> Result<Vec<Map<String, Value>>, String> {
    let items = match value {
        Value::Array(items) => items,
        Value::Object(mut map) => match map.remove("items") {
            Some(Value::Array(items)) => items,
            _ => vec![Value::Object(map)],
        },
        _ => Vec::new(),
    };
    let object = |item| match item {
        Value::Object(map) => Ok(map),
        _ => Err("a list of objects was expected".to_owned()),
    };
    items.into_iter().map(object).collect()
}

type Row = Vec<Option<String>>;

/// `COPY schema.table (columns) FROM stdin;` of `pg_dump`, up to its `\.`; the head comes first.
fn dump(text: &str, table: &str) -> Option<Vec<Row>> {
    let is_head = |line: &&str| {
        let mut words = line.split_whitespace();
        let named = |name: &str| name.rsplit('.').next().is_some_and(|last| last == table);
        words.next() == Some("COPY") && words.next().is_some_and(named)
    };
    let mut lines = text.lines().skip_while(|line| !is_head(line));
    let head = lines.next()?;
    let columns = head.split_once('(')?.1.split_once(')')?.0;
    let column = |name: &str| Some(name.trim().trim_matches('"').to_owned());
    let mut rows: Vec<Row> = vec![columns.split(',').map(column).collect()];
    for line in lines.take_while(|line| *line != "\\.") {
        rows.push(line.split('\t').map(cell).collect());
    }
    Some(rows)
}

/// A cell of `COPY`'s text form.
fn cell(text: &str) -> Option<String> {
    if text == "\\N" {
        return None;
    }
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        plain.push(match c {
            '\\' => match characters.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            },
            c => c,
        });
    }
    Some(plain)
}

/// RFC 4180: quotes doubled inside quotes; separated by commas, or by what the head has instead.
fn csv(text: &str) -> Vec<Row> {
    let head = text.lines().next().unwrap_or_default();
    let separator = [',', ';', '\t'].into_iter().max_by_key(|c| head.matches(*c).count());
    let separator = separator.unwrap_or(',');
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Row::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            c if !quoted && (c == separator || c == '\n') => {
                row.push(Some(std::mem::take(&mut cell)));
                if c == '\n' {
                    rows.push(std::mem::take(&mut row));
                }
            }
            '\r' if !quoted => {}
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(Some(cell));
        rows.push(row);
    }
    rows.retain(|row| row.iter().flatten().any(|cell| !cell.is_empty()));
    rows
}

/// A list of texts, however it is written down: as a list, as one in a text, with commas or bars.
pub fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => {
            items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        }
        Value::String(text) => match serde_json::from_str::<Vec<String>>(text) {
            Ok(items) => items,
            Err(_) => {
                let parts = text.split(['|', ',', ' ']).map(str::trim);
                parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
            }
        },
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_come_in_three_forms() {
        let texts = [
            "id,client_secret\r\na,\"x,\"\"y\"\"\"\r\n",
            "id;client_secret\na;\"x,\"\"y\"\"\"\n",
            "-- a dump\nCOPY public.hydra_client (id, client_secret) FROM stdin;\na\tx,\"y\"\n\\.\nz\n",
            r#"[{"id": "a", "client_secret": "x,\"y\""}]"#,
            r#"{"items": [{"id": "a", "client_secret": "x,\"y\""}]}"#,
        ];
        for text in texts {
            let rows = Source::of("f", text).rows("hydra_client").unwrap();
            let expected = serde_json::json!([{"id": "a", "client_secret": "x,\"y\""}]);
            assert_eq!(serde_json::json!(rows), expected, "{text}");
        }
        let null = "COPY t (id, a) FROM stdin;\nx\t\\N\ny\ta\\\\b\\nc\n\\.\n";
        let rows = Source::of("f", null).rows("t").unwrap();
        assert_eq!(
            serde_json::json!(rows),
            serde_json::json!([{"id": "x", "a": null}, {"id": "y", "a": "a\\b\nc"}])
        );
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for text in ["", "hello", "<a/>", "id,secret\na\n", "[1]"] {
            assert!(Source::of("f", text).rows("t").is_err(), "{text}");
        }
    }
}
