//! `{{…}}` in wire files: values put into requests, and what may stand in an answer.

use std::collections::BTreeMap;

use super::jwt;
use crate::http::{basic, form_encode};

pub type Variables = BTreeMap<String, String>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Any,
    Number,
    Capture(String),
}

/// The text with every expression replaced; only requests use the functions `basic`, `form` and `jwt`.
pub fn render(text: &str, variables: &Variables) -> Result<String, String> {
    let mut rendered = String::new();
    for piece in pieces(text, variables)? {
        match piece {
            Piece::Text(text) => rendered.push_str(&text),
            _ => return Err(format!("a placeholder of answers has no value to send: {text}")),
        }
    }
    Ok(rendered)
}

/// What the captures of `pattern` hold if it matches the whole of `actual`.
pub fn matches(
    pattern: &str,
    actual: &str,
    variables: &Variables,
) -> Result<Option<Variables>, String> {
    let mut captures = Variables::new();
    let found = matches_from(&pieces(pattern, variables)?, actual, &mut captures);
    Ok(found.then_some(captures))
}

/// The expression, if it is all there is: `{{number}}` in `"{{number}}"`.
pub fn sole(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.contains("}}")).then(|| inner.trim())
}

fn matches_from(pieces: &[Piece], actual: &str, captures: &mut Variables) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return actual.is_empty() };
    if let Piece::Text(text) = first {
        return actual
            .strip_prefix(text.as_str())
            .is_some_and(|left| matches_from(rest, left, captures));
    }
    // The shortest that lets the rest match, and never nothing.
    let ends = actual.char_indices().map(|(at, character)| at + character.len_utf8());
    for end in ends {
        let (taken, left) = actual.split_at(end);
        if *first == Piece::Number && !taken.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        if matches_from(rest, left, captures) {
            if let Piece::Capture(name) = first {
                captures.insert(name.clone(), taken.to_owned());
            }
            return true;
        }
    }
    false
}

fn pieces(text: &str, variables: &Variables) -> Result<Vec<Piece>, String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (inner, left) = after.split_once("}}").ok_or_else(|| format!("not closed: {text}"))?;
        found.push(Piece::Text(before.to_owned()));
        found.push(expression(inner.trim(), variables)?);
        rest = left;
    }
    found.push(Piece::Text(rest.to_owned()));
    Ok(found)
}

fn expression(inner: &str, variables: &Variables) -> Result<Piece, String> {
    let words: Vec<&str> = inner.split_whitespace().collect();
    match words.as_slice() {
        ["any" | "string"] => Ok(Piece::Any),
        ["number"] => Ok(Piece::Number),
        ["capture", name] => Ok(Piece::Capture((*name).to_owned())),
        ["basic", id, secret] => {
            Ok(Piece::Text(basic(&argument(id, variables)?, &argument(secret, variables)?)))
        }
        ["form", value] => Ok(Piece::Text(form_encode(&argument(value, variables)?))),
        ["jwt", key, claims @ ..] => {
            let claim = |word: &&str| {
                let (name, value) =
                    word.split_once('=').ok_or_else(|| format!("not CLAIM=VALUE: {word}"))?;
                Ok((name.to_owned(), argument(value, variables)?))
            };
            let claims: Result<Vec<_>, String> = claims.iter().map(claim).collect();
            jwt::sign(key, &claims?).map(Piece::Text)
        }
        [name] => variable(name, variables).map(Piece::Text),
        _ => Err(format!("unknown expression: {{{{{inner}}}}}")),
    }
}

/// `$name` is a variable, anything else itself.
fn argument(word: &str, variables: &Variables) -> Result<String, String> {
    match word.strip_prefix('$') {
        Some(name) => variable(name, variables),
        None => Ok(word.to_owned()),
    }
}

fn variable(name: &str, variables: &Variables) -> Result<String, String> {
    variables.get(name).cloned().ok_or_else(|| format!("nothing captured {name:?} before"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        Variables::from([("token".to_owned(), "a b".to_owned())])
    }

    #[test]
    fn values_and_functions_are_put_in() {
        let render = |text| render(text, &variables());
        assert_eq!(render("token={{form $token}}&x={{token}}").as_deref(), Ok("token=a+b&x=a b"));
        assert_eq!(render("Basic {{basic id secret}}").as_deref(), Ok("Basic aWQ6c2VjcmV0"));
        assert!(render("{{nothing}}").is_err());
        assert!(render("{{any}}").is_err());
        assert!(render("{{token").is_err());
    }

    #[test]
    fn a_pattern_matches_all_or_nothing() {
        let matches = |pattern, actual| matches(pattern, actual, &variables()).expect("pattern");
        assert!(matches("max-age={{number}}", "max-age=900").is_some());
        assert!(matches("max-age={{number}}", "max-age=9x").is_none());
        assert!(matches("max-age={{number}}", "max-age=").is_none());
        assert!(matches("{{any}}", "").is_none());
        assert!(matches("plain", "plainer").is_none());
        let captures = matches("/cb?code={{capture code}}&iss={{any}}", "/cb?code=x&iss=y");
        assert_eq!(captures, Some(Variables::from([("code".to_owned(), "x".to_owned())])));
    }

    #[test]
    fn a_sole_expression_is_told_from_text() {
        assert_eq!(sole("{{ capture x }}"), Some("capture x"));
        assert_eq!(sole("{{a}}/{{b}}"), None);
        assert_eq!(sole("x{{a}}"), None);
    }
}
