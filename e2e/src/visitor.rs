//! A person at a browser, as far as cookies and forms go: no script, nothing remembered but those.

use std::collections::BTreeMap;

use crate::http::{Request, Response, form_decode};
use crate::server::Server;

/// Pages that a click may lead through.
const STEPS_MAX: usize = 8;

#[derive(Clone, Debug, Default)]
pub struct Visitor {
    cookies: BTreeMap<String, String>,
}

/// Where the browser is, and what it shows.
#[derive(Clone, Debug)]
pub struct Shown {
    pub target: String,
    pub answer: Response,
}

impl Visitor {
    /// The jar, by name.
    pub fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }

    /// As a neighbour or an attacker sets one.
    pub fn plant(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// The request as this browser sends it.
    pub fn carry(&self, request: Request) -> Request {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        match cookies.as_slice() {
            [] => request,
            cookies => request.header("Cookie", &cookies.join("; ")),
        }
    }

    pub fn exchange(&mut self, server: &Server, request: Request) -> Response {
        let answer = server.exchange(&self.carry(request));
        self.take(&answer);
        answer
    }

    /// Into the jar what an answer sets.
    pub fn take(&mut self, answer: &Response) {
        for cookie in answer.header_all("set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Follows a link, and redirects on the same server.
    pub fn visit(&mut self, server: &Server, target: &str) -> Shown {
        let answer = self.exchange(server, Request::get(target));
        self.follow(server, target, answer)
    }

    /// Sends the form of a page with what its user fills in.
    pub fn submit(&mut self, server: &Server, page: &Shown, fields: &[(&str, &str)]) -> Shown {
        let answer = self.exchange(server, page.filled_in(fields));
        self.follow(server, &page.target, answer)
    }

    /// Asks for something that needs a user, and signs in on the page that comes.
    ///
    /// # Panics
    /// If there is no such page, or the user is not sent on from it.
    pub fn sign_in(&mut self, server: &Server, target: &str, name: &str, password: &str) -> String {
        let page = self.visit(server, target);
        let fields = [("username", name), ("password", password), ("action", "login")];
        let after = self.submit(server, &page, &fields);
        after.sent_to().unwrap_or_else(|| {
            panic!("{} {}: {}", after.answer.status, after.target, after.answer.text())
        })
    }

    fn follow(&mut self, server: &Server, target: &str, answer: Response) -> Shown {
        let mut shown = Shown { target: target.to_owned(), answer };
        for _ in 0..STEPS_MAX {
            match shown.sent_to() {
                Some(next) if next.starts_with('/') => {
                    let answer = self.exchange(server, Request::get(&next));
                    shown = Shown { target: next, answer };
                }
                _ => return shown,
            }
        }
        panic!("sent on and on, at last to {}", shown.target);
    }
}

impl Shown {
    /// Where the browser is sent on to.
    pub fn sent_to(&self) -> Option<String> {
        let is_redirect = matches!(self.answer.status, 302 | 303);
        self.answer.header("location").filter(|_| is_redirect).map(str::to_owned)
    }

    /// What the form of the page is bound by.
    ///
    /// # Panics
    /// If it has none.
    pub fn csrf(&self) -> String {
        hidden(self.answer.text(), "csrf").unwrap_or_else(|| {
            panic!("{} {} has no form: {}", self.answer.status, self.target, self.answer.text())
        })
    }

    /// The form of the page, to be sent.
    pub fn filled_in(&self, fields: &[(&str, &str)]) -> Request {
        let csrf = self.csrf();
        let fields: Vec<(&str, &str)> =
            fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        // Where the page says that its query is not the form's.
        let path = self.target.split('?').next().unwrap_or_default();
        let is_bare = self.answer.text().contains("action=\"?\"");
        Request::post(if is_bare { path } else { &self.target }).form(&fields)
    }

    /// What a client is told: by a redirect, in query or fragment, or by a form that sends itself.
    pub fn returned(&self) -> Option<Returned> {
        if let Some(location) = self.sent_to() {
            let at = location.find(['?', '#'])?;
            let (uri, rest) = location.split_at(at);
            return Some(Returned { uri: uri.to_owned(), parameters: pairs(&rest[1..]) });
        }
        let page = String::from_utf8_lossy(&self.answer.body);
        let (_, form) = page.split_once("<form")?;
        let form = form.split("</form>").next()?;
        let uri = attribute(form.split('>').next()?, "action").filter(|uri| uri.contains("://"))?;
        let inputs = form.split("<input").skip(1).filter_map(|input| {
            // A value may hold what would end a tag.
            let named = attribute(input, "name")?;
            Some((unescaped(named), unescaped(attribute(input, "value")?)))
        });
        Some(Returned { uri: unescaped(uri), parameters: inputs.collect() })
    }
}

/// An authorization response (RFC 6749 §4.1.2), as the client's server gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    pub uri: String,
    pub parameters: Vec<(String, String)>,
}

impl Returned {
    /// `None` also if it is there twice.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut named = self.parameters.iter().filter(|(known, _)| known == name);
        let first = named.next()?;
        named.next().is_none().then_some(first.1.as_str())
    }

    /// # Panics
    /// If there is none.
    pub fn require(&self, name: &str) -> String {
        self.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}")).to_owned()
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (form_decode(name), form_decode(value))).collect()
}

fn unescaped(text: &str) -> String {
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&lt;", "<")]
        .into_iter()
        .chain([("&gt;", ">"), ("&quot;", "\""), ("&#38;", "&"), ("&amp;", "&")])
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// A value that a form carries along.
fn hidden(page: &str, name: &str) -> Option<String> {
    let inputs = page.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap_or(rest));
    let mut named = inputs.filter(|input| attribute(input, "name") == Some(name));
    named.find_map(|input| attribute(input, "value")).map(str::to_owned)
}

fn attribute<'a>(input: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = input.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_hidden_field_is_found() {
        let page = r#"<form><input id="a" name="username" value="x"><input type="hidden"
            name="csrf" value="abc-_1"></form>"#
            .replace("\n           ", "");
        assert_eq!(hidden(&page, "csrf").as_deref(), Some("abc-_1"));
        assert_eq!(hidden(&page, "username").as_deref(), Some("x"));
        assert_eq!(hidden(&page, "id"), None);
    }
}
