//! The text of a request as it is sent, and of a response as an answer is held against it.

use super::compare::{self, Comparison};
use super::document::{Block, Exchange, Problem};
use super::template::{Variables, render};
use crate::http::{Request, Response};

/// A header that must be there with any value, and one that must not be there.
const PRESENT: &str = "*";
const ABSENT: &str = "(absent)";

struct Message<'a> {
    line: usize,
    start: &'a str,
    headers: Vec<(usize, &'a str, &'a str)>,
    body_line: usize,
    body: String,
}

pub fn request(block: &Block, variables: &Variables) -> Result<Request, Problem> {
    let message = Message::read(block)?;
    let put = |line, text: &str| render(text, variables).map_err(|fault| Problem::new(line, fault));
    let start = put(message.line, message.start)?;
    let mut words = start.split(' ');
    let (method, target, version) = (words.next(), words.next(), words.next());
    let (Some(method), Some(target), None | Some("HTTP/1.1")) = (method, target, version) else {
        return Err(Problem::new(message.line, "not METHOD TARGET [HTTP/1.1]"));
    };
    let mut request = Request::new(method, target);
    let (mut form, mut multipart) = (false, false);
    for (line, name, value) in message.headers {
        let is_type = name.eq_ignore_ascii_case("content-type");
        form |= is_type && value.contains("x-www-form-urlencoded");
        multipart |= is_type && value.starts_with("multipart/");
        let value = put(line, value)?;
        // A browser that keeps nothing sends no header.
        if !(name.eq_ignore_ascii_case("cookie") && value.is_empty()) {
            request = request.header(name, &value);
        }
    }
    // A form is wrapped for the reader, as in the RFCs; lines of parts end as RFC 2046 §4.1.1 wants.
    let body = match (form, multipart) {
        (true, _) => message.body.replace('\n', ""),
        (_, true) => message.body.replace('\n', "\r\n"),
        _ => message.body,
    };
    Ok(request.body(put(message.body_line, &body)?))
}

/// Everything in which the answer is not the one written down, or what it captured.
pub fn check(
    exchange: &Exchange,
    answer: &Response,
    variables: &Variables,
) -> Result<Variables, Vec<Problem>> {
    let message = Message::read(&exchange.response).map_err(|problem| vec![problem])?;
    let mut problems = Vec::new();
    if message.start.split(' ').nth(1) != Some(answer.status.to_string().as_str()) {
        let text = format!("expected {}, got {}", message.start, answer.status);
        problems.push(Problem::new(message.line, text));
    }
    let mut captures = Variables::new();
    for (line, name, pattern) in &message.headers {
        let mut comparison = Comparison::new(variables);
        header(&mut comparison, name, pattern, answer);
        captures.extend(comparison.captures);
        problems.extend(comparison.differences.into_iter().map(|text| Problem::new(*line, text)));
    }
    let mut comparison = Comparison::new(variables);
    body(&mut comparison, &message.body, exchange.exact, answer);
    captures.extend(comparison.captures);
    let differences = comparison.differences.into_iter();
    problems.extend(differences.map(|text| Problem::new(message.body_line, text)));
    if problems.is_empty() { Ok(captures) } else { Err(problems) }
}

fn header(comparison: &mut Comparison<'_>, name: &str, pattern: &str, answer: &Response) {
    let found = answer.header_all(name);
    match (pattern, found.as_slice()) {
        (ABSENT, []) => {}
        (PRESENT, [_, ..]) => {}
        (ABSENT, _) | (_, []) => {
            comparison.differences.push(format!("{name}: expected {pattern}, got {found:?}"));
        }
        (_, [value]) => comparison.text(name, pattern, value),
        // Each cookie is a header of its own.
        (_, values) if name.eq_ignore_ascii_case("set-cookie") => {
            let like = |value: &&str| {
                let mut of_one = Comparison::new(comparison.variables);
                of_one.text(name, pattern, value);
                of_one.differences.is_empty().then_some(of_one.captures)
            };
            match values.iter().find_map(like) {
                Some(captures) => comparison.captures.extend(captures),
                None => comparison.differences.push(format!("{name}: no {pattern} in {values:?}")),
            }
        }
        (_, _) => comparison.differences.push(format!("{name} is there more than once: {found:?}")),
    }
}

fn body(comparison: &mut Comparison<'_>, expected: &str, exact: bool, answer: &Response) {
    let actual = String::from_utf8_lossy(&answer.body);
    if exact || !expected.trim_start().starts_with(['{', '[']) || is_placeholder(expected) {
        if expected.is_empty() != actual.is_empty() {
            comparison.differences.push(format!("body: expected {expected:?}, got {actual:?}"));
        } else {
            comparison.text("body", expected, &actual);
        }
        return;
    }
    let parsed = (compare::parse(expected), serde_json::from_slice(&answer.body));
    match parsed {
        (Ok(expected), Ok(actual)) => comparison.value("body", &expected, &actual),
        (Err(fault), _) => comparison.differences.push(format!("the file's JSON: {fault}")),
        (_, Err(_)) => comparison.differences.push(format!("body: not JSON: {actual:?}")),
    }
}

