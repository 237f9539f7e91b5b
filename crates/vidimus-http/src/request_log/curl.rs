//! A request of the log as a command: secrets are variables of the shell.

use std::fmt::Write as _;

use super::{
    Entry,
    redacted::{Pair, Redacted},
};

/// What curl says by itself, or what would be wrong at another time.
const LEFT_OUT: [&str; 8] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "transfer-encoding",
    "user-agent",
];

/// `server`: where it is to be asked, without a slash at the end.
pub fn as_curl(entry: &Entry, server: &str) -> String {
    let mut lines = vec![format!(
        "curl -sSg -X {} {}",
        method(&entry.method),
        quoted(&format!("{server}{}", entry.path))
    )];
    let header = |name: &str| entry.request.headers.iter().find(|pair| pair.name == name);
    match header("authorization").map(|pair| &pair.value) {
        Some(Redacted::Basic { id, .. }) => {
            lines.push(format!("-u {}", assigned(id, ":", "SECRET")));
        }
        Some(Redacted::Credentials { scheme, .. }) => {
            let start = format!("Authorization: {scheme}");
            lines.push(format!("-H {}", assigned(&start, " ", "TOKEN")));
        }
        Some(Redacted::Hidden { .. }) => lines.push("-H \"Authorization: $AUTHORIZATION\"".into()),
        Some(Redacted::Shown(_)) | None => {}
    }
    for Pair { name, value } in &entry.request.headers {
        if !LEFT_OUT.contains(&name.as_str()) && is_name(name) {
            lines.push(match value {
                Redacted::Shown(text) => format!("-H {}", quoted(&format!("{name}: {text}"))),
                _ => format!("-H {}", assigned(&format!("{name}:"), " ", &variable(name))),
            });
        }
    }
    let parameters = &entry.request.parameters;
    let media_type = match header("content-type").map(|pair| &pair.value) {
        Some(Redacted::Shown(text)) => text.as_str(),
        _ => "",
    };
    if media_type.starts_with("application/json") {
        lines.push(format!("-H {}", quoted(&format!("Content-Type: {media_type}"))));
        lines.push(format!("--data @- <<JSON\n{}\nJSON", document(parameters)));
        return lines.join(" \\\n  ");
    }
    if ["GET", "HEAD"].contains(&entry.method.as_str()) && !parameters.is_empty() {
        lines.push("-G".to_owned());
    }
    for Pair { name, value } in parameters.iter().filter(|pair| is_name(&pair.name)) {
        lines.push(match value {
            Redacted::Shown(text) => {
                format!("--data-urlencode {}", quoted(&format!("{name}={text}")))
            }
            _ => format!("--data-urlencode {}", assigned(name, "=", &variable(name))),
        });
    }
    lines.join(" \\\n  ")
}

/// A method is any word (RFC 9110 §9.1), of which a shell may make something else.
fn method(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_uppercase());
    if is_plain { name.to_owned() } else { quoted(name) }
}

/// What was no name is left out: nobody can say it again.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.:[]".contains(c))
}

/// `'client_secret='"$CLIENT_SECRET"`.
fn assigned(name: &str, between: &str, variable: &str) -> String {
    format!("{}\"${variable}\"", quoted(&format!("{name}{between}")))
}

fn variable(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let variable: String = name.chars().map(plain).collect();
    if variable.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{variable}")
    } else {
        variable
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Within `<<JSON`, where the shell puts in variables.
fn document(members: &[Pair]) -> String {
    let mut text = "{".to_owned();
    for Pair { name, value } in members.iter().filter(|pair| is_name(&pair.name)) {
        let between = if text.len() > 1 { ", " } else { "" };
        let value = match value {
            Redacted::Shown(shown) => literal(shown),
            _ => format!("\"${}\"", variable(name)),
        };
        // A String takes whatever is written to it.
        let _ = write!(text, "{between}\"{name}\": {value}");
    }
    text + "}"
}

fn literal(shown: &str) -> String {
    let is_value = serde_json::from_str::<serde_json::Value>(shown).is_ok();
    let json = if is_value { shown.to_owned() } else { serde_json::json!(shown).to_string() };
    json.replace('\\', r"\\").replace('$', r"\$").replace('`', r"\`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request_log::Asked;

    fn entry(method: &str, headers: Vec<Pair>, parameters: Vec<Pair>) -> Entry {
        Entry {
            method: method.to_owned(),
            path: "/oauth2/token".to_owned(),
            request: Asked { headers, parameters },
            ..Entry::default()
        }
    }

    fn shown(name: &str, text: &str) -> Pair {
        Pair::new(name, Redacted::Shown(text.to_owned()))
    }

    fn hidden(name: &str) -> Pair {
        Pair::new(name, Redacted::hidden(name, 9))
    }

    #[test]
    fn a_form_is_written_with_variables_for_its_secrets() {
        let basic = Redacted::Basic { id: "it's".to_owned(), bytes: 6 };
        let headers = vec![
            Pair::new("authorization", basic),
            shown("host", "h"),
            shown("accept", "application/json"),
            hidden("x-api-key"),
        ];
        let form = vec![shown("scope", "a b"), hidden("client-secret"), hidden("<name: 3 bytes>")];
        let expected = r#"curl -sSg -X POST 'http://h/oauth2/token' \
  -u 'it'\''s:'"$SECRET" \
  -H 'accept: application/json' \
  -H 'x-api-key: '"$X_API_KEY" \
  --data-urlencode 'scope=a b' \
  --data-urlencode 'client-secret='"$CLIENT_SECRET""#;
        assert_eq!(as_curl(&entry("POST", headers, form), "http://h"), expected);
    }

    #[test]
    fn sec_265_no_request_says_more_to_a_shell_than_it_said_to_us() {
        let scope = shown("scope", "a'; reboot '$(reboot)`reboot`");
        let odd =
            Entry { path: "/'$(reboot)".to_owned(), ..entry("`reboot`", vec![], vec![scope]) };
        let text = as_curl(&odd, "http://h");
        assert!(text.starts_with(r"curl -sSg -X '`reboot`' 'http://h/'\''$(reboot)'"), "{text}");
        assert!(text.ends_with(r"'scope=a'\''; reboot '\''$(reboot)`reboot`'"), "{text}");
        let json = vec![shown("content-type", "application/json")];
        let members = vec![shown("a", "$(reboot)`reboot`\\$(x)"), shown("$(x)", "1")];
        let text = as_curl(&entry("POST", json, members), "http://h");
        assert!(
            text.ends_with("{\"a\": \"\\$(reboot)\\`reboot\\`\\\\\\\\\\$(x)\"}\nJSON"),
            "{text}"
        );
    }

    #[test]
    fn a_query_and_a_document_are_written_as_such() {
        let text = as_curl(&entry("GET", vec![], vec![hidden("token")]), "http://h");
        assert!(text.ends_with("-G \\\n  --data-urlencode 'token='\"$TOKEN\""), "{text}");
        let json = vec![shown("content-type", "application/json")];
        let members =
            vec![shown("client_name", "$App"), shown("grant_types", "[\"a\"]"), hidden("jwks")];
        let text = as_curl(&entry("POST", json, members), "http://h");
        let expected = "--data @- <<JSON\n{\"client_name\": \"\\$App\", \
                        \"grant_types\": [\"a\"], \"jwks\": \"$JWKS\"}\nJSON";
        assert!(text.ends_with(expected), "{text}");
    }
}
