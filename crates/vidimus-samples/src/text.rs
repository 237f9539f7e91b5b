//! Text with variables in it, as Postman writes them: `{{name}}`.

/// How the value of a variable is written where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Plain,
    /// Within the quotes of a JSON string.
    Json,
    /// Percent-encoded, but for unreserved characters.
    Percent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Literal(String),
    Variable { name: String, encoding: Encoding },
}

/// Neighbouring literals are one, and none is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pub pieces: Vec<Piece>,
}

impl Text {
    /// What is no variable's name in braces stays as it stands.
    pub fn parse(text: &str) -> Self {
        Self::parse_as(text, Encoding::Plain)
    }

    pub fn parse_as(text: &str, encoding: Encoding) -> Self {
        let mut parsed = Self::default();
        let mut rest = text;
        while let Some((before, name, after)) = next_variable(rest) {
            parsed.literal(before);
            parsed.variable(name, encoding);
            rest = after;
        }
        parsed.literal(rest);
        parsed
    }

    pub fn of_literal(text: &str) -> Self {
        let mut of = Self::default();
        of.literal(text);
        of
    }

    pub fn of_variable(name: &str) -> Self {
        let mut of = Self::default();
        of.variable(name, Encoding::Plain);
        of
    }

    pub fn literal(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.pieces.last_mut() {
            Some(Piece::Literal(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Literal(text.to_owned())),
        }
    }

    pub fn variable(&mut self, name: &str, encoding: Encoding) {
        self.pieces.push(Piece::Variable { name: name.to_owned(), encoding });
    }

    pub fn append(&mut self, other: Self) {
        for piece in other.pieces {
            match piece {
                Piece::Literal(text) => self.literal(&text),
                Piece::Variable { name, encoding } => self.variable(&name, encoding),
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Names in their order, each as often as it stands there.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { name, .. } => Some(name.as_str()),
            Piece::Literal(_) => None,
        })
    }

    /// As Postman writes it.
    pub fn raw(&self) -> String {
        let raw = self.pieces.iter().map(|piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Variable { name, .. } => format!("{{{{{name}}}}}"),
        });
        raw.collect()
    }

    /// All of it, if no variable is in it.
    pub fn as_literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }
}

/// What stands before the first variable, its name, and what follows it.
pub fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(opened) = text[from..].find("{{") {
        // Of three braces the inner two are the variable's.
        let mut start = from + opened + 2;
        while text[start..].starts_with('{') {
            start += 1;
        }
        let length = text[start..].find("}}")?;
        let name = &text[start..start + length];
        if !name.trim().is_empty() && !name.contains(['{', '}', '"', '\n']) {
            return Some((&text[..start - 2], name.trim(), &text[start + length + 2..]));
        }
        from = start;
    }
    None
}

/// A JSON document whose values are put in: quoted within its strings, plain elsewhere.
pub fn of_json(raw: &str) -> Text {
    let mut text = Text::default();
    let mut inside = false;
    let mut rest = raw;
    while let Some((before, name, after)) = next_variable(rest) {
        inside = ends_inside_a_string(before, inside);
        text.literal(before);
        text.variable(name, if inside { Encoding::Json } else { Encoding::Plain });
        rest = after;
    }
    text.literal(rest);
    text
}

fn ends_inside_a_string(text: &str, mut inside: bool) -> bool {
    let mut escaped = false;
    for character in text.chars() {
        if character == '"' && !escaped {
            inside = !inside;
        }
        escaped = inside && character == '\\' && !escaped;
    }
    inside
}

/// Percent-encodes all but unreserved characters (RFC 3986 §2.3).
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(name: &str) -> Piece {
        Piece::Variable { name: name.to_owned(), encoding: Encoding::Plain }
    }

    #[test]
    fn variables_are_found_and_nothing_else_is() {
        let url = Text::parse("{{url}}{{ site }}/services");
        let expected = [plain("url"), plain("site"), Piece::Literal("/services".to_owned())];
        assert_eq!(url.pieces, expected);
        for text in ["", "plain", "{{", "{{}}", "{{ }}", "{x}", "a }} b {{ c", "{{a\"b}}"] {
            assert_eq!(Text::parse(text).as_literal(), Some(text), "{text}");
        }
        assert_eq!(Text::parse("{{{a}}}").raw(), "{{{a}}}");
        assert_eq!(Text::parse("{{}}{{a}}").names().collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn a_value_in_a_json_string_is_quoted_there() {
        let text = of_json(r#"{"a\"": "x{{b}}", "n": {{c}}, "d": "\\", "e": {{f}}}"#);
        let encodings: Vec<_> = text
            .pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Variable { encoding, .. } => Some(*encoding),
                Piece::Literal(_) => None,
            })
            .collect();
        assert_eq!(encodings, [Encoding::Json, Encoding::Plain, Encoding::Plain]);
    }

    #[test]
    fn unreserved_characters_stay() {
        assert_eq!(percent_encoded("aZ09-._~ +/ü"), "aZ09-._~%20%2B%2F%C3%BC");
    }
}
