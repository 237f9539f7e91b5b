//! Between a form and a declaration: which member stands in which field, and what was changed.

use serde_json::{Map, Value, json};
use vidimus_console::operator::{Field, FieldKind, FormField, Input, Noun};
use vidimus_core::{error::OAuthError, form::Form};

/// The field of what has none of its own.
pub const REST: &str = "rest";

/// The declaration of something new, or what replaces the fields of something that is there.
///
/// # Errors
/// What cannot be read, with a pointer to it.
pub fn declared(noun: &Noun, form: &Form, before: Option<&Value>) -> Result<Value, OAuthError> {
    let mut map = Map::new();
    for field in noun.fields {
        let is_left = before.is_some() && (field.only_new || matches!(field.kind, FieldKind::Id));
        if is_left {
            continue;
        }
        if let Some(value) = read(field, form, before.is_some())? {
            map.insert(field.member.to_owned(), value);
        }
    }
    let rest = rest(form.get(REST).unwrap_or_default())?;
    for key in rest.keys() {
        if noun.has_field(key) || !noun.keys.contains(&key.as_str()) {
            let what = format!("{key} has a field of its own, or is no member of this.");
            return Err(wrong(REST, what));
        }
    }
    for key in noun.rest() {
        let was = before.and_then(|view| view.get(key));
        match (rest.get(key), was) {
            (Some(now), Some(was)) => {
                map.insert(key.to_owned(), replacing(was, now));
            }
            (Some(now), None) => {
                map.insert(key.to_owned(), now.clone());
            }
            (None, Some(_)) => {
                map.insert(key.to_owned(), Value::Null);
            }
            (None, None) => {}
        }
    }
    Ok(Value::Object(map))
}

/// A merge patch (RFC 7396) after which the one is the other.
fn replacing(was: &Value, now: &Value) -> Value {
    let (Value::Object(was), Value::Object(now)) = (was, now) else { return now.clone() };
    let mut patch = Map::new();
    for key in was.keys().filter(|key| !now.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    for (key, value) in now {
        let value = was.get(key).map_or_else(|| value.clone(), |was| replacing(was, value));
        patch.insert(key.clone(), value);
    }
    Value::Object(patch)
}

fn wrong(member: &str, what: impl Into<String>) -> OAuthError {
    OAuthError::invalid_request(what.into()).at(format!("/{member}"))
}

fn rest(text: &str) -> Result<Map<String, Value>, OAuthError> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(wrong(REST, "It must be a JSON object: {\"member\": value}.")),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            Err(wrong(REST, format!("It is not JSON: look at line {line}, column {column}.")))
        }
    }
}

fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// `None`: it is left out.
fn read(field: &Field, form: &Form, is_there: bool) -> Result<Option<Value>, OAuthError> {
    let text = form.get(field.member).map(str::trim).filter(|text| !text.is_empty());
    let or_gone = |value: Option<Value>| value.or_else(|| is_there.then_some(Value::Null));
    Ok(match field.kind {
        FieldKind::Text => or_gone(text.map(|text| json!(text))),
        FieldKind::Choice(_) => text.map(|text| json!(text)),
        FieldKind::Id => text.map(|text| json!(text)),
        // As it was typed: spaces may belong to it.
        FieldKind::Password => form.get(field.member).map(|text| json!(text)),
        FieldKind::Number => match text {
            None => or_gone(None),
            Some(text) => {
                let number: Option<i64> = text.parse().ok();
                let what = || wrong(field.member, "It must be a whole number.");
                Some(json!(number.ok_or_else(what)?))
            }
        },
        FieldKind::Lines => Some(json!(lines(text.unwrap_or_default()))),
        FieldKind::Words => {
            let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
            Some(json!(words.join(" ")))
        }
        FieldKind::Flag => Some(json!(text.is_some())),
        FieldKind::Checks(known) => {
            let name = |value: &str| format!("{}.{value}", field.member);
            let checked = known.iter().map(|(value, _)| *value);
            let checked: Vec<&str> =
                checked.filter(|value| form.get(&name(value)).is_some()).collect();
            (is_there || !checked.is_empty()).then(|| json!(checked))
        }
    })
}