/// `{{any}}` alone stands for any body that is not empty.
fn is_placeholder(text: &str) -> bool {
    super::template::sole(text.trim()).is_some()
}

impl<'a> Message<'a> {
    fn read(block: &'a Block) -> Result<Self, Problem> {
        let mut lines = block.text.split('\n').enumerate();
        let start = lines.next().map_or("", |(_, line)| line);
        let mut headers = Vec::new();
        let mut body_line = block.line;
        for (index, text) in lines.by_ref() {
            body_line = block.line + index + 1;
            if text.is_empty() {
                break;
            }
            let (name, value) = text
                .split_once(':')
                .ok_or_else(|| Problem::new(block.line + index, "not NAME: VALUE"))?;
            headers.push((block.line + index, name, value.trim()));
        }
        let body = lines.map(|(_, line)| line).collect::<Vec<_>>().join("\n");
        Ok(Self { line: block.line, start, headers, body_line, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> Block {
        Block { line: 10, text: text.to_owned() }
    }

    fn checked(expected: &str, exact: bool, body: &str) -> Result<Variables, Vec<Problem>> {
        let exchange =
            Exchange { title: String::new(), request: block(""), response: block(expected), exact };
        let cookies = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/")];
        let headers = [("Content-Type", "application/json"), ("X", "1"), ("X", "2")];
        let headers = [headers.as_slice(), &cookies].concat();
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let headers = headers.into_iter().map(owned).collect();
        let answer = Response { status: 200, headers, body: body.as_bytes().to_vec() };
        check(&exchange, &answer, &Variables::new())
    }

    #[test]
    fn a_wrapped_form_is_sent_in_one_line() {
        let text =
            "POST /x HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\n\na={{t}}\n&b=2";
        let variables = Variables::from([("t".to_owned(), "1".to_owned())]);
        let request = request(&block(text), &variables).expect("request");
        assert_eq!((request.method.as_str(), request.body), ("POST", b"a=1&b=2".to_vec()));
    }

    #[test]
    fn a_browser_without_cookies_sends_no_header() {
        for (cookies, sent) in [("", 0), ("a=1", 1)] {
            let variables = Variables::from([("cookies".to_owned(), cookies.to_owned())]);
            let text = "GET /x HTTP/1.1\nCookie: {{cookies}}";
            let request = request(&block(text), &variables).expect("request");
            assert_eq!(request.headers.len(), sent, "{cookies:?}");
        }
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for text in ["GET", "GET / HTTP/2", "GET /\nnothing", "GET /{{x}}"] {
            assert!(request(&block(text), &Variables::new()).is_err(), "{text}");
        }
    }

    #[test]
    fn answers_that_are_the_one_written_down() {
        for (expected, exact, body) in [
            ("HTTP/1.1 200 OK\nContent-Type: application/json\n\n{\"a\": 1}", false, "{\"a\":1}"),
            ("HTTP/1.1 200\nX: *\nY: (absent)\n\n{\"a\":1}", true, "{\"a\":1}"),
            ("HTTP/1.1 200\ncontent-type: application/{{any}}\n\n{{any}}", false, "x"),
            ("HTTP/1.1 200", false, ""),
            ("HTTP/1.1 200\nSet-Cookie: b=2; {{any}}\nSet-Cookie: a={{any}}", false, ""),
        ] {
            assert!(checked(expected, exact, body).is_ok(), "{expected}");
        }
    }

    #[test]
    fn answers_that_are_not() {
        for (expected, exact, body, line) in [
            ("HTTP/1.1 400\n\n{}", false, "{}", 10),
            ("HTTP/1.1 200\nContent-Type: text/html\n\n{}", false, "{}", 11),
            ("HTTP/1.1 200\nContent-Type: (absent)\n\n{}", false, "{}", 11),
            ("HTTP/1.1 200\nY: *\n\n{}", false, "{}", 11),
            ("HTTP/1.1 200\nX: 1\n\n{}", false, "{}", 11),
            ("HTTP/1.1 200\nSet-Cookie: c={{any}}\n\n{}", false, "{}", 11),
            ("HTTP/1.1 200\n\n{\"a\": 1}", true, "{\"a\":1}", 12),
            ("HTTP/1.1 200\n\n{\"a\": 1}", false, "<html>", 12),
            ("HTTP/1.1 200", false, "x", 10),
            ("HTTP/1.1 200\n\n{{any}}", false, "", 12),
        ] {
            let problems = checked(expected, exact, body).expect_err(expected);
            assert_eq!(problems.iter().map(|p| p.line).collect::<Vec<_>>(), [line], "{expected}");
        }
    }
}
