//! Markup as a browser's tokenizer sees it: tags and their attributes, in order.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// With a slash before it where it closes.
    pub name: String,
    pub attributes: Vec<(String, String)>,
}

impl Tag {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// Values keep their escapes.
pub fn tags(html: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        let begins = after.starts_with(|one: char| one.is_ascii_alphabetic() || one == '/');
        if !begins {
            rest = after;
            continue;
        }
        let (tag, after) = tag(after);
        // What a script holds is no markup.
        rest = if tag.name == "script" {
            &after[after.find("</script").unwrap_or(0)..]
        } else {
            after
        };
        found.push(tag);
    }
    found
}

fn tag(text: &str) -> (Tag, &str) {
    let end = text.find(|one: char| one.is_whitespace() || one == '>').unwrap_or(text.len());
    let mut tag = Tag { name: text[..end].to_ascii_lowercase(), attributes: Vec::new() };
    let mut rest = &text[end..];
    loop {
        rest = rest.trim_start_matches(|one: char| one.is_whitespace() || one == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (tag, after);
        }
        if rest.is_empty() {
            return (tag, rest);
        }
        let (attribute, after) = attribute(rest);
        tag.attributes.push(attribute);
        rest = after;
    }
}

fn attribute(text: &str) -> ((String, String), &str) {
    let ends = |one: char| one.is_whitespace() || one == '=' || one == '>' || one == '/';
    let end = text.find(ends).unwrap_or(text.len());
    let name = text[..end].to_ascii_lowercase();
    let Some(value) = text[end..].strip_prefix('=') else {
        return ((name, String::new()), &text[end..]);
    };
    let quote = value.chars().next().filter(|one| *one == '"' || *one == '\'');
    if let Some(quote) = quote {
        let (value, after) = value[1..].split_once(quote).unwrap_or((&value[1..], ""));
        return ((name, value.to_owned()), after);
    }
    let end = value.find(|one: char| one.is_whitespace() || one == '>').unwrap_or(value.len());
    ((name, value[..end].to_owned()), &value[end..])
}

/// What markup cannot gain by any text: tags, and the names of their attributes.
pub fn skeleton(html: &str) -> Vec<(String, Vec<String>)> {
    let names = |tag: Tag| (tag.name, tag.attributes.into_iter().map(|(name, _)| name).collect());
    tags(html).into_iter().map(names).collect()
}
