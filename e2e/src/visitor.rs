//! A person at a browser, as far as cookies and forms go: no script, nothing remembered but those.

use std::collections::BTreeMap;

use crate::http::{Request, Response};
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
    pub fn exchange(&mut self, server: &Server, request: Request) -> Response {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = match cookies.as_slice() {
            [] => request,
            cookies => request.header("Cookie", &cookies.join("; ")),
        };
        let answer = server.exchange(&request);
        for cookie in answer.header_all("set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Follows a link, and redirects on the same server.
    pub fn visit(&mut self, server: &Server, target: &str) -> Shown {
        let answer = self.exchange(server, Request::get(target));
        self.follow(server, target, answer)
    }

    /// Sends the form of a page with what its user fills in.
    pub fn submit(&mut self, server: &Server, page: &Shown, fields: &[(&str, &str)]) -> Shown {
        let csrf = hidden(page.answer.text(), "csrf").unwrap_or_else(|| {
            panic!("{} {} has no form: {}", page.answer.status, page.target, page.answer.text())
        });
        let fields: Vec<(&str, &str)> =
            fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        let answer = self.exchange(server, Request::post(&page.target).form(&fields));
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
