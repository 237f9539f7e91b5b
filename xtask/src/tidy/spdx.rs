//! Whether an SPDX licence expression can be satisfied by the licences we accept.

pub fn is_satisfied(expression: &str, accepted: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reading = Reading { words: &words, accepted };
    let satisfied = reading.either();
    satisfied == Some(true) && reading.words.is_empty()
}

/// `None` where the expression is malformed. AND binds closer than OR.
struct Reading<'a> {
    words: &'a [&'a str],
    accepted: &'a [&'a str],
}

impl<'a> Reading<'a> {
    fn either(&mut self) -> Option<bool> {
        let mut satisfied = self.all()?;
        while self.take("OR") {
            satisfied |= self.all()?;
        }
        Some(satisfied)
    }

    fn all(&mut self) -> Option<bool> {
        let mut satisfied = self.one()?;
        while self.take("AND") {
            satisfied &= self.one()?;
        }
        Some(satisfied)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let inner = self.either()?;
            return self.take(")").then_some(inner);
        }
        let licence = self.word()?;
        // An exception only ever permits more.
        if self.take("WITH") {
            self.word()?;
        }
        Some(self.accepted.contains(&licence))
    }

    fn word(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.words.first() == Some(&wanted);
        if found {
            self.words = &self.words[1..];
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        for (expression, satisfied) in [
            ("MIT", true),
            ("MIT/GPL-3.0", true),
            ("GPL-3.0 OR MIT", true),
            ("GPL-3.0 AND MIT", false),
            ("(MIT OR GPL-3.0) AND ISC", true),
            ("MIT AND (GPL-3.0 OR MPL-2.0)", false),
            ("MIT OR GPL-3.0 AND MPL-2.0", true),
            ("ISC WITH some-exception", true),
            ("GPL-3.0", false),
            ("", false),
            ("MIT MIT", false),
            ("(MIT", false),
        ] {
            assert_eq!(is_satisfied(expression, &["MIT", "ISC"]), satisfied, "{expression}");
        }
    }
}
