//! Where a browser is sent next: addresses for a `Location`, with responses in their query or their
//! fragment (RFC 6749 §4.1.2, OAuth 2.0 Multiple Response Types §2.1).

use vidimus_core::secret::Secret;

/// Appended to the query that the client registered, which stays as it is (RFC 6749 §3.1.2).
pub fn with_query(uri: &str, parameters: &[(&'static str, Secret)]) -> String {
    let joint = match uri.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{}{joint}{}", visible(uri), form(parameters))
}

pub fn with_fragment(uri: &str, parameters: &[(&'static str, Secret)]) -> String {
    format!("{}#{}", visible(uri), form(parameters))
}

/// The same address in characters that a header may have.
pub fn visible(uri: &str) -> String {
    let mut text = String::with_capacity(uri.len());
    for byte in uri.bytes() {
        if byte.is_ascii_graphic() {
            text.push(char::from(byte));
        } else {
            push_encoded(&mut text, byte);
        }
    }
    text
}

fn form(parameters: &[(&'static str, Secret)]) -> String {
    let mut text = String::new();
    for (name, value) in parameters {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        for byte in value.expose().bytes() {
            // A space as `%20`: scripts that read a fragment do not all take `+` for one.
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                text.push(char::from(byte));
            } else {
                push_encoded(&mut text, byte);
            }
        }
    }
    text
}

fn push_encoded(text: &mut String, byte: u8) {
    const HEX: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    text.push('%');
    for nibble in [byte >> 4, byte & 0xF] {
        text.extend(HEX.get(usize::from(nibble)));
    }
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
