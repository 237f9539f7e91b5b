//! Rust source told apart into code, comments and literals; just enough to find functions and tests.

use std::ops::RangeInclusive;

pub struct Source {
    /// The text with comments and the insides of literals blanked; bytes and lines stay in place.
    pub code: String,
    pub literals: Vec<Literal>,
    /// The text's first lines are the rules' concern.
    pub text: String,
    /// Lines of items under `#[cfg(test)]`.
    tests: Vec<RangeInclusive<usize>>,
}

pub struct Literal {
    pub line: usize,
    /// Where it begins in `code`.
    pub at: usize,
    pub text: String,
}

#[derive(Debug)]
pub struct Function {
    pub name: String,
    pub first: usize,
    pub last: usize,
    pub is_test: bool,
}

impl Source {
    pub fn read(text: &str) -> Self {
        let mut source = Self {
            code: String::new(),
            literals: Vec::new(),
            text: text.to_owned(),
            tests: Vec::new(),
        };
        source.lex(text);
        source.tests = source.test_items();
        source
    }

    pub fn is_test_line(&self, line: usize) -> bool {
        self.tests.iter().any(|lines| lines.contains(&line))
    }

    pub fn line(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }

    /// Lines, but for those of test items.
    pub fn product_lines(&self) -> usize {
        (1..=self.text.lines().count()).filter(|line| !self.is_test_line(*line)).count()
    }

    fn lex(&mut self, text: &str) {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let length = self.token(rest);
            match length {
                0 => {
                    self.code.push(first);
                    rest = &rest[first.len_utf8()..];
                }
                length => rest = &rest[length..],
            }
        }
    }

    /// Takes a comment or literal at the start of `rest`; 0 if there is none.
    fn token(&mut self, rest: &str) -> usize {
        if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            self.blank(&rest[..length]);
            return length;
        }
        if rest.starts_with("/*") {
            let length = block_comment(rest);
            self.blank(&rest[..length]);
            return length;
        }
        if let Some((open, close)) = string(rest, self.code.chars().next_back()) {
            self.literals.push(Literal {
                line: self.line(self.code.len()),
                at: self.code.len(),
                text: rest[open..close].to_owned(),
            });
            self.blank(&rest[..open - 1]);
            self.code.push('"');
            self.blank(&rest[open..close]);
            let end = close + closing(&rest[..open]);
            self.code.push('"');
            self.blank(&rest[close + 1..end]);
            return end;
        }
        let length = character(rest);
        self.blank(&rest[..length]);
        length
    }

    fn blank(&mut self, text: &str) {
        for byte in text.bytes() {
            self.code.push(if byte == b'\n' { '\n' } else { ' ' });
        }
    }

    fn test_items(&self) -> Vec<RangeInclusive<usize>> {
        const MARK: &str = "#[cfg(test)]";
        let marks = self.code.match_indices(MARK);
        marks
            .map(|(at, _)| {
                let end = body(&self.code, at + MARK.len()).map_or(at, |(_, end)| end);
                self.line(at)..=self.line(end)
            })
            .collect()
    }
}

pub fn functions(source: &Source) -> Vec<Function> {
    let code = &source.code;
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let name: String = code[at + 3..].chars().take_while(|c| is_word(*c)).collect();
        if name.is_empty() || code[..at].chars().next_back().is_some_and(is_word) {
            continue;
        }
        let before = code[..at].rfind(['{', '}', ';']).map_or(&code[..at], |end| &code[end..at]);
        let end = body(code, at).map_or(at, |(_, end)| end);
        found.push(Function {
            name,
            first: source.line(at),
            last: source.line(end),
            is_test: before.contains("#[test]") || before.contains("::test"),
        });
    }
    found
}

/// From the opening brace of the item that begins at `from` to its closing one, or its semicolon.
pub fn body(code: &str, from: usize) -> Option<(usize, usize)> {
    let (mut braces, mut others, mut start) = (0_usize, 0_usize, None);
    for (offset, byte) in code[from..].bytes().enumerate() {
        match byte {
            b'(' | b'[' => others += 1,
            b')' | b']' => others = others.saturating_sub(1),
            b'{' => {
                start = start.or(Some(from + offset));
                braces += 1;
            }
            b'}' => {
                braces = braces.saturating_sub(1);
                if braces == 0 {
                    return start.map(|start| (start, from + offset));
                }
            }
            b';' if braces == 0 && others == 0 => return Some((from + offset, from + offset)),
            _ => {}
        }
    }
    None
}

pub fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn block_comment(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// Where the inside of a string literal begins and ends.
fn string(rest: &str, before: Option<char>) -> Option<(usize, usize)> {
    let prefix = rest.len() - rest.trim_start_matches(['b', 'c', 'r', '#']).len();
    if !rest[prefix..].starts_with('"') || (prefix > 0 && before.is_some_and(is_word)) {
        return None;
    }
    let open = prefix + 1;
    if rest[..prefix].contains('r') {
        let close = format!("\"{}", "#".repeat(rest[..prefix].matches('#').count()));
        return Some((open, rest[open..].find(&close).map_or(rest.len() - 1, |at| open + at)));
    }
    if rest[..prefix].contains('#') {
        return None;
    }
    let mut escaped = false;
    for (at, byte) in rest[open..].bytes().enumerate() {
        match byte {
            b'"' if !escaped => return Some((open, open + at)),
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

/// The closing quote and as many `#` as the opening has.
fn closing(opening: &str) -> usize {
    1 + opening.matches('#').count()
}

/// A character literal; a lifetime has no second quote.
fn character(rest: &str) -> usize {
    let mut characters = rest.char_indices();
    if characters.next().is_none_or(|(_, first)| first != '\'') {
        return 0;
    }
    match characters.next() {
        Some((_, '\\')) => {
            characters.next();
            characters.find(|(_, character)| *character == '\'').map_or(0, |(at, _)| at + 1)
        }
        _ => characters.next().filter(|(_, c)| *c == '\'').map_or(0, |(at, _)| at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r####"//! fn no() {}
fn one(a: [u8; 2]) -> char {
    let _ = "} fn no() {"; /* { /* { */ */
    let _ = r#"{ " {"#;
    let _: &'static str = "\"{";
    '{'
}

#[cfg(test)]
mod tests {
    #[test]
    fn two() {}
}
fn three();
"####;

    #[test]
    fn functions_and_tests_are_found_whatever_literals_and_comments_hold() {
        let source = Source::read(TEXT);
        assert_eq!(source.code.len(), TEXT.len());
        let found: Vec<_> =
            functions(&source).into_iter().map(|f| (f.name, f.first, f.last, f.is_test)).collect();
        let expected = [("one", 2, 7, false), ("two", 12, 12, true), ("three", 14, 14, false)];
        assert_eq!(
            found,
            expected.map(|(name, first, last, test)| (name.to_owned(), first, last, test))
        );
        assert!(source.is_test_line(12) && !source.is_test_line(14));
        assert_eq!(source.product_lines(), 9);
    }

    #[test]
    fn literals_are_kept_with_their_lines() {
        let found: Vec<_> =
            Source::read(TEXT).literals.into_iter().map(|one| (one.line, one.text)).collect();
        let expected = [(3, "} fn no() {"), (4, "{ \" {"), (5, "\\\"{")];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    }
}
