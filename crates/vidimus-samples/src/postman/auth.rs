//! What an `auth` block comes to: a header, Basic credentials, or a parameter of the query.

use serde_json::Value;

use super::document::string;
use crate::{call::Basic, text::Text};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    None,
    Basic(Basic),
    Header(String, Text),
    Query(String, Text),
    /// A kind that no program here makes.
    Unmade(String),
}

/// The request's own, else the inherited one.
pub fn auth(own: Option<&Value>, inherited: Option<&Value>) -> Auth {
    let own = own.filter(|auth| !auth.is_null() && auth["type"] != "inherit");
    let Some(block) = own.or(inherited) else { return Auth::None };
    let kind = string(block.get("type"));
    let member = |name: &str| member(block.get(&kind), name);
    let bearer = |token: String, name: &str| match token.is_empty() {
        true => Text::of_variable(name),
        false => Text::parse(&token),
    };
    match kind.as_str() {
        "" | "noauth" => Auth::None,
        "basic" => {
            let [username, password] =
                ["username", "password"].map(|name| Text::parse(&member(name)));
            Auth::Basic(Basic { username, password })
        }
        "bearer" => {
            let mut value = Text::of_literal("Bearer ");
            value.append(bearer(member("token"), "token"));
            Auth::Header("Authorization".to_owned(), value)
        }
        "oauth2" => {
            let token = bearer(member("accessToken"), "accessToken");
            if member("addTokenTo") == "queryParams" {
                return Auth::Query("access_token".to_owned(), token);
            }
            let prefix = member("headerPrefix");
            let prefix = if prefix.trim().is_empty() { "Bearer" } else { prefix.trim() };
            let mut value = Text::parse(&format!("{prefix} "));
            value.append(token);
            Auth::Header("Authorization".to_owned(), value)
        }
        "apikey" => {
            let value = Text::parse(&member("value"));
            match member("in").as_str() {
                "query" => Auth::Query(member("key"), value),
                _ => Auth::Header(member("key"), value),
            }
        }
        _ => Auth::Unmade(kind),
    }
}

/// Format 2.1 lists keys and values, 2.0 has an object.
fn member(block: Option<&Value>, name: &str) -> String {
    match block {
        Some(Value::Array(entries)) => {
            let entry = entries.iter().find(|entry| entry["key"] == name);
            string(entry.and_then(|entry| entry.get("value")))
        }
        Some(Value::Object(members)) => string(members.get(name)),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn header(value: &str) -> Auth {
        Auth::Header("Authorization".to_owned(), Text::parse(value))
    }

    #[test]
    fn each_kind_comes_to_what_postman_sends() {
        let entry = |key: &str, value: &str| json!({"key": key, "value": value});
        let basic =
            Auth::Basic(Basic { username: Text::parse("{{a}}"), password: Text::parse("b") });
        for (block, made) in [
            (json!({"type": "noauth"}), Auth::None),
            (
                json!({"type": "basic", "basic": [entry("username", "{{a}}"), entry("password", "b")]}),
                basic.clone(),
            ),
            (json!({"type": "basic", "basic": {"username": "{{a}}", "password": "b"}}), basic),
            (
                json!({"type": "bearer", "bearer": [entry("token", "{{t}}")]}),
                header("Bearer {{t}}"),
            ),
            (json!({"type": "bearer"}), header("Bearer {{token}}")),
            (
                json!({"type": "oauth2", "oauth2": [entry("headerPrefix", "OAuth")]}),
                header("OAuth {{accessToken}}"),
            ),
            (
                json!({"type": "oauth2", "oauth2": [entry("addTokenTo", "queryParams"), entry("accessToken", "x")]}),
                Auth::Query("access_token".to_owned(), Text::parse("x")),
            ),
            (
                json!({"type": "apikey", "apikey": [entry("key", "X-Key"), entry("value", "{{k}}")]}),
                Auth::Header("X-Key".to_owned(), Text::parse("{{k}}")),
            ),
            (
                json!({"type": "apikey", "apikey": [entry("key", "k"), entry("value", "v"), entry("in", "query")]}),
                Auth::Query("k".to_owned(), Text::parse("v")),
            ),
            (json!({"type": "digest"}), Auth::Unmade("digest".to_owned())),
        ] {
            assert_eq!(auth(Some(&block), None), made, "{block}");
        }
    }

    #[test]
    fn the_nearest_counts() {
        let (none, bearer) = (json!({"type": "noauth"}), json!({"type": "bearer"}));
        assert_eq!(auth(Some(&none), Some(&bearer)), Auth::None);
        assert_eq!(auth(None, Some(&bearer)), header("Bearer {{token}}"));
        assert_eq!(auth(Some(&Value::Null), Some(&bearer)), header("Bearer {{token}}"));
        assert_eq!(auth(None, None), Auth::None);
    }
}
