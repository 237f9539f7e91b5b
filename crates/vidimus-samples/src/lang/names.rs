//! A variable's name in the program, and a text as an expression of the language.

use std::collections::BTreeMap;

use crate::{
    call::{Call, Variable},
    text::{Encoding, Piece, Text},
};

pub struct Syntax {
    pub literal: fn(&str) -> String,
    /// Between two expressions that are joined.
    pub plus: &'static str,
    /// Before every variable's name.
    pub sigil: &'static str,
    /// An expression's value within a JSON string, and percent-encoded.
    pub json: fn(&str) -> String,
    pub percent: fn(&str) -> String,
    /// Names that the language or the program itself has, with blanks between them.
    pub reserved: &'static str,
}

pub struct Names<'a> {
    syntax: &'a Syntax,
    names: BTreeMap<String, String>,
}

impl<'a> Names<'a> {
    pub fn new(call: &Call, syntax: &'a Syntax) -> Self {
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut taken: Vec<String> =
            syntax.reserved.split_whitespace().map(str::to_ascii_lowercase).collect();
        for variable in &call.variables {
            let mut name = identifier(&variable.name);
            // Some languages know no case.
            while taken.contains(&name.to_ascii_lowercase()) {
                name.push('_');
            }
            taken.push(name.to_ascii_lowercase());
            names.insert(variable.name.clone(), format!("{}{name}", syntax.sigil));
        }
        Self { syntax, names }
    }

    /// With its sigil.
    pub fn of(&self, variable: &str) -> &str {
        self.names.get(variable).map_or("", String::as_str)
    }

    /// A variable as it is asked for: its name as a literal, and its default behind it.
    pub fn asked(&self, variable: &Variable) -> String {
        let name = (self.syntax.literal)(&variable.name);
        let default = variable.default.as_ref();
        default.map_or(name.clone(), |text| format!("{name}, {}", self.text(text)))
    }

    pub fn text(&self, text: &Text) -> String {
        let pieces: Vec<String> = text.pieces.iter().map(|piece| self.piece(piece)).collect();
        if pieces.is_empty() { (self.syntax.literal)("") } else { pieces.join(self.syntax.plus) }
    }

    /// As the operand of something that binds closer.
    pub fn operand(&self, text: &Text) -> String {
        let expression = self.text(text);
        if text.pieces.len() > 1 { format!("({expression})") } else { expression }
    }

    fn piece(&self, piece: &Piece) -> String {
        match piece {
            Piece::Literal(text) => (self.syntax.literal)(text),
            Piece::Variable { name, encoding } => {
                let name = self.of(name);
                match encoding {
                    Encoding::Plain => name.to_owned(),
                    Encoding::Json => (self.syntax.json)(name),
                    Encoding::Percent => (self.syntax.percent)(name),
                }
            }
        }
    }
}

/// Letters, digits and underscores of ASCII, and no digit first.
pub fn identifier(name: &str) -> String {
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
    let mut identifier: String = name.chars().map(plain).collect();
    let is_nothing = identifier.chars().all(|character| character == '_');
    if is_nothing {
        identifier = format!("value{identifier}");
    }
    if identifier.starts_with(|first: char| first.is_ascii_digit()) {
        identifier.insert(0, '_');
    }
    identifier
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lang::literal, postman};

    const SYNTAX: Syntax = Syntax {
        literal: literal::python,
        plus: " + ",
        sigil: "",
        json: |name| format!("json({name})"),
        percent: |name| format!("percent({name})"),
        reserved: "class Reply",
    };

    #[test]
    fn names_are_the_language_s_and_differ() {
        let item = r#"{"name": "a", "request": {"method": "POST", "url": "{{a-b}}{{a b}}{{class}}{{reply}}{{1}}{{$}}?q={{q}}",
            "body": {"mode": "raw", "raw": "{\"a\": \"{{q}}\"}"}}}"#;
        let call = postman::read(item).expect("an item").items[0].call(&BTreeMap::new());
        let names = Names::new(&call, &SYNTAX);
        assert_eq!(
            names.text(&call.url),
            "a_b + a_b_ + class_ + reply_ + _1 + value_ + \"?q=\" + percent(q)"
        );
        let crate::call::Body::Raw(body) = &call.body else { panic!("{:?}", call.body) };
        assert_eq!(names.text(body), r#""{\"a\": \"" + json(q) + "\"}""#);
        assert_eq!(names.text(&Text::default()), "\"\"");
        assert_eq!(names.operand(body).chars().next(), Some('('));
    }
}
