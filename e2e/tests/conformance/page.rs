//! A page as far as the suite's browser looks at it: elements by id, forms, frames, where it goes on.

use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub struct Page {
    pub url: String,
    pub html: String,
    typed: BTreeMap<String, String>,
}

/// What a click sends.
pub struct Sent {
    pub action: Option<String>,
    pub fields: Vec<(String, String)>,
}

impl Page {
    pub fn new(url: &str, html: &str) -> Self {
        Self { url: url.to_owned(), html: html.to_owned(), typed: BTreeMap::new() }
    }

    pub fn has(&self, id: &str) -> bool {
        self.html.contains(&format!(" id=\"{id}\""))
    }

    /// The text of an element without elements in it.
    pub fn text(&self, id: &str) -> Option<String> {
        let (_, rest) = self.html.split_once(&format!(" id=\"{id}\""))?;
        let (_, rest) = rest.split_once('>')?;
        rest.split('<').next().map(unescaped)
    }

    pub fn heading(&self) -> Option<String> {
        let (_, rest) = self.html.split_once("<h1>")?;
        rest.split("</h1>").next().map(unescaped)
    }

    /// Into an empty field, whatever stood there.
    pub fn type_into(&mut self, id: &str, text: &str) {
        let tag = tags(&self.html, "input").find(|tag| attribute(tag, "id") == Some(id));
        let name = tag.and_then(|tag| attribute(tag, "name")).expect("a field").to_owned();
        self.typed.insert(name, text.to_owned());
    }

    /// The form of a button, with what was typed and what the button says itself.
    pub fn click(&self, id: &str) -> Sent {
        let forms = self
            .html
            .split("<form")
            .skip(1)
            .map(|rest| rest.split("</form>").next().unwrap_or(rest));
        let form = forms.into_iter().find(|form| form.contains(&format!(" id=\"{id}\"")));
        let form = form.unwrap_or_else(|| panic!("{id} is in no form of {}", self.url));
        let mut fields = self.inputs(form);
        let button = tags(form, "button").find(|tag| attribute(tag, "id") == Some(id));
        let button = button.expect("it is a button");
        if let (Some(name), Some(value)) = (attribute(button, "name"), attribute(button, "value")) {
            fields.push((name.to_owned(), unescaped(value)));
        }
        let opening = form.split('>').next().unwrap_or_default();
        Sent { action: attribute(opening, "action").map(unescaped), fields }
    }

    fn inputs(&self, form: &str) -> Vec<(String, String)> {
        let named = tags(form, "input").filter_map(|tag| Some((tag, attribute(tag, "name")?)));
        let value = |tag: &str, name: &str| {
            let typed = self.typed.get(name).cloned();
            typed.unwrap_or_else(|| attribute(tag, "value").map(unescaped).unwrap_or_default())
        };
        named.map(|(tag, name)| (unescaped(name), value(tag, name))).collect()
    }

    /// The form that sends itself to somebody else, as form post has it.
    pub fn sends_itself(&self) -> Option<Sent> {
        let (_, rest) = self.html.split_once("<form")?;
        let (form, after) = rest.split_once("</form>")?;
        let opening = form.split('>').next()?;
        let action = attribute(opening, "action").filter(|action| action.contains("://"))?;
        assert!(after.contains(".submit"), "a script sends it");
        assert!(opening.contains("method=\"post\""), "{opening}");
        Some(Sent { action: Some(unescaped(action)), fields: self.inputs(form) })
    }

    pub fn frames(&self) -> Vec<String> {
        let sources = tags(&self.html, "iframe").filter_map(|tag| attribute(tag, "src"));
        sources.map(unescaped).collect()
    }

    /// Where it goes on by itself.
    pub fn refresh(&self) -> Option<String> {
        let mut metas = tags(&self.html, "meta");
        let tag = metas.find(|tag| attribute(tag, "http-equiv") == Some("refresh"))?;
        attribute(tag, "content")?.strip_prefix("0;url=").map(unescaped)
    }
}

fn tags<'a>(html: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let opening = format!("<{name} ");
    let parts: Vec<&str> = html.split(&*opening).skip(1).collect();
    // A value may hold what would end a tag, but never a quote.
    parts.into_iter().map(|rest| {
        let mut is_quoted = false;
        let end = rest.find(|c| {
            is_quoted ^= c == '"';
            c == '>' && !is_quoted
        });
        &rest[..end.unwrap_or(rest.len())]
    })
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let written = format!("{name}=\"");
    let rest = match tag.strip_prefix(&*written) {
        Some(rest) => rest,
        None => tag.split_once(&format!(" {written}"))?.1,
    };
    rest.split('"').next()
}

fn unescaped(text: &str) -> String {
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&lt;", "<")]
        .into_iter()
        .chain([("&gt;", ">"), ("&quot;", "\""), ("&#38;", "&"), ("&amp;", "&")])
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
