//! A file's text to the items in it, each with what it inherits from the folders around it.

use std::{collections::BTreeMap, fmt};

use serde_json::Value;

use super::entities;

/// What opens the item on a page that shows one.
const ON_A_PAGE: &str = "Postman Collection Item JSON";

#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    /// Empty for a bare item.
    pub name: String,
    /// All requests, in their order.
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub collection: String,
    pub folders: Vec<String>,
    pub name: String,
    /// As it is written.
    pub value: Value,
    /// The nearest folder's, or the collection's.
    pub auth: Option<Value>,
    /// The nearest folder's come first.
    pub variables: BTreeMap<String, String>,
}

impl Item {
    /// `Folder/Name`.
    pub fn path(&self) -> String {
        let mut path = self.folders.clone();
        path.push(self.name.clone());
        path.join("/")
    }

    /// What it is called by where it is chosen by one word.
    pub fn id(&self) -> &str {
        self.value.get("id").and_then(Value::as_str).unwrap_or_default()
    }
}

/// Why a text is no collection, and where it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPostman {
    pub line: usize,
    pub column: usize,
    pub message: String,
}

impl fmt::Display for NotPostman {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// # Errors
/// The text is no JSON, or not that of a collection or an item.
pub fn read(text: &str) -> Result<Collection, NotPostman> {
    let (value, line) = parse(text.trim_start_matches('\u{feff}'))?;
    let not = |message: &str| NotPostman { line, column: 1, message: message.to_owned() };
    let value = value.get("collection").unwrap_or(&value);
    if value.get("requests").is_some() {
        return Err(not("a Postman collection of format 1: export it as format 2.1"));
    }
    if value.get("item").is_none() && value.get("values").is_some_and(Value::is_array) {
        return Err(not("a Postman environment, not a collection: give its values with --var"));
    }
    let mut around = Around::default();
    let items = match value {
        Value::Array(items) => items.as_slice(),
        Value::Object(members) if members.contains_key("info") => {
            around.collection = string(value.get("info").and_then(|info| info.get("name")));
            around.inherit(value);
            value.get("item").and_then(Value::as_array).map_or(&[][..], Vec::as_slice)
        }
        _ => {
            around.collection = headed(text).unwrap_or_default();
            std::slice::from_ref(value)
        }
    };
    let mut found = Vec::new();
    around.collect(items, &mut found);
    if found.is_empty() {
        return Err(not("no Postman collection: nothing in it has a `request`"));
    }
    Ok(Collection { name: around.collection, items: found })
}

/// A page is headed `Language / Collection / Item`.
fn headed(text: &str) -> Option<String> {
    let (before, _) = text.split_once(ON_A_PAGE)?;
    let title = before.lines().find(|line| line.contains(" / ") && !line.contains('<'))?;
    let (_, rest) = title.trim().split_once(" / ")?;
    rest.rsplit_once(" / ").map(|(collection, _)| collection.to_owned())
}

/// What a folder gives to those in it.
#[derive(Clone, Default)]
struct Around {
    collection: String,
    folders: Vec<String>,
    auth: Option<Value>,
    variables: BTreeMap<String, String>,
}

impl Around {
    fn inherit(&mut self, folder: &Value) {
        if let Some(auth) = folder.get("auth").filter(|auth| !auth.is_null()) {
            self.auth = Some(auth.clone());
        }
        for variable in folder.get("variable").and_then(Value::as_array).into_iter().flatten() {
            let name = variable.get("key").or_else(|| variable.get("id"));
            let name = name.and_then(Value::as_str).unwrap_or_default();
            let disabled = variable.get("disabled") == Some(&Value::Bool(true));
            let value = string(variable.get("value"));
            // Without a value it is a place for one.
            if !disabled && !name.is_empty() && !value.is_empty() {
                self.variables.insert(name.to_owned(), value);
            }
        }
    }

