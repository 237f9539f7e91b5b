//! An item's request to a [`Call`]: what is inherited, implied or blank made plain.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Item,
    auth::{self, Auth},
    body,
    document::string,
    examples,
    url::{self, Url},
};
use crate::{
    call::{Body, Call, PartContent, Variable},
    text::{Piece, Text},
};

/// Values of variables that are known beforehand.
pub type Values = BTreeMap<String, String>;

/// An HTTP library frames the message itself, or cannot read what it was not asked to unpack.
const LEFT_TO_THE_LIBRARY: [&str; 8] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
];

impl Item {
    pub fn call(&self, values: &Values) -> Call {
        let request = &self.value["request"];
        let (mut headers, mut notes) = (self.headers(request), Vec::new());
        leave_out(&mut headers, &mut notes);
        let stated = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let stated = stated.map(|(_, value)| value.raw()).unwrap_or_default();
        let mut content = body::body(request.get("body"), &stated.to_ascii_lowercase());
        let method = match string(request.get("method")).to_ascii_uppercase() {
            method if method.is_empty() => "GET".to_owned(),
            method => method,
        };
        if matches!(method.as_str(), "GET" | "HEAD") && content.body != Body::None {
            notes.push(format!("The body is not sent: {method} has none in most libraries."));
            content.body = Body::None;
            content.content_type = None;
        }
        if matches!(content.body, Body::Multipart(_)) {
            // Only who writes the parts knows what is between them.
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        } else if let Some(implied) = content.content_type.filter(|_| stated.is_empty()) {
            headers.push(("Content-Type".to_owned(), Text::of_literal(implied)));
        }
        let whole = if request.is_string() { Some(request) } else { request.get("url") };
        let mut url = Url::read(whole);
        let basic = self.authenticate(request, &mut headers, &mut url, &mut notes);
        let mut call = Call {
            title: self.title(),
            name: self.name.clone(),
            description: description(&self.value),
            method,
            url: url.text(),
            headers,
            basic,
            body: content.body,
            variables: Vec::new(),
            sample: examples::sample(&self.value),
            notes,
            item: self.value.clone(),
        };
        let blanks = self.fill_blanks(&mut call);
        call.variables = self.variables(&call, values, &blanks);
        call
    }

    fn title(&self) -> String {
        let mut parts = vec![self.collection.as_str()];
        parts.extend(self.folders.iter().map(String::as_str));
        parts.push(&self.name);
        parts.retain(|part| !part.is_empty());
        parts.join(" / ")
    }

    fn headers(&self, request: &Value) -> Vec<(String, Text)> {
        match request.get("header") {
            Some(Value::Array(headers)) => headers
                .iter()
                .filter(|header| header["disabled"] != true)
                .map(|header| {
                    (string(header.get("key")), Text::parse(&string(header.get("value"))))
                })
                .filter(|(name, _)| !name.trim().is_empty())
                .collect(),
            Some(Value::String(lines)) => lines
                .lines()
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.trim().to_owned(), Text::parse(value.trim())))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn authenticate(
        &self,
        request: &Value,
        headers: &mut Vec<(String, Text)>,
        url: &mut Url,
        notes: &mut Vec<String>,
    ) -> Option<crate::call::Basic> {
        let has = |name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        match auth::auth(request.get("auth"), self.auth.as_ref()) {
            Auth::Basic(basic) if !has("authorization") => return Some(basic),
            Auth::Header(name, value) if !name.is_empty() && !has(&name) => {
                headers.push((name, value))
            }
            Auth::Query(name, value) => {
                url.query.push((url::in_a_query(&name), Some(url::in_a_query(&value.raw()))));
            }
            Auth::Unmade(kind) => {
                notes.push(format!(
                    "The collection authenticates by {kind}, which this program does not."
                ));
            }
            Auth::None | Auth::Basic(_) | Auth::Header(..) => {}
        }
        None
    }

