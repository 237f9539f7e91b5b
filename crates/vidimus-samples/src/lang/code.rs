//! A program while it is written: lines, their indent, and comments that cannot end too early.

use super::{
    members::{self, Reader},
    names::Names,
};
use crate::{
    call::{Call, Variable},
    sample::Shape,
};

pub struct Code {
    text: String,
    depth: usize,
    indent: &'static str,
    /// What opens a comment that goes to the end of the line.
    comment: &'static str,
}

impl Code {
    pub fn new(indent: &'static str, comment: &'static str) -> Self {
        Self { text: String::new(), depth: 0, indent, comment }
    }

    pub fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        if !line.is_empty() {
            self.text.push_str(&self.indent.repeat(self.depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    /// Several, as they stand, at the present depth.
    pub fn lines(&mut self, lines: &str) {
        for line in lines.trim_matches('\n').lines() {
            self.line(line);
        }
    }

    pub fn open(&mut self, line: impl AsRef<str>) {
        self.line(line);
        self.depth += 1;
    }

    pub fn close(&mut self, line: impl AsRef<str>) {
        self.depth = self.depth.saturating_sub(1);
        self.line(line);
    }

    /// Ends a block that is ended by the indent alone.
    pub fn dedent(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    pub fn comment(&mut self, text: &str) {
        let breaks = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
        for line in text.replace("\r\n", "\n").split(breaks) {
            // `?>` would end PHP, and Java reads `\u` before it reads comments.
            let line = line.replace("?>", "? >").replace("\\u", "\\\\u");
            let line: String = line.chars().filter(|it| !it.is_control() || *it == '\t').collect();
            self.line(format!("{} {line}", self.comment).trim_end());
        }
    }

    /// What the program is, how it is run, and what it wants to know.
    pub fn opening(&mut self, call: &Call, needs: &str, run: &str) {
        self.comment(&call.title);
        self.comment("");
        if !needs.is_empty() {
            self.comment(needs);
        }
        self.comment(&format!("Run it: {run}"));
        if !call.variables.is_empty() {
            self.comment("It takes from the environment:");
        }
        for Variable { name, default } in &call.variables {
            let said = match default {
                None => "needed",
                Some(text) if text.is_empty() => "may be left out",
                Some(_) => "has a default below",
            };
            self.comment(&format!("  {name} ({said})"));
        }
        for note in &call.notes {
            self.comment(note);
        }
    }

    /// Each of those that there are, behind a blank line.
    pub fn functions<'f>(&mut self, functions: impl IntoIterator<Item = Option<&'f str>>) {
        for function in functions.into_iter().flatten() {
            self.line("");
            self.lines(function);
        }
    }

    /// A line for each variable: of its name in the program, and of what `value()` is called with.
    pub fn variables(&mut self, call: &Call, names: &Names<'_>, line: fn(&str, &str) -> String) {
        for variable in &call.variables {
            self.line(line(names.of(&variable.name), &names.asked(variable)));
        }
    }

    /// The sample reply, and what reads each of its members: `opening` first.
    pub fn reply(&mut self, call: &Call, opening: &str, reader: &Reader) {
        if let Some(shape) = self.sample(call) {
            self.lines(opening);
            members::write(self, shape, reader);
        }
    }

    /// The sample reply between blank lines, where a program reads it: what of it.
    pub fn sample<'c>(&mut self, call: &'c Call) -> Option<&'c Shape> {
        let sample = call.sample.as_ref()?;
        let shape = sample.shape.as_ref()?;
        self.line("");
        self.comment(&format!("Sample reply ({}):", sample.status));
        self.comment("");
        let body = sample.body.trim_end();
        let pretty = serde_json::from_str::<serde_json::Value>(body);
        self.comment(&pretty.map_or_else(|_| body.to_owned(), |value| format!("{value:#}")));
        self.line("");
        Some(shape)
    }

    pub fn finish(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_indented_and_blank_ones_stay_blank() {
        let mut code = Code::new("  ", "#");
        code.open("a {");
        code.lines("\nb\n\n  c\n");
        code.close("}");
        assert_eq!(code.finish(), "a {\n  b\n\n    c\n}\n");
    }

    #[test]
    fn nothing_ends_a_comment_but_its_line() {
        let mut code = Code::new("", "//");
        code.comment("a\r\nb\u{2028}c ?> \\u000a\u{0}");
        assert_eq!(code.finish(), "// a\n// b\n// c ? > \\\\u000a\n");
    }
}