    fn collect(&self, items: &[Value], found: &mut Vec<Item>) {
        for item in items {
            let name = string(item.get("name"));
            if let Some(inner) = item.get("item").and_then(Value::as_array) {
                let mut around = self.clone();
                around.folders.push(name);
                around.inherit(item);
                around.collect(inner, found);
            } else if item.get("request").is_some() {
                let mut around = self.clone();
                around.inherit(item);
                found.push(Item {
                    collection: around.collection,
                    folders: around.folders,
                    name: if name.is_empty() { "Request".to_owned() } else { name },
                    value: item.clone(),
                    auth: around.auth,
                    variables: around.variables,
                });
            }
        }
    }
}

/// A text, or what JSON writes for it; nothing for nothing.
pub fn string(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

/// The JSON, and the line on which it begins.
fn parse(text: &str) -> Result<(Value, usize), NotPostman> {
    // A collection may speak of such pages, too.
    if let Ok(value) = serde_json::from_str(text) {
        let blank = text.len() - text.trim_start().len();
        return Ok((value, text[..blank].matches('\n').count() + 1));
    }
    let (skipped, shown) = match text.rfind(ON_A_PAGE) {
        Some(at) => {
            let after = text[at..].find(['{', '[']).unwrap_or(ON_A_PAGE.len());
            text.split_at(at + after)
        }
        None => text.split_at(text.len() - text.trim_start().len()),
    };
    let line = skipped.matches('\n').count() + 1;
    let is_page = text.len() > shown.len() && skipped.contains(ON_A_PAGE);
    let first = match first_value(shown, is_page) {
        Ok(value) => return Ok((value, line)),
        Err(why) => why,
    };
    if shown.contains("&quot;")
        && let Ok(value) = first_value(&entities::decoded(shown), is_page)
    {
        return Ok((value, line));
    }
    let message = first.to_string();
    let said = message.split(" at line ").next().unwrap_or_default();
    Err(NotPostman {
        line: line + first.line().max(1) - 1,
        column: first.column().max(1),
        message: format!("no Postman collection: {said}"),
    })
}

/// On a page something may follow it.
fn first_value(text: &str, and_more: bool) -> Result<Value, serde_json::Error> {
    if !and_more {
        return serde_json::from_str(text);
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    values.next().unwrap_or_else(|| serde_json::from_str(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: &str = r#"{"name": "A \"b\"", "request": "https://a.example"}"#;

    #[test]
    fn a_bare_item_a_list_a_collection_and_what_the_service_answers_are_read() {
        let collection = format!(r#"{{"info": {{"name": "C"}}, "item": [{ITEM}]}}"#);
        let wrapped = format!(r#"{{"collection": {collection}}}"#);
        for (text, name) in [
            (ITEM.to_owned(), ""),
            (format!("\u{feff}[{ITEM}]"), ""),
            (collection, "C"),
            (wrapped, "C"),
            (format!("Python / C / A\n\ncurl x\nPostman Collection Item JSON\n\n{ITEM}\n"), "C"),
            (ITEM.replace('"', "&quot;"), ""),
            (ITEM.replace("https://a", &format!("https://{ON_A_PAGE}{{}}")), ""),
        ] {
            let read = read(&text).expect(&text);
            assert_eq!((read.name.as_str(), read.items[0].name.as_str()), (name, "A \"b\""));
        }
    }

    #[test]
    fn folders_hand_down_what_they_have() {
        let text = r#"{"info": {"name": "C"}, "auth": {"type": "noauth"},
            "variable": [{"key": "a", "value": 1}, {"id": "b", "value": "x"}, {"key": "d", "value": "y", "disabled": true}, {"key": "e", "value": ""}],
            "item": [{"name": "F", "auth": {"type": "basic"}, "variable": [{"key": "a", "value": "2"}],
                      "item": [{"name": "G", "item": [{"name": "I", "request": {}}]}]},
                     {"name": "J", "request": {}}]}"#;
        let read = read(text).expect("a collection");
        let [inner, outer] = read.items.as_slice() else { panic!("{read:?}") };
        assert_eq!((inner.path().as_str(), outer.path().as_str()), ("F/G/I", "J"));
        assert_eq!(inner.auth.as_ref().map(|auth| auth["type"] == "basic"), Some(true));
        let variables: Vec<_> =
            inner.variables.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(variables, [("a", "2"), ("b", "x")]);
        assert_eq!(outer.variables["a"], "1");
    }

    #[test]
    fn what_is_none_says_why_and_where() {
        for (text, at, said) in [
            ("", (1, 1), "EOF"),
            ("{\n  \"item\": [,]\n}", (2, 12), "expected value"),
            ("Postman Collection Item JSON\n{\"a\": 1,}", (2, 9), "trailing comma"),
            ("Postman Collection Item JSON", (1, 1), "EOF"),
            ("\n{\"a\": 1}", (2, 1), "nothing in it has a `request`"),
            ("{\"info\": {}, \"item\": []}", (1, 1), "nothing in it has a `request`"),
            ("{\"requests\": []}", (1, 1), "format 1"),
            ("{\"values\": []}", (1, 1), "environment"),
            ("[3]", (1, 1), "nothing in it"),
        ] {
            let why = read(text).expect_err(text);
            assert_eq!((why.line, why.column), at, "{text}: {why}");
            assert!(why.message.contains(said), "{text}: {why}");
        }
    }
}
