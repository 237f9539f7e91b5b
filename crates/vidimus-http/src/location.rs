//! Where a browser is sent next: addresses for a `Location`, with responses in their query or their
//! fragment (RFC 6749 §4.1.2, OAuth 2.0 Multiple Response Types §2.1).

use vidimus_core::{
    form::{encoded, with_parameter},
    secret::Secret,
};

/// Appended to the query that the client registered, which stays as it is (RFC 6749 §3.1.2).
pub fn with_query(uri: &str, parameters: &[(&'static str, Secret)]) -> String {
    let more =
        |uri: String, (name, value): &(&str, Secret)| with_parameter(&uri, name, value.expose());
    parameters.iter().fold(visible(uri), more)
}

pub fn with_fragment(uri: &str, parameters: &[(&'static str, Secret)]) -> String {
    let pair = |(name, value): &(&str, Secret)| format!("{name}={}", encoded(value.expose()));
    let pairs: Vec<String> = parameters.iter().map(pair).collect();
    format!("{}#{}", visible(uri), pairs.join("&"))
}

/// The same address in characters that a header may have.
pub fn visible(uri: &str) -> String {
    let mut text = String::with_capacity(uri.len());
    for byte in uri.bytes() {
        if byte.is_ascii_graphic() {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use vidimus_core::form::Form;

    fn parameters() -> Vec<(&'static str, Secret)> {
        vec![("code", Secret::new("vac_x")), ("state", Secret::new("a b&c=ü#\r\n\""))]
    }

    #[test]
    fn a_registered_query_stays() {
        let encoded = "code=vac_x&state=a%20b%26c%3D%C3%BC%23%0D%0A%22";
        for (uri, wanted) in [
            ("https://rp.example/cb", "https://rp.example/cb?"),
            ("https://rp.example/cb?a=%20b", "https://rp.example/cb?a=%20b&"),
            ("https://rp.example/cb?", "https://rp.example/cb?"),
            ("https://rp.example/cb?a&", "https://rp.example/cb?a&"),
            ("com.example.app:/cb", "com.example.app:/cb?"),
        ] {
            assert_eq!(with_query(uri, &parameters()), format!("{wanted}{encoded}"));
        }
        let fragment = with_fragment("https://rp.example/cb?a=1", &parameters());
        assert_eq!(fragment, format!("https://rp.example/cb?a=1#{encoded}"));
    }

    #[test]
    fn sec_022_what_came_goes_back_byte_for_byte() {
        let state: String = (0x20_u8..=0x7E).map(char::from).cycle().take(2000).collect();
        let sent = with_query("https://rp.example/", &[("state", Secret::new(state.as_str()))]);
        let (_, query) = sent.split_once('?').unwrap();
        assert_eq!(Form::parse(query.as_bytes()).unwrap().get("state"), Some(state.as_str()));
    }

    #[test]
    fn no_address_ends_a_header() {
        assert_eq!(
            visible("https://x/ä\r\nSet-Cookie: a"),
            "https://x/%C3%A4%0D%0ASet-Cookie:%20a"
        );
    }
}