/// The fields with what is there, or with what was typed.
pub fn fields(noun: &Noun, view: Option<&Value>, typed: Option<&Form>) -> Vec<FormField> {
    let shown = noun.fields.iter().filter(|field| view.is_none() || !field.only_new);
    let mut fields: Vec<FormField> = shown
        .map(|field| FormField {
            name: field.member.to_owned(),
            label: field.label.to_owned(),
            help: match (field.kind, view) {
                (FieldKind::Id, Some(_)) => String::new(),
                _ => field.help.to_owned(),
            },
            input: match typed {
                Some(form) => of_form(field, form, view),
                None => of_view(field, view.unwrap_or(&Value::Null)),
            },
            error: None,
            is_required: false,
            is_fixed: view.is_some() && matches!(field.kind, FieldKind::Id),
        })
        .collect();
    let text = match typed {
        Some(form) => form.get(REST).unwrap_or_default().to_owned(),
        None => rest_of(noun, view),
    };
    if noun.rest().next().is_some() {
        let others: Vec<&str> = noun.rest().collect();
        fields.push(FormField {
            name: REST.to_owned(),
            label: "Further members, as JSON".to_owned(),
            help: format!("There are: {}.", others.join(", ")),
            input: Input::Json(text),
            error: None,
            is_required: false,
            is_fixed: false,
        });
    }
    fields
}

fn rest_of(noun: &Noun, view: Option<&Value>) -> String {
    let Some(view) = view else { return String::new() };
    let members = noun.rest().filter_map(|key| Some((key.to_owned(), view.get(key)?.clone())));
    let map: Map<String, Value> = members.collect();
    if map.is_empty() { String::new() } else { format!("{:#}", Value::Object(map)) }
}

pub fn pairs(choices: &[(&str, &str)]) -> Vec<(String, String)> {
    choices.iter().map(|(value, text)| ((*value).to_owned(), (*text).to_owned())).collect()
}

fn of_view(field: &Field, view: &Value) -> Input {
    let value = view.get(field.member);
    let text = value.and_then(Value::as_str).unwrap_or_default();
    let all: Vec<&str> =
        value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    match field.kind {
        FieldKind::Text | FieldKind::Id => Input::Text(text.to_owned()),
        FieldKind::Password => Input::Password,
        FieldKind::Number => {
            Input::Number(value.and_then(Value::as_i64).map_or_else(String::new, |n| n.to_string()))
        }
        FieldKind::Lines => Input::Lines(all.join("\n")),
        FieldKind::Words => Input::Lines(text.split_whitespace().collect::<Vec<_>>().join("\n")),
        FieldKind::Flag => Input::Flag(value.and_then(Value::as_bool).unwrap_or(false)),
        FieldKind::Choice(choices) => Input::Choice(text.to_owned(), pairs(choices)),
        FieldKind::Checks(choices) => checks(field, choices, |value| all.contains(&value)),
    }
}

fn of_form(field: &Field, form: &Form, view: Option<&Value>) -> Input {
    let text = form.get(field.member).unwrap_or_default().to_owned();
    match field.kind {
        FieldKind::Id if view.is_some() => of_view(field, view.unwrap_or(&Value::Null)),
        FieldKind::Text | FieldKind::Id => Input::Text(text),
        FieldKind::Password => Input::Password,
        FieldKind::Number => Input::Number(text),
        FieldKind::Lines | FieldKind::Words => Input::Lines(text),
        FieldKind::Flag => Input::Flag(!text.is_empty()),
        FieldKind::Choice(choices) => Input::Choice(text, pairs(choices)),
        FieldKind::Checks(choices) => {
            checks(field, choices, |value| form.get(&format!("{}.{value}", field.member)).is_some())
        }
    }
}

