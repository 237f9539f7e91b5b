//! The cookies of a wire file's one browser: what `{{cookies}}` sends, and what its answers set.

use super::template::Variables;
use crate::http::Response;

/// The variable that holds them, as in a `Cookie` header (RFC 6265 §4.2.1).
const COOKIES: &str = "cookies";

pub fn empty() -> (String, String) {
    (COOKIES.to_owned(), String::new())
}

/// Whether a request is the browser's own.
pub fn is_sent_by(request: &str) -> bool {
    request.contains("{{cookies}}")
}

/// Every cookie that the answer sets, in the place of the one before it.
pub fn keep(answer: &Response, variables: &mut Variables) {
    let mut kept: Vec<String> = variables
        .get(COOKIES)
        .map(|cookies| cookies.split("; ").filter(|pair| !pair.is_empty()))
        .into_iter()
        .flatten()
        .map(str::to_owned)
        .collect();
    for cookie in answer.header_all("set-cookie") {
        let pair = cookie.split(';').next().unwrap_or_default();
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        kept.retain(|known| known.split_once('=').map(|(name, _)| name) != Some(name));
        if !value.is_empty() {
            kept.push(pair.to_owned());
        }
    }
    variables.insert(COOKIES.to_owned(), kept.join("; "));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_kept_changed_and_dropped() {
        let mut variables = Variables::from([empty()]);
        for (set, kept) in [
            (&["a=1; Path=/", "b=2"][..], "a=1; b=2"),
            (&[], "a=1; b=2"),
            (&["a=3; Max-Age=5"], "b=2; a=3"),
            (&["b=; Max-Age=0"], "a=3"),
        ] {
            let named = |value: &&str| ("Set-Cookie".to_owned(), (*value).to_owned());
            let headers = set.iter().map(named).collect();
            keep(&Response { status: 200, headers, body: Vec::new() }, &mut variables);
            assert_eq!(variables[COOKIES], kept, "{set:?}");
        }
    }
}