    /// A form's field without a value is one that whoever runs it fills in: a variable of its name.
    /// Those that an example leaves empty too may stay so.
    fn fill_blanks(&self, call: &mut Call) -> BTreeMap<String, bool> {
        let mut blanks = BTreeMap::new();
        let mut fill = |name: &Text, value: &mut Text| {
            let name = name.as_literal().filter(|name| !name.is_empty());
            if let Some(name) = name.filter(|_| value.is_empty()) {
                *value = Text::of_variable(name);
                blanks.insert(name.to_owned(), examples::fills_in(&self.value, name));
            }
        };
        match &mut call.body {
            Body::Form(fields) => fields.iter_mut().for_each(|(name, value)| fill(name, value)),
            Body::Multipart(parts) => {
                for part in parts {
                    if let PartContent::Value(value) = &mut part.content {
                        fill(&part.name, value);
                    }
                }
            }
            Body::None | Body::Raw(_) | Body::File(_) => {}
        }
        blanks
    }

    /// Of the request, and of their own defaults, each once.
    fn variables(
        &self,
        call: &Call,
        values: &Values,
        blanks: &BTreeMap<String, bool>,
    ) -> Vec<Variable> {
        let mut order =
            Order { item: self, values, blanks, call, done: Vec::new(), open: Vec::new() };
        for text in call.texts() {
            for name in text.names() {
                order.add(name);
            }
        }
        order.done
    }
}

struct Order<'a> {
    item: &'a Item,
    values: &'a Values,
    blanks: &'a BTreeMap<String, bool>,
    call: &'a Call,
    done: Vec<Variable>,
    open: Vec<String>,
}

impl Order<'_> {
    fn add(&mut self, name: &str) {
        let known = self.done.iter().any(|variable| variable.name == name);
        if known {
            return;
        }
        let given = self.values.get(name).or_else(|| self.item.variables.get(name));
        let mut default = given.map(|given| Text::parse(given));
        self.open.push(name.to_owned());
        if let Some(text) = &default {
            let circular = text.names().any(|inner| self.open.iter().any(|open| open == inner));
            if circular {
                default = given.map(|given| Text::of_literal(given));
            } else {
                for inner in text.clone().names() {
                    self.add(inner);
                }
            }
        }
        self.open.pop();
        let may_be_empty =
            self.blanks.get(name) == Some(&false) || prefixes_the_path(&self.call.url, name);
        let default = default.or_else(|| may_be_empty.then(Text::default));
        self.done.push(Variable { name: name.to_owned(), default });
    }
}

/// As `{{site}}` in `{{url}}{{site}}/services`: where there is no site, there is nothing.
fn prefixes_the_path(url: &Text, wanted: &str) -> bool {
    let is = |piece: Option<&Piece>| matches!(piece, Some(Piece::Variable { name, .. }) if name == wanted);
    let begins_with_another =
        matches!(url.pieces.first(), Some(Piece::Variable { name, .. }) if name != wanted);
    let path_follows = match url.pieces.get(2) {
        Some(Piece::Literal(text)) => text.starts_with('/'),
        _ => false,
    };
    begins_with_another && is(url.pieces.get(1)) && path_follows
}

fn leave_out(headers: &mut Vec<(String, Text)>, notes: &mut Vec<String>) {
    let left = |name: &str| LEFT_TO_THE_LIBRARY.iter().any(|left| left.eq_ignore_ascii_case(name));
    for (name, _) in headers.iter().filter(|(name, _)| left(name)) {
        notes.push(format!("The header {name} is left to the library that sends the request."));
    }
    headers.retain(|(name, _)| !left(name));
}

fn description(item: &Value) -> String {
    let of = |value: &Value| match value.get("description") {
        Some(Value::Object(members)) => string(members.get("content")),
        other => string(other),
    };
    let own = of(&item["request"]);
    if own.is_empty() { of(item) } else { own }
}