fn checks(field: &Field, choices: &[(&str, &str)], is_checked: impl Fn(&str) -> bool) -> Input {
    let check = |(value, text): &(&str, &str)| {
        (format!("{}.{value}", field.member), (*text).to_owned(), is_checked(value))
    };
    Input::Checks(choices.iter().map(check).collect())
}

/// Beside the field that the pointer names; `Some` of what no field has.
pub fn mark(fields: &mut [FormField], error: &OAuthError) -> Option<String> {
    let said = error.description.to_string();
    let pointer = error.pointer.as_deref().unwrap_or_default();
    let member = pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
    let at = fields.iter().position(|field| field.name == member);
    let rest = || fields.iter().position(|field| field.name == REST);
    match at.or_else(|| if member.is_empty() { None } else { rest() }) {
        Some(at) => {
            if let Some(field) = fields.get_mut(at) {
                field.error = Some(said);
            }
            None
        }
        None => Some(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vidimus_console::operator::noun;

    fn form(body: &str) -> Form {
        Form::parse(body.as_bytes()).unwrap()
    }

    #[test]
    fn a_form_is_a_declaration() {
        let clients = noun("clients").unwrap();
        let sent = form(
            "client_id=a&client_name=+A+&redirect_uris=https%3A%2F%2Fa%0D%0A%0D%0Ahttps%3A%2F%2Fb\
             &scope=x%0Ay&grant_types.password=on&rest=%7B%22contacts%22%3A%5B%22c%22%5D%7D",
        );
        let made = declared(clients, &sent, None).unwrap();
        assert_eq!(made["client_id"], "a");
        assert_eq!(made["client_name"], "A");
        assert_eq!(made["redirect_uris"], json!(["https://a", "https://b"]));
        assert_eq!(made["scope"], "x y");
        assert_eq!(made["grant_types"], json!(["password"]));
        assert_eq!(made["contacts"], json!(["c"]));
        let patch = declared(clients, &form("client_name="), Some(&json!({"contacts": ["c"]})));
        let patch = patch.unwrap();
        assert_eq!(patch["client_name"], Value::Null, "emptied");
        assert_eq!(patch["contacts"], Value::Null, "taken out of the JSON");
        assert_eq!(patch.get("client_id"), None, "fixed");
        assert_eq!(patch["grant_types"], json!([]));
    }

    #[test]
    fn sec_213_only_members_of_the_declaration_are_taken() {
        let users = noun("users").unwrap();
        for rest in ["{\"sub\":\"x\"}", "{\"roles\":[\"admin\"]}", "[]", "{", "{\"a\":1}"] {
            let sent = Form::of([("rest".to_owned(), rest.to_owned())]).unwrap();
            let refused = declared(users, &sent, Some(&json!({}))).unwrap_err();
            assert_eq!(refused.pointer.as_deref(), Some("/rest"), "{rest}");
        }
    }

    #[test]
    fn nested_members_that_are_gone_are_taken_away() {
        let (was, now) = (json!({"a": {"b": 1, "c": 2}, "d": 3}), json!({"a": {"b": 5}}));
        assert_eq!(replacing(&was, &now), json!({"a": {"b": 5, "c": null}, "d": null}));
    }

    #[test]
    fn errors_stand_beside_their_fields() {
        let clients = noun("clients").unwrap();
        let mut all = fields(clients, None, None);
        let error = |pointer: &str| OAuthError::invalid_request("no").at(pointer);
        assert_eq!(mark(&mut all, &error("/redirect_uris/0")), None);
        assert_eq!(mark(&mut all, &error("/contacts")), None);
        assert_eq!(mark(&mut all, &error("")), Some("no".to_owned()));
        let marked: Vec<&str> =
            all.iter().filter(|f| f.error.is_some()).map(|f| f.name.as_str()).collect();
        assert_eq!(marked, ["redirect_uris", "rest"]);
    }
}
